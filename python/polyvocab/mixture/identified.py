"""What the merges say about a share at most: the least and the greatest that explain them almost as well as the best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..errors import PolyvocabError
from .lp import TOLERANCE, LpSolution, add_rows
from .problem import Problem
from .relaxation import Relaxation

_SLACK_LEFT = 0.01  # of what the budget adds to the optimum: rows that lack less in all are let be, so bounds err outwards
_FIRST_REACH = 0.1  # of a share, and at least _LEAST_REACH: how far from the estimate a bound is looked for first
_LEAST_REACH = 1e-4
_FURTHER = 4.0  # times as far, each time that this was not far enough


@dataclass(frozen=True, eq=False)
class IdentifiedSet:
    """Bounds of each category's share of the pairs of state `first`."""

    least: np.ndarray  # float64 [categories]; NaN where it was not asked for
    greatest: np.ndarray  # float64 [categories]
    budget: float  # the sum of slacks that was allowed


def identified_set(
    problem: Problem,
    solution: LpSolution,
    *,
    within: float = 0.01,
    noise: float = 0.0,
    categories: Iterable[int] | None = None,
    threads: int = 0,
    progress: bool = False,
) -> IdentifiedSet:
    """Least and greatest share of each category among the mixtures whose sum of slacks is at most
    (1 + within) * objective + noise * `objective_noise`. `solution`: of `solve_lp` for this problem, not mass-normalized.

    The least sum of slacks is a convex function of one share, whose slope the solver knows: a bound is where it crosses what is
    allowed, found by Newton's method from outside. Each value is a warm linear program, with rows separated as in `solve_lp`.
    Raises `PolyvocabError` for a negative tolerance.
    """
    if within < 0 or noise < 0:
        raise PolyvocabError(f"within={within}, noise={noise}: tolerances are 0 or more")
    budget = (1 + within) * solution.objective
    if noise:
        budget += noise * objective_noise(problem, solution, threads=threads)
    if len(problem.categories) == 1:
        return IdentifiedSet(np.ones(1), np.ones(1), budget)
    relaxation = Relaxation(problem, threads=threads)
    relaxation.use_steps(solution.steps)
    add_rows(relaxation, solution)
    allowed = max(_SLACK_LEFT * (budget - solution.objective), TOLERANCE * solution.objective, TOLERANCE)
    bounds = np.full((2, len(problem.categories)), np.nan)
    wanted = range(len(problem.categories)) if categories is None else list(categories)
    for category in tqdm(wanted, desc="identified set", unit="categories", disable=not progress):
        search = _Search(relaxation, category, budget, allowed)
        for which, sign in enumerate((-1, 1)):
            bounds[which, category] = search.bound(float(solution.alpha[category]), sign)
        relaxation.fix_share(category, None)
    return IdentifiedSet(*bounds, budget)


@dataclass(frozen=True, eq=False)
class _Search:
    """For the bounds of one share."""

    relaxation: Relaxation
    category: int
    budget: float
    allowed: float  # how much a sum of slacks may be off

    def bound(self, share: float, sign: int) -> float:
        """From a share inside the bounds to the one below it (sign -1) or above it (1)."""
        end = 0.0 if sign < 0 else 1.0
        reach = max(_FIRST_REACH * share, _LEAST_REACH)
        while True:
            if abs(end - share) <= reach:
                share = end
            else:
                share += sign * reach
            over, slope = self._over(share)
            if over > 0:
                break
            if share == end:
                return end
            reach *= _FURTHER
            if sign * slope > 0:  # the tangent crosses the budget at the bound or outside of it
                reach = min(reach, -over / abs(slope) + _LEAST_REACH)
        while over > self.allowed:
            share -= over / slope
            over, slope = self._over(share)
        return share

    def _over(self, share: float) -> tuple[float, float]:
        """By how much the least sum of slacks with that share is above the budget, and its slope."""
        relaxation = self.relaxation
        relaxation.fix_share(self.category, share)
        relaxation.solve()
        while True:
            violated = relaxation.separate()
            if violated.missing.sum() <= self.allowed:
                return relaxation.objective - self.budget, relaxation.slope_of_share(self.category)
            before = relaxation.objective
            relaxation.add_deepest(violated)
            relaxation.solve()
            if relaxation.objective > before:
                relaxation.drop_idle()


def objective_noise(problem: Problem, solution: LpSolution, *, threads: int = 0) -> float:
    """The standard deviation of the objective that comes from the sample: counts are taken as Poisson, rows as independent.

    The objective is a sum of rows, each weighted by its dual value; that sum is what varies. Counts per million pairs.
    """
    relaxation = Relaxation(problem, threads=threads)
    relaxation.use_steps(solution.steps)
    add_rows(relaxation, solution)
    counts = relaxation.own[relaxation.row_step] + relaxation.counts(relaxation.row_step, relaxation.row_pair)
    variance = counts @ (relaxation.alpha * relaxation.scale) ** 2
    return float(np.sqrt(variance @ relaxation.row_duals() ** 2))
