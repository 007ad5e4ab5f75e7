"""Measures that can be compared across vocabularies: their unit is the byte of raw text, never the token."""

from .causal import BitsPerByte, bits_per_byte
from .fertility import Fertility, continued_words, fertility
from .masked import Span, pseudo_bits_per_byte, sample_spans

__all__ = [
    "BitsPerByte",
    "Fertility",
    "Span",
    "bits_per_byte",
    "continued_words",
    "fertility",
    "pseudo_bits_per_byte",
    "sample_spans",
]
