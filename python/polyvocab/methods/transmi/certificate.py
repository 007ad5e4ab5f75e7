"""What is proven of the text that stays as it was.

Routed: text without the mark. No new token is ever matched in it: a Unigram and a WordPiece match strings, and a merge of a BPE
happens where its result stands in the text. (In bytes the mark is in UTF-8 only where it is in the text: it has two, and the
first one begins a character.) New merges rank behind all old ones, so they happen only where those have come to rest; and an
unknown character of a Unigram costs 10 more than the lowest score, which stays where no new score is below it.

Not routed: the same for text without Latin letters, because each new token has one.
"""

from __future__ import annotations

import string

import numpy as np

from ...certificate import Certificate
from ...formats.append import NewTokens

_LATIN = frozenset(string.ascii_letters)


def certify(new: NewTokens, first: int, *, mark: str | None, lowest: float | None) -> Certificate:
    """Of new tokens with the ids from `first`. `mark`: as they spell it, None where text is not routed. `lowest`: the lowest
    old score of a Unigram, else None."""
    sign = "the mark" if mark is not None else "a Latin letter"
    condition = f"each new token has {sign}: text without it is cut as before"
    violations = {}
    for i, token in enumerate(new.tokens):
        if mark not in token if mark is not None else _LATIN.isdisjoint(token):
            violations[first + i] = f"{token!r} does not have {sign}"
    if lowest is not None:
        condition += "; no new score is below the lowest old one: an unknown character costs what it did"
        for i in np.flatnonzero(new.scores < lowest).tolist():
            violations[first + i] = f"{new.tokens[i]!r} scores {new.scores[i]:.2f}, the lowest old score is {lowest:.2f}"
    return Certificate(not violations, condition, violations)
