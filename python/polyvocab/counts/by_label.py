"""Documents that come one by one, each to the counter of its label."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from ..encoded.sources import Documents
from ..errors import CorpusError
from .prepared import Preparing, prepared
from .run import Counter

_HELD_DOCUMENTS = 256
_HELD_BYTES = 2 << 20

Counted = TypeVar("Counted", bound=Counter)


class ByLabel(Generic[Counted]):
    """A counter for each label, made when its first document comes. Documents are handed on many at once, by this thread."""

    def __init__(self, tokenizer: Preparing, new_counter: Callable[[], Counted]) -> None:
        """`tokenizer`: whose text steps are done to the documents."""
        self._tokenizer, self._new_counter = tokenizer, new_counter
        self._counters: dict[str, Counted] = {}
        self._held: dict[str, _Held] = {}

    def add(self, label: str, document: str) -> None:
        """Raises `CorpusError` for what is no text, or what the counter refuses."""
        if label not in self._counters:
            self._counters[label], self._held[label] = self._new_counter(), _Held()
        held = self._held[label]
        try:
            held.add(document.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise CorpusError(f"{label}: half of a surrogate pair at {error.start} of a document") from error
        if len(held.documents) == _HELD_DOCUMENTS or held.size >= _HELD_BYTES:
            self._hand_on(label)

    def finish(self) -> Iterator[tuple[str, Counted]]:
        """Each label, in alphabetical order, with the counter of all its documents, which is forgotten here. Once."""
        for label in sorted(self._counters):
            self._hand_on(label)
            yield label, self._counters.pop(label)

    def _hand_on(self, label: str) -> None:
        found = Documents.of(self._held[label].documents, 0)
        self._held[label] = _Held()
        with named(label):
            prepared(self._counters[label], self._tokenizer).add(found.data, found.offsets)


class _Held:
    """Documents that wait for others."""

    def __init__(self) -> None:
        self.documents: list[bytes] = []
        self.size = 0

    def add(self, document: bytes) -> None:
        self.documents.append(document)
        self.size += len(document)


@contextmanager
def named(label: str) -> Iterator[None]:
    """A word that the model refuses is an error of the corpus."""
    try:
        yield
    except ValueError as error:
        raise CorpusError(f"{label}: {error}") from error
