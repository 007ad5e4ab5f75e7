"""Vectors aligned with the ids of a vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import PolyvocabError
from ..formats.vocabulary import Vocabulary
from .files import read_vectors


@dataclass(frozen=True)
class TokenVectors:
    """`matrix`: float32 [tokens, dim]; `known`: bool [tokens], False where a token has no vector or a zero one."""

    matrix: np.ndarray
    known: np.ndarray

    @classmethod
    def of(cls, source: TokenVectors | Mapping[str, np.ndarray] | str | Path, vocabulary: Vocabulary) -> TokenVectors:
        """From a mapping of token strings, or a file of them that `read_vectors` reads. Raises `PolyvocabError` naming a token
        whose vector has another width or is not finite, and where no token of the vocabulary has a vector."""
        if isinstance(source, TokenVectors):
            if len(source.matrix) != len(vocabulary):
                raise PolyvocabError(f"vectors for {len(source.matrix)} tokens, the vocabulary has {len(vocabulary)}")
            return source
        if isinstance(source, str | Path):
            source = read_vectors(source, wanted=vocabulary.ids)
        known = [(i, token) for i, token in enumerate(vocabulary.tokens) if token is not None and token in source]
        if not known:
            raise PolyvocabError("no token of the target vocabulary has an auxiliary vector: are they keyed by its tokens?")
        dim = len(source[known[0][1]])
        matrix = np.zeros((len(vocabulary), dim), np.float32)
        for i, token in known:
            vector = source[token]
            if len(vector) != dim:
                raise PolyvocabError(f"the vector of token {token!r} has {len(vector)} numbers, others have {dim}")
            matrix[i] = vector
        if (bad := np.flatnonzero(~np.isfinite(matrix).all(axis=1))).size:
            raise PolyvocabError(f"the vector of token {vocabulary.tokens[bad[0]]!r} is not finite")
        return cls(matrix, matrix.any(axis=1))

    def by_token(self, vocabulary: Vocabulary) -> dict[str, np.ndarray]:
        """The tokens that have a vector, with it: what `write_vectors` takes."""
        return {vocabulary.tokens[i]: self.matrix[i] for i in np.flatnonzero(self.known).tolist()}
