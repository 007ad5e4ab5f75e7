"""Text to ids and back, natively."""

from .tokenizer import Tokenizer

__all__ = ["Tokenizer"]
