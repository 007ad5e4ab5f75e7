"""Shares from the merges of a BPE: both estimators, their errors, and which one to believe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .choose import choose
from .default_steps import default_steps
from .identified import identified_set
from .isotonic import IsotonicFit, fit_isotonic, refit_isotonic
from .jackknife import grouped_jackknife
from .lp import LpSolution, solve_lp, solve_path
from .pair_counts import PairCounts
from .problem import Problem
from .result import Estimate
from .training_noise import error_factors
from .units import named

_PATH = (100, 300, 1000, 3000, 10_000, 30_000)
_DEEPEST = 3000  # further steps take long and move the linear program's shares within their errors
_BOUNDED = 1000  # steps that the bounds are of
_WITHIN = 0.01  # of the optimum: mixtures that explain the merges nearly as well


@dataclass(frozen=True, eq=False)
class MergeEstimates:
    """What the merges of a window say."""

    problem: Problem
    lp: LpSolution
    isotonic: IsotonicFit
    estimates: Mapping[str, Estimate]  # "lp", "isotonic"
    chosen: str
    reason: str
    identified: Mapping[str, np.ndarray]  # by unit: float64 [categories, 2]
    by_steps: tuple[tuple[int, Mapping[str, np.ndarray]], ...]

    @property
    def alpha(self) -> np.ndarray:
        """float64 [categories]: the chosen shares of the pairs of the window's first state."""
        return self.lp.alpha if self.chosen == "lp" else self.isotonic.alpha


def estimate(
    counts: PairCounts,
    *,
    first: int = 0,
    last: int | None = None,
    merges: int | None = None,
    estimator: str = "auto",
    threads: int = 0,
    progress: bool = False,
) -> MergeEstimates:
    """Shares from the steps `first <= t < last` of a merge list.

    `merges`: how many of them at most; by default as many as the samples support. `estimator`: "lp", "isotonic" or "auto", by
    `choose`. A window that does not begin at 0 is normalized by mass (`solve_lp`).
    """
    problem = counts.problem(first=first, last=last)
    window = problem.last - problem.first
    most = window if merges is None else min(merges, window)
    options = {"mass_normalized": first > 0, "threads": threads}
    begun = solve_lp(problem, steps=min(_PATH[0], most), **options)
    deepest = min(default_steps(problem, begun.alpha), _DEEPEST) if merges is None else most
    steps = sorted({step for step in _PATH if step < deepest} | {deepest})
    path = solve_path(problem, steps=steps, start=begun, progress=progress, **options)
    lp = path[-1]
    isotonic = fit_isotonic(problem, start=lp.alpha, start_steps=lp.steps, steps=None if merges is None else most)

    def in_units(alpha: np.ndarray, block: int | None = None) -> np.ndarray:
        return counts.in_units(alpha, first, without_block=block)

    shares = in_units(np.stack([lp.alpha, isotonic.alpha]))  # [units, estimators, categories]
    errors = None if counts.blocks < 2 else _errors(counts, problem, lp, isotonic, in_units, options, progress)
    figures = {"objective": float(lp.objective), "gap": float(lp.gap)}, {"dispersion": isotonic.dispersion}
    estimates = {
        name: Estimate(named(shares[:, i]), {} if errors is None else named(errors[:, i]), found.steps, figures[i])
        for i, (name, found) in enumerate((("lp", lp), ("isotonic", isotonic)))
    }
    chosen, reason = choose(estimates) if estimator == "auto" else (estimator, "as asked for")
    bounds = {}
    if first == 0:
        bounded = max((s for s in path if s.steps <= _BOUNDED), key=lambda s: s.steps, default=path[0])
        limits = identified_set(problem, bounded, within=_WITHIN, threads=threads, progress=progress)
        bounds = _bounds(np.stack([limits.least, limits.greatest]), bounded.alpha, in_units)
    by_steps = tuple((found.steps, named(in_units(found.alpha))) for found in path)
    return MergeEstimates(problem, lp, isotonic, estimates, chosen, reason, bounds, by_steps)


def _errors(
    counts: PairCounts,
    problem: Problem,
    lp: LpSolution,
    isotonic: IsotonicFit,
    in_units: Callable[[np.ndarray, int | None], np.ndarray],
    options: Mapping[str, Any],
    progress: bool,
) -> np.ndarray:
    """Standard errors, float64 [units, estimators, categories]: by the jackknife, of the training text, and as far as merges
    say nothing of a share, the share itself: a category that nothing was merged for may have any that is small enough."""
    counted: list[np.ndarray] = []  # of each replicate, what the isotonic shares make of its counts
    window = slice(problem.first, problem.first + isotonic.steps)

    def without(block: int | None) -> Problem:
        return problem if block is None else counts.problem(first=problem.first, last=problem.last, without_block=block)

    def both(replicate: Problem) -> np.ndarray:
        if replicate is problem:
            return np.stack([lp.alpha, isotonic.alpha])
        counted.append(replicate.own[window] / replicate.pairs @ isotonic.alpha)
        solved = solve_lp(replicate, steps=lp.steps, start=lp, **options)
        return np.stack([solved.alpha, refit_isotonic(replicate, isotonic, solved.alpha).alpha])

    found = grouped_jackknife(without, counts.blocks, both, unit=in_units, progress=progress)
    return np.hypot(found.errors * error_factors(problem, isotonic, counted), found.shares * isotonic.unsaid)


def _bounds(bounds: np.ndarray, alpha: np.ndarray, in_units: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
    """The bounds [2, categories] of each share in all units: the other shares keep their proportions while one moves."""
    count = len(alpha)
    moved = np.empty((2, count, count))
    for i in range(count):
        others = alpha.copy()
        others[i] = 0
        rest = others.sum()
        for side in range(2):
            share = bounds[side, i]
            moved[side, i] = others * ((1 - share) / rest if rest > 0 else 0)
            moved[side, i, i] = share
    every = in_units(moved)  # [units, 2, moved category, categories]
    return named(np.diagonal(every, axis1=2, axis2=3).transpose(0, 2, 1))
