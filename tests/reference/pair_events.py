"""What is made of events of pairs, by way of a dense array: the slow twin of the core's functions over events."""

from __future__ import annotations

import numpy as np


def dense(events, states: int, columns: int) -> tuple[list[tuple[int, int]], np.ndarray]:
    """(pairs, their counts int64 [pairs, states, columns])."""
    changes = np.zeros((len(events.pairs), states, columns), np.int64)
    rows = np.repeat(np.arange(len(events.pairs)), np.diff(events.indptr))
    np.add.at(changes, (rows, events.state, events.column), events.change)
    return [tuple(pair) for pair in events.pairs.tolist()], changes.cumsum(axis=1)


def sparse(pairs: list[tuple[int, int]], counts: np.ndarray) -> list[tuple[int, int, int, int, int]]:
    """Events as they should be: (left, right, state, column, change), rising, none 0."""
    changes = np.diff(counts, axis=1, prepend=0)
    return sorted((*pairs[i], int(s), int(c), int(changes[i, s, c])) for i, s, c in np.argwhere(changes))


def rows(events) -> list[tuple[int, int, int, int, int]]:
    """Events in the same form, in the order that they have."""
    pairs = np.repeat(events.pairs, np.diff(events.indptr), axis=0)
    columns = (*pairs.T, events.state, events.column, events.change)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def collapse(events, group: np.ndarray, last: int, states: int) -> list[tuple[int, int, int, int, int]]:
    pairs, counts = dense(events, states, len(group))
    together = np.zeros((*counts.shape[:2], group.max(initial=0) + 1), np.int64)
    for column, to in enumerate(group):
        if to >= 0:
            together[..., to] += counts[..., column]
    return sparse(pairs, together[:, :last])


def own_counts(events, steps: list[tuple[int, int, int]], columns: int) -> np.ndarray:
    pairs, counts = dense(events, len(steps) + 1, columns)
    place = {pair: i for i, pair in enumerate(pairs)}
    out = np.zeros((len(steps), columns))
    for t, (left, right, _) in enumerate(steps):
        if (left, right) in place:
            out[t] = counts[place[left, right], t]
    return out
