"""
Training of word vectors.
"""
from __future__ import annotations
import numpy
import numpy.typing
import typing
__all__: list[str] = ['VectorTrainer', 'step_kernels', 'subwords']
class VectorTrainer:
    """
    Negative sampling over a stream of ids, round by round.
    """
    def __init__(self, ids: numpy.ndarray, offsets: numpy.typing.NDArray[numpy.uint64], word_of_id: numpy.typing.NDArray[numpy.int32], counts: numpy.typing.NDArray[numpy.int64], subword_indptr: numpy.typing.NDArray[numpy.int64], subwords: numpy.typing.NDArray[numpy.uint32], subword_rows: typing.SupportsInt | typing.SupportsIndex, *, dim: typing.SupportsInt | typing.SupportsIndex, epochs: typing.SupportsInt | typing.SupportsIndex, window: typing.SupportsInt | typing.SupportsIndex, negative: typing.SupportsInt | typing.SupportsIndex, skipgram: bool, sample: typing.SupportsFloat | typing.SupportsIndex, alpha: typing.SupportsFloat | typing.SupportsIndex, min_alpha: typing.SupportsFloat | typing.SupportsIndex, seed: typing.SupportsInt | typing.SupportsIndex, round: typing.SupportsInt | typing.SupportsIndex, kernel: str | None = None) -> None:
        ...
    def advance(self, rounds: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> int:
        """
        Train so many rounds, at most to the end of the epoch; how many ids that were.
        """
    def compose(self, threads: typing.SupportsInt | typing.SupportsIndex = 0) -> numpy.typing.NDArray[numpy.float32]:
        """
        Word vectors: means of a word's own row and its n-grams' rows.
        """
    def plan(self, epoch: typing.SupportsInt | typing.SupportsIndex, round: typing.SupportsInt | typing.SupportsIndex) -> dict:
        """
        What a round does that does not depend on parameters.
        """
    @property
    def epoch(self) -> int:
        ...
    @property
    def finished(self) -> bool:
        ...
    @property
    def inputs(self) -> numpy.typing.NDArray[numpy.float32]:
        """
        Rows of words, then of n-grams: a view.
        """
    @property
    def kernel(self) -> str:
        ...
    @property
    def loss(self) -> float:
        """
        The mean loss of an example in the epoch that runs, or has just ended.
        """
    @property
    def outputs(self) -> numpy.typing.NDArray[numpy.float32]:
        """
        The other rows of words, which tell true neighbours from noise: a view.
        """
def step_kernels() -> list[str]:
    """
    The step kernels that this machine can run, the widest first.
    """
def subwords(words: str, offsets: numpy.typing.NDArray[numpy.int64], min_n: typing.SupportsInt | typing.SupportsIndex, max_n: typing.SupportsInt | typing.SupportsIndex, buckets: typing.SupportsInt | typing.SupportsIndex) -> tuple:
    """
    Rows of the character n-grams of words, as CSR, and the bucket of each row.
    """
