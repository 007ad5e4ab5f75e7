"""The vocabulary of a definition, for formats that are read into one."""

from __future__ import annotations

import numpy as np

from ..errors import FormatError
from .components import spelling
from .definition import Bpe, Model, Ranks, TokenizerDefinition, Unigram, WordPiece
from .vocabulary import Spelling, Vocabulary


def vocabulary(definition: TokenizerDefinition) -> Vocabulary:
    """The tokens by the ids that encoding gives. Those of a rank file, which are bytes, are spelled as byte-level
    vocabularies spell them. Raises `FormatError` where two tokens
    get one id, and where nearly all ids belong to no token."""
    model, added = definition.model, definition.added_tokens
    is_ranks = isinstance(model, Ranks)
    strings = model.tokens.byte_texts() if is_ranks else model.tokens.texts()
    entries = dict(zip(model.ids.tolist(), strings, strict=True))
    for token in added:
        known = entries.setdefault(token.id, token.content)
        if known != token.content:
            raise FormatError(definition.origin, f"loading it gives {known!r} and {token.content!r} the same id {token.id}")
    prefix = model.continuing_subword_prefix if isinstance(model, Bpe | WordPiece) else None
    suffix = model.end_of_word_suffix if isinstance(model, Bpe) else None
    kind = "bpe" if is_ranks else model.kind
    parts = (definition.normalizer, definition.pre_tokenizer, definition.decoder)
    size = max(entries, default=-1) + 1
    if size > 8 * len(entries) + 100_000:
        raise FormatError(definition.origin, f"the id {size - 1} leaves {size - len(entries)} holes: it is hardly meant")
    tokens = tuple(map(entries.get, range(size)))
    return Vocabulary(
        tokens=tokens,
        model=kind,
        spelling=Spelling.BYTE_LEVEL if is_ranks else spelling(parts, kind, prefix, suffix),
        special=frozenset(token.id for token in added if token.special),
        literal=frozenset(token.id for token in added),
        bytes=_byte_pieces(model),
        unknown=None if is_ranks else model.unk_id,
        continuing_prefix=prefix or "",
        scores=_scores(model, size),
        origin=definition.origin,
    )


def _byte_pieces(model: Model) -> frozenset[int]:
    if not isinstance(model, Bpe | Unigram) or not model.byte_fallback:
        return frozenset()
    positions = model.tokens.find(f"<0x{byte:02X}>" for byte in range(256))
    return frozenset(int(model.ids[position]) for position in positions if position >= 0)


def _scores(model: Model, size: int) -> tuple[float, ...] | None:
    """Aligned with the tokens; an added token has 0."""
    if not isinstance(model, Unigram):
        return None
    scores = np.zeros(size)
    scores[model.ids] = model.scores
    return tuple(scores.tolist())
