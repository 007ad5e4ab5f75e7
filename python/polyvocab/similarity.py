"""Similarities of many rows with a pool of rows, selected into a sparse matrix; the dense one never exists."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from . import _core
from .errors import PolyvocabError
from .recipe.csr import Csr

_BLOCK = 4096  # queries between two looks at the progress bar, and at Ctrl-C


def unit_rows(rows: np.ndarray, *, what: str, threads: int = 0, overwrite: bool = False) -> np.ndarray:
    """A float32 copy with every row scaled to length 1, or the array itself where it may be overwritten. Zero rows stay
    zero.

    Raises `PolyvocabError` naming the first row that holds a value that is not finite.
    """
    rows = np.require(rows, np.float32, ["C", "W"]) if overwrite else np.array(rows, np.float32, order="C")
    if rows.ndim != 2:
        raise PolyvocabError(f"{what}: needs a matrix [rows, dim], got the shape {rows.shape}")
    if (bad := _core.normalize_rows(rows, threads)) >= 0:
        raise PolyvocabError(f"{what}: row {bad} holds a value that is not finite")
    return rows


def cosine_sparsemax(
    queries: np.ndarray,
    pool: np.ndarray,
    *,
    threads: int = 0,
    kernel: str | None = None,
    progress: bool = False,
    overwrite: bool = False,
) -> Csr:
    """sparsemax (Martins and Astudillo 2016) over each query's cosine similarities with all rows of the pool.

    `queries`: [n, dim], `pool`: [m, dim], neither with zero rows. Returns [n, m] as CSR: weights > 0, each row's sum is
    1, columns ascend. Exact: cosines are chains of fused float32 operations in one order, thresholds are summed in
    float64; the bytes depend neither on `threads` nor on `kernel` (one of `_core.tile_kernels()`).
    With `overwrite` the arrays are scaled in place, which saves a copy of each.
    """
    queries = unit_rows(queries, what="queries", threads=threads, overwrite=overwrite)
    pool = unit_rows(pool, what="pool", threads=threads, overwrite=overwrite)
    if queries.shape[1] != pool.shape[1] or not len(pool):
        raise PolyvocabError(f"queries {queries.shape} and pool {pool.shape}: the pool must have rows of the same width")
    for what, rows in (("queries", queries), ("pool", pool)):
        if (zero := np.flatnonzero(~rows.any(axis=1))).size:
            raise PolyvocabError(f"{what}: row {zero[0]} is zero and has no direction")
    packed = _core.PackedPool(pool, kernel, threads)
    parts = []
    with tqdm(total=len(queries), desc="similarity + sparsemax", unit="rows", disable=not progress) as bar:
        for start in range(0, len(queries), _BLOCK):
            block = queries[start : start + _BLOCK]
            parts.append(packed.sparsemax(block, threads))
            bar.update(len(block))
    ends = np.cumsum([0] + [len(indices) for _, indices, _ in parts])
    indptr = np.concatenate([[0]] + [part[0][1:] + end for part, end in zip(parts, ends, strict=False)])
    return Csr(
        indptr,
        np.concatenate([part[1] for part in parts]) if parts else np.zeros(0),
        np.concatenate([part[2] for part in parts]) if parts else np.zeros(0),
    )
