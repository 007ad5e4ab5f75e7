"""The entries of a vocabulary as text, whatever way the family spells them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from ..formats.byte_alphabet import TO_LATIN_1
from ..formats.components import spelling
from ..formats.definition import Bpe, Ranks, SentencePieces, TokenizerDefinition, Unigram, WordPiece, fallback_bytes
from ..formats.sentencepiece import PieceType
from ..formats.vocabulary import Spelling
from ..pieces import stands_alone


class Role(IntEnum):
    """What an entry is for."""

    HOLE = 0  # no token has this id
    TEXT = 1  # a part of text
    BYTE = 2  # one byte of byte fallback
    SPECIAL = 3  # text cannot produce it: <s>, [CLS], the unknown token
    ADDED = 4  # matched in text before the model sees it: an added token that is not special, a user-defined piece
    RESERVED = 5  # [unused7], <|reserved_special_token_3|>, SentencePiece's unused pieces: nothing uses it yet


class Entry(NamedTuple):
    """One entry of role TEXT as text without its word marks; None where its bytes are no whole characters."""

    text: str | None
    data: bytes
    begins_word: bool = False  # it has the mark of a word's beginning
    ends_word: bool = False  # it has the mark of a word's end


@dataclass(frozen=True, eq=False)
class Entries:
    """All entries by id."""

    roles: np.ndarray  # uint8 [token count], values of Role
    texts: dict[int, Entry]  # those of role TEXT, by rising id
    marks: str  # "start", "end", or "none" where the vocabulary does not mark words

    @classmethod
    def of(cls, definition: TokenizerDefinition) -> Entries:
        """The entries of a tokenizer of any family."""
        model = definition.model
        roles = np.full(definition.token_count, Role.HOLE, np.uint8)
        roles[model.ids] = Role.TEXT
        for ids, role in _roles(definition):
            roles[np.fromiter(ids, np.int64)] = role
        read, marks = _reader(definition)
        is_text = (roles == Role.TEXT)[model.ids].tolist()
        texts: dict[int, Entry] = {}
        for i, token, is_part in zip(model.ids.tolist(), model.tokens, is_text, strict=True):
            if is_part and _RESERVED.fullmatch(token):
                roles[i] = Role.RESERVED
            elif is_part:
                texts[i] = read(token)
        return cls(roles, dict(sorted(texts.items())), marks)


_RESERVED = re.compile(rb"\[unused\d+\]|<unused\d+>|<\|?reserved\w*\|?>")


def _roles(definition: TokenizerDefinition) -> Iterable[tuple[Iterable[int], Role]]:
    """(ids, role) of what is no part of text; a later role counts."""
    model = definition.model
    if isinstance(model, SentencePieces):
        for kind, role in _PIECE_ROLES.items():
            yield model.ids[model.types == kind].tolist(), role
    elif isinstance(model, Bpe | Unigram):
        yield model.ids[fallback_bytes(model)].tolist(), Role.BYTE
    if not isinstance(model, Ranks) and model.unk_id is not None:
        yield [model.unk_id], Role.SPECIAL
    for token in definition.added_tokens:
        is_reserved = _RESERVED.fullmatch(token.content.encode("utf-8"))
        yield [token.id], Role.RESERVED if is_reserved else Role.SPECIAL if token.special else Role.ADDED


_PIECE_ROLES = {
    PieceType.UNKNOWN: Role.SPECIAL,
    PieceType.CONTROL: Role.SPECIAL,
    PieceType.USER_DEFINED: Role.ADDED,
    PieceType.UNUSED: Role.RESERVED,
    PieceType.BYTE: Role.BYTE,
}


def _reader(definition: TokenizerDefinition) -> tuple[Callable[[bytes], Entry], str]:
    """What reads a token's string, and how words are marked."""
    model = definition.model
    if isinstance(model, Ranks):
        return _of_bytes, "start"
    if isinstance(model, SentencePieces):
        suffix = model.treat_whitespace_as_suffix
        return (_metaspace_behind if suffix else _metaspace), "end" if suffix else "start"
    prefix = model.continuing_subword_prefix if isinstance(model, Bpe | WordPiece) else None
    suffix = model.end_of_word_suffix if isinstance(model, Bpe) else None
    spelled = spelling((definition.normalizer, definition.pre_tokenizer, definition.decoder), model.kind, prefix, suffix)
    if suffix:
        is_byte_level = spelling((definition.pre_tokenizer, definition.decoder), "bpe", None, None) == Spelling.BYTE_LEVEL
        return _with_suffix(suffix, is_byte_level), "end"
    match spelled:
        case Spelling.BYTE_LEVEL:
            return _byte_level, "start"
        case Spelling.METASPACE:
            return _metaspace, "start"
        case Spelling.WORDPIECE:
            return _with_prefix(prefix or ""), "start"
        case Spelling.WORDS:
            return lambda token: _of_text(token, begins_word=True, ends_word=True), "start"
    return _of_text, "none"


def _of_text(data: bytes, **marks: bool) -> Entry:
    try:
        return Entry(data.decode("utf-8"), data, **marks)
    except UnicodeDecodeError:
        return Entry(None, data, **marks)


def _of_bytes(data: bytes) -> Entry:
    """One space before something else than white space is the mark of a word's beginning; other white space is text."""
    if len(data) > 1 and data[:1] == b" " and data[1:2] not in b" \t\n\r":
        return _of_text(data[1:], begins_word=True)
    return _of_text(data)


def _byte_level(token: bytes) -> Entry:
    return _of_bytes(_alphabet_bytes(token))


def _alphabet_bytes(token: bytes) -> bytes:
    try:
        return token.decode("utf-8").translate(TO_LATIN_1).encode("latin-1")
    except UnicodeEncodeError:  # not of the alphabet: it spells itself
        return token


def _metaspace(token: bytes) -> Entry:
    return _of_bytes(token.replace("▁".encode(), b" "))


def _metaspace_behind(token: bytes) -> Entry:
    data = token.replace("▁".encode(), b" ")
    if len(data) > 1 and data[-1:] == b" " and data[-2:-1] not in b" \t\n\r":
        return _of_text(data[:-1], ends_word=True)
    return _of_text(data)


def _with_prefix(prefix: str) -> Callable[[bytes], Entry]:
    mark = prefix.encode("utf-8")

    def read(token: bytes) -> Entry:
        if mark and token.startswith(mark) and token != mark:
            return _of_text(token[len(mark) :])
        entry = _of_text(token)
        alone = entry.text is not None and all(map(stands_alone, entry.text))
        return Entry(entry.text, token, begins_word=True, ends_word=alone)

    return read


def _with_suffix(suffix: str, is_byte_level: bool) -> Callable[[bytes], Entry]:
    mark = suffix.encode("utf-8")

    def read(token: bytes) -> Entry:
        ends = token.endswith(mark) and token != mark
        data = token[: -len(mark)] if ends else token
        return _of_text(_alphabet_bytes(data) if is_byte_level else data, ends_word=ends)

    return read
