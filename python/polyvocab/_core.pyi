"""
The compiled core of polyvocab: flat arrays in, flat arrays out.
"""
from __future__ import annotations
import numpy
import numpy.typing
import typing
__all__: list[str] = ['PackedPool', 'column_moments', 'combine_rows', 'cuda_combine_rows', 'cuda_compiled', 'cuda_device_count', 'normalize_rows', 'tile_kernels']
class PackedPool:
    """
    Rows packed for the tile product.
    """
    def __init__(self, rows: numpy.typing.NDArray[numpy.float32], kernel: str | None = None, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> None:
        ...
    def __len__(self) -> int:
        ...
    def sparsemax(self, queries: numpy.typing.NDArray[numpy.float32], threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple:
        """
        CSR (indptr, indices, weights) of sparsemax(query . pool) for each query row.
        """
    @property
    def kernel(self) -> str:
        ...
def column_moments(source: numpy.typing.NDArray[numpy.uint8], dim: typing.SupportsInt | typing.SupportsIndex, dtype: str, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    """
    Mean and population standard deviation of each column, in float64.
    """
def combine_rows(indptr: numpy.typing.NDArray[numpy.int64], indices: numpy.typing.NDArray[numpy.int64], weights: numpy.typing.NDArray[numpy.float32], given_slot: numpy.typing.NDArray[numpy.int64] | None, given: numpy.typing.NDArray[numpy.float32] | None, source: numpy.typing.NDArray[numpy.uint8], target: numpy.typing.NDArray[numpy.uint8], dim: typing.SupportsInt | typing.SupportsIndex, dtype: str, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> None:
    """
    Write recipe x source rows (+ given rows) into target, float32 sums cast once. Matrices are uint8.
    """
def cuda_combine_rows(rows: typing.SupportsInt | typing.SupportsIndex, indptr: typing.SupportsInt | typing.SupportsIndex, indices: typing.SupportsInt | typing.SupportsIndex, weights: typing.SupportsInt | typing.SupportsIndex, given_slot: typing.SupportsInt | typing.SupportsIndex, given: typing.SupportsInt | typing.SupportsIndex, source: typing.SupportsInt | typing.SupportsIndex, target: typing.SupportsInt | typing.SupportsIndex, dim: typing.SupportsInt | typing.SupportsIndex, dtype: str, stream: typing.SupportsInt | typing.SupportsIndex) -> None:
    """
    combine_rows on device memory, ordered by the stream.
    """
def cuda_compiled() -> bool:
    """
    Whether this build has CUDA kernels.
    """
def cuda_device_count() -> int:
    """
    Devices that can run them; 0 without a driver.
    """
def normalize_rows(rows: numpy.typing.NDArray[numpy.float32], threads: typing.SupportsInt | typing.SupportsIndex = 0) -> int:
    """
    Scale rows to length 1 in place; the first row that is not finite, or -1.
    """
def tile_kernels() -> list[str]:
    """
    The tile kernels that this machine can run, the widest first.
    """
