"""What kind of thing a token is."""

from __future__ import annotations

import re
import unicodedata

from .entries import Entry

KINDS = (
    "word",
    "word start",
    "word end",
    "continuation",
    "letters",
    "mixed",
    "code-like",
    "digits",
    "punctuation",
    "symbols",
    "white space",
    "control characters",
    "single byte",
    "incomplete UTF-8",
)

# What prose seldom has beside letters: brackets and operators of programs, names in snake case and camel case, indentation.
_CODE = re.compile(r"[{}\[\]<>=;_\\|&*#@$%^~`+/]|\(\)|::|->|^\.\w|[a-z][A-Z]|[\n\t]|  ")
_WITHIN_WORDS = frozenset("'’ʼ-‐·\u200c\u200d")


class _Classes(dict[int, str]):
    """A letter for each code point: of Letters and marks, what may stand Within words, Numbers, Punctuation with the symbols of
    ASCII, other Symbols, white space (Z), and Controls with all that is not assigned."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if character in _WITHIN_WORDS or 0xFE00 <= code <= 0xFE0F:  # variation selectors stand beside emoji
            found = "W"
        elif character.isspace():
            found = "Z"
        elif category[0] in "LM":
            found = "L"
        elif category[0] == "S":
            found = "P" if code < 128 else "S"
        else:
            found = category[0]
        return self.setdefault(code, found)


_CLASSES = _Classes()


def kind_of(entry: Entry, marks: str) -> str:
    """One of `KINDS`. `marks`: how the vocabulary marks words, as `Entries.marks` has it.

    Letters with apostrophes and hyphens are words; "code-like" is a guess by what prose seldom has beside letters.
    """
    if entry.text is None:
        return "single byte" if len(entry.data) == 1 else "incomplete UTF-8"
    shape = set(entry.text.translate(_CLASSES))
    if shape <= {"Z"}:
        return "white space"
    if shape <= {"N"}:
        return "digits"
    if shape <= {"C", "Z"}:
        return "control characters"
    if shape <= {"P", "W", "Z"}:
        return "punctuation"
    if not shape & {"L", "N"}:
        return "symbols"
    if "L" in shape and _CODE.search(entry.text):
        return "code-like"
    return _word_kind(entry, marks) if "L" in shape and shape <= {"L", "W"} else "mixed"


def _word_kind(entry: Entry, marks: str) -> str:
    if entry.begins_word and entry.ends_word:
        return "word"
    if entry.begins_word:
        return "word start"
    if entry.ends_word:
        return "word end"
    return "letters" if marks == "none" else "continuation"
