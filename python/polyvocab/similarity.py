"""Cosine similarities of many rows with a pool of rows, selected into a sparse matrix; the dense one never exists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from . import _core
from .errors import PolyvocabError
from .recipe.csr import Csr

_BLOCK = 16_384  # queries between two looks at the progress bar, and at Ctrl-C
_DEVICE_BLOCK = 131_072  # on a GPU: several times what its processors take at once


@dataclass(frozen=True)
class Sparsemax:
    """Weights max(z - tau, 0) that sum to 1 (Martins and Astudillo 2016)."""


@dataclass(frozen=True)
class Entmax:
    """Weights max(z / 2 - tau, 0)^2 that sum to 1: entmax with alpha = 1.5 (Peters, Niculae and Martins 2019)."""


@dataclass(frozen=True)
class TopK:
    """The k largest; of equal ones those in the smaller columns.

    With a temperature T their weights are softmax(z / T) over the k; without one they are the similarities themselves.
    """

    k: int
    temperature: float | None = None

    def __post_init__(self) -> None:
        if self.k < 1:
            raise PolyvocabError(f"the {self.k} largest: k must be 1 at least")
        if self.temperature is not None and not 0 < self.temperature < float("inf"):
            raise PolyvocabError(f"temperature {self.temperature}: must be above 0 (none at all gives the similarities)")


Selection = Sparsemax | Entmax | TopK


def unit_rows(rows: np.ndarray, *, what: str, first: int = 0, threads: int = 0, overwrite: bool = False) -> np.ndarray:
    """A float32 copy with every row scaled to length 1, or the array itself where it may be overwritten. Zero rows stay
    zero.

    Raises `PolyvocabError` naming the first row that holds a value that is not finite, counted from `first`.
    """
    rows = np.require(rows, np.float32, ["C", "W"]) if overwrite else np.array(rows, np.float32, order="C")
    if rows.ndim != 2:
        raise PolyvocabError(f"{what}: needs a matrix [rows, dim], got the shape {rows.shape}")
    if (bad := _core.normalize_rows(rows, threads)) >= 0:
        raise PolyvocabError(f"{what}: row {first + bad} holds a value that is not finite")
    return rows


def cosine_rows(
    queries: np.ndarray,
    pool: np.ndarray,
    selection: Selection,
    *,
    threads: int = 0,
    kernel: str | None = None,
    device: str = "cpu",
    device_memory: int = 0,
    progress: bool = False,
    overwrite: bool = False,
) -> Csr:
    """What the selection takes of each query's cosine similarities with all rows of the pool.

    `queries`: [n, dim], `pool`: [m, dim], neither with zero rows. Returns [n, m] as CSR; columns ascend. Exact: cosines are
    chains of fused float32 operations in one order, thresholds are summed in float64; the bytes depend neither on `threads`
    nor on `kernel` (one of `_core.tile_kernels()`), though some find what to compute by bfloat16 products, within a margin.
    With `overwrite` the arrays are scaled in place, which saves a copy of the pool.

    `device`: "cuda" or "cuda:1" gives the same bytes from a GPU, which finds what to compute by half-precision products.
    `device_memory`: bytes there at most; 0 for three quarters of what is free. Raises `PolyvocabError` where there is no such
    device, or the package was built without kernels for it.
    """
    number = _device_number(device, kernel)
    pool = unit_rows(pool, what="pool", threads=threads, overwrite=overwrite)
    if queries.ndim != 2 or queries.shape[1] != pool.shape[1] or not len(pool):
        raise PolyvocabError(f"queries {queries.shape} and pool {pool.shape}: the pool must have rows of the same width")
    _refuse_zero_rows(pool, "pool")
    packed = _core.PackedPool(pool, kernel, threads) if number is None else _core.DevicePool(pool, number, device_memory)
    parts, step = [], _BLOCK if number is None else _DEVICE_BLOCK
    with tqdm(total=len(queries), desc="similarity", unit="rows", disable=not progress) as bar:
        for start in range(0, len(queries), step):
            block = queries[start : start + step]
            block = unit_rows(block, what="queries", first=start, threads=threads, overwrite=overwrite)
            _refuse_zero_rows(block, "queries", start)
            parts.append(packed.select(block, *_arguments(selection), threads))
            bar.update(len(block))
    del packed, pool  # memory for the result
    return _joined(parts)


def _device_number(device: str, kernel: str | None) -> int | None:
    """Which GPU; None for the CPU."""
    if device == "cpu":
        return None
    name, _, number = device.partition(":")
    if name != "cuda" or not (number.isascii() and number.isdigit() or device == "cuda"):
        raise PolyvocabError(f"device {device!r}: must be cpu, cuda or cuda:<number>")
    if kernel is not None:
        raise PolyvocabError(f"kernel {kernel!r} is one of the CPU's: it cannot be chosen on {device}")
    if not _core.cuda_compiled():
        raise PolyvocabError(
            f"device {device}: this build of polyvocab has no CUDA kernels; install it from source where nvcc is, "
            "with -C cmake.define.POLYVOCAB_CUDA=ON"
        )
    if (count := _core.cuda_device_count()) <= int(number or 0):
        raise PolyvocabError(f"device {device}: this machine has {count} CUDA devices that its driver can use")
    return int(number or 0)


def _refuse_zero_rows(rows: np.ndarray, what: str, first: int = 0) -> None:
    if (zero := np.flatnonzero(~rows.any(axis=1))).size:
        raise PolyvocabError(f"{what}: row {first + zero[0]} is zero and has no direction")


def _arguments(selection: Selection) -> tuple[str, int, float]:
    """Name, k and temperature for the core."""
    match selection:
        case Sparsemax():
            return "sparsemax", 0, 0.0
        case Entmax():
            return "entmax", 0, 0.0
        case TopK(k, temperature):
            return "top_k", k, temperature or 0.0


def _joined(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Csr:
    """One below the other; uses the parts up, so that little is there twice."""
    lengths = [np.diff(indptr) for indptr, _, _ in parts]
    indptr = np.concatenate([np.zeros(1, np.int64), *lengths]).cumsum()
    indices, weights = np.empty(indptr[-1], np.int64), np.empty(indptr[-1], np.float32)
    end = len(indices)
    while parts:
        _, columns, values = parts.pop()
        indices[end - len(columns) : end], weights[end - len(columns) : end] = columns, values
        end -= len(columns)
    return Csr(indptr, indices, weights)
