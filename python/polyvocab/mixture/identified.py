"""What the merges say about a share at most: the least and the greatest that explain them almost as well as the best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..errors import PolyvocabError
from .lp import LpSolution, add_rows
from .problem import Problem
from .relaxation import Relaxation

_SLACK_LEFT = 0.01  # of what the budget adds to the optimum: rows that lack less in all are let be, so bounds err outwards


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

    Two warm linear programs a category, with rows separated as in `solve_lp`. Raises `PolyvocabError` for a negative
    tolerance.
    """
    if within < 0 or noise < 0:
        raise PolyvocabError(f"within={within}, noise={noise}: tolerances are 0 or more")
    budget = (1 + within) * solution.objective
    if noise:
        budget += noise * objective_noise(problem, solution, threads=threads)
    relaxation = Relaxation(problem, budget=budget, threads=threads)
    relaxation.use_steps(solution.steps)
    add_rows(relaxation, solution)
    allowed = _SLACK_LEFT * max(0.0, budget - solution.objective)
    bounds = np.full((2, len(problem.categories)), np.nan)
    wanted = range(len(problem.categories)) if categories is None else list(categories)
    for category in tqdm(wanted, desc="identified set", unit="categories", disable=not progress):
        for which, sign in enumerate((1, -1)):
            relaxation.drop_idle(0)  # most rows of one aim are idle in the next, and cost time there
            relaxation.aim_at_share(category, sign)
            bounds[which, category] = _bound(relaxation, category, allowed)
    return IdentifiedSet(*bounds, budget)


def _bound(relaxation: Relaxation, category: int, allowed: float) -> float:
    relaxation.solve(primal=True)
    while True:
        violated = relaxation.separate()
        if violated.missing.sum() <= allowed:
            return float(relaxation.alpha[category])
        relaxation.add_deepest(violated)
        relaxation.solve()


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
