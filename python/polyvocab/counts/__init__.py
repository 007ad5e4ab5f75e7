"""Corpora as counts: of words as the model sees them, and of tokens. Exact, on many threads, within a limit of memory."""

from .tokens import TokenCounting, TokenCounts, count_tokens
from .words import WordCounting, WordCounts, count_words

__all__ = ["TokenCounting", "TokenCounts", "WordCounting", "WordCounts", "count_tokens", "count_words"]
