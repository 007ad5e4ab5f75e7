"""The words that a trainer would have counted in a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..formats.definition import TokenizerDefinition
from ..tokenizer import Tokenizer
from .merge_list import is_metaspace


def training_tokenizer(tokenizer: Tokenizer, *, joins_spaces: bool) -> Tokenizer:
    """The tokenizer with the words of its trainer: mostly itself.

    SentencePiece encodes a text as one word, but no piece that it learns reaches over the beginning of a word, which is a ▁.
    So texts are cut there. `joins_spaces`: whether the vocabulary has learned pieces of several ▁ alone; then runs of them
    stay together, and with the word behind them, as its trainer has it (`allow_whitespace_only_pieces`).
    """
    definition = tokenizer.definition
    if not is_metaspace(definition):
        return tokenizer
    cut: dict[str, Any] = {
        "type": "Split",
        "pattern": {"Regex": "▁+[^▁]*" if joins_spaces else "▁[^▁]*"},
        "behavior": "Isolated",
        "invert": False,
    }
    return Tokenizer(_with_pre_tokenizer(definition, cut), text_steps=tokenizer.text_steps)


def _with_pre_tokenizer(definition: TokenizerDefinition, cut: Mapping[str, Any]) -> TokenizerDefinition:
    before = definition.pre_tokenizer
    if before is not None:
        parts = before["pretokenizers"] if before["type"] == "Sequence" else [before]
        cut = {"type": "Sequence", "pretokenizers": [*parts, cut]}
    return replace(definition, pre_tokenizer=dict(cut))
