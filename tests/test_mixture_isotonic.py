"""Shares from the merges' own counts alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixture_problems import byte_bpe, case, lines, mixture
from polyvocab.errors import PolyvocabError
from polyvocab.mixture.events import MergeSteps, PairEvents
from polyvocab.mixture.isotonic import fit_isotonic, refit_isotonic
from polyvocab.mixture.isotonic_objective import Objective, PassedOver
from polyvocab.mixture.levels import levels
from polyvocab.mixture.monotone import pool_adjacent
from polyvocab.mixture.problem import Problem

SHARES = {"eng_Latn": 0.45, "est_Latn": 0.25, "eus_Latn": 0.15, "ukr_Cyrl": 0.1, "zul_Latn": 0.05}


@pytest.fixture(scope="module")
def known():
    tokenizer = byte_bpe(mixture(SHARES, 900_000), 3000)
    return case(tokenizer, {language: lines(language)[1] for language in SHARES})


def slow_non_increasing(values, weights):
    """min over s <= t of max over e >= t of the mean of s..e: the textbook's formula."""

    def mean(s, e):
        return np.average(values[s : e + 1], weights=weights[s : e + 1])

    n = len(values)
    return [min(max(mean(s, e) for e in range(t, n)) for s in range(t + 1)) for t in range(n)]


positive = st.floats(0.01, 100)


@given(st.lists(st.tuples(st.floats(0, 100), positive), min_size=1, max_size=12))
def test_pooled_values_are_those_of_the_textbook(items):
    values, weights = np.array(items).T
    fitted, block = pool_adjacent(values, weights)
    np.testing.assert_allclose(fitted, slow_non_increasing(values, weights), rtol=1e-9, atol=1e-9)
    assert (np.diff(fitted) <= 0).all() and len(block) == len(values)


def test_shares_of_a_known_mixture_are_found(known):
    fit = fit_isotonic(known.problem)
    error = known.byte_shares(fit.alpha) - np.array(list(SHARES.values()))
    assert np.log10((error**2).mean()) < -4.8
    assert fit.alpha.sum() == pytest.approx(1)
    assert (np.diff(fit.level) <= 0).all() and fit.steps < len(known.merges)


def test_the_start_matters_little_where_categories_have_merges(known):
    fit = fit_isotonic(known.problem, steps=1500)
    other = fit_isotonic(known.problem, start=np.array([1, 2, 3, 4, 5.0]), steps=1500, start_steps=700)
    np.testing.assert_allclose(other.alpha, fit.alpha, atol=3e-4)


def test_a_fit_stays_where_it_is_for_the_same_counts_and_moves_little_for_others(known):
    fit = fit_isotonic(known.problem, steps=1500)
    again = refit_isotonic(known.problem, fit, fit.alpha)
    np.testing.assert_allclose(again.alpha, fit.alpha, atol=2e-5)
    assert (again.used == fit.used).all() and again.steps == fit.steps
    fewer = replace(known.problem, own=np.floor(0.9 * known.problem.own), pairs=0.9 * known.problem.pairs)
    np.testing.assert_allclose(refit_isotonic(fewer, fit, fit.alpha).alpha, fit.alpha, atol=2e-3)


def test_a_category_none_of_whose_pairs_was_merged_has_no_share(known):
    """Its own counts say nothing of it; that its pairs were passed over does."""
    more = case(known.tokenizer, {language: lines(language)[1] for language in (*SHARES, "hye_Armn")})
    alone = fit_isotonic(known.problem, steps=1500)
    for start in (None, np.append(alone.alpha, 0), np.append(alone.alpha, 1e-3)):
        fit = fit_isotonic(more.problem, start=start, steps=1500)
        assert fit.alpha[-1] < 4e-3
        assert fit.unsaid[-1] > 0.9 and (fit.unsaid[:-1] < 0.02).all()
        np.testing.assert_allclose(fit.alpha[:-1], alone.alpha, atol=2e-3)


def test_the_gradient_is_that_of_the_objective(known):
    rng = np.random.default_rng(0)
    rates = known.problem.own[:800] / known.problem.pairs
    over = PassedOver(np.arange(3), np.array([100, 400, 799]), rates[[5, 10, 20]], np.array([50.0, 80, 900]))
    start = np.log(np.full(5, 0.2))
    alpha = rng.dirichlet(np.ones(5) * 20)
    objective = Objective.of(rates, known.problem.pairs, levels(rates, known.problem.pairs, alpha), over, start)
    gradient, _ = objective.derivatives(objective.at(np.log(alpha)))
    for _ in range(5):
        direction = rng.normal(size=5)
        direction -= alpha @ direction
        h = 1e-6
        above, below = (objective.at(np.log(alpha) + side * h * direction).value for side in (1, -1))
        assert (above - below) / (2 * h) == pytest.approx(gradient @ direction, rel=1e-3)


def test_counts_of_each_category_are_balanced_at_the_estimate(known):
    problem = known.problem
    fit = fit_isotonic(problem, steps=1000)
    share = problem.own[:1000] * fit.alpha / problem.pairs
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
    used = fit.used
    counts = fit.fitted[used] / fit.unit[used]
    balance = share[used].T @ (counts * (fit.fitted - fit.level)[used] / fit.fitted[used])
    assert np.abs(balance).max() < 1e-4 * counts.sum()


def synthetic(levels, shares_of_steps, alpha, samples):
    """A problem whose counts are exactly those of the shares alpha, but for Poisson noise."""
    rates = levels[:, None] * shares_of_steps / alpha
    own = np.random.default_rng(0).poisson(rates * samples).astype(float)
    ids = np.arange(len(levels), dtype=np.uint32)
    steps = MergeSteps(ids, ids, ids + 1)
    return Problem(tuple("abcdefgh"[: len(alpha)]), steps, 0, len(levels), PairEvents.empty(), own, np.asarray(samples, float))


def test_noise_is_that_of_the_counts_and_samples_may_differ_in_size():
    rng = np.random.default_rng(1)
    alpha = np.array([0.6, 0.3, 0.08, 0.02])
    shares = rng.dirichlet(np.full(4, 0.1) * alpha * 10, 3000)
    levels = 0.1 / (np.arange(3000) + 10)
    problem = synthetic(levels, shares, alpha, np.array([3e7, 1e6, 1e7, 5e5]))
    fit = fit_isotonic(problem)
    np.testing.assert_allclose(fit.alpha, alpha, rtol=0.02)
    assert 0.8 < fit.dispersion < 1.25


def test_steps_that_no_category_has_do_not_disturb():
    alpha = np.array([0.7, 0.3])
    shares = np.random.default_rng(2).dirichlet([0.2, 0.2], 2000)
    problem = synthetic(0.1 / (np.arange(2000) + 10), shares, alpha, np.array([1e7, 1e7]))
    plain = fit_isotonic(problem, steps=2000)
    problem.own[5::7] = 0
    problem.own[6::7] = np.ceil(problem.own[6::7] * 0.01)
    holed = fit_isotonic(problem, steps=2000)
    np.testing.assert_allclose(holed.alpha, plain.alpha, rtol=0.01)
    assert not holed.used[5::7].any() and not holed.used[6::7].any()


def test_a_share_that_begins_far_from_the_truth_is_found():
    rng = np.random.default_rng(3)
    alpha = np.array([0.9, 0.08, 0.015, 0.005])
    shares = rng.dirichlet(np.full(4, 0.2), 3000)
    problem = synthetic(0.1 / (np.arange(3000) + 10), shares, alpha, np.full(4, 3e6))
    for start in (None, alpha[::-1], np.array([0.001, 0.001, 0.001, 0.997])):
        fit = fit_isotonic(problem, start=start, steps=3000)
        np.testing.assert_allclose(fit.alpha, alpha, rtol=0.03)


def test_what_does_not_fit_is_refused(known):
    with pytest.raises(PolyvocabError, match="start: 5 shares"):
        fit_isotonic(known.problem, start=np.ones(3))
    with pytest.raises(PolyvocabError, match="steps 0"):
        fit_isotonic(known.problem, steps=0)
    nothing = synthetic(np.full(10, 0.01), np.ones((10, 1)), np.ones(1), np.array([1.0]))
    nothing.own[:] = 0
    with pytest.raises(PolyvocabError, match="no category has any"):
        fit_isotonic(nothing)
