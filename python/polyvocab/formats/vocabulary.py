"""What every vocabulary format has in common: tokens by id, how their strings spell bytes, and which are special."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from ..errors import FormatError


class Spelling(Enum):
    """How a token's string stands for the bytes of a text."""

    BYTE_LEVEL = "byte_level"  # GPT-2: each byte is one printable character, a space is Ġ
    METASPACE = "metaspace"  # SentencePiece: a space is ▁, a lone byte is <0xNN>
    WORDPIECE = "wordpiece"  # BERT: a prefix (##) marks pieces that continue a word
    WORDS = "words"  # whole words, no mark
    UNKNOWN = "unknown"  # no mark was found: the canonical form of a token is not defined


@dataclass(frozen=True)
class Vocabulary:
    """An immutable vocabulary.

    `tokens[i]` is the token with id i, None where no token has that id (a hole).
    `special` are ids that text cannot produce and decoding may skip; `control` are SentencePiece's control and unknown
    pieces; `literal` are added tokens, whose strings spell themselves in any spelling; `bytes` are single-byte pieces.
    """

    tokens: tuple[str | None, ...]
    model: str  # "bpe", "unigram", "wordpiece" or "wordlevel"
    spelling: Spelling
    special: frozenset[int] = frozenset()
    control: frozenset[int] = frozenset()
    literal: frozenset[int] = frozenset()
    bytes: frozenset[int] = frozenset()
    unused: frozenset[int] = frozenset()
    unknown: int | None = None  # the id of the unknown token
    continuing_prefix: str = "##"
    origin: str = field(default="", compare=False)  # the file that it was read from

    def __len__(self) -> int:
        """The token count: the largest id + 1."""
        return len(self.tokens)

    @property
    def holes(self) -> tuple[int, ...]:
        """The ids below the token count that no token has."""
        return tuple(i for i, token in enumerate(self.tokens) if token is None)

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """Token to id; where two ids share a string, the smaller one."""
        table = dict(zip(self.tokens, range(len(self.tokens)), strict=True))
        if len(table) == len(self.tokens) and None not in table:  # as nearly always
            return table
        table.clear()
        for i, token in enumerate(self.tokens):
            if token is not None:
                table.setdefault(token, i)
        return table

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over all (id, token, special) in order: two vocabularies with equal fingerprints have equal ids."""
        texts = [b"\xff" if token is None else token.encode("utf-8", "surrogatepass") for token in self.tokens]
        marks = [b"S" if i in self.special else b"-" for i in range(len(texts))]
        parts = [len(text).to_bytes(4, "little") + text + mark for text, mark in zip(texts, marks, strict=True)]
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def require_same(self, tokens: list[str], ids: Iterable[int], where: object) -> None:
        """Raises `FormatError` where a file gives these ids to other tokens: then it is not of this vocabulary."""
        known, ids = self.tokens, list(ids)
        found = [known[i] if i < len(known) else None for i in ids]
        if found != tokens:
            token, old, other = next(entry for entry in zip(tokens, ids, found, strict=True) if entry[0] != entry[2])
            raise FormatError(
                where,
                f"gives the id {old} to {token!r}, {self.origin or 'the tokenizer'} to {other!r}: remove what is stale, or "
                "save the tokenizer anew with transformers, which makes a tokenizer.json",
            )
