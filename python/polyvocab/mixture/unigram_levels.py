"""How large the corpus of a Unigram was, from the levels of its scores.

A trainer scores a piece that it expects c times among N tokens with digamma(c) - digamma(N). Many rare pieces are cut in one
way only, so that their c is a whole number, and they have the same score: a level. The distances of a few levels say what the
numbers are, and these what N is. In a large corpus no piece is rare: there are no levels.
"""

from __future__ import annotations

import numpy as np

_EULER = 0.5772156649015329
_LEVELS = 8  # the lowest
_MEMBERS = 4  # pieces of a level
_WITHIN = 0.03  # of a whole number
_WIDTH = 1e-5  # of a level: scores are single precision
_MOST = 2000  # of the lowest level; beyond, levels are too close


def corpus_tokens(scores: np.ndarray) -> float | None:
    """The number of tokens, pieces as the trainer cut them, from the scores of the pieces (float64, natural logarithms).

    None where the scores have no levels: the corpus was large, or the scores are not of such a trainer.
    """
    levels = _lowest_levels(np.sort(scores))
    if len(levels) < _LEVELS:
        return None
    ratios = np.exp(levels - levels[0])
    counts = np.arange(2, _MOST)  # exp(digamma(c)) = c - 1/2, but for terms of c^-1 / 24
    found = np.outer(counts - 0.5 + 1 / (24 * counts), ratios)
    found += 0.5 - 1 / (24 * found)
    whole = np.round(found)
    fits = np.flatnonzero((np.abs(found - whole) < _WITHIN).all(axis=1) & (np.diff(whole) > 0).all(axis=1))
    if not len(fits):
        return None
    digamma = (1 / np.arange(1, counts[fits[0]])).sum() - _EULER
    return float(np.exp(digamma - levels[0]) + 0.5)


def _lowest_levels(rising: np.ndarray) -> np.ndarray:
    """The middles of the first levels."""
    ends = np.flatnonzero(np.diff(rising, append=np.inf) > _WIDTH) + 1
    begins = np.concatenate([[0], ends[:-1]])
    large = ends - begins >= _MEMBERS
    found = [float(np.median(rising[b:e])) for b, e in zip(begins[large], ends[large], strict=True)]
    return np.array(found[:_LEVELS])
