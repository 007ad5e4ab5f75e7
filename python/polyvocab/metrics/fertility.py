"""How finely a tokenizer splits a language: fertility, continued words, unknowns (Rust et al. 2021)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

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

    @property
    def tokens_per_word(self) -> float:
        return self.tokens / self.words

    @property
    def bytes_per_token(self) -> float:
        return self.bytes / self.tokens

    @property
    def continued_share(self) -> float:
        """Share of words that take more than one token."""
        return self.continued_words / self.words

    @property
    def unknown_rate(self) -> float:
        """Share of tokens that are unknown."""
        return self.unknown_tokens / self.tokens

    def as_dict(self) -> dict[str, float]:
        rates = ("tokens_per_word", "bytes_per_token", "continued_share", "unknown_rate")
        return {**asdict(self), **{name: getattr(self, name) for name in rates}}


def fertility(tokenizer: PreTrainedTokenizerBase, documents: Sequence[str]) -> Fertility:
    """Raises `MetricError` for a text without words."""
    words = tokens = size = continued = unknown = 0
    for document in documents:
        encoded = tokenizer(document, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        tokens += len(ids)
        size += len(document.encode("utf-8"))
        if tokenizer.unk_token_id is not None:
            unknown += ids.count(tokenizer.unk_token_id)
        spans = [match.span() for match in re.finditer(r"\S+", document)]
        words += len(spans)
        continued += _continued(document, spans, offsets)
    if not words or not tokens:
        raise MetricError("fertility of a text without words")
    return Fertility(words, tokens, size, continued, unknown)


def _continued(document: str, words: list[tuple[int, int]], offsets: list[tuple[int, int]]) -> int:
    """Words that more than one token covers. Both lists ascend."""
    count = at = 0
    for start, stop in words:
        while at < len(offsets) and offsets[at][1] <= start:
            at += 1
        pieces, here = 0, at
        while here < len(offsets) and offsets[here][0] < stop:
            a, b = offsets[here]
            pieces += bool(document[max(a, start) : min(b, stop)].strip())
            here += 1
        count += pieces > 1
    return count
