"""Formats without a list of merges: two neighbours merge wherever their concatenation is a token, in one order of tokens."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...errors import FormatError
from .placed import Placed


def require_every_pair(placed: Placed, where: object) -> None:
    """Raises `FormatError` where a file without merges would merge other tokens than the new merges beside it do: each pair of
    tokens that makes a new one must be among them, those of a smaller id first, and no new token may be part of an old one."""
    old, new = {t for i, t in enumerate(placed.old.tokens) if i in placed.in_model}, {*placed.new.tokens}
    tokens = old | new
    for token in old:
        if pair := next((pair for pair in _pairs(token) if not new.isdisjoint(pair) and tokens.issuperset(pair)), None):
            raise FormatError(
                where, f"would merge {pair[0]!r} and {pair[1]!r} to the old token {token!r}, as early as it is made"
            )
    given, rank = set(placed.new.merges), -1
    for left, right in placed.new.merges:
        made = left + right
        if made not in placed.ids:
            raise FormatError(where, f"does not merge {left!r} and {right!r}, as the new merges do")
        if placed.ids[made] < rank:
            raise FormatError(where, f"merges in the order of ids; the new merges make {made!r} after a token with a larger id")
        rank = placed.ids[made]
    for token in placed.new.tokens:
        for pair in _pairs(token):
            if pair not in given and tokens.issuperset(pair):
                raise FormatError(where, f"would merge {pair[0]!r} and {pair[1]!r}, which the new merges do not: add the merge")


def scores_of(placed: Placed, lowest: float) -> np.ndarray:
    """Scores, float64 [new tokens], below `lowest`, falling with the ids, and different as float32."""
    return lowest - max(1.0, 2 * float(np.spacing(np.float32(abs(lowest))))) * (1.0 + np.arange(len(placed.new.tokens)))


def _pairs(token: str) -> Iterator[tuple[str, str]]:
    return ((token[:at], token[at:]) for at in range(1, len(token)))
