"""Shares by linear programming: how far the merges were from being greedy (Hayase et al. 2024).

A trainer of BPE merges the most frequent pair of its text. So in the true mixture no pair is more frequent in state t than
the pair that step t merges; where counts of a sample say otherwise, a slack of the step or of the pair makes up for it. The
estimate is the mixture with the least sum of slacks. The program has a row for each pair and step, hundreds of millions; only
those that a solution violates are given to the solver, round by round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..errors import PolyvocabError
from .problem import Problem
from .relaxation import Relaxation, pair_keys, pair_numbers

TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class LpSolution:
    """A mixture, and slacks with which all rows hold. Slacks are counts per million pairs of state `first`."""

    alpha: np.ndarray  # float64 [categories]: shares of the pairs of state `first`
    objective: float  # the sum of all slacks
    gap: float  # how much of the objective the optimum may be below it, at most: 1e-6 means one millionth
    slack_of_step: np.ndarray  # float64 [steps]: of the steps first <= t < first + steps
    slack_of_pair: np.ndarray  # float64 [pairs]: of the pairs of the problem's events
    row_step: np.ndarray  # uint32 [rows]: the rows that the solver had at last, each of a step of the tokenizer
    row_pair: np.ndarray  # uint32 [rows, 2]: and a pair of ids
    steps: int  # of the window, from its first
    rounds: int


def solve_lp(
    problem: Problem,
    *,
    steps: int | None = None,
    tolerance: float = TOLERANCE,
    rounds: int | None = None,
    mass_normalized: bool = False,
    start: LpSolution | None = None,
    threads: int = 0,
    progress: bool = False,
) -> LpSolution:
    """Shares from the first `steps` steps of the problem's window, by default all.

    Ends when the objective is within `tolerance` (relative) of the optimum, or after so many `rounds`; the solution says its
    gap. `start`: a solution of the same program with fewer steps or other counts, whose rows are the first ones.

    `mass_normalized`: for a window that does not start at 0. Where a category has nothing more to merge in the window, a larger
    share of it makes all counts smaller and with them the slacks, so shares that sum to 1 are drawn there. With this the counts
    of the merges' own pairs have a fixed sum instead, and alpha is brought to the sum 1 afterwards.

    The bytes of the result depend neither on `threads` nor on `progress`. Raises `MissingExtra` without highspy,
    `PolyvocabError` for steps that the window does not have.
    """
    found = solve_path(
        problem,
        steps=[problem.last - problem.first if steps is None else steps],
        tolerance=tolerance,
        rounds=rounds,
        mass_normalized=mass_normalized,
        start=start,
        threads=threads,
        progress=progress,
    )
    return found[0]


def solve_path(
    problem: Problem,
    *,
    steps: Iterable[int],
    tolerance: float = TOLERANCE,
    rounds: int | None = None,
    mass_normalized: bool = False,
    start: LpSolution | None = None,
    threads: int = 0,
    progress: bool = False,
) -> list[LpSolution]:
    """A solution for each number of steps, which must rise; each begins with the rows of the one before. As `solve_lp`."""
    steps = list(steps)
    window = problem.last - problem.first
    if not steps or sorted(set(steps)) != steps or steps[0] < 1 or steps[-1] > window:
        raise PolyvocabError(f"steps {steps}: must rise, from 1 to at most {window}, the steps of the window")
    relaxation = Relaxation(problem, mass_normalized=mass_normalized, threads=threads)
    relaxation.use_steps(steps[0])
    if start is not None:
        add_rows(relaxation, start)
    solutions = []
    with tqdm(desc="linear program", unit="round", disable=not progress) as bar:
        for count in steps:
            relaxation.use_steps(count)
            solutions.append(_solve(relaxation, tolerance, rounds, bar))
    return solutions


def add_rows(relaxation: Relaxation, start: LpSolution) -> None:
    """The rows of another solution that exist here too."""
    problem = relaxation.problem
    pair = pair_numbers(pair_keys(problem.events.pairs), start.row_pair)
    step = start.row_step.astype(np.int64) - problem.first
    here = (pair < len(problem.events.pairs)) & (step >= 0) & (step < relaxation.steps)
    here[here] &= relaxation.own[step[here]].any(axis=1)
    if here.any():
        relaxation.add(step[here].astype(np.uint32), pair[here])
        relaxation.solve()


@dataclass(frozen=True, eq=False)
class _Point:
    """A point for which all rows hold."""

    alpha: np.ndarray
    slack_of_step: np.ndarray
    slack_of_pair: np.ndarray

    @property
    def objective(self) -> float:
        return float(self.slack_of_step.sum() + self.slack_of_pair.sum())


def _solve(relaxation: Relaxation, tolerance: float, limit: int | None, bar: tqdm) -> LpSolution:
    """Rounds of separation and simplex until the best point found is good enough."""
    best: _Point | None = None
    done = 0
    while True:
        violated = relaxation.separate()
        point = _Point(relaxation.alpha, relaxation.slack_of_step, relaxation.slack_of_pair + violated.missing)
        if best is None or point.objective < best.objective:
            best = point
        bound = relaxation.objective
        if not len(violated) or best.objective - bound <= tolerance * best.objective or done == limit:
            return _solution(relaxation, best, bound, done)
        relaxation.add_deepest(violated)
        relaxation.solve()
        if relaxation.objective > bound:  # rows that are dropped for nothing could come back for ever
            relaxation.drop_idle()
        done += 1
        bar.update()
        bar.set_postfix_str(f"{relaxation.steps} steps, {len(relaxation.row_step)} rows, {len(violated)} violated")


def _solution(relaxation: Relaxation, point: _Point, bound: float, rounds: int) -> LpSolution:
    """The point, with alpha brought to the sum 1: all rows are homogeneous."""
    total = point.alpha.sum()
    first = relaxation.problem.first
    return LpSolution(
        alpha=point.alpha / total,
        objective=point.objective / total,
        gap=max(0.0, 1 - bound / point.objective) if point.objective else 0.0,
        slack_of_step=point.slack_of_step[: relaxation.steps] / total,
        slack_of_pair=point.slack_of_pair / total,
        row_step=relaxation.row_step + np.uint32(first),
        row_pair=relaxation.problem.events.pairs[relaxation.row_pair],
        steps=relaxation.steps,
        rounds=rounds,
    )
