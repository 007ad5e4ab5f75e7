"""How often each token occurs in corpora."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .. import _core
from ..corpus import Corpus
from ..errors import PolyvocabError
from ..tokenizer import Tokenizer
from . import files
from .by_label import ByLabel, named
from .original import OriginalTokenizer, native_or_original
from .prepared import prepared
from .run import memory_of, pass_over, threads_of
from .words import WordCounts, added_ids_of, check_same_tokenizer

_KIND = "token counts"
_ARRAYS = {"counts": "uint64", "documents": "uint64", "bytes": "uint64"}


@dataclass(frozen=True, eq=False)
class TokenCounts:
    """For each label (a language, say) what encoding every document of its corpus gives, without special tokens around it."""

    counts: Mapping[str, np.ndarray]  # uint64 [token count] of each label
    documents: Mapping[str, int]  # that are not empty
    bytes: Mapping[str, int]  # of the documents in UTF-8, after text steps
    token_count: int  # of the tokenizer: its largest id plus one, added tokens included
    fingerprint: str  # of the tokenizer
    engine: Literal["native", "tokenizers"]  # what encoded: the core, or the package `tokenizers` where the core cannot

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.counts)

    @classmethod
    def of(cls, words: Mapping[str, WordCounts], tokenizer: Tokenizer, *, threads: int = 0) -> TokenCounts:
        """The tokens of counted words, of all their blocks together.

        Raises `PolyvocabError` where the words are those of another tokenizer.
        """
        counts = {}
        for label, counted in words.items():
            check_same_tokenizer(tokenizer.fingerprint, counted.fingerprint)
            strings = counted.words.data, counted.words.offsets
            with named(label):
                found = _core.tokens_of_words(
                    tokenizer.engine, *strings, counted.totals, tokenizer.token_count, threads_of(threads)
                )
            found[counted.added_ids] += counted.added.sum(axis=0, dtype=np.uint64)
            counts[label] = found
        return cls(
            counts,
            {label: int(counted.documents.sum()) for label, counted in words.items()},
            {label: int(counted.bytes.sum()) for label, counted in words.items()},
            tokenizer.token_count,
            tokenizer.fingerprint,
            "native",
        )

    def merge(self, *others: TokenCounts) -> TokenCounts:
        """All labels of all; what has the same label is added.

        Raises `PolyvocabError` where they are those of another tokenizer. `engine` is native where all of them are.
        """
        every = (self, *others)
        for other in others:
            check_same_tokenizer(self.fingerprint, other.fingerprint)
        labels = list(dict.fromkeys(label for c in every for label in c.labels))
        return TokenCounts(
            {label: sum(c.counts[label] for c in every if label in c.counts) for label in labels},
            {label: sum(c.documents.get(label, 0) for c in every) for label in labels},
            {label: sum(c.bytes.get(label, 0) for c in every) for label in labels},
            self.token_count,
            self.fingerprint,
            "native" if all(c.engine == "native" for c in every) else "tokenizers",
        )

    def save(self, path: str | Path) -> None:
        """Write one file, or replace it."""
        rows = [self.counts[label] for label in self.labels]
        arrays = {
            "counts": np.stack(rows) if rows else np.zeros((0, self.token_count), np.uint64),
            "documents": np.array([self.documents[label] for label in self.labels], np.uint64),
            "bytes": np.array([self.bytes[label] for label in self.labels], np.uint64),
        }
        content = {"labels": self.labels, "fingerprint": self.fingerprint, "engine": self.engine}
        files.save(path, _KIND, arrays, content)

    @classmethod
    def load(cls, path: str | Path) -> TokenCounts:
        """The counts of a file, mapped. Raises `FormatError`."""
        arrays, content = files.load(path, _KIND, _ARRAYS)
        labels = content["labels"]
        return cls(
            dict(zip(labels, arrays["counts"], strict=True)),
            dict(zip(labels, arrays["documents"].tolist(), strict=True)),
            dict(zip(labels, arrays["bytes"].tolist(), strict=True)),
            arrays["counts"].shape[1],
            content["fingerprint"],
            content["engine"],
        )

    def __eq__(self, other: object) -> bool:
        """Whether all numbers are the same, in any order of labels and whatever engine made them."""
        if not isinstance(other, TokenCounts):
            return NotImplemented
        return (
            self.fingerprint == other.fingerprint
            and self.token_count == other.token_count
            and self.documents == other.documents
            and self.bytes == other.bytes
            and self.counts.keys() == other.counts.keys()
            and all(np.array_equal(self.counts[label], other.counts[label]) for label in self.labels)
        )

    __hash__ = None


def count_tokens(
    tokenizer: Any,
    corpora: Mapping[str, Any],
    *,
    field: str = "text",
    threads: int = 0,
    memory_limit: int | None = None,
    progress: bool = False,
) -> TokenCounts:
    """Count the tokens of a corpus for each label: each corpus is anything that `polyvocab.corpus.Corpus` takes.

    `tokenizer`: a `Tokenizer`, the path of one, a fast tokenizer of `transformers` or a `tokenizers.Tokenizer`. One that is not
    native is counted with the package `tokenizers`, which a warning says. Text steps of a `Tokenizer`, and of one given by its
    path (text_steps.json), are done to the documents first: all numbers are of what is encoded then. No ids are kept and the
    disk is not used: a table of words that is full is emptied by encoding its words. `threads`, `memory_limit`: as in
    `count_words`.

    Raises `CorpusError` for text that cannot be read, or that the tokenizer cannot encode.
    """
    if not corpora:
        raise PolyvocabError("a corpus is needed to count")
    found = native_or_original(tokenizer)
    threads = threads_of(threads)
    limit = memory_of(memory_limit, threads)
    counts, documents, sizes = {}, {}, {}
    for label, corpus in corpora.items():
        with named(label):
            counter = _counter(found, limit, threads)
            text = Corpus.of(corpus, field=field)
            pass_over(text, prepared(counter, found), threads=threads, progress=progress, label=label)
            counts[label] = counter.finish()
        (documents[label],), (sizes[label],), *_ = (part.tolist() for part in counter.totals())
    engine = "native" if isinstance(found, Tokenizer) else "tokenizers"
    return TokenCounts(counts, documents, sizes, found.token_count, found.fingerprint, engine)


class TokenCounting:
    """Token counts that grow document by document, for a caller that brings the documents itself. One thread at a time.

    `memory_limit`: bytes for the tables of each label; None: 128 MB.
    """

    def __init__(self, tokenizer: Any, *, memory_limit: int | None = None) -> None:
        """`tokenizer`: as in `count_tokens`."""
        self._tokenizer, limit = native_or_original(tokenizer), memory_of(memory_limit, 1)
        self._labels = ByLabel(self._tokenizer, lambda: _counter(self._tokenizer, limit, 1))

    def add(self, label: str, document: str) -> None:
        """Raises `CorpusError` for what is no text, or what the tokenizer cannot encode."""
        self._labels.add(label, document)

    def finish(self) -> TokenCounts:
        """The counts of all that was added; the labels in their alphabetical order. Once."""
        counts, documents, sizes = {}, {}, {}
        for label, counter in self._labels.finish():
            with named(label):
                counts[label] = counter.finish()
            (documents[label],), (sizes[label],), *_ = (part.tolist() for part in counter.totals())
        engine = "native" if isinstance(self._tokenizer, Tokenizer) else "tokenizers"
        tokenizer = self._tokenizer
        return TokenCounts(counts, documents, sizes, tokenizer.token_count, tokenizer.fingerprint, engine)


def _counter(tokenizer: Tokenizer | OriginalTokenizer, limit: int, threads: int) -> Any:
    if isinstance(tokenizer, OriginalTokenizer):
        return tokenizer.counter()
    return _core.TokenCounter(tokenizer.engine, added_ids_of(tokenizer), tokenizer.token_count, limit, threads)
