"""What a Unigram expects, by all segmentations of a word one after the other."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator


def segmentations(word: str, scores: dict[str, float], unknown: float) -> Iterator[tuple[tuple[str | None, ...], float]]:
    """(pieces, log probability) of each; None is an unknown character, which is one that is no piece by itself."""
    if not word:
        yield (), 0.0
    for end in range(1, len(word) + 1):
        piece = word[:end]
        if piece in scores:
            step = (piece, scores[piece])
        elif end == 1:
            step = (None, unknown)
        else:
            continue
        for rest, total in segmentations(word[end:], scores, unknown):
            yield (step[0], *rest), step[1] + total


def expected(word: str, scores: dict[str, float], unknown: float) -> dict[str | None, float]:
    """How often each piece is expected in the word."""
    every = list(segmentations(word, scores, unknown))
    largest = max(total for _, total in every)
    weight = math.fsum(math.exp(total - largest) for _, total in every)
    found: dict[str | None, float] = defaultdict(float)
    for pieces, total in every:
        for piece in pieces:
            found[piece] += math.exp(total - largest) / weight
    return found
