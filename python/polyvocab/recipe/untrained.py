"""Rows of a matrix that training never reached: they say nothing, and would spoil what is made of them."""

from __future__ import annotations

import numpy as np

_ROWS_AT_ONCE = 1024
_BEGINNING = 64  # bytes: nearly all trained rows differ in them, and the rest of a matrix need not be read


def untrained_rows(rows: np.ndarray) -> np.ndarray:
    """The numbers of rows that are all zero, or the same as another row: int64, ascending.

    `rows`: uint8 [rows, bytes of a row], little-endian numbers of any dtype, mapped from a file maybe. Rows of trained tokens
    differ; those of tokens that no text held keep what they began with, which many models set to one value for all.
    """
    beginnings = np.ascontiguousarray(rows[:, :_BEGINNING])
    _, group, size = np.unique(_digests(beginnings), return_inverse=True, return_counts=True)
    suspects = np.flatnonzero((size[group] > 1) | ~beginnings.any(axis=1))
    digests = np.zeros(len(suspects), np.uint64)
    found = np.zeros(len(rows), bool)
    for start in range(0, len(suspects), _ROWS_AT_ONCE):
        some = suspects[start : start + _ROWS_AT_ONCE]
        block = rows[some]
        found[some] = ~block.any(axis=1)
        digests[start : start + len(some)] = _digests(block)
    _, first, group, size = np.unique(digests, return_index=True, return_inverse=True, return_counts=True)
    for i in np.flatnonzero(size[group] > 1).tolist():
        row, other = suspects[i], suspects[first[group[i]]]
        if other != row and np.array_equal(rows[row], rows[other]):
            found[[row, other]] = True
    return np.flatnonzero(found)


def _digests(rows: np.ndarray) -> np.ndarray:
    """uint64 [rows]: equal for equal rows of bytes, and hardly ever for others."""
    width = rows.shape[1]
    word = next(size for size in (8, 4, 2, 1) if width % size == 0)
    words = np.ascontiguousarray(rows).view(f"u{word}").astype(np.uint64, copy=False)
    multipliers = np.random.default_rng(0).integers(1, 2**63, words.shape[1], np.uint64) * np.uint64(2) + np.uint64(1)
    return words @ multipliers
