"""TransMI: serve romanized text with the rows that a model already has (Liu et al. 2024)."""

from .mark import choose_mark
from .method import transmi

__all__ = ["choose_mark", "transmi"]
