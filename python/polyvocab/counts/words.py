"""How often each word occurs in a corpus, words as the model sees them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .. import _core
from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.definition import Strings
from ..tokenizer import Tokenizer
from . import files
from .by_label import ByLabel
from .columns import Columns
from .prepared import prepared
from .run import memory_of, pass_over, threads_of

_KIND = "word counts"
_ARRAYS = {
    "words": "uint8",
    "offsets": "uint64",
    "indptr": "uint64",
    "index": "uint32",
    "count": "uint64",
    "added_ids": "uint32",
    "added": "uint64",
    "documents": "uint64",
    "bytes": "uint64",
    "characters": "uint64",
}
_STREAM_BYTES = 8 << 20
_PREFIX = "polyvocab-count-"


@dataclass(frozen=True, eq=False)
class WordCounts:
    """The words of a corpus by block of documents. Which block a document belongs to is decided by its bytes alone.

    A word is what the tokenizer hands to its model, after the normalizer and the pre-tokenizer: encoding the words by
    themselves gives the tokens of the corpus, added tokens excepted, which are counted apart. Where a tokenizer has words of
    any length (SentencePiece knows none), they are cut at places where that changes no token.

    `words` and `indptr`, `index`, `count` are a sparse matrix [words, blocks]: word i occurs `count[j]` times in the block
    `index[j]`, for all j in `indptr[i]:indptr[i + 1]`.
    """

    words: Strings  # by their bytes, no word twice
    indptr: np.ndarray  # uint64 [words + 1]
    index: np.ndarray  # uint32 [entries], rising within a word
    count: np.ndarray  # uint64 [entries], none 0
    added_ids: np.ndarray  # uint32 [added tokens], rising
    added: np.ndarray  # uint64 [blocks, added tokens]: how often each was matched
    documents: np.ndarray  # uint64 [blocks]; documents that are not empty
    bytes: np.ndarray  # uint64 [blocks], of the documents in UTF-8, after text steps
    characters: np.ndarray  # uint64 [blocks], of the same
    fingerprint: str  # of the tokenizer

    @property
    def blocks(self) -> int:
        return len(self.documents)

    @cached_property
    def totals(self) -> np.ndarray:
        """uint64 [words]: in all blocks."""
        if self.blocks == 1:
            return self.count
        return np.add.reduceat(self.count, self.indptr[:-1].astype(np.int64)) if len(self.words) else self.count

    def merge(self, *others: WordCounts) -> WordCounts:
        """The counts of several corpora together, exactly.

        Raises `PolyvocabError` where they are those of another tokenizer, or of another number of blocks.
        """
        every = (self, *others)
        for other in others:
            check_same_tokenizer(self.fingerprint, other.fingerprint)
            if other.blocks != self.blocks:
                raise PolyvocabError(f"word counts of {self.blocks} and of {other.blocks} blocks cannot be added; count again")
        arrays = [(c.words.data, c.words.offsets, c.indptr, c.index, c.count) for c in every]
        return WordCounts(
            *_collect(_core.merge_words(arrays), None),
            self.added_ids,
            sum(c.added for c in every),
            sum(c.documents for c in every),
            sum(c.bytes for c in every),
            sum(c.characters for c in every),
            self.fingerprint,
        )

    def save(self, path: str | Path) -> None:
        """Write one file, or replace it."""
        arrays = {name: getattr(self, name) for name in _ARRAYS if name not in ("words", "offsets")}
        arrays |= {"words": np.frombuffer(self.words.data, np.uint8), "offsets": self.words.offsets}
        files.save(path, _KIND, arrays, {"fingerprint": self.fingerprint})

    @classmethod
    def load(cls, path: str | Path) -> WordCounts:
        """The counts of a file: the words are read, the numbers mapped. Raises `FormatError`."""
        arrays, content = files.load(path, _KIND, _ARRAYS)
        words = Strings(arrays.pop("words").tobytes(), arrays.pop("offsets"))
        return cls(words, **arrays, fingerprint=content["fingerprint"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WordCounts):
            return NotImplemented
        names = [name for name in _ARRAYS if name not in ("words", "offsets")]
        return (
            self.fingerprint == other.fingerprint
            and self.words.data == other.words.data
            and np.array_equal(self.words.offsets, other.words.offsets)
            and all(np.array_equal(getattr(self, name), getattr(other, name)) for name in names)
        )

    __hash__ = None


def count_words(
    tokenizer: Tokenizer,
    corpus: Any,
    *,
    field: str = "text",
    blocks: int = 1,
    threads: int = 0,
    memory_limit: int | None = None,
    temporary: str | Path | None = None,
    progress: bool = False,
    label: str = "",
) -> WordCounts:
    """Count the words of a corpus: anything that `polyvocab.corpus.Corpus` takes. Text steps of the tokenizer are done first.

    `threads`: 0 takes one per core. `memory_limit`: bytes for the tables of words; the tokenizer and the text that is being
    read come on top. None: 128 MB a thread. Tables that are full are written to a folder in `temporary` (None: where the
    system has such files), which is removed; the numbers of the result are then mapped from a file, and only the bytes of the
    words are in memory. The result depends on none of these.

    Raises `CorpusError` for text that cannot be read, `PolyvocabError` where the disk is full.
    """
    _check_blocks(blocks)
    threads = threads_of(threads)
    limit = memory_of(memory_limit, threads)
    with _disk_named(temporary), tempfile.TemporaryDirectory(prefix=_PREFIX, dir=temporary) as folder:
        counter = _Counter(tokenizer, blocks, limit, threads, Path(folder))
        text = Corpus.of(corpus, field=field)
        pass_over(text, prepared(counter, tokenizer), threads=threads, progress=progress, label=label)
        return counter.finish()


class WordCounting:
    """Word counts that grow document by document, for a caller that brings the documents itself. One thread at a time.

    To be used in a `with` block, which removes in its end what full tables left in `temporary`.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        *,
        blocks: int = 1,
        memory_limit: int | None = None,
        temporary: str | Path | None = None,
    ) -> None:
        """`memory_limit`: bytes for the tables of each label; None: 128 MB. The rest is as in `count_words`."""
        _check_blocks(blocks)
        limit = memory_of(memory_limit, 1)
        self._temporary, self._folders = temporary, ExitStack()

        def new_counter() -> _Counter:
            folder = self._folders.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX, dir=temporary))
            return _Counter(tokenizer, blocks, limit, 1, Path(folder))

        self._labels = ByLabel(tokenizer, new_counter)

    def __enter__(self) -> WordCounting:
        return self

    def __exit__(self, *failure: object) -> None:
        self._folders.close()

    def add(self, label: str, document: str) -> None:
        """Raises `CorpusError` for what is no text, `PolyvocabError` where the disk is full."""
        with _disk_named(self._temporary):
            self._labels.add(label, document)

    def finish(self) -> Iterator[tuple[str, WordCounts]]:
        """The labels in their alphabetical order, each with the counts of all that was added. Once."""
        with _disk_named(self._temporary):
            for label, counter in self._labels.finish():
                counted = counter.finish()
                del counter  # its tables are not needed for what is done with the words
                yield label, counted


class _Counter:
    """Documents to words: what they are handed to."""

    def __init__(self, tokenizer: Tokenizer, blocks: int, limit: int, threads: int, folder: Path) -> None:
        """`folder`: an empty one, for full tables; the caller removes it, and may when `finish` has returned."""
        self._tokenizer, self._blocks, self._folder = tokenizer, blocks, folder
        self._added_ids = added_ids_of(tokenizer)
        self._core = _core.WordCounter(tokenizer.engine, blocks, self._added_ids, limit, threads, str(folder))

    def add(self, data: bytes, offsets: np.ndarray) -> None:
        self._core.add(data, offsets)

    def finish(self) -> WordCounts:
        """All that was added. Once."""
        documents, size, characters, added = self._core.totals()
        spilled = self._core.has_spilled
        columns = _collect(self._core.finish(), self._folder if spilled else None)
        added = added.reshape(self._blocks, -1)
        return WordCounts(*columns, self._added_ids, added, documents, size, characters, self._tokenizer.fingerprint)


def _check_blocks(blocks: int) -> None:
    if blocks < 1:
        raise PolyvocabError(f"{blocks} blocks: at least 1 is needed")


@contextmanager
def _disk_named(temporary: str | Path | None) -> Iterator[None]:
    """A disk that fails is an error that says what to do."""
    try:
        yield
    except OSError as error:
        where = error.filename or temporary or tempfile.gettempdir()
        raise PolyvocabError(
            f"{where}: cannot be written: {error.strerror}; name another folder as `temporary`, or raise `memory_limit`"
        ) from error


def added_ids_of(tokenizer: Tokenizer) -> np.ndarray:
    """uint32, rising."""
    return np.array(sorted({token.id for token in tokenizer.definition.added_tokens}), np.uint32)


def check_same_tokenizer(one: str, other: str) -> None:
    """Raise `PolyvocabError` unless two fingerprints are equal."""
    if one != other:
        raise PolyvocabError(f"counts of two tokenizers ({one[:12]} and {other[:12]}) have nothing in common; count again")


def _collect(stream: Any, folder: Path | None) -> tuple[Strings, np.ndarray, np.ndarray, np.ndarray]:
    """(words, indptr, index, count) of a stream; the numbers in files where there is a folder."""
    with Columns(folder, words="u1", offsets="u8", indptr="u8", index="u4", count="u8") as columns:
        zero = np.zeros(1, np.uint64)
        columns.append(offsets=zero, indptr=zero)
        while (part := stream.next(_STREAM_BYTES)) is not None:
            words, ends, entry_ends, index, count = part
            columns.append(words=np.frombuffer(words, np.uint8), offsets=ends, indptr=entry_ends, index=index, count=count)
        words = Strings(columns.bytes("words"), columns.array("offsets"))
        return words, columns.array("indptr"), columns.array("index"), columns.array("count")
