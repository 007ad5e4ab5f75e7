"""Text in any script to Latin letters: romanizer.py the romanizer, data/ its table."""

from .romanizer import Edge, Romanizer, languages

__all__ = ["Edge", "Romanizer", "languages"]
