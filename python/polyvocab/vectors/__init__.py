"""Auxiliary vectors: one vector per token of a vocabulary, from a file, a mapping, or trained on tokenized text."""

from .fasttext import train, train_words
from .fasttext_bin import read_fasttext_bin
from .files import read_vectors, write_vectors
from .means_of_words import means_of_words
from .subword_vectors import SubwordVectors
from .text_format import read_vec, write_vec
from .token_vectors import TokenVectors
from .word2vec_binary import read_word2vec_binary, write_word2vec_binary

__all__ = [
    "SubwordVectors",
    "TokenVectors",
    "means_of_words",
    "read_fasttext_bin",
    "read_vec",
    "read_vectors",
    "read_word2vec_binary",
    "train",
    "train_words",
    "write_vec",
    "write_vectors",
    "write_word2vec_binary",
]
