"""What a comparison of rows says.

A difference is a part of the largest value of the row; where large weights of both signs cancel, of the largest sum that their
sizes make, as rounding is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ALLOWED = 1e-5
TIE = 1e-6  # similarities that are as close are equal but for rounding


@dataclass(frozen=True)
class Comparison:
    case: str
    compared: int
    largest: float = 0.0  # difference
    left_out: Mapping[str, int] = field(default_factory=dict)  # how many for each reason
    wrong: Sequence[str] = ()  # what differs by more than `ALLOWED`


def compare_rows(
    case: str,
    ours: np.ndarray,
    theirs: np.ndarray,
    names: Sequence[str],
    left_out: Mapping[str, Iterable[int]],
    sizes: np.ndarray | None = None,
) -> Comparison:
    """Rows [tokens, dim] of both sides; a row that several reasons leave out counts for the first of them. `sizes`: [tokens],
    `sums_of_sizes` of rows whose weights cancel."""
    left = np.ones(len(ours), bool)
    counts = {}
    for reason, ids in left_out.items():
        chosen = np.zeros(len(ours), bool)
        chosen[list(ids)] = True
        counts[reason] = int((chosen & left).sum())
        left &= ~chosen
    rows = np.flatnonzero(left)
    one, other = ours[rows].astype(np.float64), theirs[rows].astype(np.float64)
    scale = np.abs(other).max(axis=1, initial=np.finfo(float).tiny)
    if sizes is not None:
        scale = np.maximum(scale, sizes[rows])
    difference = np.abs(one - other).max(axis=1, initial=0.0) / scale
    wrong = [f"{names[i]!r}: {d:.1e}" for i, d in zip(rows, difference, strict=True) if not d <= ALLOWED]
    reasons = {reason: count for reason, count in counts.items() if count}
    return Comparison(case, len(rows), float(difference.max(initial=0.0)), reasons, wrong)


def sums_of_sizes(weights: Any, matrix: np.ndarray) -> np.ndarray:
    """float [rows]: the largest value of |weights| @ |matrix|. `weights`: with `indptr`, `indices` and `weights`."""
    rows = np.repeat(np.arange(len(weights.indptr) - 1), np.diff(weights.indptr))
    sums = np.zeros((len(weights.indptr) - 1, matrix.shape[1]))
    np.add.at(sums, rows, np.abs(weights.weights)[:, None] * np.abs(matrix[weights.indices]))
    return sums.max(axis=1)


def ties(similarities: np.ndarray, nearest: int) -> np.ndarray:
    """bool [rows]: where more than one choice of the `nearest` columns is right."""
    ordered = -np.sort(-similarities, axis=1)
    return ordered[:, nearest - 1] - ordered[:, nearest] < TIE
