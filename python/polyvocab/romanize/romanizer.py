"""uroman's romanization, natively."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .. import _core

SCHEME, VERSION = "uroman", "1.3.1.1"
_KEEPING_FINAL_VOWELS = frozenset({"san"})
_DROPPING_FINAL_VOWELS = frozenset({"asm", "ben", "guj", "kas", "pan"})


class Edge(NamedTuple):
    """A part of a text and its romanization. `start` and `end` are characters of the original; `type` says where the
    romanization comes from, in uroman's words."""

    start: int
    end: int
    text: str
    type: str


class Romanizer:
    """Text in any script to Latin letters, equal to the Python API of uroman 1.3.1.1 (Hermjakob, May and Knight 2018).

    `lang`: an ISO 639-3 code, for rules of one language; a code without rules of its own is none. `mark`: a character that
    is put before each letter that the romanization makes, so that it can be told from text that was Latin before.

    Where uroman fails, the result is defined in docs/romanize.md. Text with lone surrogates raises `UnicodeEncodeError`.
    Threads may share a romanizer.
    """

    def __init__(self, lang: str | None = None, *, mark: str | None = None) -> None:
        self.lang, self.mark = lang, mark
        table, languages = _table()
        bit = 1 << languages.index(lang) if lang in languages else 0
        self._native = _core.Romanizer(table, bit, lang in _KEEPING_FINAL_VOWELS, lang in _DROPPING_FINAL_VOWELS, mark or "")

    def __call__(self, text: str) -> str:
        """The romanization of a text, in time linear in its length."""
        return self._native.romanize(text)

    def batch(self, texts: Iterable[str], threads: int = 0) -> list[str]:
        """The romanizations of texts. `threads`: 0 for one per core; the result does not depend on it."""
        return self._native.batch(texts, threads)

    def lines(self, data: bytes, threads: int = 0) -> bytes:
        """UTF-8 text, its lines romanized one by one. Raises `ValueError` saying at which byte it is no UTF-8."""
        return self._native.lines(data, threads)

    def edges(self, text: str, alternatives: bool = False) -> list[Edge]:
        """The romanization in parts: they follow each other through the text, and their texts joined are the romanization.
        With `alternatives` each is followed by other romanizations of the same part."""
        return [Edge(*edge) for edge in self._native.edges(text, alternatives)]

    def lattice(self, text: str) -> list[Edge]:
        """All parts that were considered, by their start, the longest first."""
        return [Edge(*edge) for edge in self._native.lattice(text)]

    def with_offsets(self, text: str) -> tuple[str, np.ndarray]:
        """The romanization, and for each of its characters the part of the original that it comes from: int64 [length, 2],
        first character and end."""
        edges = self.edges(text)
        lengths = [len(edge.text) for edge in edges]
        bounds = np.array([(edge.start, edge.end) for edge in edges], np.int64).reshape(-1, 2)
        return "".join(edge.text for edge in edges), np.repeat(bounds, lengths, axis=0)


def languages() -> tuple[str, ...]:
    """The codes that change a romanization."""
    return tuple(sorted({*_table()[1], *_KEEPING_FINAL_VOWELS, *_DROPPING_FINAL_VOWELS}))


@cache
def _table() -> tuple[_core.RomanizationTable, tuple[str, ...]]:
    with np.load(Path(__file__).parent / "data" / "uroman.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    codes = tuple(arrays.pop("languages").tobytes().decode().split())
    return _core.RomanizationTable(arrays), codes
