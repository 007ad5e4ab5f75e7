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
at all. Of the other pairs little is needed, so this is quick. But merges alone say nothing of a category that has hardly any:
- No pair may have more than three times the level without being merged; what is above that is added to the sum in the same
  way, with the count of the pair for x_t and 3 theta_t for theta_t. That bounds the shares of categories whose pairs were not
  merged.
- The estimate begins at the solution of the linear program, and the squared distance of the logarithms of the shares from it,
  times half of a few counts, is added too: where merges say nothing, the start stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import PolyvocabError
from .excess import category_counts, excess_pairs
from .isotonic_objective import Objective, PassedOver, minimized
from .levels import FAR_BELOW, Levels, level_around, levels, mixed
from .problem import Problem

SMALLEST_COUNT = 100.0  # of the sample, in the last steps that are used
_FEWEST_STEPS = 100
_ROUNDS = 8
_REFIT_ROUNDS = 2  # of a fit that begins where it ends, but for a little
_SETTLED = 1e-6  # change of a share from round to round
_LEAST_START = 1e-5  # what a category that the start excludes begins with
_FEWEST_COUNTS = 30.0  # of the sample, that a pair must have to be too frequent


@dataclass(frozen=True, eq=False)
class IsotonicFit:
    """A mixture, and the level of the merges that fits it best. Levels are shares of the pairs of state `first`."""

    alpha: np.ndarray  # float64 [categories]: shares of the pairs of state `first`
    steps: int  # of the window, from its first
    fitted: np.ndarray  # float64 [steps]: x, the counts that alpha gives
    level: np.ndarray  # float64 [steps]: theta
    unit: np.ndarray  # float64 [steps]: u, the variance per unit of `fitted` for Poisson counts; 0 where there are none
    unsaid: np.ndarray  # float64 [categories]: how far the start decided a share and not the merges, from 0 to 1
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

    `start`: shares to begin with and to stay at where merges say nothing, float64 [categories]; by default equal ones, and
    nothing holds them. `start_steps`: how many steps they were fitted to, which is the least number used here: from it on the
    number is doubled, and each fit begins at the one before. `steps`: how many at last; by default as many as have at least
    `smallest_count` counts of the sample, by the fit so far.

    Raises `PolyvocabError` for a window without counts, and for shares or steps that do not fit the problem.
    """
    own = problem.own[problem.first : problem.last]
    window, categories = own.shape
    alpha = np.full(categories, 1 / categories) if start is None else np.asarray(start, np.float64)
    if alpha.shape != (categories,) or not (alpha >= 0).all() or not alpha.sum() > 0:
        raise PolyvocabError(f"start: {categories} shares are needed, none of them negative")
    if steps is not None and not 1 <= steps <= window:
        raise PolyvocabError(f"steps {steps}: must be 1 to {window}, the steps of the window")
    rates, alpha = own / problem.pairs, (alpha / alpha.sum()).clip(_LEAST_START)
    trusted = None if start is None else np.log(alpha)
    first_counted = int(np.argmax(own.any(axis=1)))
    count = min(max(start_steps, _FEWEST_STEPS, first_counted + 1), window if steps is None else steps)
    none = PassedOver.none(categories)
    while True:
        if start is None or count > start_steps:
            alpha = _settled(rates[:count], problem.pairs, alpha, none, trusted).alpha
        last = steps
        if last is None:
            reliable = levels(rates, problem.pairs, alpha).reliable(smallest_count)
            last = min(max(reliable, start_steps, _FEWEST_STEPS), window)
        if count >= last:
            return _fit(problem, rates[:count], alpha, trusted)
        count = min(2 * count, last)


def refit_isotonic(problem: Problem, fit: IsotonicFit, start: np.ndarray) -> IsotonicFit:
    """Shares from other counts of the same window, nearly those of a fit: from as many steps, and begun where it is.
    `start`: float64 [categories], what these counts' own linear program says, which holds them as in `fit_isotonic`."""
    own = problem.own[problem.first : problem.first + fit.steps]
    trusted = np.log((start / start.sum()).clip(_LEAST_START))
    used = fit.used & own.any(axis=1)
    return _fit(problem, own / problem.pairs, fit.alpha.clip(_LEAST_START), trusted, used, rounds=_REFIT_ROUNDS)


def _fit(
    problem: Problem,
    rates: np.ndarray,
    alpha: np.ndarray,
    trusted: np.ndarray | None,
    used: np.ndarray | None = None,
    rounds: int = _ROUNDS,
) -> IsotonicFit:
    """Which pairs are too frequent depends on the shares, so they are found again until there are no new ones."""
    pairs, total = problem.pairs, 0
    over, _ = _frequent(problem, PassedOver.none(len(alpha)), levels(rates, pairs, alpha), alpha)
    for _ in range(rounds):
        settled = _settled(rates, pairs, alpha, over, trusted, used, rounds)
        alpha, total = settled.alpha, total + settled.iterations
        found = levels(rates, pairs, alpha, settled.used)
        over, is_enough = _frequent(problem, over, found, alpha)
        if is_enough:
            break
    used = found.used
    chi2 = ((found.fitted - found.level)[used] ** 2 / (found.unit * found.level)[used]).sum()
    freedom = used.sum() - (found.block[-1] + 1) - len(alpha) + 1
    unsaid = Objective.of(rates, pairs, found, over, trusted).unsaid(alpha)
    dispersion = float(chi2 / max(freedom, 1))
    return IsotonicFit(alpha, len(rates), found.fitted, found.level, found.unit, unsaid, used, dispersion, total)


@dataclass(frozen=True, eq=False)
class _Settled:
    alpha: np.ndarray
    used: np.ndarray
    iterations: int


def _settled(
    rates: np.ndarray,
    pairs: np.ndarray,
    alpha: np.ndarray,
    over: PassedOver,
    trusted: np.ndarray | None,
    used: np.ndarray | None = None,
    rounds: int = _ROUNDS,
) -> _Settled:
    """The steps that are used and the counts of mixed merges depend on the shares, so they are found again until these stay.
    At first those of `used`, by default all: a category whose share begins too small seems far below the level."""
    total = 0
    if used is None:
        used = mixed(rates, pairs, alpha)[0] > 0
    for _ in range(rounds):
        objective = Objective.of(rates, pairs, levels(rates, pairs, alpha, used), over, trusted)
        new, iterations = minimized(objective, alpha)
        change, alpha, total = np.abs(new - alpha).max(), new, total + iterations
        fitted = mixed(rates, pairs, alpha)[0]
        before, used = used, fitted > FAR_BELOW * level_around(fitted)
        if change < _SETTLED and (used == before).all():
            break
    return _Settled(alpha, used, total)


def _frequent(problem: Problem, known: PassedOver, found: Levels, alpha: np.ndarray) -> tuple[PassedOver, bool]:
    """The pairs that are known with those that are half as frequent as is too much under these shares, and whether the known
    ones were enough: no other is too frequent."""
    steps = len(found.level)
    least = PassedOver.TIMES / 2
    pairs = excess_pairs(problem, found, alpha, steps=steps, ratio=least, smallest_count=_FEWEST_COUNTS)
    new = pairs.where(~np.isin(pairs.pair * steps + pairs.step, known.pair * steps + known.step))
    is_enough = not (new.fitted > PassedOver.TIMES * new.level).any()
    return known.and_those(new.pair, new.step, category_counts(problem, new) / problem.pairs, new.counts), is_enough
