"""
The pairs of words while merges are applied to them.
"""
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
import typing_extensions
__all__: list[str] = ['EventStream', 'Events', 'TrainedMerges', 'WordReplay', 'Words', 'add_events', 'collapse', 'own_counts', 'pairs_in_state']
class Events:
    """
    Events of pairs as arrays.
    """
    def __init__(self, pairs: numpy.typing.NDArray[numpy.uint32], indptr: numpy.typing.NDArray[numpy.int64], state: numpy.typing.NDArray[numpy.uint32], column: numpy.typing.NDArray[numpy.uint32], change: numpy.typing.NDArray[numpy.int64]) -> None:
        ...
class EventStream:
    """
    Events by left, right, state and column, to be taken once.
    """
    def next(self, events: typing.SupportsInt | typing.SupportsIndex) -> typing.Any:
        """
        About so many events: (pairs uint32 [2 * pairs], where the events of each end, state, column, change), ends counted from the first event; None at the end.
        """
class Words:
    """
    Counted words: a sparse matrix [words, blocks].
    """
    def __init__(self, data: typing_extensions.Buffer, offsets: numpy.typing.NDArray[numpy.uint64], indptr: numpy.typing.NDArray[numpy.uint64], index: numpy.typing.NDArray[numpy.uint32], count: numpy.typing.NDArray[numpy.uint64], blocks: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
class TrainedMerges:
    """
    A merge list and how words are spelled for it.
    """
    def __init__(self, data: bytes, offsets: numpy.typing.NDArray[numpy.uint64], ids: numpy.typing.NDArray[numpy.uint32], left: numpy.typing.NDArray[numpy.uint32], right: numpy.typing.NDArray[numpy.uint32], merged: numpy.typing.NDArray[numpy.uint32], *, spelt: str, continuing_prefix: str, end_suffix: str, overlapping: bool, limits: tuple[typing.SupportsInt | typing.SupportsIndex, typing.Annotated[numpy.typing.ArrayLike, numpy.uint32], typing.Annotated[numpy.typing.ArrayLike, numpy.uint8], typing.Annotated[numpy.typing.ArrayLike, numpy.uint8], typing.Annotated[numpy.typing.ArrayLike, numpy.uint8]] | None) -> None:
        """
        `limits`: (most characters, and by id: characters, first script, last script, flags) of pieces.
        """
    def is_counted(self, left: typing.SupportsInt | typing.SupportsIndex, right: typing.SupportsInt | typing.SupportsIndex) -> bool:
        """
        Whether the limits let the pair be a piece, or the list has it.
        """
    @property
    def is_regular(self) -> bool:
        """
        Whether words take the short way.
        """
class WordReplay:
    """
    Counted words to events of their pairs.
    """
    def __init__(self, merges: TrainedMerges, words: Words, *, memory_limit: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex, directory: str) -> None:
        ...
    def add(self, begin: typing.SupportsInt | typing.SupportsIndex, end: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        The words from `begin` to `end`; from one thread.
        """
    def finish(self) -> EventStream:
        """
        The events; once.
        """
    @property
    def has_spilled(self) -> bool:
        ...
def add_events(parts: collections.abc.Sequence[Events], threads: typing.SupportsInt | typing.SupportsIndex) -> tuple:
    """
    (pairs uint32 [2 * pairs], indptr, state, column, change) of all together.
    """
def collapse(events: Events, group: numpy.typing.NDArray[numpy.int32], last: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex) -> tuple:
    """
    The same arrays, of groups of columns and the states below `last`.
    """
def own_counts(events: Events, left: numpy.typing.NDArray[numpy.uint32], right: numpy.typing.NDArray[numpy.uint32], merged: numpy.typing.NDArray[numpy.uint32], columns: typing.SupportsInt | typing.SupportsIndex, threads: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.float64]:
    """
    float64 [steps, columns]: the count of each step's pair in its state.
    """
def pairs_in_state(events: Events, state: typing.SupportsInt | typing.SupportsIndex, columns: typing.SupportsInt | typing.SupportsIndex) -> numpy.typing.NDArray[numpy.int64]:
    """
    int64 [columns]: all pairs that there are.
    """
