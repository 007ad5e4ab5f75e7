"""Trans-Tokenization and Cross-lingual Vocabulary Transfers (Remy et al., COLM 2024): tokens translated by word alignments.

Which words of a parallel corpus translate each other says which tokens do, and how often; a new token is the mean of the old
ones that it translates to.
"""

from .method import transtoken

__all__ = ["transtoken"]
