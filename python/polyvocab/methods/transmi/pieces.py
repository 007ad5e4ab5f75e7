"""The new tokens of a Unigram or a WordPiece: those that their own text reaches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np

from ...formats.append import NewTokens
from ...formats.definition import SentencePieces, TokenizerDefinition, Unigram
from ...formats.sentencepiece import PieceType
from .family import is_unigram
from .grown import first_new_id, grown
from .reached import reached, reached_pieces


def new_pieces(definition: TokenizerDefinition, wanted: Sequence[str], scores: np.ndarray, *, threads: int = 0) -> NewTokens:
    """`wanted` and their `scores`, float64, of a Unigram: those below its lowest score get that one. A piece that another
    segmentation beats is in no best path of any text, so it is left out."""
    first = first_new_id(definition)
    if not is_unigram(definition):
        found = reached_pieces(grown(definition, wanted), wanted, first, threads=threads)
        return NewTokens(tuple(compress(wanted, found.tolist())))
    scores = np.maximum(scores, lowest_score(definition.model))
    found = reached(grown(definition, wanted, scores=scores), wanted, first, threads=threads)
    return NewTokens(tuple(compress(wanted, found.tolist())), scores[found])


def lowest_score(model: Unigram | SentencePieces) -> float:
    """The score that the cost of an unknown character is reckoned from."""
    counted = model.types == PieceType.NORMAL if isinstance(model, SentencePieces) else slice(None)
    return float(model.scores[counted].min())
