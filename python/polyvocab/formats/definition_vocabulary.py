"""The vocabulary of a definition, for formats that are read into one."""

from __future__ import annotations

from .definition import Bpe, Ranks, TokenizerDefinition, WordPiece
from .tokenizer_json import spelling
from .vocabulary import Spelling, Vocabulary


def vocabulary(definition: TokenizerDefinition) -> Vocabulary:
    """The tokens by the ids that encoding gives. Those of a rank file, which are bytes, are spelled as byte-level
    vocabularies spell them."""
    model, added = definition.model, definition.added_tokens
    is_ranks = isinstance(model, Ranks)
    strings = model.tokens.byte_texts() if is_ranks else model.tokens.texts()
    entries = dict(zip(model.ids.tolist(), strings, strict=True)) | {token.id: token.content for token in added}
    prefix = model.continuing_subword_prefix if isinstance(model, Bpe | WordPiece) else None
    suffix = model.end_of_word_suffix if isinstance(model, Bpe) else None
    kind = "bpe" if is_ranks else model.kind
    parts = (definition.normalizer, definition.pre_tokenizer, definition.decoder)
    return Vocabulary(
        tokens=tuple(entries.get(i) for i in range(max(entries) + 1)),
        model=kind,
        spelling=Spelling.BYTE_LEVEL if is_ranks else spelling(parts, kind, prefix, suffix),
        special=frozenset(token.id for token in added if token.special),
        literal=frozenset(token.id for token in added),
        unknown=None if is_ranks else model.unk_id,
        continuing_prefix=prefix or "",
        origin=definition.origin,
    )
