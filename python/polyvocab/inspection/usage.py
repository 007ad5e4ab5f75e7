"""What a tokenizer makes of given text: fertility, continued words, unknowns, and which tokens are used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from ..corpus import Corpus
from ..errors import CorpusError, MetricError
from ..metrics.fertility import Fertility, continued_words
from ..tokenizer import Tokenizer

_BATCH = 1 << 20
_SPACES = np.array([code for code in range(0x3001) if chr(code).isspace()], np.uint32)  # U+3000 is the last one


@dataclass(frozen=True, eq=False)
class Usage:
    """What a text becomes. Documents are those of `polyvocab.corpus.Corpus`, each encoded by itself without special tokens."""

    documents: int
    fertility: Fertility
    counts: np.ndarray  # int64 [token count]: how often each token is used


def usage_of(tokenizer: Tokenizer, corpus: Any, *, label: str, byte_ids: np.ndarray, field: str, progress: bool) -> Usage:
    """`byte_ids`: ids of byte fallback, whose spans are mended. Raises `MetricError` for a text without words, `CorpusError`
    for text that cannot be read or encoded."""
    unknown = getattr(tokenizer.definition.model, "unk_id", None)
    counts = np.zeros(tokenizer.token_count, np.int64)
    documents, sums = 0, np.zeros(6, np.int64)
    batches = _batches(Corpus.of(corpus, field=field))
    for batch in tqdm(batches, desc=f"encode {label}", unit="M characters", disable=not progress):
        try:
            ids, numbers = _measured(tokenizer, batch, byte_ids)
        except ValueError as error:
            raise CorpusError(f"{label}: {error}") from error
        documents += len(batch)
        found = np.bincount(ids, minlength=len(counts))
        counts += found
        sums += np.array([*numbers[:4], 0 if unknown is None else found[unknown], numbers[4]])
    words, tokens = sums[:2].tolist()
    if not words or not tokens:
        raise MetricError(f"{label}: the text has no words")
    return Usage(documents, Fertility(*sums.tolist()), counts)


def shares(usages: Mapping[str, Usage]) -> dict[str, np.ndarray]:
    """Label to the share of its tokens that each token is, float64 [token count]."""
    return {label: usage.counts / usage.counts.sum() for label, usage in usages.items()}


def _measured(tokenizer: Tokenizer, documents: list[str], byte_ids: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
    """(ids, (words, tokens, bytes, continued words, characters)) of documents."""
    ids, spans = [], []
    base = 0
    for document in documents:
        aligned = tokenizer.encode_aligned(document)
        ids.append(aligned.ids)
        spans.append(aligned.spans.astype(np.int64) + base)
        base += len(document.encode("utf-8")) + 1
    every, where = np.concatenate(ids), _mended(np.concatenate(ids), np.concatenate(spans), byte_ids)
    text = "\n".join(documents)
    words = _words(text)
    continued = continued_words(words, where)
    return every, (len(words), len(every), base - len(documents), continued, len(text) - len(documents) + 1)


def _mended(ids: np.ndarray, spans: np.ndarray, byte_ids: np.ndarray) -> np.ndarray:
    """Of a character's byte pieces SentencePiece gives it to the last alone: the others get the span of the next token."""
    empty = np.isin(ids, byte_ids) & (spans[:, 0] == spans[:, 1])
    for i in np.flatnonzero(empty)[::-1].tolist():
        if i + 1 < len(spans):
            spans[i] = spans[i + 1]
    return spans


def _words(text: str) -> np.ndarray:
    """Where what stands between white space begins and ends, in bytes of UTF-8: int64 [words, 2]."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    before = np.concatenate([[0], np.cumsum(1 + (codes > 0x7F) + (codes > 0x7FF) + (codes > 0xFFFF))])
    inside = np.concatenate([[False], ~np.isin(codes, _SPACES), [False]])
    bounds = before[np.flatnonzero(inside[1:] != inside[:-1])]
    return bounds.reshape(-1, 2)


def _batches(corpus: Iterable[str]) -> Iterable[list[str]]:
    held: list[str] = []
    size = 0
    for document in corpus:
        held.append(document)
        size += len(document)
        if size >= _BATCH:
            yield held
            held, size = [], 0
    if held:
        yield held
