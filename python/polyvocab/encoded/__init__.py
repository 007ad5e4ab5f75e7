"""Corpora as ids on the disk: written in one pass of bounded memory, read by mapping them into memory."""

from .corpus import EncodedCorpus
from .layout import Header, TokenizerName
from .run import Encoded, encode_sources

__all__ = ["Encoded", "EncodedCorpus", "Header", "TokenizerName", "encode_sources"]
