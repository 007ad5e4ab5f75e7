"""Inspection: what the vocabulary of a tokenizer holds, and what it makes of given text."""

from .inspect import Inspection, inspect

__all__ = ["Inspection", "inspect"]
