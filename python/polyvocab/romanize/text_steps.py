"""Declared text steps: what a tokenizer's text needs before it is tokenized, checked and done.

A step is JSON, as transfers declare it and text_steps.json keeps it:

    {"step": "romanize", "scheme": "uroman", "version": "1.3.1.1", "lang": null, "mark": null}

What is not known here (a step, a scheme, a version of it, a setting) is refused by name: text that went through something
else would have other tokens than the model was made for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import FormatError, PolyvocabError
from . import Romanizer
from .romanizer import SCHEME, VERSION

_SETTINGS = ("scheme", "version", "lang", "mark")


def romanize_step(lang: str | None = None, *, mark: str | None = None) -> dict[str, Any]:
    """The declaration of romanization, as `Romanizer(lang, mark=mark)` does it."""
    return {"step": "romanize", "scheme": SCHEME, "version": VERSION, "lang": lang, "mark": mark}


def describe(steps: Iterable[Mapping[str, Any]]) -> str:
    """Steps in one line for people."""
    shown = []
    for step in steps:
        settings = [f"{step.get('scheme')} {step.get('version')}"]
        settings += [f"{name} {step[name]}" for name in ("lang", "mark") if step.get(name) is not None]
        shown.append(f"{step['step']} ({', '.join(settings)})")
    return ", then ".join(shown)


class TextSteps:
    """Steps that are done to texts in their order. Thread safe."""

    def __init__(
        self, declared: Iterable[Mapping[str, Any]], *, unchanged: Iterable[str] = (), where: object = "text steps"
    ) -> None:
        """`unchanged`: strings that stay as they are wherever they stand in a text (special tokens); the text around them goes
        through the steps part by part. Raises `FormatError` with `where` for a step that is not known."""
        self.declared = tuple(dict(step) for step in declared)
        self._romanizers = [_romanizer(step, f"{where}: step {n}") for n, step in enumerate(self.declared)]
        changed = sorted({u for u in unchanged if u and self._done([u], 1) != [u]}, key=len, reverse=True)
        self._unchanged = re.compile(f"({'|'.join(map(re.escape, changed))})") if changed else None

    def __call__(self, text: str | bytes) -> str:
        """One text with the steps done."""
        return self.batch([text], threads=1)[0]

    def batch(self, texts: Iterable[str | bytes], threads: int = 0) -> list[str]:
        """Each text with the steps done. `threads`: 0 takes one per core; the result does not depend on it. Raises
        `ValueError` with the text that is no UTF-8."""
        return self._batch([_decoded(text, n) for n, text in enumerate(texts)], threads)

    def flat(self, data: bytes, offsets: np.ndarray, threads: int = 1) -> tuple[bytes, np.ndarray]:
        """The same for texts that lie one after the other in UTF-8: text i is `data[offsets[i]:offsets[i + 1]]`, offsets int64
        [texts + 1]. Raises `ValueError` for offsets that do not fit too."""
        view, bounds = memoryview(data), offsets.tolist()
        if not bounds or bounds != sorted(bounds) or bounds[0] < 0 or bounds[-1] > len(view):
            raise ValueError(f"offsets that do not rise from 0 to at most {len(view)}")
        done = [text.encode("utf-8") for text in self.batch((view[a:b] for a, b in pairwise(bounds)), threads)]
        ends = np.cumsum(np.fromiter(map(len, done), np.int64, len(done)))
        return b"".join(done), np.concatenate([np.zeros(1, np.int64), ends])

    def aligned(self, text: str | bytes) -> tuple[str, np.ndarray]:
        """(the text with the steps done, int64 [its bytes in UTF-8, 2]: which bytes of `text` each of them stands for).

        All that became of one character, or of several together, stands for all of them."""
        text = _decoded(text, 0)
        parts = self._unchanged.split(text) if self._unchanged is not None else [text]
        done, spans, start = [], [np.zeros((0, 2), np.int64)], 0
        for n, part in enumerate(parts):
            new, of_part = (part, _identity(part)) if n % 2 else self._aligned(part)
            done.append(new)
            spans.append(of_part + start)
            start += len(part)
        made = "".join(done)
        begins = np.concatenate([np.zeros(1, np.int64), np.cumsum(_widths(text))])
        return made, np.repeat(begins[np.concatenate(spans)], _widths(made), axis=0)

    def _batch(self, texts: Sequence[str], threads: int) -> list[str]:
        if self._unchanged is None:
            return self._done(texts, threads)
        parts = [self._unchanged.split(text) for text in texts]  # text, unchanged, text, ...
        done = iter(self._done([part for of_text in parts for part in of_text[::2]], threads))
        return ["".join(part if n % 2 else next(done) for n, part in enumerate(of_text)) for of_text in parts]

    def _done(self, texts: Sequence[str], threads: int) -> list[str]:
        for romanizer in self._romanizers:
            texts = romanizer.batch(texts, threads)
        return list(texts)

    def _aligned(self, text: str) -> tuple[str, np.ndarray]:
        """(the text with the steps done, int64 [its characters, 2]: which characters of `text` each of them stands for)."""
        spans = _identity(text)
        for romanizer in self._romanizers:
            edges = romanizer.edges(text)
            first: list[int] = []  # of each new character: the first and the last one that it stands for
            last: list[int] = []
            for start, end, new, _ in edges:
                if new == text[start:end]:  # unchanged: each stands for itself
                    first += range(start, end)
                    last += range(start, end)
                else:
                    first += [start] * len(new)
                    last += [end - 1] * len(new)
            spans = np.stack([spans[first, 0], spans[last, 1]], axis=1) if first else spans[:0]
            text = "".join(edge.text for edge in edges)
        return text, spans


def _decoded(text: str | bytes | memoryview, number: int) -> str:
    try:
        return text if isinstance(text, str) else str(text, "utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"text {number} is no valid UTF-8 at byte {error.start}") from error


def _widths(text: str) -> np.ndarray:
    """int64 [characters]: how many bytes of UTF-8 each takes."""
    points = np.frombuffer(text.encode("utf-32-le"), "<u4")
    return 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)


def _identity(text: str) -> np.ndarray:
    positions = np.arange(len(text), dtype=np.int64)
    return np.stack([positions, positions + 1], axis=1)


def _romanizer(step: Mapping[str, Any], where: str) -> Romanizer:
    name = step.get("step")
    if name != "romanize":
        raise FormatError(where, f"{name!r} is no known step: this polyvocab does 'romanize'; {_ADVICE}")
    if unknown := step.keys() - {"step", *_SETTINGS}:
        raise FormatError(where, f"romanize has no setting {min(unknown)!r}; {_ADVICE}")
    if missing := [setting for setting in ("scheme", "version") if setting not in step]:
        raise FormatError(where, f"romanize needs a {missing[0]!r}")
    scheme, version = step["scheme"], step["version"]
    if scheme != SCHEME:
        raise FormatError(where, f"{scheme!r} is no known scheme: this polyvocab has {SCHEME}; {_ADVICE}")
    if version != VERSION:
        raise FormatError(where, f"{scheme} {version} is not native: this polyvocab has {SCHEME} {VERSION}; {_ADVICE}")
    for setting in ("lang", "mark"):
        if not isinstance(step.get(setting), str | None):
            raise FormatError(where, f"{setting} is {step[setting]!r}: a string or null is needed")
    try:
        return Romanizer(step.get("lang"), mark=step.get("mark"))
    except (PolyvocabError, ValueError) as error:
        raise FormatError(where, f"cannot be done: {error}") from error


_ADVICE = "update polyvocab, or do the steps yourself and load the tokenizer with text_steps=False"
