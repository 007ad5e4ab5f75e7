"""Which new tokens their own text reaches: a token that nothing becomes would be a dead row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...formats.definition import Ranks, Strings, TokenizerDefinition, WordPiece
from ...tokenizer import Tokenizer
from .grown import bare

_LEAD = "\ue000"  # a word that a continuing piece is put behind


def alone(definition: TokenizerDefinition) -> Tokenizer:
    """The model of a definition by itself."""
    return Tokenizer(bare(definition))


def words(model: Tokenizer, texts: Sequence[str], *, threads: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Flat ids and offsets of words, spelled as the model meets them: what all of its merges, or its best path, make of
    each."""
    return model.encode_batch(texts, threads=threads)


def reached(definition: TokenizerDefinition, texts: Sequence[str], first: int, *, threads: int = 0) -> np.ndarray:
    """bool [texts]: whether text i, a word as the model meets it, becomes the one token `first + i` of the grown definition."""
    end = _end(definition)
    ids, offsets = words(alone(definition), [text + end for text in texts] if end else texts, threads=threads)
    single = np.diff(offsets) == 1 + len(end)
    single[single] = ids[offsets[:-1][single]] == first + np.flatnonzero(single)
    return single


def _end(definition: TokenizerDefinition) -> str:
    """What a word is put before: with ranks a word that is a token is one without any merges, which would prove nothing. It
    is a character that no token has but its own; empty where no such thing is needed, or there."""
    if not isinstance(definition.model, Ranks):
        return ""
    data = definition.model.tokens.data
    return next((chr(c) for c in range(1, 32) if data.count(bytes([c])) == 1), "")


def reached_pieces(definition: TokenizerDefinition, pieces: Sequence[str], first: int, *, threads: int = 0) -> np.ndarray:
    """The same for the pieces of a WordPiece: one that continues a word is put behind a piece of one character, which is made
    for this and which no other piece begins with."""
    model: WordPiece = definition.model
    prefix = model.continuing_subword_prefix
    lead = definition.token_count
    tokens = Strings.of([*model.tokens, _LEAD])
    ids = np.concatenate([model.ids, np.array([lead], np.uint32)])
    texts = [_LEAD + piece.removeprefix(prefix) if piece.startswith(prefix) else piece for piece in pieces]
    with_lead = replace(definition, model=replace(model, tokens=tokens, ids=ids))
    flat, offsets = words(alone(with_lead), texts, threads=threads)
    lengths = np.diff(offsets)
    continues = np.array([piece.startswith(prefix) for piece in pieces], bool)
    found = lengths == np.where(continues, 2, 1)
    found[found] = flat[offsets[1:][found] - 1] == first + np.flatnonzero(found)
    return found
