"""The canonical form of a token: its bytes, its word-start mark and its role.

Every family spells the same token in its own way (`Ġder`, `▁der`, `der`); every method compares tokens, and the
comparison decides more about the result than the method does. So all methods compare the form made here.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .errors import UnsupportedComponent
from .formats.byte_alphabet import TO_LATIN_1
from .formats.tokenizer_json import BYTE_PIECE
from .formats.vocabulary import Spelling, Vocabulary


class Role(IntEnum):
    """What a token is for."""

    NORMAL = 0
    BYTE = 1  # one byte of byte fallback
    SPECIAL = 2  # text cannot produce it: <s>, [CLS], <|endoftext|>
    CONTROL = 3  # SentencePiece's control and unknown pieces
    HOLE = 4  # no token has this id


@dataclass(frozen=True)
class Piece:
    """One token. `bytes` are the UTF-8 bytes that it stands for, without the space of the word-start mark."""

    bytes: bytes
    word_start: bool
    role: Role

    @property
    def text(self) -> str | None:
        """The bytes as text with the space that the mark stands for; None where they are no whole characters."""
        try:
            return (" " if self.word_start else "") + self.bytes.decode("utf-8")
        except UnicodeDecodeError:
            return None


@dataclass(frozen=True)
class Pieces:
    """The canonical forms of a whole vocabulary, aligned with its ids.

    `spelled[i]` are the bytes of token i, with a leading space where it has the word-start mark. Without the mark no
    token begins with a space, so that equal `spelled` means equal bytes and equal mark.
    """

    spelled: list[bytes]
    role: np.ndarray  # uint8 [len], values of Role

    def __len__(self) -> int:
        return len(self.spelled)

    def __getitem__(self, i: int) -> Piece:
        data, start = _split_space(self.spelled[i])
        return Piece(data, start, Role(int(self.role[i])))

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Pieces:
        """Raises `UnsupportedComponent` for a tokenizer that does not mark where words start."""
        role = np.zeros(len(vocabulary), np.uint8)
        for ids, kind in ((vocabulary.bytes, Role.BYTE), (vocabulary.special, Role.SPECIAL)):
            role[list(ids)] = kind
        role[list(vocabulary.control)] = Role.CONTROL
        role[list(vocabulary.holes)] = Role.HOLE
        spell = _spelling_of(vocabulary)
        spelled = [b"" if token is None else spell(token) for token in vocabulary.tokens]
        for i in vocabulary.literal | vocabulary.special | vocabulary.control:
            spelled[i] = _spell_literal(vocabulary.tokens[i])
        for i in vocabulary.bytes:
            spelled[i] = _spell_byte_piece(vocabulary.tokens[i])
        return cls(spelled, role)


def stands_alone(character: str) -> bool:
    """Whether BERT's pre-tokenizer makes the character a word of its own: punctuation and CJK ideographs. Such a piece
    says nothing of a space before it, and mostly none is there."""
    code = ord(character)
    if 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126:
        return True
    is_cjk = 0x3400 <= code <= 0x4DBF or 0x4E00 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x2FA1F
    return is_cjk or unicodedata.category(character).startswith("P")


def _split_space(data: bytes) -> tuple[bytes, bool]:
    return (data[1:], True) if data.startswith(b" ") else (data, False)


def _spell_literal(token: str) -> bytes:
    return token.encode("utf-8", "surrogatepass")


def _spell_byte_level(token: str) -> bytes:
    try:
        return token.translate(TO_LATIN_1).encode("latin-1")
    except UnicodeEncodeError:  # not of the alphabet: an added token that was not declared as one
        return _spell_literal(token)


def _spell_metaspace(token: str) -> bytes:
    return token.replace("▁", " ").encode("utf-8", "surrogatepass")


def _spell_byte_piece(token: str) -> bytes:
    """<0x20> is a byte, not a word start: its space is not the mark. No text needs it, so it keeps its name."""
    byte = bytes([int(BYTE_PIECE.fullmatch(token)[1], 16)])
    return byte if byte != b" " else token.encode()


def _spelling_of(vocabulary: Vocabulary):
    match vocabulary.spelling:
        case Spelling.BYTE_LEVEL:
            return _spell_byte_level
        case Spelling.METASPACE:
            return _spell_metaspace
        case Spelling.WORDPIECE:
            prefix = vocabulary.continuing_prefix

            def spell_wordpiece(token: str) -> bytes:
                if token.startswith(prefix) and token != prefix:
                    return token[len(prefix) :].encode("utf-8", "surrogatepass")
                mark = b"" if all(map(stands_alone, token)) else b" "
                return mark + token.encode("utf-8", "surrogatepass")

            return spell_wordpiece
        case Spelling.WORDS:
            return lambda token: b" " + token.encode("utf-8", "surrogatepass")
    raise UnsupportedComponent(
        "a vocabulary without a word-start mark (neither byte-level, Metaspace nor WordPiece)",
        vocabulary.origin,
        "tokens that mark where words end, such as CLIP's </w>, have no canonical form yet",
    )
