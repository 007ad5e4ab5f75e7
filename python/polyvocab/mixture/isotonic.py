"""Shares from the merges' own counts: in the true mixture they never increase.

A trainer of BPE merges the most frequent pair of its text, and what a merge leaves is no more frequent. So with the true
shares alpha the fitted count of step t, x_t = sum_i alpha_i own_ti / pairs_i, is a level theta_t that never increases, but
for noise. The estimate is

    min over alpha in the simplex and theta non-increasing of  sum_t n_t (theta_t / x_t - log(theta_t / x_t) - 1),
    n_t = x_t / u_t,    u_t = sum_i alpha_i^2 own_ti / pairs_i^2 / x_t

with u_t the variance per unit of x_t if counts are Poisson. For a merge of one category n_t is its count in the sample,
whatever the shares, and the sum is the likelihood of Poisson counts; for others n_t is that of the shares so far. At the
estimate the counts of each category are on the whole as many as the level says:
sum_t n_t share_ti (x_t - theta_t) / x_t = 0. The sum does not change when all of alpha is multiplied, so a category that has
nothing to merge in a window attracts nothing.

Merges far below the level are left out: they were made for texts of which the sample has nothing like, or were not learned
at all. No pairs but the merged ones are needed, so this is quick; it says nothing of a category that has hardly any merge,
and therefore begins at the solution of the linear program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import PolyvocabError
from .levels import FAR_BELOW, level_around, levels, mixed
from .monotone import pool_adjacent
from .problem import Problem

SMALLEST_COUNT = 100.0  # of the sample, in the last steps that are used
_FEWEST_STEPS = 100
_LARGEST_STEP = 1.0  # of the logarithms of shares, in one iteration
_LEAST_STEP = 1e-6  # of the direction of Newton's method
_CONVERGED = 1e-8  # change of a share
_ROUNDS = 8
_SETTLED = 1e-6  # change of a share from round to round
_ITERATIONS = 200
_LEAST_SHARE = 1e-12


@dataclass(frozen=True, eq=False)
class IsotonicFit:
    """A mixture, and the level of the merges that fits it best. Levels are shares of the pairs of state `first`."""

    alpha: np.ndarray  # float64 [categories]: shares of the pairs of state `first`
    steps: int  # of the window, from its first
    fitted: np.ndarray  # float64 [steps]: x, the counts that alpha gives
    level: np.ndarray  # float64 [steps]: theta
    unit: np.ndarray  # float64 [steps]: u, the variance per unit of `fitted` for Poisson counts; 0 where there are none
    used: np.ndarray  # bool [steps]: whether the estimate used the step; false where it is far below the level around
    dispersion: float  # chi2 per degree of freedom: 1 for Poisson noise alone, more where words come in clumps
    iterations: int


def fit_isotonic(
    problem: Problem,
    *,
    start: np.ndarray | None = None,
    start_steps: int = 0,
    steps: int | None = None,
    smallest_count: float = SMALLEST_COUNT,
) -> IsotonicFit:
    """Shares from the first steps of the problem's window.

    `start`: shares to begin with, float64 [categories]; equal ones by default. `start_steps`: how many steps they were fitted
    to, which is the least number used here: from it on the number is doubled, and each fit begins at the one before. `steps`:
    how many at last; by default as many as have at least `smallest_count` counts of the sample, by the fit so far.

    Raises `PolyvocabError` for a window without counts, and for shares or steps that do not fit the problem.
    """
    own = problem.own[problem.first : problem.last]
    window, categories = own.shape
    alpha = np.full(categories, 1 / categories) if start is None else np.asarray(start, np.float64)
    if alpha.shape != (categories,) or not (alpha >= 0).all() or not alpha.sum() > 0:
        raise PolyvocabError(f"start: {categories} shares are needed, none of them negative")
    if steps is not None and not 1 <= steps <= window:
        raise PolyvocabError(f"steps {steps}: must be 1 to {window}, the steps of the window")
    rates, alpha = own / problem.pairs, alpha / alpha.sum()
    first_counted = int(np.argmax(own.any(axis=1)))
    count = min(max(start_steps, _FEWEST_STEPS, first_counted + 1), window if steps is None else steps)
    while True:
        fit = _fit(rates[:count], problem.pairs, alpha)
        last = steps
        if last is None:
            reliable = levels(rates, problem.pairs, fit.alpha).reliable(smallest_count)
            last = min(max(reliable, start_steps, _FEWEST_STEPS), window)
        if count >= last:
            return fit
        alpha, count = fit.alpha, min(2 * count, last)


@dataclass(frozen=True, eq=False)
class _Point:
    """The objective at shares, with the level profiled out, and its derivatives for the logarithms of the shares."""

    log_alpha: np.ndarray
    objective: float
    gradient: np.ndarray
    curvature: np.ndarray


def _point(rates: np.ndarray, pairs: np.ndarray, counts: np.ndarray, log_alpha: np.ndarray) -> _Point:
    alpha = np.exp(log_alpha - log_alpha.max())
    alpha /= alpha.sum()
    fitted, share, _ = mixed(rates, pairs, alpha)
    level, block = pool_adjacent(fitted, counts / fitted)
    ratio = level / fitted
    # By the envelope theorem the level counts as fixed.
    gradient = share.T @ (counts * (1 - ratio))
    in_block = np.zeros((block[-1] + 1, len(alpha)))
    np.add.at(in_block, block, counts[:, None] * share)
    scaled = in_block / np.bincount(block, counts)[:, None]
    curvature = (share * counts[:, None]).T @ share - in_block.T @ scaled
    return _Point(np.log(alpha.clip(_LEAST_SHARE)), float((counts * (ratio - np.log(ratio) - 1)).sum()), gradient, curvature)


def _fit(rates: np.ndarray, pairs: np.ndarray, alpha: np.ndarray) -> IsotonicFit:
    """The steps that are used and the counts of mixed merges depend on the shares, so they are found again until these stay.
    At first all steps are used: a category whose share begins too small seems far below the level."""
    used, total = mixed(rates, pairs, alpha)[0] > 0, 0
    for _ in range(_ROUNDS):
        found = levels(rates, pairs, alpha, used)
        counts = found.fitted[used] / found.unit[used]
        new, iterations = _minimized(rates[used], pairs, counts, alpha)
        change, alpha, total = np.abs(new - alpha).max(), new, total + iterations
        fitted = mixed(rates, pairs, alpha)[0]
        before, used = used, fitted > FAR_BELOW * level_around(fitted)
        if change < _SETTLED and (used == before).all():
            break
    found = levels(rates, pairs, alpha, used)
    chi2 = ((found.fitted - found.level)[used] ** 2 / (found.unit * found.level)[used]).sum()
    freedom = used.sum() - (found.block[-1] + 1) - len(alpha) + 1
    return IsotonicFit(alpha, len(rates), found.fitted, found.level, found.unit, used, float(chi2 / max(freedom, 1)), total)


def _minimized(rates: np.ndarray, pairs: np.ndarray, counts: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, int]:
    """Newton's method on the logarithms of the shares, the curvature by Gauss and Newton, with steps that are halved until the
    objective falls."""
    point = _point(rates, pairs, counts, np.log(alpha.clip(_LEAST_SHARE)))
    iterations = 0
    while iterations < _ITERATIONS:
        iterations += 1
        damping = 1e-9 * np.trace(point.curvature) + 1e-12
        direction = -np.linalg.solve(point.curvature + damping * np.eye(len(alpha)), point.gradient)
        direction *= min(1.0, _LARGEST_STEP / max(np.abs(direction).max(), 1e-300))
        slope = float(direction @ point.gradient)
        size, new = 1.0, _point(rates, pairs, counts, point.log_alpha + direction)
        while new.objective > point.objective + 1e-4 * size * slope and size > _LEAST_STEP:
            size /= 2
            new = _point(rates, pairs, counts, point.log_alpha + size * direction)
        if new.objective > point.objective:
            break  # as low as rounding lets it become
        change = np.abs(np.exp(new.log_alpha) - np.exp(point.log_alpha)).max()
        point = new
        if change < _CONVERGED:
            break
    found = np.exp(point.log_alpha)
    return found / found.sum(), iterations
