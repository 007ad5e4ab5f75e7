"""Scores of new pieces on the scale of the Unigram that they join."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ...errors import PolyvocabError
from ...formats.append import rounded
from ...formats.definition import SentencePieces, Unigram
from ...formats.directory import TokenizerFiles
from .candidates import Candidates

Scores = Literal["calibrated", "own"]


def scores_for(source: TokenizerFiles, other: TokenizerFiles, found: Candidates, how: Scores) -> np.ndarray:
    """float64 [candidates]. `"own"`: as the other Unigram has them, as Glot500 was made. `"calibrated"`: shifted by the mean of
    (score in the source - score in the other) over the pieces that both have, weighted by their probability in the other.

    Scores are log probabilities, and a model of a hundred languages gives each of them a small share of its mass. The pieces
    of a language thus score lower in it than in a model of that language alone, by about the logarithm of the share; unshifted,
    new pieces would beat old ones that are as frequent. The weights make it the mean over a text of the other's kind.

    A tokenizer without scores has its pieces in the order of their frequency: there the score is a line in the logarithm of
    the rank (Zipf's law), fitted to the pieces that both have. No score is below the lowest one of the source: by that one
    unknown characters are scored.
    """
    model = source.definition.model
    lowest = float(model.scores.min())
    if not found.tokens:
        return np.zeros(0)
    has_scores = isinstance(other.definition.model, Unigram | SentencePieces)
    if how == "own" and not has_scores:
        raise PolyvocabError(
            f"{other.where}: a {other.definition.model.kind} has no scores of its own: use scores='calibrated'"
        )
    if how == "own":
        made = _of_ids(other)[found.ids]
    else:
        if len(found.shared) < 2:
            raise PolyvocabError(
                f"{source.where} and {other.where} share {len(found.shared)} pieces: too few to bring scores to one scale; use "
                "scores='own'"
            )
        mine = _of_ids(source)[found.shared[:, 0]]
        made = _shifted(other, found, mine) if has_scores else _by_rank(found, mine)
    return rounded(np.maximum(made, lowest).tolist())


def _of_ids(files: TokenizerFiles) -> np.ndarray:
    """The score of each id, float64; 0 where no piece has it."""
    model = files.definition.model
    table = np.zeros(len(files.vocabulary))
    table[model.ids] = model.scores
    return table


def _shifted(other: TokenizerFiles, found: Candidates, mine: np.ndarray) -> np.ndarray:
    theirs = _of_ids(other)
    shared = theirs[found.shared[:, 1]]
    return theirs[found.ids] + np.average(mine - shared, weights=np.exp(shared - shared.max()))


def _by_rank(found: Candidates, mine: np.ndarray) -> np.ndarray:
    slope, start = np.polyfit(np.log1p(found.shared[:, 1]), mine, 1)
    return start + slope * np.log1p(found.ids)
