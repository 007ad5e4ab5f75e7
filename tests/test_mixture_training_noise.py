"""Errors that the samples alone do not explain."""

import numpy as np
import pytest
from polyvocab.mixture.events import MergeSteps, PairEvents
from polyvocab.mixture.isotonic import IsotonicFit
from polyvocab.mixture.problem import Problem
from polyvocab.mixture.training_noise import error_factors

STEPS, BLOCKS = 4000, 20
PAIRS = np.array([1e6, 1e6])


@pytest.mark.parametrize("trained", [1.0, 3.0])
def test_noise_of_the_training_text_is_what_the_blocks_lack(trained):
    """Counts of a flat level, of which the samples have Poisson noise; around it the first category has `trained` times
    the variance. Odd steps are of the first category, even ones of the second."""
    random = np.random.default_rng(5)
    level = np.full(STEPS, 1e-4)
    first = np.arange(STEPS) % 2 == 1
    deviation = np.where(first, np.sqrt(trained), 1.0) * 1e-5 * random.normal(size=STEPS)
    fitted = level + deviation
    own = np.where(first, fitted, 0)[:, None] * [2e6, 0] + np.where(first, 0, fitted)[:, None] * [0, 2e6]
    steps = MergeSteps(*(np.arange(STEPS, dtype=np.uint32),) * 3)
    problem = Problem(("a", "b"), steps, 0, STEPS, PairEvents.empty(), own, PAIRS)
    unit = np.full(STEPS, 1e-6)
    used, dispersion = np.ones(STEPS, bool), float((deviation**2 / 1e-10).mean())
    fit = IsotonicFit(np.array([0.5, 0.5]), STEPS, fitted, level, unit, np.zeros(2), used, dispersion, 1)
    # Without a block of 20, a count is the mean of 19 parts: it moves by the deviation of one part over 19.
    part = 1e-5 * np.sqrt(BLOCKS) * random.normal(size=(BLOCKS, STEPS))
    replicates = [fitted - part[k] / (BLOCKS - 1) for k in range(BLOCKS)]
    factors = error_factors(problem, fit, replicates)
    assert factors[0] == pytest.approx(np.sqrt(trained), rel=0.05) and factors[1] == pytest.approx(1.0, abs=0.05)
