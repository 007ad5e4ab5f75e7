"""The mark of routed text: a letter that nobody writes, put before each letter that the romanizer made.

New tokens that need the mark match no other text. Each candidate is a modifier letter (Lm), so that pre-tokenizers keep it with
the letters around it, and has two bytes: in a byte-level vocabulary these two meet in this character alone, whereas the first
two bytes of three may be those of other characters.
"""

from __future__ import annotations

import string
import unicodedata

import numpy as np

from ...errors import PolyvocabError
from ...formats import byte_alphabet
from ...formats.directory import TokenizerFiles
from ...formats.vocabulary import Spelling
from ...tokenizer import Tokenizer
from .reached import alone, words
from .survive import survive

# Low acute and grave accent, low macron, voicing, half triangular colon, Armenian half ring, small turned r with hook, NKo
# lajanyalan.
CANDIDATES = "\u02cf\u02ce\u02cd\u02ec\u02d1\u0559\u02b5\u07fa"


def choose_mark(source: TokenizerFiles, mark: str | None = None, *, model: Tokenizer | None = None) -> str:
    """The first candidate that no token of the source has, that its normalizer leaves as it is beside letters, and that its
    pre-tokenizer keeps with them; or `mark` where that is given and does. In a byte-level BPE one whose bytes no merge joins
    with a space or a letter goes before others: there marked words are merged as words without marks are. Raises
    `PolyvocabError` with what is wrong of each. `model`: the source's, alone, where that is there already.
    """
    problems = {candidate: _problem(source, candidate) for candidate in (CANDIDATES if mark is None else [mark])}
    possible = [candidate for candidate, problem in problems.items() if problem is None]
    if not possible:
        listed = (f"{c!r} ({' '.join(f'U+{ord(x):04X}' for x in c)}) {problem}" for c, problem in problems.items())
        raise PolyvocabError(f"{source.where}: no mark for routed text: {'; '.join(listed)}")
    return [*_free(source, possible, model), possible[0]][0]


def _free(source: TokenizerFiles, marks: list[str], model: Tokenizer | None) -> list[str]:
    """Those whose bytes no merge joins with a space or a Latin letter."""
    if source.vocabulary.spelling is not Spelling.BYTE_LEVEL or len(marks) == 1:
        return marks
    texts = [" " + "".join(mark + c for c in string.ascii_letters) for mark in marks]
    _, offsets = words(model or alone(source.definition), texts)
    return [m for m, text, ids in zip(marks, texts, np.diff(offsets), strict=True) if ids == len(text.encode("utf-8"))]


def spelled_mark(mark: str, spelling: Spelling) -> str:
    """The mark as tokens of the vocabulary spell it."""
    return byte_alphabet.spelled(mark.encode("utf-8")) if spelling is Spelling.BYTE_LEVEL else mark


def _problem(source: TokenizerFiles, mark: str) -> str | None:
    if len(mark) != 1 or unicodedata.category(mark) != "Lm" or len(mark.encode("utf-8")) != 2:
        return "is no single modifier letter (Lm) of two bytes"
    written = spelled_mark(mark, source.vocabulary.spelling)
    for token in source.vocabulary.tokens:
        if token is not None and (written in token or mark in token):
            return f"is in the token {token!r}"
    letters = string.ascii_lowercase
    marked = ["".join(mark + c for c in letters), "".join(mark + c for c in letters.capitalize()), f"a{mark}b{mark}cd"]
    kept = survive(source.definition, marked, [True] * len(marked), source.vocabulary.spelling)
    if not kept.all():
        return "is changed by the normalizer, or cut off from letters by the pre-tokenizer"
    return None
