"""Data mixture inference by recounting all words after each merge, and the linear program with all its rows at once."""

from __future__ import annotations

from collections import Counter

import numpy as np
from polyvocab.mixture.events import MergeSteps, PairEvents
from polyvocab.mixture.problem import Problem


def pair_counts(words: Counter) -> Counter:
    """How often each pair of neighbours stands in words (tuples of ids)."""
    found: Counter = Counter()
    for word, count in words.items():
        for pair in zip(word, word[1:], strict=False):
            found[pair] += count
    return found


def merged(words: Counter, pair: tuple[int, int], token: int) -> Counter:
    """The words with a pair merged, from left to right."""
    found: Counter = Counter()
    for word, count in words.items():
        new: list[int] = []
        i = 0
        while i < len(word):
            both = word[i : i + 2] == pair
            new.append(token if both else word[i])
            i += 1 + both
        found[tuple(new)] += count
    return found


def trained(words: Counter, steps: int) -> MergeSteps:
    """The merges that a trainer of BPE makes: the most frequent pair each time, of equal ones the one of the lowest ids."""
    token = 1 + max(max(word) for word in words)
    rows = []
    for _ in range(steps):
        counts = pair_counts(words)
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        rows.append((*pair, token))
        words = merged(words, pair, token)
        token += 1
    return MergeSteps(*np.array(rows, np.uint32).T)


def states(words: Counter, steps: MergeSteps, last: int) -> list[Counter]:
    """Counts of pairs in the states before `last`."""
    found = []
    for left, right, token in list(zip(*(a.tolist() for a in (steps.left, steps.right, steps.merged)), strict=True))[:last]:
        found.append(pair_counts(words))
        words = merged(words, (left, right), token)
    return found


def problem_of(categories: dict[str, Counter], steps: MergeSteps, first: int = 0, last: int | None = None) -> Problem:
    """What an estimator sees of categories of words."""
    last = len(steps) if last is None else last
    counted = [states(words, steps, last) for words in categories.values()]
    pairs = sorted(set().union(*(state for category in counted for state in category)))
    rows = []  # pair, state, column, change
    for number, pair in enumerate(pairs):
        for t in range(last):
            for column, category in enumerate(counted):
                change = category[t][pair] - (category[t - 1][pair] if t else 0)
                if change:
                    rows.append((number, t, column, change))
    number, state, column, change = np.array(rows).T
    indptr = np.searchsorted(number, np.arange(len(pairs) + 1))
    events = PairEvents(
        *(np.array(pairs, np.uint32), indptr.astype(np.int64), state.astype(np.uint32)),
        *(column.astype(np.uint32), change.astype(np.int64)),
    )
    own = np.zeros((len(steps), len(counted)))
    for t in range(last):
        own[t] = [category[t][int(steps.left[t]), int(steps.right[t])] for category in counted]
    totals = np.array([sum(category[first].values()) for category in counted], np.float64)
    return Problem(tuple(categories), steps, first, last, events, own, totals)


def dense_counts(problem: Problem) -> np.ndarray:
    """float64 [pairs, states before last, categories]."""
    events = problem.events
    found = np.zeros((len(events.pairs), problem.last, len(problem.categories)))
    for pair in range(len(events.pairs)):
        for event in range(events.indptr[pair], events.indptr[pair + 1]):
            found[pair, events.state[event] :, events.column[event]] += events.change[event]
    return found


def all_rows(problem: Problem):
    """(step of the window, pair, coefficients of alpha) of every row of the program, counts per million pairs."""
    counts = dense_counts(problem) * (1e6 / problem.pairs)
    own = problem.own * (1e6 / problem.pairs)
    for t in range(problem.first, problem.last):
        if own[t].any():
            for pair, ids in enumerate(problem.events.pairs.tolist()):
                if ids != [problem.steps.left[t], problem.steps.right[t]]:
                    yield t - problem.first, pair, own[t] - counts[pair, t]


def normalization(problem: Problem, mass_normalized: bool) -> np.ndarray:
    """float64 [categories]: what alpha is multiplied with to give 1."""
    if not mass_normalized:
        return np.ones(len(problem.categories))
    mass = problem.own[problem.first : problem.last].sum(axis=0) / problem.pairs
    return mass / mass.mean()


def solved(problem: Problem, mass_normalized: bool = False) -> float:
    """The least sum of slacks of the program with all its rows."""
    import highspy

    rows = list(all_rows(problem))
    window, count = problem.last - problem.first, len(problem.categories)
    size = count + window + len(problem.events.pairs)
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    infinity = highspy.kHighsInf
    cost = np.ones(size)
    cost[:count] = 0
    none = np.zeros(0, np.int32)
    model.addCols(size, cost, np.zeros(size), np.full(size, infinity), 0, np.zeros(size, np.int32), none, np.zeros(0))
    model.addRow(1.0, 1.0, count, np.arange(count, dtype=np.int32), normalization(problem, mass_normalized))
    indices = [[*range(count), count + t, count + window + pair] for t, pair, _ in rows]
    values = [[*row, 1.0, 1.0] for _, _, row in rows]
    starts = np.arange(len(rows), dtype=np.int32) * (count + 2)
    model.addRows(
        *(len(rows), np.zeros(len(rows)), np.full(len(rows), infinity), len(rows) * (count + 2), starts),
        *(np.array(indices, np.int32).ravel(), np.array(values).ravel()),
    )
    model.run()
    return model.getInfo().objective_function_value
