"""A tokenizer's description as an engine of the core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .._core import Engine
from .._core import components as core
from ..errors import FormatError, UnsupportedComponent
from ..formats.definition import (
    Bpe,
    Model,
    Ranks,
    SentencePieces,
    Strings,
    TokenizerDefinition,
    Unigram,
    WordLevel,
    WordPiece,
)
from ..formats.sentencepiece import PieceType
from . import components

_DROPOUT = "BPE with dropout, which is random"


@dataclass(frozen=True)
class Parts:
    """The stages of a tokenizer."""

    normalizer: core.Normalizer | None
    pre_tokenizer: core.PreTokenizer | None
    model: core.Model


def parts(definition: TokenizerDefinition) -> Parts:
    """The native parts that the definition names. Raises `UnsupportedComponent` with what the core lacks, and `FormatError`
    where the definition is malformed."""
    with _named(definition.origin):
        return Parts(*before_model(definition), model(definition))


def before_model(definition: TokenizerDefinition) -> tuple[core.Normalizer | None, core.PreTokenizer | None]:
    """The normalizer and the pre-tokenizer alone. Raises as `parts` does."""
    where = definition.origin
    dialect = "rust" if definition.engine == "tiktoken" else "oniguruma"
    with _named(where):
        return normalizer(definition), components.pre_tokenizer(definition.pre_tokenizer, where, dialect)


def engine(definition: TokenizerDefinition, parts: Parts) -> Engine:
    """The engine that encodes as the definition says. Raises as `parts` does."""
    with _named(definition.origin):
        raw, normalized = _added(definition, parts.normalizer)
        return Engine(
            raw_tokens=raw,
            normalized_tokens=normalized,
            normalizer=parts.normalizer,
            pre_tokenizer=parts.pre_tokenizer,
            model=parts.model,
            surface_unknown=definition.model.unk_id if isinstance(definition.model, Unigram | SentencePieces) else None,
        )


@contextmanager
def _named(where: object) -> Iterator[None]:
    """What the readers let through and the core refuses is an error of the file too."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise FormatError(where, f"does not define a tokenizer: {error}") from error


def normalizer(definition: TokenizerDefinition) -> core.Normalizer | None:
    """The native normalizer. A SentencePiece model brings its own."""
    pieces = definition.model
    if not isinstance(pieces, SentencePieces):
        return components.normalizer(definition.normalizer, definition.origin)
    user_defined = (pieces.types == PieceType.USER_DEFINED).nonzero()[0].tolist()
    symbols = Strings.of(pieces.tokens[i] for i in user_defined)
    return core.sentencepiece_normalizer(
        symbols.data,
        symbols.offsets,
        charsmap=pieces.charsmap,
        add_dummy_prefix=pieces.add_dummy_prefix,
        remove_extra_whitespaces=pieces.remove_extra_whitespaces,
        escape_whitespaces=pieces.escape_whitespaces,
        treat_whitespace_as_suffix=pieces.treat_whitespace_as_suffix,
    )


def model(definition: TokenizerDefinition) -> core.Model:
    """The native model."""
    parts: Model = definition.model
    strings = parts.tokens.data, parts.tokens.offsets
    byte_level = components.is_byte_level(definition.pre_tokenizer)
    if byte_level and not isinstance(parts, Bpe):
        raise UnsupportedComponent(f"the pre-tokenizer ByteLevel before the model {parts.kind}", definition.origin)
    match parts:
        case Bpe():
            if parts.dropout:
                raise UnsupportedComponent(_DROPOUT, definition.origin)
            return core.bpe(
                *strings,
                parts.ids,
                parts.merges,
                parts.merged,
                spelt="alphabet" if byte_level else "characters",
                unknown=parts.unk_id,
                fuse_unknown=parts.fuse_unk,
                byte_fallback=parts.byte_fallback,
                ignore_merges=parts.ignore_merges,
                continuing_prefix=parts.continuing_subword_prefix or "",
                end_suffix=parts.end_of_word_suffix or "",
            )
        case Ranks():
            return core.rank_bpe(*strings, parts.ids)
        case Unigram():
            return core.unigram(*strings, parts.scores, parts.unk_id, parts.byte_fallback)
        case WordPiece():
            return core.wordpiece(
                *strings, parts.ids, parts.unk_id, parts.continuing_subword_prefix, parts.max_input_chars_per_word
            )
        case WordLevel():
            return core.word_level(*strings, parts.ids, parts.unk_id)
        case SentencePieces():
            return core.sentencepiece_model(parts.algorithm, *strings, parts.scores, parts.types, parts.byte_fallback)
    raise UnsupportedComponent(f"the model {parts.kind}", definition.origin)


def _added(definition: TokenizerDefinition, normalizer: core.Normalizer | None) -> tuple[list[tuple], list[tuple]]:
    """Those that are searched for in raw text, and those in normalized text, there in the form that they take themselves."""
    raw: dict[str, tuple] = {}
    normalized: dict[str, tuple] = {}
    for token in definition.added_tokens:
        content = normalizer.normalize(token.content) if token.normalized and normalizer else token.content
        if not content:
            lost = f"the added token {token.content!r}, of which the normalizer leaves nothing,"
            raise UnsupportedComponent(lost, definition.origin)
        searched = normalized if token.normalized else raw
        if content in searched:  # the reference library takes either, as its hash table pleases
            both = f"the ids {searched[content][1]} and {token.id} for added tokens that are both searched for as {content!r}"
            raise UnsupportedComponent(both, definition.origin, "keep one of them")
        searched[content] = (content, token.id, token.single_word, token.lstrip, token.rstrip, token.special)
    return list(raw.values()), list(normalized.values())
