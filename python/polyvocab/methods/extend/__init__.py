"""Merging vocabularies: the pieces of another tokenizer, and new special tokens, after all old ids."""

from .alphabet import alphabet_of
from .certify import certify
from .exact import covered
from .method import extend

__all__ = ["alphabet_of", "certify", "covered", "extend"]
