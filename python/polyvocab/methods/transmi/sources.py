"""Which source rows a new token comes from, and its score: the modes of merging."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from ...errors import PolyvocabError
from ...formats.definition import Bpe, Ranks, SentencePieces, TokenizerDefinition, Unigram
from ...recipe import Csr

Mode = Literal["max", "min", "average", "weighted", "sum"]
_DIGITS = 6  # of a score that is a mean: files hold few digits, and other programs read them


def mix(
    mode: Mode, of: np.ndarray, source: np.ndarray, new: int, scores: np.ndarray, frequencies: np.ndarray | None
) -> tuple[Csr, np.ndarray]:
    """The rows of `new` tokens over source rows, and their scores, float64 [new].

    Entry e says that the source token `source[e]` becomes the new token `of[e]`; both int64, no pair twice. `scores` and
    `frequencies`: float64 by source id. A new token with one source is its copy in every mode.
    """
    if mode not in get_args(Mode):
        raise PolyvocabError(f"mode {mode!r}: use one of {', '.join(get_args(Mode))}")
    own = scores[source]
    if mode in ("max", "min"):
        order = np.lexsort((source, -own if mode == "max" else own, of))
        chosen = order[np.concatenate([[True], np.diff(of[order]) > 0])] if len(order) else order
        return Csr.from_entries(new, of[chosen], source[chosen], np.ones(new)), own[chosen]
    shares = np.ones(len(of)) if frequencies is None or mode != "weighted" else frequencies[source]
    total = np.bincount(of, shares, new)
    shares = np.where(total[of] > 0, shares, 1.0)  # where no source was ever met, each counts the same
    shares /= np.bincount(of, shares, new)[of]
    met = shares > 0
    of, source, shares, own = of[met], source[met], shares[met], own[met]
    lowest, highest = np.full(new, np.inf), np.full(new, -np.inf)
    np.minimum.at(lowest, of, own)
    np.maximum.at(highest, of, own)
    means = np.clip(np.round(np.bincount(of, shares * own, new), _DIGITS), lowest, highest)
    return Csr.from_entries(new, of, source, np.ones(len(of)) if mode == "sum" else shares), means


def score_of_tokens(definition: TokenizerDefinition) -> np.ndarray:
    """float64 by id: what `max` and `min` compare. A Unigram's are its log probabilities. A BPE prefers what it merges first,
    and symbols to what is merged; WordPiece has no scores, and the order of ids stands for them. An id that is no token of
    the model has the lowest."""
    model, size = definition.model, definition.token_count
    scores = np.full(size, -np.inf)
    match model:
        case Unigram() | SentencePieces(algorithm="unigram"):
            scores[model.ids] = model.scores
        case Bpe():
            scores[model.ids] = 1.0
            scores[model.merged[::-1]] = -np.arange(len(model.merged), dtype=np.float64)[::-1]
        case SentencePieces():
            is_symbol = np.array([len(piece) == 1 for piece in model.tokens.texts()])
            scores[model.ids] = np.where(is_symbol, 1.0, model.scores)
        case _:
            ids = model.ids.astype(np.float64)
            is_byte = np.diff(model.tokens.offsets) == 1 if isinstance(model, Ranks) else np.zeros(len(ids), bool)
            scores[model.ids] = np.where(is_byte, 1.0, -ids)
    return scores


def frequency_of_tokens(definition: TokenizerDefinition, counts: np.ndarray | None) -> np.ndarray:
    """float64 by id: what the weighted mean weighs by. Without counts those that a Unigram's scores stand for. Raises
    `PolyvocabError` where there are none, or where they do not fit."""
    if counts is not None:
        counts = np.asarray(counts, np.float64)
        if counts.shape != (definition.token_count,) or not (np.isfinite(counts) & (counts >= 0)).all():
            raise PolyvocabError(
                f"counts must be {definition.token_count} numbers that are not negative, one for each source id"
            )
        return counts
    scores = score_of_tokens(definition)
    if not isinstance(definition.model, Unigram) and getattr(definition.model, "algorithm", None) != "unigram":
        raise PolyvocabError("the weighted mean needs counts of the source's tokens: only a Unigram has frequencies of its own")
    return np.exp(np.minimum(scores, 0.0))
