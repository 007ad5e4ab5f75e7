"""The recipe that most methods end with: some rows copied, some mixed, the rest filled."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..errors import RecipeError
from .csr import Csr
from .fill import Fill
from .row_recipe import RowRecipe


def assemble(
    copied_from: np.ndarray,
    n_source: int,
    mixed: tuple[np.ndarray, Csr] | None = None,
    fills: Mapping[int, Fill] | None = None,
) -> RowRecipe:
    """`copied_from`: int64 [targets], the source row of each copied row, -1 for others. `mixed`: target rows, ascending,
    and their weights over source rows, row by row. `fills`: the rows that are left."""
    lengths = (copied_from >= 0).astype(np.int64)
    if mixed is not None:
        if (both := mixed[0][copied_from[mixed[0]] >= 0]).size:
            raise RecipeError(f"row {both[0]} is copied and mixed at once", int(both[0]))
        if (fall := np.flatnonzero(np.diff(mixed[0]) <= 0)).size:
            raise RecipeError(f"mixed rows must ascend, but {mixed[0][fall[0] + 1]} comes after {mixed[0][fall[0]]}")
        lengths[mixed[0]] = mixed[1].row_lengths
    indptr = np.zeros(len(copied_from) + 1, np.int64)
    np.cumsum(lengths, out=indptr[1:])
    indices = np.empty(indptr[-1], np.int64)
    weights = np.ones(indptr[-1], np.float32)
    copied = np.flatnonzero(copied_from >= 0)
    indices[indptr[copied]] = copied_from[copied]
    if mixed is not None:
        others = np.ones(len(indices), bool)
        others[indptr[copied]] = False
        indices[others], weights[others] = mixed[1].indices, mixed[1].weights
    return RowRecipe(Csr(indptr, indices, weights), n_source, None, fills)
