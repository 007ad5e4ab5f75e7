"""How large the corpus of a Unigram was, from its rarest pieces.

A trainer scores a piece that it expects c times among N tokens with digamma(c) - digamma(N), so that its probability is
(c - 1/2) / (N - 1/2), but for terms of 1 / c^2. Many rare pieces are cut in one way only, and c is a whole number. So N is
where the probabilities of the rarest pieces times N - 1/2 lie half way between whole numbers: a line in their spectrum. In a
large corpus no piece is rare enough, and there is no line.
"""

from __future__ import annotations

import numpy as np

_PIECES = 1000  # at most
_RARE = 4.0  # times as probable as the rarest piece, in a small corpus
_RAREST = 500  # pieces, in a larger one
_NUMBERS = 4  # whole numbers that the pieces must spread over: closer ones are on a line by chance
_LARGEST = 2000  # expected tokens of the rarest piece, up to which lines are looked for
_STEPS = 16  # for each whole number that the least rare of the pieces passes through
_LINE = 0.35  # the mean of -cos(2 pi p N) over the pieces; by chance it stays below 0.2
_FIRST = 0.8  # of the highest line: three times N gives a line as well


def corpus_tokens(scores: np.ndarray) -> float | None:
    """The number of tokens, pieces as the trainer cut them, from the scores of its pieces (float64, natural logarithms).

    None where there is no line: the corpus was large, or the scores are not of such a trainer.
    """
    rising = np.exp(np.sort(scores))
    if len(rising) < _RAREST:
        return None
    rare = rising[rising <= _RARE * rising[0]]
    found = _line(rare[:: -(-len(rare) // _PIECES)]) if len(rare) >= _RAREST else None
    return _line(rising[:_RAREST]) if found is None else found


def _line(probability: np.ndarray) -> float | None:
    """`probability` rises."""
    spread = probability[-1] - probability[0]
    last = _LARGEST / probability[0]
    if spread * last <= _NUMBERS:
        return None
    sizes = np.arange(_NUMBERS / spread, last, 1 / (probability[-1] * _STEPS))
    heights = np.concatenate([_heights(probability, part) for part in np.array_split(sizes, len(sizes) // 1000 + 1)])
    if heights.max() < _LINE:
        return None
    first = sizes[np.argmax(heights >= max(_FIRST * heights.max(), _LINE))]
    near = first + np.linspace(-2, 2, 401) / (probability[-1] * _STEPS)
    return float(near[_heights(probability, near).argmax()] + 0.5)


def _heights(probability: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    return -np.cos(2 * np.pi * np.outer(sizes, probability)).mean(axis=1)
