"""TransMI: serve romanized text with the rows that a model already has (Liu et al. 2024)."""

from .gain import tokens_per_word
from .in_context import ContextRomanizations, romanize_in_context
from .mark import choose_mark
from .method import transmi
from .romanized import Reading

__all__ = ["ContextRomanizations", "Reading", "choose_mark", "romanize_in_context", "tokens_per_word", "transmi"]
