"""Merging vocabularies: the pieces of another tokenizer, and new special tokens, after all old ids."""

from .exact import certify, covered
from .extend import extend

__all__ = ["certify", "covered", "extend"]
