"""Which tokens of a target vocabulary also stand in a source vocabulary, and at which id.

Matches are tried in the order of `Overlap.kinds`; a token keeps the first that it finds.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .formats.directory import TokenizerFiles
from .pieces import Pieces, Role

Canonical = Literal["bytes", "decoded"]


@dataclass(frozen=True)
class Overlap:
    """`source[i]` is the source id of target token i, or -1; `kind[i]` says which match found it."""

    source: np.ndarray  # int64 [target tokens]
    kind: np.ndarray  # uint8 [target tokens], an index into `kinds`
    kinds: tuple[str, ...] = ("none", "role", "special", "symbol", "exact", "nfkc", "fuzzy")

    @property
    def matched(self) -> np.ndarray:
        """Target ids that have a source id, ascending."""
        return np.flatnonzero(self.source >= 0)

    @property
    def unmatched(self) -> np.ndarray:
        """Target ids that have none, ascending. Holes are among them."""
        return np.flatnonzero(self.source < 0)

    def counts(self) -> dict[str, int]:
        """How many target tokens each kind of match found."""
        return {name: int((self.kind == k).sum()) for k, name in enumerate(self.kinds) if (self.kind == k).any()}


def overlap(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    canonical: Canonical = "bytes",
    symbols: bool = False,
    fuzzy: bool = False,
) -> Overlap:
    """Match the tokens of two vocabularies of any family.

    Special tokens are matched by their role (`bos_token` to `bos_token`, whatever their strings), then by equal
    strings. The others by `canonical`:

    - `"bytes"` (the default): equal UTF-8 bytes and equal word-start mark; then, among what is left, equal NFKC forms.
      One-to-one: no two target tokens share a source row.
    - `"decoded"`, the form published with FOCUS (Dobler and de Melo 2023): decoded text with stripped spaces. There
      all pieces of partial characters look alike (`�`) and share the first of them as their source row.

    `symbols` matches numbers, punctuation and spaces even where the word-start mark differs; `fuzzy` matches anything
    up to case and word-start mark. Both are many-to-one, as published.
    """
    match = _Matcher(source, target)
    match.specials()
    if symbols:
        match.by("symbol", _fuzzy_form, only=_is_symbol, one_to_one=False)
    if canonical == "bytes":
        # A byte of byte fallback meets its like first: <0x41> is not how Llama writes A.
        match.by("exact", lambda p, i: (p.bytes[i], p.word_start[i], p.role[i] == Role.BYTE), one_to_one=True)
        match.by("exact", lambda p, i: (p.bytes[i], p.word_start[i]), one_to_one=True)
        match.by("nfkc", _nfkc_form, one_to_one=True)
    else:
        match.by("exact", _decoded_form, one_to_one=False)
    if fuzzy:
        match.by("fuzzy", _fuzzy_form, one_to_one=False)
    return Overlap(match.source, match.kind)


class _Matcher:
    """The state of one matching: what is found so far, and which source ids are taken."""

    def __init__(self, source: TokenizerFiles, target: TokenizerFiles) -> None:
        self.source_files, self.target_files = source, target
        self.source_pieces = Pieces.of(source.vocabulary)
        self.target_pieces = Pieces.of(target.vocabulary)
        self.source = np.full(len(target.vocabulary), -1, np.int64)
        self.kind = np.zeros(len(target.vocabulary), np.uint8)
        self.taken = np.zeros(len(source.vocabulary), bool)

    def record(self, target: int, source: int, kind: str) -> None:
        self.source[target] = source
        self.kind[target] = Overlap.kinds.index(kind)
        self.taken[source] = True

    def specials(self) -> None:
        for role, i in self.target_files.role_ids.items():
            j = self.source_files.role_ids.get(role)
            if j is not None and self.source[i] < 0:
                self.record(i, j, "role")
        by_string = self.source_files.vocabulary.ids
        for i in np.flatnonzero(_is_special(self.target_pieces)).tolist():
            j = by_string.get(self.target_files.vocabulary.tokens[i])
            if j is not None and self.source[i] < 0 and _is_special(self.source_pieces)[j]:
                self.record(i, j, "special")

    def by(
        self,
        kind: str,
        form: Callable[[Pieces, int], Hashable | None],
        *,
        one_to_one: bool,
        only: Callable[[Pieces, int], bool] | None = None,
    ) -> None:
        """Match what is left by equal forms; of several source tokens with one form, the smallest id counts."""
        left = np.flatnonzero((self.source < 0) & _is_ordinary(self.target_pieces)).tolist()
        if only is not None:
            left = [i for i in left if only(self.target_pieces, i)]
        if not left:
            return
        table: dict[Hashable, int] = {}
        free = _is_ordinary(self.source_pieces)
        if one_to_one:
            free &= ~self.taken
        for j in np.flatnonzero(free).tolist():
            if (key := form(self.source_pieces, j)) is not None:
                table.setdefault(key, j)
        for i in left:
            key = form(self.target_pieces, i)
            if key is not None and key in table:
                self.record(i, table.pop(key) if one_to_one else table[key], kind)


def _is_special(pieces: Pieces) -> np.ndarray:
    return (pieces.role == Role.SPECIAL) | (pieces.role == Role.CONTROL)


def _is_ordinary(pieces: Pieces) -> np.ndarray:
    return (pieces.role == Role.NORMAL) | (pieces.role == Role.BYTE)


def _nfkc_form(pieces: Pieces, i: int) -> Hashable | None:
    try:
        text = pieces.bytes[i].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return unicodedata.normalize("NFKC", text), bool(pieces.word_start[i])


def _decoded_form(pieces: Pieces, i: int) -> Hashable:
    text = pieces.bytes[i].decode("utf-8", "replace")
    return (text.lstrip() if pieces.role[i] != Role.BYTE else f"<0x{pieces.bytes[i].hex()}>", bool(pieces.word_start[i]))


def _fuzzy_form(pieces: Pieces, i: int) -> Hashable | None:
    return None if pieces.role[i] == Role.BYTE else pieces.bytes[i].decode("utf-8", "replace").strip().lower()


def _is_symbol(pieces: Pieces, i: int) -> bool:
    text = pieces.bytes[i].decode("utf-8", "replace").strip().lower()
    return bool(text) and (text.isnumeric() or all(c in string.punctuation for c in text))


def unmatched_specials(target: TokenizerFiles, found: Overlap) -> Iterable[str]:
    """Special tokens of the target that no source token matches, for messages."""
    special = _is_special(Pieces.of(target.vocabulary))
    return [target.vocabulary.tokens[i] or "" for i in found.unmatched.tolist() if special[i]]
