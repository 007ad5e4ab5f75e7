"""Auxiliary vectors: one vector per token of a vocabulary, from a file, a mapping, or trained on tokenized text."""

from .fasttext import train
from .text_format import read_vec, write_vec
from .token_vectors import TokenVectors

__all__ = ["TokenVectors", "read_vec", "train", "write_vec"]
