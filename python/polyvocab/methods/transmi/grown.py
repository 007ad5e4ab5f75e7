"""A tokenizer's definition with new tokens, in memory, and the model in it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...formats.definition import Bpe, Model, SentencePieces, Strings, TokenizerDefinition, Unigram
from ...formats.sentencepiece import PieceType
from ...tokenizer.components import is_byte_level

_BYTES_ALONE = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False, "trim_offsets": False}


def first_new_id(definition: TokenizerDefinition) -> int:
    """The id of the first new token in `grown`."""
    return definition.token_count


def grown(
    definition: TokenizerDefinition,
    tokens: Sequence[str] | Sequence[bytes],
    *,
    scores: np.ndarray | None = None,
    merges: np.ndarray | None = None,
    merged: np.ndarray | None = None,
) -> TokenizerDefinition:
    """With these tokens behind all others. `tokens`: as the model holds them, bytes for `Ranks`. `scores`: of a Unigram.
    `merges`, [new, 2], and `merged`, [new]: ids of a BPE with a list of merges. A SentencePiece BPE gets
    `later_scores`."""
    model, first = definition.model, first_new_id(definition)
    ids = np.arange(first, first + len(tokens), dtype=np.uint32)
    common = {"tokens": _joined(model.tokens, Strings.of(tokens)), "ids": np.concatenate([model.ids, ids])}
    match model:
        case Bpe():
            if merges is not None:
                common["merges"] = np.concatenate([model.merges, merges.astype(np.uint32).reshape(-1, 2)])
                common["merged"] = np.concatenate([model.merged, merged.astype(np.uint32)])
        case Unigram():
            common["ids"] = np.arange(len(common["tokens"]), dtype=np.uint32)
            common["scores"] = np.concatenate([model.scores, scores])
        case SentencePieces():
            if model.algorithm == "bpe":
                scores = later_scores(model, len(tokens))
            common["scores"] = np.concatenate([model.scores, scores.astype(np.float32)])
            common["types"] = np.concatenate([model.types, np.full(len(tokens), PieceType.NORMAL, model.types.dtype)])
    return replace(definition, model=replace(model, **common))


def later_scores(model: SentencePieces, new: int) -> np.ndarray:
    """float64 [new]: scores of a SentencePiece BPE that fall from below its lowest, in steps that single precision tells apart
    (some models score runs of spaces with -1e9)."""
    lowest = float(model.scores.min())
    return lowest - max(1.0, 2.0 * float(np.spacing(np.float32(abs(lowest))))) * np.arange(1, new + 1)


def bare(definition: TokenizerDefinition) -> TokenizerDefinition:
    """The model alone: texts are its words, and every merge is made, also of words that are tokens (but of `Ranks`)."""
    model: Model = definition.model
    pre_tokenizer = None
    if isinstance(model, Bpe):
        model = replace(model, ignore_merges=False)
        pre_tokenizer = _BYTES_ALONE if is_byte_level(definition.pre_tokenizer) else None
    elif isinstance(model, SentencePieces):
        plain = {"add_dummy_prefix": False, "remove_extra_whitespaces": False, "escape_whitespaces": False}
        model = replace(model, charsmap=b"", **plain)
    return replace(definition, model=model, normalizer=None, pre_tokenizer=pre_tokenizer, added_tokens=())


def _joined(old: Strings, new: Strings) -> Strings:
    return Strings(old.data + new.data, np.concatenate([old.offsets, new.offsets[1:] + old.offsets[-1]]))
