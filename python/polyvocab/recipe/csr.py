"""Compressed sparse rows in numpy: the little algebra that recipes need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import RecipeError


@dataclass(frozen=True, eq=False)
class Csr:
    """A sparse matrix by rows. Columns ascend within a row and are unique; weights are float32."""

    indptr: np.ndarray  # int64 [rows + 1]
    indices: np.ndarray  # int64 [entries]
    weights: np.ndarray  # float32 [entries]

    def __post_init__(self) -> None:
        for name, dtype in (("indptr", np.int64), ("indices", np.int64), ("weights", np.float32)):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype))

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Csr):
            return NotImplemented
        return all(np.array_equal(getattr(self, f), getattr(other, f)) for f in ("indptr", "indices", "weights"))

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def selection(cls, columns: Sequence[int] | np.ndarray) -> Csr:
        """One entry of weight 1 per row."""
        columns = np.asarray(columns, np.int64)
        return cls(np.arange(len(columns) + 1), columns, np.ones(len(columns), np.float32))

    @classmethod
    def from_entries(cls, n_rows: int, rows: np.ndarray, columns: np.ndarray, weights: np.ndarray) -> Csr:
        """From entries in any order; entries of the same place are summed in float64, in their order."""
        order = np.lexsort((columns, rows))
        rows, columns, weights = rows[order], columns[order], np.asarray(weights, np.float64)[order]
        first = np.ones(len(rows), bool)
        first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        starts = np.flatnonzero(first)
        sums = np.add.reduceat(weights, starts) if len(starts) else np.zeros(0)
        indptr = np.zeros(n_rows + 1, np.int64)
        np.cumsum(np.bincount(rows[starts], minlength=n_rows), out=indptr[1:])
        return cls(indptr, columns[starts], sums.astype(np.float32))

    @property
    def row_lengths(self) -> np.ndarray:
        return np.diff(self.indptr)

    @cached_property
    def entry_rows(self) -> np.ndarray:
        """int64 [entries]: the row of each entry."""
        return np.repeat(np.arange(len(self)), self.row_lengths)

    def check(self, n_columns: int) -> None:
        """Raise `RecipeError` where the arrays are no such matrix with `n_columns` columns."""
        if self.indptr.ndim != 1 or len(self.indptr) == 0 or self.indptr[0] != 0 or np.any(self.row_lengths < 0):
            raise RecipeError("indptr must start at 0 and not fall")
        if self.indptr[-1] != len(self.indices) or len(self.indices) != len(self.weights):
            raise RecipeError(f"indptr ends at {self.indptr[-1]}, but there are {len(self.indices)} indices")
        if (bad := np.flatnonzero((self.indices < 0) | (self.indices >= n_columns))).size:
            e = bad[0]
            raise RecipeError(f"row {self.entry_rows[e]} reads source row {self.indices[e]} of {n_columns}")
        if (bad := np.flatnonzero(~np.isfinite(self.weights))).size:
            raise RecipeError(f"row {self.entry_rows[bad[0]]} has the weight {self.weights[bad[0]]}")
        stays = self.indices[1:] <= self.indices[:-1]
        starts = self.indptr[1:-1]
        stays[starts[(starts > 0) & (starts < len(self.indices))] - 1] = False  # from the end of one row to the next
        if (bad := np.flatnonzero(stays)).size:
            raise RecipeError(f"the source rows of row {self.entry_rows[bad[0]]} do not ascend, or repeat")

    def keep(self, entries: np.ndarray) -> Csr:
        """The matrix with only the entries of a boolean mask."""
        indptr = np.zeros(len(self) + 1, np.int64)
        np.cumsum(np.bincount(self.entry_rows[entries], minlength=len(self)), out=indptr[1:])
        return Csr(indptr, self.indices[entries], self.weights[entries])

    def __matmul__(self, other: Csr) -> Csr:
        """The product, summed in float64 and cast once. A row that only copies keeps the copied row's exact weights."""
        lengths = other.row_lengths[self.indices]
        rows = np.repeat(self.entry_rows, lengths)
        ends = np.cumsum(lengths)
        within = np.arange(len(rows)) - np.repeat(ends - lengths, lengths)
        entries = np.repeat(other.indptr[:-1][self.indices], lengths) + within
        weights = np.repeat(self.weights.astype(np.float64), lengths) * other.weights[entries]
        return Csr.from_entries(len(self), rows, other.indices[entries], weights)
