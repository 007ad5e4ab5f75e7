"""Vectors of words that consist of a row of their own and the rows of their character n-grams (Bojanowski et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from .. import _core

_AT_ONCE = 10_000  # words whose rows are gathered together


class SubwordVectors(Mapping[str, np.ndarray]):
    """What `train_words` makes, and what a fastText `.bin` holds. As a mapping it has the words that it knows.

    `words`: their strings. `word_rows`: float32 [words, dim], each word's own row. `subword_rows`: float32 [rows, dim], of
    n-grams; `row_buckets`: uint32 [rows], ascending or not, the bucket of each. `min_n`, `max_n`, `buckets`: how n-grams are
    cut and hashed. `whole`: words that consist of their own row alone.

    A known word is the mean of its own row and its n-grams' rows, another word that of its n-grams' rows; what has none of
    them is zero.
    """

    def __init__(
        self,
        words: Sequence[str],
        word_rows: np.ndarray,
        subword_rows: np.ndarray,
        row_buckets: np.ndarray,
        min_n: int,
        max_n: int,
        buckets: int,
        *,
        whole: frozenset[str] = frozenset(),
    ) -> None:
        self.words = list(words)
        self.word_rows, self.subword_rows, self.row_buckets = word_rows, subword_rows, row_buckets
        self.min_n, self.max_n, self.buckets, self.whole = min_n, max_n, buckets, whole

    @property
    def dim(self) -> int:
        return self.word_rows.shape[1]

    @cached_property
    def index(self) -> dict[str, int]:
        """The place of each word; of a word that stands twice, the first."""
        return {word: i for i, word in reversed(list(enumerate(self.words)))}

    @cached_property
    def matrix(self) -> np.ndarray:
        """float32 [words, dim]: the vectors of all words."""
        return self.vectors(self.words)

    def vector(self, word: str) -> np.ndarray:
        """float32 [dim], of any word."""
        return self.vectors([word])[0]

    def vectors(self, words: Iterable[str]) -> np.ndarray:
        """float32 [n, dim], of any words."""
        words = list(words)
        made = np.zeros((len(words), self.dim), np.float32)
        for start in range(0, len(words), _AT_ONCE):
            part = words[start : start + _AT_ONCE]
            made[start : start + len(part)] = self._some(part)
        return made

    def _some(self, words: list[str]) -> np.ndarray:
        known = np.array([self.index.get(word, -1) for word in words], np.int64)
        indptr, rows = self._subwords(words)
        counts = np.diff(indptr)
        total = np.zeros((len(words), self.dim), np.float32)
        if len(rows):
            has = counts > 0  # reduceat adds up from one beginning to the next, so empty runs must not be among them
            total[has] = np.add.reduceat(self.subword_rows[rows], indptr[:-1][has], axis=0, dtype=np.float32)
        total[known >= 0] += self.word_rows[known[known >= 0]]
        counts = counts + (known >= 0)
        return total / np.maximum(counts, 1).astype(np.float32)[:, None]

    def _subwords(self, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the n-grams of words, those that there are, as CSR."""
        cut = ["" if word in self.whole else word for word in words]
        spelled = [word.encode("utf-8", "surrogatepass") for word in cut]
        offsets = np.cumsum([0, *map(len, spelled)], dtype=np.int64)
        buckets = self.buckets if self.max_n >= self.min_n else 0
        indptr, rows, found = _core.vectors.subwords(b"".join(spelled), offsets, max(self.min_n, 1), self.max_n, buckets)
        order, ascending = self._by_bucket
        place = np.minimum(np.searchsorted(ascending, found), max(len(ascending) - 1, 0))
        row_of = np.where(ascending[place] == found, order[place], -1) if len(ascending) else np.full(len(found), -1)
        rows = row_of[rows]
        is_word = np.array([word not in self.whole for word in words])
        keep = (rows >= 0) & np.repeat(is_word, np.diff(indptr))
        ends = np.concatenate([[0], np.cumsum(keep)])
        return ends[indptr], rows[keep]

    @cached_property
    def _by_bucket(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.row_buckets, kind="stable")
        return order, self.row_buckets[order]

    def __getitem__(self, word: str) -> np.ndarray:
        if word not in self.index:
            raise KeyError(word)
        return self.vector(word)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __iter__(self) -> Iterator[str]:
        return iter(self.index)

    def __len__(self) -> int:
        return len(self.index)
