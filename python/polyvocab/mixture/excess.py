"""Pairs that a mixture makes more frequent than what was merged instead of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .levels import Levels
from .problem import Problem

_PAIRS_AT_ONCE = 500_000


@dataclass(frozen=True, eq=False)
class ExcessPairs:
    """Pairs that stay above the level for some steps, the largest excess first. A trainer would have merged them."""

    pairs: np.ndarray  # uint32 [found, 2]: ids
    step: np.ndarray  # int64 [found]: of the window, the last that passed the pair over where it was most in excess
    fitted: np.ndarray  # float64 [found]: the pair's count there, as a share of the pairs of the window's first state
    level: np.ndarray  # float64 [found]: of the step
    counts: np.ndarray  # float64 [found]: how many counts of the sample `fitted` is: 1 / (its relative Poisson variance)
    pair: np.ndarray  # int64 [found]: its number in the problem's events
    event: np.ndarray  # int64 [found]: the last event of the pair that the count is made of

    def __len__(self) -> int:
        return len(self.pairs)

    def where(self, kept: np.ndarray) -> ExcessPairs:
        """Some of them: bool [found]."""
        return ExcessPairs(*(array[kept] for array in vars(self).values()))


def excess_pairs(
    problem: Problem, levels: Levels, alpha: np.ndarray, *, steps: int, ratio: float = 2.0, smallest_count: float = 100.0
) -> ExcessPairs:
    """The pairs that in one of the first `steps` states of the window have at least `ratio` times the level, by no fewer than
    `smallest_count` counts of the sample. A pair counts where it has the largest ratio.

    A pair that a step of the window merges later counts too: it was passed over until then."""
    events = problem.events
    parts = [
        _of_pairs(problem, levels.level, alpha, begin, min(begin + _PAIRS_AT_ONCE, len(events.pairs)), steps, ratio)
        for begin in range(0, len(events.pairs), _PAIRS_AT_ONCE)
    ]
    event, pair, step, fitted, variance = (np.concatenate([part[i] for part in parts] or [np.zeros(0)]) for i in range(5))
    event, pair, step = event.astype(np.int64), pair.astype(np.int64), step.astype(np.int64)
    counts = fitted**2 / variance
    level = levels.level[step]
    kept = counts >= smallest_count
    order = np.flatnonzero(kept)[np.argsort(-(fitted - level)[kept], kind="stable")]
    return ExcessPairs(*(array[order] for array in (events.pairs[pair], step, fitted, level, counts, pair, event)))


def category_counts(problem: Problem, found: ExcessPairs) -> np.ndarray:
    """float64 [found, categories]: the pairs' counts in each category, where each has the largest ratio."""
    counts = np.zeros((len(found), len(problem.pairs)))
    first = problem.events.indptr[found.pair]
    lengths = found.event + 1 - first
    row = np.repeat(np.arange(len(found)), lengths)
    event = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + np.repeat(first, lengths)
    np.add.at(counts, (row, problem.events.column[event]), problem.events.change[event])
    return counts


def _of_pairs(
    problem: Problem, level: np.ndarray, alpha: np.ndarray, begin: int, end: int, steps: int, ratio: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(event, pair, step, fitted, variance) of those of the pairs begin..end that have the ratio."""
    events = problem.events
    first, last = events.indptr[begin], events.indptr[end]
    lengths = np.diff(events.indptr[begin : end + 1])
    pair = np.repeat(np.arange(begin, end), lengths)
    state = np.clip(events.state[first:last].astype(np.int64) - problem.first, 0, None)
    column, change = events.column[first:last], events.change[first:last]
    weight = alpha / problem.pairs
    fitted, variance = (_running(w[column] * change, lengths) for w in (weight, weight**2))
    # A segment goes from its last event to the state before the next one; the level falls, so its end is what counts.
    closes = np.ones(len(pair), bool)
    closes[:-1] = (pair[1:] != pair[:-1]) | (state[1:] != state[:-1])
    at = np.flatnonzero(closes)
    until = np.full(len(at), steps)
    goes_on = pair[at[1:]] == pair[at[:-1]]
    until[:-1][goes_on] = np.minimum(state[at[1:]][goes_on], steps)
    inside = (state[at] < until) & (fitted[at] > 0)
    at, step = at[inside], until[inside] - 1
    found = fitted[at] / level[step]
    order = np.lexsort((-found, pair[at]))
    order = order[np.concatenate([[True], np.diff(pair[at][order]) != 0])] if len(order) else order
    order = order[found[order] >= ratio]
    at, step = at[order], step[order]
    return first + at, pair[at], step, fitted[at], np.maximum(variance[at], 1e-300)


def _running(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Sums from the beginning of each run."""
    total = np.cumsum(values)
    starts = np.cumsum(lengths) - lengths
    before = np.where(starts > 0, total[starts - 1], 0.0) if len(total) else np.zeros(len(lengths))
    return total - np.repeat(before, lengths)
