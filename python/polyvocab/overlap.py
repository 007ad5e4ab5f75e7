"""Which tokens of a target vocabulary also stand in a source vocabulary, and at which id.

Matches are tried in the order of `Overlap.kinds`; a token keeps the first that it finds.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable, Hashable
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
        match.by("symbol", _fuzzy_form, only=_is_symbol)
    if canonical == "bytes":
        match.exact()
        match.nfkc()
    else:
        match.by("exact", _decoded_form)
    if fuzzy:
        match.by("fuzzy", _fuzzy_form)
    return Overlap(np.array(match.source, np.int64), np.array(match.kind, np.uint8))


class _Matcher:
    """The state of one matching: what is found so far, and which source tokens are free."""

    def __init__(self, source: TokenizerFiles, target: TokenizerFiles) -> None:
        self.source_files, self.target_files = source, target
        self.source_pieces = Pieces.of(source.vocabulary)
        self.target_pieces = Pieces.of(target.vocabulary)
        self.source = [-1] * len(target.vocabulary)
        self.kind = bytearray(len(target.vocabulary))
        self.taken: set[int] = set()

    def record(self, target: int, source: int, kind: int) -> None:
        self.source[target] = source
        self.kind[target] = kind
        self.taken.add(source)

    def left(self, role: Role | None = None) -> list[int]:
        """Ordinary target tokens that nothing has matched, ascending."""
        return [i for i in _ordinary(self.target_pieces, role) if self.source[i] < 0]

    def free(self, role: Role | None = None) -> list[int]:
        """Ordinary source tokens that nothing has taken, ascending."""
        return [j for j in _ordinary(self.source_pieces, role) if j not in self.taken]

    def specials(self) -> None:
        role, special = Overlap.kinds.index("role"), Overlap.kinds.index("special")
        for name, i in self.target_files.role_ids.items():
            j = self.source_files.role_ids.get(name)
            if j is not None and self.source[i] < 0:
                self.record(i, j, role)
        source_special = _is_special(self.source_pieces)
        for i in np.flatnonzero(_is_special(self.target_pieces)).tolist():
            j = self.source_files.vocabulary.ids.get(self.target_files.vocabulary.tokens[i])
            if j is not None and self.source[i] < 0 and source_special[j]:
                self.record(i, j, special)

    def exact(self) -> None:
        """Equal bytes and mark, one-to-one. A byte of byte fallback meets its like first: <0x41> is not how Llama
        writes A."""
        kind = Overlap.kinds.index("exact")
        rounds = ((Role.NORMAL, Role.NORMAL), (Role.BYTE, Role.BYTE), (Role.BYTE, Role.NORMAL), (Role.NORMAL, Role.BYTE))
        for source_role, target_role in rounds:
            left = self.left(target_role)
            table = self._table(self.free(source_role)) if left else {}
            for i in left if table else ():
                j = table.pop(self.target_pieces.spelled[i], None)
                if j is not None:
                    self.record(i, j, kind)

    def nfkc(self) -> None:
        """Equal NFKC forms of what is left, one-to-one. Two tokens that are both in NFKC were compared by `exact`: only a
        token that normalizing changes can find a new partner, so most forms are never computed."""
        kind = Overlap.kinds.index("nfkc")
        free = self.free()
        unchanged = self._table(free)
        changed: dict[bytes, int] = {}
        for j in free:
            spelled = self.source_pieces.spelled[j]
            if (form := _nfkc(spelled)) is not spelled:
                changed.setdefault(form, j)
                unchanged.pop(spelled, None)
        for i in self.left():
            form = _nfkc(self.target_pieces.spelled[i])
            candidates = [table[form] for table in (unchanged, changed) if form in table]
            if candidates:
                j = min(candidates)
                (unchanged if unchanged.get(form) == j else changed).pop(form)
                self.record(i, j, kind)

    def _table(self, ids: list[int]) -> dict[bytes, int]:
        """Spelled bytes to id; of several with the same bytes the smallest."""
        spelled = self.source_pieces.spelled
        return {spelled[j]: j for j in reversed(ids)}

    def by(
        self,
        kind: str,
        form: Callable[[Pieces, int], Hashable | None],
        only: Callable[[Pieces, int], bool] | None = None,
    ) -> None:
        """Match what is left by equal forms, many-to-one; of several source tokens with one form the smallest counts."""
        left = [i for i in self.left() if only is None or only(self.target_pieces, i)]
        table: dict[Hashable, int] = {}
        for j in _ordinary(self.source_pieces) if left else ():
            if (key := form(self.source_pieces, j)) is not None:
                table.setdefault(key, j)
        for i in left:
            key = form(self.target_pieces, i)
            if key is not None and key in table:
                self.record(i, table[key], Overlap.kinds.index(kind))


def _is_special(pieces: Pieces) -> np.ndarray:
    return (pieces.role == Role.SPECIAL) | (pieces.role == Role.CONTROL)


def _ordinary(pieces: Pieces, role: Role | None = None) -> list[int]:
    """The ids of tokens that text produces, or of those with one role."""
    wanted = (pieces.role == Role.NORMAL) | (pieces.role == Role.BYTE) if role is None else pieces.role == role
    return np.flatnonzero(wanted).tolist()


def _nfkc(spelled: bytes) -> bytes:
    """The NFKC form of a token's bytes; the same object where normalizing changes nothing."""
    if spelled.isascii():
        return spelled
    try:
        text = spelled.decode("utf-8")
    except UnicodeDecodeError:
        return spelled
    if unicodedata.is_normalized("NFKC", text):
        return spelled
    if text.startswith(" "):
        return b" " + unicodedata.normalize("NFKC", text[1:]).encode("utf-8")
    form = unicodedata.normalize("NFKC", text).encode("utf-8")
    # Some characters (a spacing accent) normalize to a space and a mark: that space is no word start.
    return form if not form.startswith(b" ") else b"\xff" + form


def _decoded_form(pieces: Pieces, i: int) -> Hashable:
    piece = pieces[i]
    text = piece.bytes.decode("utf-8", "replace").lstrip()
    return (f"<0x{piece.bytes.hex()}>" if piece.role is Role.BYTE else text), piece.word_start


def _fuzzy_form(pieces: Pieces, i: int) -> Hashable | None:
    return None if pieces.role[i] == Role.BYTE else pieces.spelled[i].decode("utf-8", "replace").strip().lower()


def _is_symbol(pieces: Pieces, i: int) -> bool:
    text = pieces.spelled[i].decode("utf-8", "replace").strip().lower()
    return bool(text) and (text.isnumeric() or all(c in string.punctuation for c in text))
