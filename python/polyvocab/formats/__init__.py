"""Vocabulary and checkpoint formats, one file each: bytes in, plain data out, and back."""

from .directory import TokenizerFiles
from .vocabulary import Spelling, Vocabulary

__all__ = ["Spelling", "TokenizerFiles", "Vocabulary"]
