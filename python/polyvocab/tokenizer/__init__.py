"""Text to ids and back, natively."""

from .tokenizer import AlignedTokens, Tokenizer

__all__ = ["AlignedTokens", "Tokenizer"]
