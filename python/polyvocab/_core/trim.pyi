"""
What tokens are made of, and which are worth keeping.
"""
from __future__ import annotations
import numpy
import numpy.typing
import typing
__all__: list[str] = ['bpe_parts', 'costs_along', 'order_by_count', 'order_by_leaves', 'rank_bpe_parts', 'sentencepiece_bpe_parts', 'unigram_parts', 'wordpiece_parts']
def bpe_parts(data: bytes, offsets: numpy.typing.NDArray[numpy.uint64], ids: numpy.typing.NDArray[numpy.uint32], merges: numpy.typing.NDArray[numpy.uint32], merged: numpy.typing.NDArray[numpy.uint32], *, spelt: str, byte_fallback: bool, continuing_prefix: str, end_suffix: str, size: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple:
    """
    (kinds, indptr, parts) by id: kinds uint8 (0 absent, 1 symbol, 2 made, 3 never made), parts of id i parts[indptr[i]:indptr[i + 1]].
    """
def costs_along(indptr: numpy.typing.NDArray[numpy.int64], parts: numpy.typing.NDArray[numpy.uint32], counts: numpy.typing.NDArray[numpy.float64], order: numpy.typing.NDArray[numpy.uint32]) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    """
    (tokens, unknown), float64 [order + 1]: for each beginning of the order.
    """
def order_by_count(indptr: numpy.typing.NDArray[numpy.int64], parts: numpy.typing.NDArray[numpy.uint32], counts: numpy.typing.NDArray[numpy.float64], first: numpy.typing.NDArray[numpy.bool]) -> numpy.typing.NDArray[numpy.uint32]:
    """
    All ids, uint32: those of `first`, then by falling count, each behind its parts.
    """
def order_by_leaves(indptr: numpy.typing.NDArray[numpy.int64], parts: numpy.typing.NDArray[numpy.uint32], counts: numpy.typing.NDArray[numpy.float64], first: numpy.typing.NDArray[numpy.bool]) -> numpy.typing.NDArray[numpy.uint32]:
    """
    All ids, uint32: those of `first`, then backwards as leaves are taken away, whose counts go to their parts.
    """
def rank_bpe_parts(data: bytes, offsets: numpy.typing.NDArray[numpy.uint64], ranks: numpy.typing.NDArray[numpy.uint32], *, size: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple:
    """
    (kinds, indptr, parts) by id, as `bpe_parts` gives them.
    """
def sentencepiece_bpe_parts(data: bytes, offsets: numpy.typing.NDArray[numpy.uint64], scores: numpy.typing.NDArray[numpy.float32], types: numpy.typing.NDArray[numpy.uint8], *, byte_fallback: bool, size: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple:
    """
    (kinds, indptr, parts) by id, as `bpe_parts` gives them.
    """
def unigram_parts(data: bytes, offsets: numpy.typing.NDArray[numpy.uint64], scores: numpy.typing.NDArray[numpy.float64], in_text: numpy.typing.NDArray[numpy.bool], *, unknown: typing.SupportsInt | typing.SupportsIndex | None, byte_fallback: bool, size: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple:
    """
    (kinds, indptr, parts) by id: the best other path over each piece.
    """
def wordpiece_parts(data: bytes, offsets: numpy.typing.NDArray[numpy.uint64], ids: numpy.typing.NDArray[numpy.uint32], *, unknown: typing.SupportsInt | typing.SupportsIndex | None, prefix: str, size: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple:
    """
    (kinds, indptr, parts) by id: what each token is cut into where it is not there.
    """
