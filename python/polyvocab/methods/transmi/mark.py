"""The mark of routed text: a letter that nobody writes, put before each letter that the romanizer made.

New tokens that need the mark match no other text. Each candidate is a modifier letter (Lm), so that pre-tokenizers keep it with
the letters around it, and has two bytes: in a byte-level vocabulary these two meet in this character alone, whereas the first
two bytes of three may be those of other characters.
"""

from __future__ import annotations

import string
import unicodedata

from ...errors import PolyvocabError
from ...formats import byte_alphabet
from ...formats.directory import TokenizerFiles
from ...formats.vocabulary import Spelling
from .reached import words
from .survive import survive

# Low acute and grave accent, low macron, voicing, half triangular colon, Armenian half ring, small turned r with hook, NKo
# lajanyalan.
CANDIDATES = "\u02cf\u02ce\u02cd\u02ec\u02d1\u0559\u02b5\u07fa"


def choose_mark(source: TokenizerFiles, mark: str | None = None) -> str:
    """The first candidate that no token of the source has, that its normalizer leaves as it is beside letters, and that its
    pre-tokenizer keeps with them; or `mark` where that is given and does. In a byte-level BPE one whose bytes no merge joins
    with a space or a letter goes before others: there marked words are merged as words without marks are. Raises
    `PolyvocabError` with what is wrong of each.
    """
    wrong, possible = {}, []
    for candidate in CANDIDATES if mark is None else [mark]:
        problem = _problem(source, candidate)
        if problem is not None:
            wrong[candidate] = problem
        elif mark is not None or _stands_free(source, candidate):
            return candidate
        else:
            possible.append(candidate)
    if possible:
        return possible[0]
    listed = "; ".join(f"{c!r} ({' '.join(f'U+{ord(x):04X}' for x in c)}) {problem}" for c, problem in wrong.items())
    raise PolyvocabError(f"{source.where}: no mark for routed text: {listed}")


def _stands_free(source: TokenizerFiles, mark: str) -> bool:
    if source.vocabulary.spelling is not Spelling.BYTE_LEVEL:
        return True
    text = " " + "".join(mark + c for c in string.ascii_letters)
    return len(words(source.definition, [text])[0]) == len(text.encode("utf-8"))


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
