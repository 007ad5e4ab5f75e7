"""What families of tokenizers differ in: which are served, and how a token is spelled."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import UnsupportedComponent
from ...formats import byte_alphabet
from ...formats.definition import Bpe, SentencePieces, TokenizerDefinition, Unigram, WordPiece
from ...formats.vocabulary import Spelling, Vocabulary


def require_family(definition: TokenizerDefinition, vocabulary: Vocabulary) -> None:
    """Raises `UnsupportedComponent` for what is no Unigram, BPE or WordPiece that marks where words start."""
    model = definition.model
    kind = model.algorithm if isinstance(model, SentencePieces) else model.kind
    if kind not in ("unigram", "bpe", "ranks", "wordpiece"):
        raise UnsupportedComponent(f"TransMI for the model {kind}", vocabulary.origin, "it is for Unigram, BPE and WordPiece")
    if isinstance(model, SentencePieces) and model.treat_whitespace_as_suffix:
        raise UnsupportedComponent("TransMI for pieces that mark where words end", vocabulary.origin)
    if isinstance(model, Bpe) and (model.continuing_subword_prefix or model.end_of_word_suffix):
        raise UnsupportedComponent("TransMI for a BPE with a prefix or a suffix", vocabulary.origin)


def is_unigram(definition: TokenizerDefinition) -> bool:
    model = definition.model
    return isinstance(model, Unigram) or (isinstance(model, SentencePieces) and model.algorithm == "unigram")


def is_bpe(definition: TokenizerDefinition) -> bool:
    return not is_unigram(definition) and not isinstance(definition.model, WordPiece)


def spell(text: str, starts_word: bool, vocabulary: Vocabulary) -> str:
    """A token as the vocabulary spells it."""
    return spell_all([text], [starts_word], vocabulary)[0]


def spell_all(texts: Sequence[str], starts: Sequence[bool], vocabulary: Vocabulary) -> list[str]:
    """The same for many."""
    pairs = zip(texts, starts, strict=True)
    match vocabulary.spelling:
        case Spelling.BYTE_LEVEL:
            return [byte_alphabet.spelled(((" " if start else "") + text).encode("utf-8")) for text, start in pairs]
        case Spelling.METASPACE:
            return ["▁" + text if start else text for text, start in pairs]
    prefix = vocabulary.continuing_prefix
    return [text if start else prefix + text for text, start in pairs]


def token_bytes(token: str) -> bytes:
    """Of a token in the alphabet of bytes."""
    return token.translate(byte_alphabet.TO_LATIN_1).encode("latin-1")
