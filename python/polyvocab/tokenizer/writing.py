"""A definition as a tokenizer.json, for tokenizers that came from another format."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..errors import UnsupportedComponent
from ..formats import tokenizer_json as document_format
from ..formats.definition import Bpe, Model, TokenizerDefinition, Unigram, WordLevel, WordPiece


def tokenizer_json(definition: TokenizerDefinition) -> bytes:
    """Raises `UnsupportedComponent` for a model that tokenizer.json has no kind for."""
    return document_format.dump(
        {
            "version": "1.0",
            "truncation": definition.truncation,
            "padding": definition.padding,
            "added_tokens": [asdict(token) for token in definition.added_tokens],
            "normalizer": definition.normalizer,
            "pre_tokenizer": definition.pre_tokenizer,
            "post_processor": definition.post_processor,
            "decoder": definition.decoder,
            "model": _model(definition.model, definition.origin),
        }
    )


def _model(model: Model, where: object) -> dict[str, Any]:
    match model:
        case Bpe():
            vocab = dict(zip(model.tokens.texts(), model.ids.tolist(), strict=True))
            token = {i: string for string, i in vocab.items()}
            return {
                "type": "BPE",
                "dropout": model.dropout,
                "unk_token": model.unk_token,
                "continuing_subword_prefix": model.continuing_subword_prefix,
                "end_of_word_suffix": model.end_of_word_suffix,
                "fuse_unk": model.fuse_unk,
                "byte_fallback": model.byte_fallback,
                "ignore_merges": model.ignore_merges,
                "vocab": vocab,
                "merges": [[token[a], token[b]] for a, b in model.merges.tolist()],
            }
        case Unigram():
            pieces = zip(model.tokens.texts(), model.scores.tolist(), strict=True)
            return {
                "type": "Unigram",
                "unk_id": model.unk_id,
                "vocab": [list(piece) for piece in pieces],
                "byte_fallback": model.byte_fallback,
            }
        case WordPiece():
            return {
                "type": "WordPiece",
                "unk_token": model.unk_token,
                "continuing_subword_prefix": model.continuing_subword_prefix,
                "max_input_chars_per_word": model.max_input_chars_per_word,
                "vocab": dict(zip(model.tokens.texts(), model.ids.tolist(), strict=True)),
            }
        case WordLevel():
            vocab = dict(zip(model.tokens.texts(), model.ids.tolist(), strict=True))
            return {"type": "WordLevel", "vocab": vocab, "unk_token": model.unk_token}
    advice = "keep the file that it came from"
    raise UnsupportedComponent(f"saving the model {model.kind} as a tokenizer.json", where, advice)
