"""
The compiled core of polyvocab: flat arrays in, flat arrays out.
"""
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
import typing_extensions
from . import components
from . import unicode
__all__: list[str] = ['Decoder', 'Engine', 'PackedPool', 'column_moments', 'combine_rows', 'components', 'cuda_combine_rows', 'cuda_compiled', 'cuda_device_count', 'find_strings', 'normalize_rows', 'parse_json_number', 'read_tokenizer_json', 'resolve_merges', 'tile_kernels', 'unicode']
class Decoder:
    """
    Ids to texts.
    """
    def __init__(self, parts: collections.abc.Sequence[components.DecoderPart], data: bytes, offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.uint64], kinds: typing.Annotated[numpy.typing.ArrayLike, numpy.uint8]) -> None:
        ...
    def decode(self, ids: typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], skip_special_tokens: bool = False) -> str:
        ...
    def decode_batch(self, ids: typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], skip_special_tokens: bool = False, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> list[str]:
        ...
class Engine:
    """
    Texts to ids, without special tokens around them.
    """
    def __init__(self, raw_tokens: collections.abc.Sequence[tuple], normalized_tokens: collections.abc.Sequence[tuple], normalizer: components.Normalizer, pre_tokenizer: components.PreTokenizer, model: components.Model, surface_unknown: typing.SupportsInt | typing.SupportsIndex | None) -> None:
        ...
    def count(self, texts: collections.abc.Iterable, encode_special_tokens: bool = False, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> numpy.typing.NDArray[numpy.int64]:
        ...
    def encode(self, texts: collections.abc.Iterable, encode_special_tokens: bool = False, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> tuple:
        ...
    def encode_aligned(self, text: str, encode_special_tokens: bool = False) -> tuple:
        ...
    def encode_flat(self, data: typing_extensions.Buffer, offsets: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], encode_special_tokens: bool = False, threads: typing.SupportsInt | typing.SupportsIndex = 1) -> tuple:
        ...
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
def find_strings(strings: bytes, offsets: numpy.typing.NDArray[numpy.uint64], wanted: bytes, wanted_offsets: numpy.typing.NDArray[numpy.uint64]) -> numpy.typing.NDArray[numpy.int64]:
    """
    The last position of each wanted string, or -1.
    """
def normalize_rows(rows: numpy.typing.NDArray[numpy.float32], threads: typing.SupportsInt | typing.SupportsIndex = 0) -> int:
    """
    Scale rows to length 1 in place; the first row that is not finite, or -1.
    """
def parse_json_number(text: str) -> float:
    """
    A number as serde_json makes it of its digits.
    """
def read_tokenizer_json(document: bytes) -> tuple:
    """
    (skeleton, tokens, ids, scores, merge parts, whether these are pairs): strings as (bytes, offsets), None for what is absent. Raises ValueError(problem, byte offset).
    """
def resolve_merges(tokens: bytes, token_offsets: numpy.typing.NDArray[numpy.uint64], ids: numpy.typing.NDArray[numpy.uint32], merges: bytes, merge_offsets: numpy.typing.NDArray[numpy.uint64], are_pairs: bool, prefix_size: typing.SupportsInt | typing.SupportsIndex) -> tuple:
    """
    Merges as ids: uint32 [merges, 2], and what each becomes, uint32 [merges].
    """
def tile_kernels() -> list[str]:
    """
    The tile kernels that this machine can run, the widest first.
    """
