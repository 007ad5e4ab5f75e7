"""Vectors of tokens from vectors of the words that are written with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..tokenizer import Tokenizer
from .token_vectors import TokenVectors

_ENTRIES_AT_ONCE = 1 << 17


def means_of_words(
    tokenizer: Tokenizer, forms: Sequence[Sequence[str]], matrix: np.ndarray, counts: Sequence[float] | None = None
) -> TokenVectors:
    """The vector of each token: the mean of the words that hold it, each as often as it has forms that do.

    `forms[i]`: texts of word i; `matrix`: float32 [words, dim]; `counts`: how much each word weighs, alike by default. Tokens
    that no word holds are not known.
    """
    texts = [form for word in forms for form in word]
    word_of_text = np.repeat(np.arange(len(forms)), [len(word) for word in forms])
    ids, offsets = tokenizer.encode_batch(texts)
    entries = np.stack([np.repeat(np.arange(len(texts)), np.diff(offsets)), ids.astype(np.int64)])
    text, token = np.unique(entries, axis=1)  # a token counts once in a text
    word = word_of_text[text]
    order = np.lexsort((word, token))
    word, token = word[order], token[order]
    weight = np.ones(len(word)) if counts is None else np.asarray(counts, np.float64)[word]
    made = np.zeros((tokenizer.token_count, matrix.shape[1]), np.float64)
    for start in range(0, len(word), _ENTRIES_AT_ONCE):
        part = slice(start, start + _ENTRIES_AT_ONCE)
        first = np.flatnonzero(np.diff(token[part], prepend=-1))
        made[token[part][first]] += np.add.reduceat(matrix[word[part]] * weight[part, None], first, axis=0)
    total = np.bincount(token, weight, minlength=len(made))
    known = total > 0
    made[known] /= total[known, None]
    rows = made.astype(np.float32)
    return TokenVectors(rows, rows.any(axis=1))
