"""The vocabulary of a definition, for formats that are read into one."""

from __future__ import annotations

from ..errors import FormatError
from .components import spelling
from .definition import Bpe, Ranks, TokenizerDefinition, Unigram, WordPiece, fallback_bytes
from .vocabulary import Spelling, Vocabulary


def vocabulary(definition: TokenizerDefinition) -> Vocabulary:
    """The tokens by the ids that encoding gives. Those of a rank file, which are bytes, are spelled as byte-level
    vocabularies spell them. Raises `FormatError` where two tokens get one id, and where nearly all ids belong to no token."""
    model, added = definition.model, definition.added_tokens
    is_ranks = isinstance(model, Ranks)
    strings = model.tokens.byte_texts() if is_ranks else model.tokens.texts()
    size = definition.token_count
    if size > 8 * (len(strings) + len(added)) + 100_000:
        holes = size - len(strings) - len(added)
        raise FormatError(definition.origin, f"the id {size - 1} leaves {holes} holes: it is hardly meant")
    tokens: list[str | None] = [None] * size
    for i, token in zip(model.ids.tolist(), strings, strict=True):
        tokens[i] = token
    for token in added:
        if tokens[token.id] not in (None, token.content):
            both = f"{tokens[token.id]!r} and {token.content!r}"
            raise FormatError(definition.origin, f"loading it gives {both} the same id {token.id}")
        tokens[token.id] = token.content
    prefix = model.continuing_subword_prefix if isinstance(model, Bpe | WordPiece) else None
    suffix = model.end_of_word_suffix if isinstance(model, Bpe) else None
    kind = "bpe" if is_ranks else model.kind
    parts = (definition.normalizer, definition.pre_tokenizer, definition.decoder)
    return Vocabulary(
        tokens=tuple(tokens),
        model=kind,
        spelling=Spelling.BYTE_LEVEL if is_ranks else spelling(parts, kind, prefix, suffix),
        special=frozenset(token.id for token in added if token.special),
        literal=frozenset(token.id for token in added),
        bytes=frozenset(model.ids[fallback_bytes(model)].tolist()) if isinstance(model, Bpe | Unigram) else frozenset(),
        unknown=None if is_ranks else model.unk_id,
        continuing_prefix=prefix or "",
        origin=definition.origin,
    )
