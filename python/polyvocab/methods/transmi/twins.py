"""Marked tokens that no token's romanization gives, but that marked text is made of."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

import numpy as np

from ...formats.directory import TokenizerFiles
from ...formats.vocabulary import Spelling, Vocabulary
from ...pieces import Pieces, Role
from ...tokenizer import Tokenizer
from .family import is_bpe, spell, token_bytes
from .reached import words

_LETTER = re.compile("[A-Za-z]")
_WORD = re.compile(rb" ?[-']?([A-Za-z][a-z]*|[A-Z]+)")


def with_marks(text: str, mark: str) -> str:
    """The mark before each Latin letter of a text, or of a token, both as the vocabulary spells them."""
    return _LETTER.sub(lambda letter: mark + letter[0], text)


def latin_twins(source: TokenizerFiles, model: Tokenizer, mark: str, letters: int | None) -> dict[str, int]:
    """Marked twin of each token that is a Latin word or part of one (perhaps behind a hyphen or an apostrophe),
    of up to so many letters: its string to the id of that token,
    whose row it copies. `model`: the source's, alone. `mark`: as the vocabulary spells it.

    Text that comes to be marked is cut into Latin tokens where it is not marked; with all of their twins it is cut alike. In a
    BPE the token must be one that its own symbols become: the twin of another would not be reached either.
    """
    vocabulary = source.vocabulary
    found = _latin(vocabulary, letters)
    if is_bpe(source.definition) and found:
        is_bytes = vocabulary.spelling is Spelling.BYTE_LEVEL
        texts = [token_bytes(token).decode("utf-8") if is_bytes else token for token in (vocabulary.tokens[i] for i in found)]
        ids, offsets = words(model, texts)
        single = np.diff(offsets) == 1
        found = [i for i, alone in zip(found, single.tolist(), strict=True) if alone]
    return {with_marks(vocabulary.tokens[i], mark): i for i in found}


def _latin(vocabulary: Vocabulary, letters: int | None) -> list[int]:
    pieces = Pieces.of(vocabulary)
    ordinary = pieces.role == Role.NORMAL
    ordinary[list(vocabulary.literal | vocabulary.unused)] = False
    found = []
    for i in np.flatnonzero(ordinary).tolist():
        word = _WORD.fullmatch(pieces.spelled[i])
        if word is not None and (letters is None or len(word[1]) <= letters):
            found.append(i)
    return found


def letter_rows(source: TokenizerFiles, model: Tokenizer, mark: str, romanizations: Iterable[str]) -> dict[str, list[int]]:
    """New token to the source ids whose rows it is the mean of: the mark, and each marked letter of `romanizations` and of
    ASCII, so that no marked text is unknown.

    The row of a letter is its own; of what is no token, what the source makes of it (bytes, or the unknown token). Where the
    source makes nothing of it there is no such token. In a WordPiece each comes at the start of a word and behind it.
    """
    letters = {*string.ascii_letters, *re.findall(f"{re.escape(mark)}(.)", " ".join(romanizations))}
    forms = (True, False) if source.vocabulary.spelling is Spelling.WORDPIECE else (False,)
    rows = {}
    for starts in forms:
        for letter in ["", *sorted(letters)]:
            own = _own(source, model, letter or mark, starts)
            if own:
                rows[spell(mark + letter, starts, source.vocabulary)] = own
    return rows


def _own(source: TokenizerFiles, alone: Tokenizer, text: str, starts: bool) -> list[int]:
    vocabulary, model = source.vocabulary, source.definition.model
    if (found := vocabulary.ids.get(spell(text, starts, vocabulary))) is not None:
        return [found]
    knows_bytes = vocabulary.spelling is Spelling.BYTE_LEVEL or getattr(model, "byte_fallback", False)
    if not knows_bytes:
        return [] if vocabulary.unknown is None else [vocabulary.unknown]
    return words(alone, [text])[0].tolist()
