"""Sparsemax as its paper writes it (Martins and Astudillo 2016), one row in float64."""

from __future__ import annotations

import numpy as np


def sparsemax(z: np.ndarray) -> np.ndarray:
    """Weights of one row: max(z - tau, 0), with tau from the sorted prefix sums."""
    z = np.asarray(z, np.float64)
    ordered = np.sort(z)[::-1]
    sums = np.cumsum(ordered)
    k = np.arange(1, len(z) + 1)
    support = k[1 + k * ordered > sums][-1]
    tau = (sums[support - 1] - 1) / support
    return np.maximum(z - tau, 0)


def cosine_sparsemax(queries: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """The dense matrix of weights."""
    q, p = (np.asarray(m, np.float64) for m in (queries, pool))
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    p /= np.linalg.norm(p, axis=1, keepdims=True)
    return np.stack([sparsemax(row) for row in q @ p.T])
