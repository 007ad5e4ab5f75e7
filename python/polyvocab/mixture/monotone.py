"""The weighted mean that never increases: isotonic regression."""

from __future__ import annotations

import numpy as np


def pool_adjacent(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(fitted, block), float64 and int64 [values]: what never increases and is nearest to the values, and the number of the
    block of equal fitted values that each is in.

    Nearest by weighted squares, or by any other Bregman divergence from the values (so by Kullback-Leibler too): the fit is the
    same (Robertson, Wright and Dykstra 1988). Weights are positive. A run of increasing blocks is one block in the end,
    so whole runs are pooled at once (the pool-adjacent-violators algorithm, Ayer et al. 1955).
    """
    mean, weight = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    block = np.arange(len(mean))
    while len(mean) > 1:
        is_first = np.concatenate([[True], mean[1:] < mean[:-1]])
        if is_first.all():
            break
        starts = np.flatnonzero(is_first)
        total = np.add.reduceat(weight, starts)
        mean, weight = np.add.reduceat(mean * weight, starts) / total, total
        block = (np.cumsum(is_first) - 1)[block]
    return mean[block], block
