"""How finely a tokenizer splits a language: fertility, continued words, unknowns (Rust et al. 2021)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import MetricError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Fertility:
    """Counts over a text; words are separated by whitespace."""

    words: int
    tokens: int
    bytes: int
    continued_words: int
    unknown_tokens: int
    characters: int

    @property
    def tokens_per_word(self) -> float:
        return self.tokens / self.words

    @property
    def bytes_per_token(self) -> float:
        return self.bytes / self.tokens

    @property
    def characters_per_token(self) -> float:
        return self.characters / self.tokens

    @property
    def continued_share(self) -> float:
        """Share of words that take more than one token."""
        return self.continued_words / self.words

    @property
    def unknown_rate(self) -> float:
        """Share of tokens that are unknown."""
        return self.unknown_tokens / self.tokens

    def as_dict(self) -> dict[str, float]:
        rates = ("tokens_per_word", "bytes_per_token", "characters_per_token", "continued_share", "unknown_rate")
        return {**asdict(self), **{name: getattr(self, name) for name in rates}}


def fertility(tokenizer: PreTrainedTokenizerBase, documents: Sequence[str]) -> Fertility:
    """Raises `MetricError` for a text without words."""
    words = tokens = size = continued = unknown = characters = 0
    for document in documents:
        encoded = tokenizer(document, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        tokens += len(ids)
        size += len(document.encode("utf-8"))
        characters += len(document)
        if tokenizer.unk_token_id is not None:
            unknown += ids.count(tokenizer.unk_token_id)
        spans = [match.span() for match in re.finditer(r"\S+", document)]
        words += len(spans)
        continued += continued_words(np.array(spans, np.int64), np.array(offsets, np.int64))
    if not words or not tokens:
        raise MetricError("fertility of a text without words")
    return Fertility(words, tokens, size, continued, unknown, characters)


def continued_words(words: np.ndarray, tokens: np.ndarray) -> int:
    """How many words more than one token covers. `words`, [words, 2], and `tokens`, [tokens, 2]: begins and ends in one unit;
    words do not overlap, tokens may (parts of one character), and those without a length cover nothing."""
    words, tokens = words.reshape(-1, 2), tokens.reshape(-1, 2)
    tokens = tokens[tokens[:, 0] < tokens[:, 1]]
    begun = np.searchsorted(np.sort(tokens[:, 0]), words[:, 1], "left")
    ended = np.searchsorted(np.sort(tokens[:, 1]), words[:, 0], "right")
    return int(np.count_nonzero(begun - ended > 1))
