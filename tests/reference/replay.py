"""Merges applied to words as a trainer applies them, with all pairs counted again after each: the slow twin of the replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

Runs = Sequence[tuple[int, ...]]  # of symbols; no pair reaches from one run to the next


def rewritten(run: tuple[int, ...], left: int, right: int, merged: int) -> tuple[int, ...]:
    """Every occurrence of the pair as one symbol, from the left and without overlap."""
    out, at = [], 0
    while at < len(run):
        here = run[at : at + 2] == (left, right)
        out.append(merged if here else run[at])
        at += 2 if here else 1
    return tuple(out)


def pairs(run: tuple[int, ...], overlapping: bool) -> Counter[tuple[int, int]]:
    """How often each pair stands in a run; one that does not overlap with itself is counted from the left."""
    counts: Counter[tuple[int, int]] = Counter()
    end_of_last: dict[tuple[int, int], int] = {}
    for at in range(len(run) - 1):
        pair = run[at : at + 2]
        if overlapping or end_of_last.get(pair, 0) <= at:
            counts[pair] += 1
            end_of_last[pair] = at + 2
    return counts


def states(
    words: Iterable[tuple[Runs, dict[int, int]]], steps: Sequence[tuple[int, int, int]], overlapping: bool
) -> list[Counter[tuple[int, int, int]]]:
    """For each state, from no merge to all of them: (left, right, column) -> count.

    `words`: the runs of each word, and how often it occurs in each column.
    """
    words = [(list(runs), columns) for runs, columns in words]
    found = []
    for step in (None, *steps):
        counts: Counter[tuple[int, int, int]] = Counter()
        for runs, columns in words:
            if step is not None:
                runs[:] = [rewritten(run, *step) for run in runs]
            for run in runs:
                for (left, right), times in pairs(run, overlapping).items():
                    for column, count in columns.items():
                        counts[left, right, column] += times * count
        found.append(+counts)
    return found
