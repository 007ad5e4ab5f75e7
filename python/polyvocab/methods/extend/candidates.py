"""Which pieces of another tokenizer are new, spelled as the first one spells its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...formats.byte_alphabet import spelled as in_alphabet
from ...formats.directory import TokenizerFiles
from ...formats.vocabulary import Spelling, Vocabulary
from ...pieces import Piece, Pieces, Role, stands_alone
from ...tokenizer import Tokenizer

_BEFORE = ("", "a", "1", ".")  # what may stand before a piece, so that the pre-tokenizer leaves it whole


@dataclass(frozen=True)
class Candidates:
    """`tokens`: new strings, in the order of the other tokenizer's ids `ids`. `shared`: (id, id in the other tokenizer) of the
    ordinary pieces that both have. `left_out`: why and how many pieces of the other one are no candidates."""

    tokens: list[str]
    ids: list[int]
    shared: np.ndarray  # int64 [pairs, 2]
    left_out: dict[str, int]


def candidates(source: TokenizerFiles, other: TokenizerFiles) -> Candidates:
    """Ordinary pieces of `other` whose bytes and word-start mark `source` does not have. Left out are those that its spelling
    cannot write (parts of characters, where tokens are characters), and those that its normalizer and pre-tokenizer never
    leave whole. Raises `UnsupportedComponent` for a tokenizer that does not mark where words start."""
    mine, theirs = Pieces.of(source.vocabulary), Pieces.of(other.vocabulary)
    own = {spelled: i for i, spelled in reversed(list(enumerate(mine.spelled))) if mine.role[i] != Role.HOLE}
    unknown = source.vocabulary.unknown, other.vocabulary.unknown
    tokenizer = Tokenizer(source)
    found, shared, left_out = {}, [], {"not to be spelled": 0, "never whole": 0}
    for i in np.flatnonzero(theirs.role == Role.NORMAL).tolist():
        if i == unknown[1]:
            continue
        if (j := own.get(theirs.spelled[i])) is not None:
            if mine.role[j] == Role.NORMAL and j != unknown[0]:
                shared.append((j, i))
            continue
        piece = theirs[i]
        token = spell(piece, source.vocabulary)
        if token is None:
            left_out["not to be spelled"] += 1
        elif token in source.vocabulary.ids or token in found:
            continue
        elif not _is_whole(piece, tokenizer, source.vocabulary.spelling):
            left_out["never whole"] += 1
        else:
            found[token] = i
    pairs = np.array(shared, np.int64).reshape(-1, 2)
    return Candidates(list(found), list(found.values()), pairs, {why: n for why, n in left_out.items() if n})


def spell(piece: Piece, vocabulary: Vocabulary) -> str | None:
    """The string of a piece in a vocabulary; None where it has none."""
    if vocabulary.spelling is Spelling.BYTE_LEVEL:
        return in_alphabet((b" " if piece.word_start else b"") + piece.bytes)
    text = piece.text
    if not text or not text.strip():
        return None
    body = text[1:] if piece.word_start else text
    match vocabulary.spelling:
        case Spelling.METASPACE:
            return text.replace(" ", "▁")
        case Spelling.WORDPIECE:
            return body if piece.word_start or all(map(stands_alone, body)) else vocabulary.continuing_prefix + body
        case _:
            return body


def _is_whole(piece: Piece, tokenizer: Tokenizer, spelling: Spelling) -> bool:
    """Whether a word of some text has the piece in it. Parts of characters may be anywhere."""
    text = piece.text
    if text is None:
        return True
    if spelling is Spelling.BYTE_LEVEL:
        wanted = text.encode("utf-8")
    elif spelling is Spelling.METASPACE:
        wanted = text.replace(" ", "▁").encode("utf-8")
    else:
        wanted = piece.bytes
    for before in _BEFORE:
        for word in tokenizer.words(before + text):
            if _holds(word, wanted, piece, spelling):
                return True
    return False


def _holds(word: bytes, wanted: bytes, piece: Piece, spelling: Spelling) -> bool:
    match spelling:
        case Spelling.WORDS:
            return word == wanted
        case Spelling.WORDPIECE if piece.word_start or all(map(stands_alone, wanted.decode("utf-8"))):
            return word.startswith(wanted)
        case Spelling.WORDPIECE:
            return wanted in word[1:]
    return wanted in word
