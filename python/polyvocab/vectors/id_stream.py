"""Text as one stream of ids: what the trainers read."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ..corpus import Corpus
from ..encoded import EncodedCorpus
from ..tokenizer import Tokenizer


@dataclass(frozen=True)
class IdStream:
    """`ids`: uint16 or uint32, all sentences one behind the other; `offsets`: uint64 [sentences + 1]."""

    ids: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, corpus: Corpus | EncodedCorpus, tokenizer: Tokenizer, *, threads: int) -> IdStream:
        """The documents, encoded without special tokens; an encoded corpus stays where it is, mapped. Raises
        `PolyvocabError` where it was encoded by another tokenizer."""
        if isinstance(corpus, EncodedCorpus):
            corpus.check(tokenizer.fingerprint)
            first, last = int(corpus.offsets[0]), int(corpus.offsets[-1])
            return cls(np.ascontiguousarray(corpus.ids[first:last]), corpus.offsets.astype(np.uint64) - np.uint64(first))
        narrow = np.uint16 if tokenizer.token_count <= 2**16 else np.uint32
        batches = (tokenizer.encode_batch(batch, threads=threads) for batch in corpus.batches())
        return cls._joined([(ids.astype(narrow), np.diff(offsets)) for ids, offsets in batches], narrow)

    @classmethod
    def of_words(cls, corpus: Corpus) -> tuple[IdStream, list[str]]:
        """The words between white space, numbered as they are met."""
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        parts = []
        for batch in corpus.batches():
            sentences = [document.split() for document in batch]
            flat = np.fromiter((numbers[word] for words in sentences for word in words), np.uint32)
            parts.append((flat, np.array([len(words) for words in sentences], np.int64)))
        return cls._joined(parts, np.uint32), list(numbers)

    @classmethod
    def _joined(cls, parts: list[tuple[np.ndarray, np.ndarray]], dtype: type) -> IdStream:
        ids = np.concatenate([np.zeros(0, dtype), *(part for part, _ in parts)])
        lengths = np.concatenate([np.zeros(1, np.int64), *(part for _, part in parts)])
        return cls(ids, np.cumsum(lengths).astype(np.uint64))

    def counts(self, size: int) -> np.ndarray:
        """How often each of `size` ids stands in the stream: int64 [size]. In pieces: `bincount` widens what it gets."""
        total = np.zeros(size, np.int64)
        for start in range(0, len(self.ids), 1 << 20):
            total += np.bincount(self.ids[start : start + (1 << 20)], minlength=size)
        return total


def fingerprint(corpus: Corpus | EncodedCorpus) -> str:
    """SHA-256 of the content: of the text, or of the ids and where documents end."""
    if isinstance(corpus, Corpus):
        return corpus.fingerprint()
    digest = hashlib.sha256(corpus.header.tokenizer.fingerprint.encode())
    digest.update(np.diff(corpus.offsets).tobytes())
    ids = corpus.ids[int(corpus.offsets[0]) : int(corpus.offsets[-1])]
    for start in range(0, len(ids), 1 << 24):
        digest.update(ids[start : start + (1 << 24)].astype(np.uint32).tobytes())
    return digest.hexdigest()
