"""`RowRecipe`: how each row of a new vocabulary's matrix is made of the rows of the old one.

A recipe is a sparse matrix W (CSR) with one row per target token and one column per source token, and dense rows G
for the few targets that no sparse combination expresses: target = W @ source + G. Such maps compose,
(W2 W1) E + (W2 G1 + G2), so any chain of changes costs one pass over the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np

from ..errors import RecipeError
from .csr import Csr
from .fill import Fill


class Origin(IntEnum):
    """Where a target row comes from. Every row has exactly one origin."""

    COPIED = 0  # one source row with weight exactly 1: moved bit for bit, in any dtype
    COMBINED = 1  # a weighted sum, accumulated in float32 and cast once
    GIVEN = 2  # a dense row that the recipe brings
    AFFINE = 3  # combined and given; only composition makes it
    FILLED = 4  # a policy, a seed and a token


@dataclass(frozen=True)
class Given:
    """Dense rows for some targets, and what they do to the head's bias.

    The bias of such a row is `bias + bias_mean * mean(source bias)`, on top of what its sparse part mixes. By default
    a given row takes the mean bias (0 and 1).
    """

    index: np.ndarray  # int64 [n], target rows, ascending
    rows: np.ndarray  # float32 [n, dim]
    bias: np.ndarray  # float32 [n]
    bias_mean: np.ndarray  # float32 [n]

    @classmethod
    def of(cls, rows: Mapping[int, np.ndarray], bias: Mapping[int, float] | None = None) -> Given:
        """From {target row: vector} and, where a row brings its own bias, {target row: bias}."""
        bias = bias or {}
        if not rows:
            raise RecipeError("no given rows: leave the part out")
        if stray := sorted(set(bias) - set(rows)):
            raise RecipeError(f"row {stray[0]} brings a bias but no row")
        index = np.array(sorted(rows), np.int64)
        return cls(
            index,
            np.stack([np.asarray(rows[i], np.float32) for i in index.tolist()]),
            np.array([bias.get(i, 0.0) for i in index.tolist()], np.float32),
            np.array([0.0 if i in bias else 1.0 for i in index.tolist()], np.float32),
        )

    @property
    def dim(self) -> int:
        return self.rows.shape[1]


@dataclass(frozen=True, eq=False)
class RowRecipe:
    """An immutable recipe of `len(recipe)` target rows over `n_source` source rows. It speaks of tokens, not padding.

    Errors: `RecipeError` where a row has no origin, or two; where an index, a shape or a weight is not valid.
    """

    weights: Csr  # int64 indptr [targets + 1], int64 indices, float32 weights; columns ascend within a row
    n_source: int
    given: Given | None = None
    fills: Mapping[int, Fill] | None = None  # target row -> fill

    def __post_init__(self) -> None:
        object.__setattr__(self, "fills", dict(sorted((self.fills or {}).items())))
        self.weights.check(self.n_source)
        _check_given(self.given, len(self))
        if self.fills and not 0 <= min(self.fills) <= max(self.fills) < len(self):
            raise RecipeError(f"a fill names row {max(self.fills)} of a recipe of {len(self)} rows")
        has_sparse, has_given, has_fill = self._parts
        if (bad := np.flatnonzero(~(has_sparse | has_given | has_fill))).size:
            raise RecipeError(f"row {bad[0]} has no origin (and {bad.size - 1} more): copy, combine, give or fill it")
        if (bad := np.flatnonzero(has_fill & (has_sparse | has_given))).size:
            raise RecipeError(f"row {bad[0]} is filled and has another origin as well (and {bad.size - 1} more)")

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which rows have a sparse part, a given part, a fill: bool [targets] each."""
        has_given, has_fill = np.zeros(len(self), bool), np.zeros(len(self), bool)
        if self.given is not None:
            has_given[self.given.index] = True
        has_fill[list(self.fills)] = True
        return self.weights.row_lengths > 0, has_given, has_fill

    @cached_property
    def origins(self) -> np.ndarray:
        """uint8 [targets], values of `Origin`."""
        has_sparse, has_given, has_fill = self._parts
        copied = has_sparse & ~has_given & (self.weights.row_lengths == 1)
        copied[copied] = self.weights.weights[self.weights.indptr[:-1][copied]] == 1.0
        origin = np.full(len(self), Origin.COMBINED, np.uint8)
        origin[copied] = Origin.COPIED
        origin[has_given] = Origin.GIVEN
        origin[has_given & has_sparse] = Origin.AFFINE
        origin[has_fill] = Origin.FILLED
        return origin

    def __len__(self) -> int:
        return len(self.weights)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RowRecipe):
            return NotImplemented
        same = self.n_source == other.n_source and self.fills == other.fills and self.weights == other.weights
        if not same or (self.given is None) != (other.given is None):
            return False
        fields = ("index", "rows", "bias", "bias_mean")
        return self.given is None or all(np.array_equal(getattr(self.given, f), getattr(other.given, f)) for f in fields)

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def identity(cls, n: int) -> RowRecipe:
        """Every row is its own copy."""
        return cls.select(np.arange(n), n)

    @classmethod
    def select(cls, rows: Sequence[int] | np.ndarray, n_source: int) -> RowRecipe:
        """Target row i is a copy of source row `rows[i]`."""
        return cls(Csr.selection(rows), n_source)

    @cached_property
    def copied_from(self) -> np.ndarray:
        """int64 [targets]: the source row of each copied row, -1 for all others."""
        source = np.full(len(self), -1, np.int64)
        copied = self.origins == Origin.COPIED
        source[copied] = self.weights.indices[self.weights.indptr[:-1][copied]]
        return source

    def counts(self) -> dict[str, int]:
        """How many rows have each origin."""
        return {o.name.lower(): int((self.origins == o).sum()) for o in Origin if (self.origins == o).any()}

    def then(self, other: RowRecipe) -> RowRecipe:
        """`self`, and `other` on its result, as one recipe.

        Copied rows stay exact; the others differ from two applications by one rounding instead of two. A fill that
        `other` copies travels along; raises `RecipeError` where `other` mixes a row that `self` only fills.
        """
        if other.n_source != len(self):
            raise RecipeError(f"the second recipe reads {other.n_source} rows, the first makes {len(self)}: they do not follow")
        fills = dict(other.fills)
        keep = np.ones(len(other.weights.indices), bool)
        if self.fills:
            filled = np.zeros(len(self), bool)
            filled[np.fromiter(self.fills, np.int64)] = True
            entry_rows = other.weights.entry_rows
            for e in np.flatnonzero(filled[other.weights.indices]).tolist():
                row, column = int(entry_rows[e]), int(other.weights.indices[e])
                if other.origins[row] != Origin.COPIED:
                    raise RecipeError(
                        f"row {row} combines row {column} (token {self.fills[column].key!r}), which the first recipe "
                        "only fills: apply the first transfer, then make the second from its result",
                        row,
                    )
                fills[row] = self.fills[column]
                keep[e] = False
        mixed = other.weights.keep(keep)
        return RowRecipe(mixed @ self.weights, self.n_source, _compose_given(self, other, mixed), fills)


def _check_given(given: Given | None, rows: int) -> None:
    if given is None:
        return
    n = len(given.index)
    if given.rows.ndim != 2 or given.rows.dtype != np.float32 or {len(given.rows), len(given.bias)} != {n}:
        raise RecipeError("given rows must be float32 [n, dim], with one index and one bias each")
    if n == 0 or given.index[0] < 0 or given.index[-1] >= rows or np.any(np.diff(given.index) <= 0):
        raise RecipeError(f"the indices of given rows must ascend within a recipe of {rows} rows")
    if not (np.isfinite(given.bias).all() and np.isfinite(given.bias_mean).all()):
        raise RecipeError("a given bias is not finite")
    if not np.isfinite(given.rows).all():
        raise RecipeError(f"the given row {given.index[np.flatnonzero(~np.isfinite(given.rows).all(1))[0]]} is not finite")


def _compose_given(first: RowRecipe, second: RowRecipe, mixed: Csr) -> Given | None:
    """W2 G1 + G2, for the rows where it is not empty."""
    if first.given is None:
        return second.given
    if second.given is not None and second.given.dim != first.given.dim:
        raise RecipeError(f"given rows of {first.given.dim} and {second.given.dim} dimensions do not compose")
    slot = np.full(len(first), -1, np.int64)
    slot[first.given.index] = np.arange(len(first.given.index))
    part = mixed.keep(slot[mixed.indices] >= 0)
    index = np.flatnonzero(part.row_lengths > 0)
    if second.given is not None:
        index = np.union1d(index, second.given.index)
    if not index.size:
        return None
    sums = {
        name: np.zeros((len(index), *getattr(first.given, name).shape[1:]), np.float64)
        for name in ("rows", "bias", "bias_mean")
    }
    place = np.searchsorted(index, part.entry_rows)
    for name, total in sums.items():
        values = getattr(first.given, name)[slot[part.indices]]
        scale = part.weights.astype(np.float64)
        np.add.at(total, place, values * (scale[:, None] if values.ndim == 2 else scale))
        if second.given is not None:
            total[np.searchsorted(index, second.given.index)] += getattr(second.given, name)
    return Given(index, *(sums[name].astype(np.float32) for name in ("rows", "bias", "bias_mean")))
