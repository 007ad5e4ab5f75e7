"""How much of an error is the training text's own.

A jackknife over blocks of the samples sees their noise. The trainer's text was a sample too, and where it was no larger than
ours its noise is no smaller. It shows in the fit: merges lie further from the level than the blocks of the samples account for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .isotonic import IsotonicFit
from .problem import Problem


def error_factors(problem: Problem, fit: IsotonicFit, replicates: Sequence[np.ndarray]) -> np.ndarray:
    """By how much the jackknife's error of each share is to be multiplied, float64 [categories], at least 1.

    The root of the ratio of two variances of the merges' counts, each per Poisson noise and each merge weighted with the
    category's share in it: that around the level, and that between the replicates. `replicates`: for each block the counts that
    `fit.alpha` makes without it, float64 [steps], as shares of its pairs.
    """
    used = fit.used
    poisson = (fit.unit * fit.level)[used]
    parts = (problem.own[problem.first : problem.first + fit.steps] / problem.pairs * fit.alpha)[used]
    share = parts / parts.sum(axis=1, keepdims=True)
    around = (fit.fitted - fit.level)[used] ** 2 / poisson
    around *= fit.dispersion / around.mean()  # the degrees of freedom that the level and the shares took
    counts = np.stack(replicates)[:, used]
    between = (len(counts) - 1) * counts.var(axis=0) / poisson
    weight = share.sum(axis=0)
    sampled = share.T @ between
    ratio = np.divide(share.T @ around, sampled, out=np.ones(len(weight)), where=sampled > 0)
    return np.sqrt(np.maximum(ratio, 1.0))
