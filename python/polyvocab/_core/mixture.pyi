"""
What mixture inference needs of the core.
"""
from __future__ import annotations
import numpy
import numpy.typing
import typing
__all__: list[str] = ['Separation', 'expected_pieces']
class Separation:
    """
    Finds rows of the linear program of data mixture inference that a point violates.
    """
    def __init__(self, indptr: numpy.typing.NDArray[numpy.int64], state: numpy.typing.NDArray[numpy.uint32], column: numpy.typing.NDArray[numpy.uint32], change: numpy.typing.NDArray[numpy.int64], *, columns: typing.SupportsInt | typing.SupportsIndex, first: typing.SupportsInt | typing.SupportsIndex, merged: numpy.typing.NDArray[numpy.uint32]) -> None:
        """
        Events of pairs, pair p's at indptr[p]:indptr[p + 1]. merged[t]: the pair of step first + t, any number beyond the pairs where there is none.
        """
    def counts(self, pair: numpy.typing.NDArray[numpy.uint32], step: numpy.typing.NDArray[numpy.uint32], *, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> numpy.typing.NDArray[numpy.float64]:
        """
        float64 [rows, columns]: the count of pair[row] in state first + step[row].
        """
    def rows(self, weights: numpy.typing.NDArray[numpy.float64], level: numpy.typing.NDArray[numpy.float64], slack: numpy.typing.NDArray[numpy.float64], *, tolerance: typing.SupportsFloat | typing.SupportsIndex, per_pair: typing.SupportsInt | typing.SupportsIndex = 1, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple:
        """
        Rows (t, p) with count(p, t) . weights > level[t] + slack[p] + tolerance: two times (pair, step, depth), the `per_pair` deepest rows of each pair, the deepest first, and the deepest row of each step. A level of infinity takes a step out.
        """
def expected_pieces(data: bytes, offsets: numpy.typing.NDArray[numpy.uint64], scores: numpy.typing.NDArray[numpy.float64], in_text: numpy.typing.NDArray[numpy.bool], words: bytes, word_offsets: numpy.typing.NDArray[numpy.uint64], indptr: numpy.typing.NDArray[numpy.uint64], index: numpy.typing.NDArray[numpy.uint32], count: numpy.typing.NDArray[numpy.uint64], *, unknown_score: typing.SupportsFloat | typing.SupportsIndex, blocks: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> tuple[numpy.typing.NDArray[numpy.uint32], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    """
    (pieces, uint32, rising; counts, float64 [pieces * blocks]; unknown characters, float64 [blocks]).
    """
