"""Rows of a matrix that training never reached: they say nothing, and would spoil what is made of them."""

from __future__ import annotations

import numpy as np

_ROWS_AT_ONCE = 1024


def untrained_rows(rows: np.ndarray) -> np.ndarray:
    """The numbers of rows that are all zero, or the same as another row: int64, ascending.

    `rows`: uint8 [rows, bytes of a row], little-endian numbers of any dtype, mapped from a file maybe. Rows of trained tokens
    differ; those of tokens that no text held keep what they began with, which many models set to one value for all.
    """
    found = np.zeros(len(rows), bool)
    digest = np.zeros(len(rows), np.uint64)
    width = rows.shape[1]
    multipliers = np.random.default_rng(0).integers(1, 2**63, width, np.uint64) * np.uint64(2) + np.uint64(1)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = np.ascontiguousarray(rows[start : start + _ROWS_AT_ONCE])
        words = (block.view(np.uint16) if width % 2 == 0 else block).astype(np.uint64)
        found[start : start + len(block)] = ~block.any(axis=1)
        digest[start : start + len(block)] = words @ multipliers[: words.shape[1]]
    _, first, group, size = np.unique(digest, return_index=True, return_inverse=True, return_counts=True)
    for i in np.flatnonzero(size[group] > 1).tolist():
        other = first[group[i]]
        if other != i and np.array_equal(rows[i], rows[other]):
            found[[i, other]] = True
    return np.flatnonzero(found)
