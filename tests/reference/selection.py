"""What is selected of a row of similarities, as the papers write it, one row in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def sparsemax(z: np.ndarray) -> np.ndarray:
    """max(z - tau, 0), with tau from the sorted prefix sums (Martins and Astudillo 2016)."""
    z = np.asarray(z, np.float64)
    ordered = np.sort(z)[::-1]
    sums = np.cumsum(ordered)
    k = np.arange(1, len(z) + 1)
    support = k[1 + k * ordered > sums][-1]
    tau = (sums[support - 1] - 1) / support
    return np.maximum(z - tau, 0)


def entmax(z: np.ndarray) -> np.ndarray:
    """max(z / 2 - tau, 0)^2 (Peters, Niculae and Martins 2019), with tau by bisection."""
    half = np.asarray(z, np.float64) / 2
    low, high = half.max() - 1, half.max()
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if (np.maximum(half - middle, 0) ** 2).sum() >= 1 else (low, middle)
    return np.maximum(half - low, 0) ** 2


def top_k(k: int, temperature: float | None) -> Callable[[np.ndarray], np.ndarray]:
    """The k largest, of equal ones the first: themselves, or their softmax."""

    def select(z: np.ndarray) -> np.ndarray:
        z = np.asarray(z, np.float64)
        chosen = np.argsort(-z, kind="stable")[:k]
        out = np.zeros_like(z)
        if temperature is None:
            out[chosen] = z[chosen]
        else:
            weights = np.exp((z[chosen] - z[chosen].max()) / temperature)
            out[chosen] = weights / weights.sum()
        return out

    return select


def cosine_rows(queries: np.ndarray, pool: np.ndarray, select: Callable[[np.ndarray], np.ndarray] = sparsemax) -> np.ndarray:
    """The dense matrix of weights."""
    q, p = (np.asarray(m, np.float64) for m in (queries, pool))
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    p /= np.linalg.norm(p, axis=1, keepdims=True)
    return np.stack([select(row) for row in q @ p.T])
