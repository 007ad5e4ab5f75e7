"""A recipe applied to a matrix, through the core.

Matrices are uint8 arrays of raw row bytes with a dtype's name beside them: numpy knows no bfloat16, and a copied row
is moved as bytes, in any dtype. `apply` takes ordinary numpy arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from .. import _core
from ..errors import RecipeError
from .fill import Moments
from .row_recipe import Given, Origin, RowRecipe
from .untrained import untrained_rows

_ROWS_AT_ONCE = 8192
COMBINABLE = {"float32": 4, "bfloat16": 2, "float16": 2}
_Sample = tuple[np.ndarray, np.ndarray, int]  # mean, standard deviation, count


class RowMaker:
    """Makes target rows, all or a block at a time, from source rows that may be memory-mapped.

    `source`: uint8 [rows, dim * itemsize], C order, with at least `recipe.n_source` rows; what lies beyond are padding
    rows, which no recipe reads. `dtype`: its name ("bfloat16", ...); any name where all rows are copied.
    """

    def __init__(self, recipe: RowRecipe, source: np.ndarray, dtype: str, *, threads: int = 0) -> None:
        if source.ndim != 2 or source.dtype != np.uint8 or not source.flags.c_contiguous:
            raise RecipeError("source rows must be a contiguous uint8 matrix of row bytes")
        if len(source) < recipe.n_source:
            raise RecipeError(f"the recipe reads {recipe.n_source} source rows, the matrix has {len(source)}")
        if dtype not in COMBINABLE and not np.all(recipe.origins == Origin.COPIED):
            row = int(np.flatnonzero(recipe.origins != Origin.COPIED)[0])
            origin = Origin(int(recipe.origins[row])).name.lower()
            raise RecipeError(f"row {row} is {origin}, but rows of dtype {dtype} can only be copied")
        self.recipe, self.dtype, self.threads = recipe, dtype, threads
        self.source = source[: recipe.n_source]
        self.dim = source.shape[1] // COMBINABLE.get(dtype, 1)
        if recipe.given is not None and recipe.given.dim != self.dim:
            raise RecipeError(f"given rows have {recipe.given.dim} dimensions, the matrix {self.dim}")

    @cached_property
    def moments(self) -> Moments:
        """Of the source rows that were trained, or of all where none was."""
        untrained = untrained_rows(self.source)
        counted = np.ones(len(self.source), bool)
        counted[untrained] = False
        mean, std = _core.column_moments(self.source, self.dim, self.dtype, self.threads)
        if counted.all() or not counted.any():
            counted[:] = True
        else:
            others = _core.column_moments(np.ascontiguousarray(self.source[untrained]), self.dim, self.dtype, self.threads)
            mean, std = _without((mean, std, len(self.source)), (*others, len(untrained)))

        def covariance() -> np.ndarray:
            total = np.zeros((self.dim, self.dim))
            for start in range(0, len(self.source), _ROWS_AT_ONCE):
                block = slice(start, start + _ROWS_AT_ONCE)
                rows = decode(self.source[block], self.dtype)[counted[block]] - mean
                total += rows.T @ rows
            return total / counted.sum()

        return Moments(mean, std, covariance)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Target rows [start, stop) as uint8 [stop - start, dim * itemsize]."""
        out = np.empty((stop - start, self.source.shape[1]), np.uint8)
        weights = self.recipe.weights
        first, last = weights.indptr[start], weights.indptr[stop]
        slot, given = _given_slots(self.recipe.given, start, stop)
        # Copied rows of a dtype that the core does not add up are bytes: one byte is one "dimension" of nothing.
        if self.dtype in COMBINABLE:
            _core.combine_rows(
                weights.indptr[start : stop + 1] - first,
                weights.indices[first:last],
                weights.weights[first:last],
                slot,
                given,
                self.source,
                out,
                self.dim,
                self.dtype,
                self.threads,
            )
        else:
            np.take(self.source, weights.indices[first:last], axis=0, out=out)
        for row, values in self._filled(start, stop):
            out[row - start] = encode(values, self.dtype)
        return out

    def float_rows(self, start: int, stop: int) -> np.ndarray:
        """Target rows [start, stop) as float32 [stop - start, dim], not cast: for sums of several matrices."""
        weights = self.recipe.weights
        first, last = weights.indptr[start], weights.indptr[stop]
        used, at = np.unique(weights.indices[first:last], return_inverse=True)
        source = np.ascontiguousarray(decode(self.source[used], self.dtype)).view(np.uint8).reshape(len(used), -1)
        out = np.empty((stop - start, self.dim * 4), np.uint8)
        slot, given = _given_slots(self.recipe.given, start, stop)
        _core.combine_rows(
            weights.indptr[start : stop + 1] - first,
            at.astype(np.int64),
            weights.weights[first:last],
            slot,
            given,
            source.reshape(len(used), self.dim * 4),
            out,
            self.dim,
            "float32",
            self.threads,
        )
        rows = out.view(np.float32)
        for row, values in self._filled(start, stop):
            rows[row - start] = values
        return rows

    def _filled(self, start: int, stop: int) -> Iterator[tuple[int, np.ndarray]]:
        for row in range(start, stop) if self.recipe.fills else ():
            if (fill := self.recipe.fills.get(row)) is not None:
                yield row, fill.row(self.moments)


def _without(every: _Sample, part: _Sample) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of a sample without a part of it."""
    (mean, std, n), (part_mean, part_std, k) = every, part
    left = (n * mean - k * part_mean) / (n - k)
    square = n * (std**2 + mean**2) - k * (part_std**2 + part_mean**2)
    return left, np.sqrt(np.maximum(square / (n - k) - left**2, 0.0))


def apply(recipe: RowRecipe, source: np.ndarray, *, threads: int = 0) -> np.ndarray:
    """Target rows [targets, dim] of a float32 or float16 matrix [rows, dim], in its dtype."""
    source = np.ascontiguousarray(source)
    maker = RowMaker(recipe, source.view(np.uint8).reshape(len(source), -1), source.dtype.name, threads=threads)
    return maker.rows(0, len(recipe)).view(source.dtype)


def apply_bias(recipe: RowRecipe, bias: np.ndarray) -> np.ndarray:
    """The head's bias, float32 [targets], from the source's [rows]: it moves and mixes with its rows.

    A filled row, and a given row that does not bring its own, takes the mean bias of the source tokens.
    """
    bias = np.asarray(bias, np.float32)
    if bias.ndim != 1 or len(bias) < recipe.n_source:
        raise RecipeError(f"the recipe reads {recipe.n_source} biases, there are {bias.shape}")
    bias = bias[: recipe.n_source]
    mean = bias.mean(dtype=np.float64)
    out = np.zeros(len(recipe), np.float64)
    weights = recipe.weights
    np.add.at(out, weights.entry_rows, weights.weights.astype(np.float64) * bias[weights.indices])
    if recipe.given is not None:
        out[recipe.given.index] += recipe.given.bias + recipe.given.bias_mean * mean
    out[list(recipe.fills)] = mean
    return out.astype(np.float32)


def encode(row: np.ndarray, dtype: str) -> np.ndarray:
    """float32 values as the bytes of a dtype, rounded to nearest even, through the core."""
    row = np.ascontiguousarray(row, np.float32).reshape(1, -1)
    out = np.empty((1, row.shape[1] * COMBINABLE[dtype]), np.uint8)
    nothing = np.zeros(2, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
    source = np.zeros((0, out.shape[1]), np.uint8)
    _core.combine_rows(*nothing, np.zeros(1, np.int64), row, source, out, row.shape[1], dtype, 1)
    return out[0]


def decode(rows: np.ndarray, dtype: str) -> np.ndarray:
    """The bytes of rows as float32 values; exact."""
    match dtype:
        case "float32" | "float16":
            return rows.view(dtype).astype(np.float32)
        case "bfloat16":
            return (rows.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    raise RecipeError(f"values of dtype {dtype} cannot be read")


def cuda_available() -> bool:
    """Whether this build has kernels and this machine a device that runs them."""
    return _core.cuda_device_count() > 0


def cuda_combine_rows(rows: int, **pointers: int | str) -> None:
    """`combine_rows` on device addresses; the caller keeps the tensors alive until the stream has passed."""
    _core.cuda_combine_rows(rows, **pointers)


def _given_slots(given: Given | None, start: int, stop: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    if given is None:
        return None, None
    inside = (given.index >= start) & (given.index < stop)
    slot = np.full(stop - start, -1, np.int64)
    slot[given.index[inside] - start] = np.arange(int(inside.sum()))
    return slot, np.ascontiguousarray(given.rows[inside])
