"""Shares of what: an estimator finds shares of pairs, people ask for shares of bytes."""

from __future__ import annotations

import numpy as np

UNITS = ("bytes", "characters", "pairs")


def in_units(alpha: np.ndarray, pairs: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The same mixture in every unit, float64 [units, ..., categories]; the last axis sums to 1.

    `alpha`: float64 [..., categories], shares of what `pairs` counts, [categories]. `sizes`: [units, categories], how much
    of each unit the same text has. A category that has many bytes for each pair has a larger share of the bytes.
    """
    raw = np.stack([alpha * (size / pairs) for size in sizes])
    return raw / raw.sum(axis=-1, keepdims=True)


def named(values: np.ndarray) -> dict[str, np.ndarray]:
    """[units, ...] by unit."""
    return dict(zip(UNITS, values, strict=True))
