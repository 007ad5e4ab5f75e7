"""The matrices of a source model, for methods that derive rows from weights and not from tokens alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .errors import PolyvocabError
from .recipe import untrained_rows

_BLOCK = 1 << 14  # rows that are widened to float64 at once


@dataclass(frozen=True)
class SourceMatrices:
    """The rows of the source's tokens, without padding. `surgery.read_matrices` reads them from a model.

    `input`, `output`: float32 [tokens, dim]; `output` is None where the input matrix is the output matrix too, or there is
    none. `hashes`: SHA-256 of the bytes of each in the model's own dtype: what is derived from them fits this model alone.
    """

    input: np.ndarray
    output: np.ndarray | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, input: np.ndarray, output: np.ndarray | None = None) -> SourceMatrices:
        """From arrays in the model's own dtype (float32 or float16), one row for each token."""
        given = {"input": input} | ({} if output is None else {"output": output})
        hashes = {name: hashlib.sha256(np.ascontiguousarray(rows).data).hexdigest() for name, rows in given.items()}
        return cls(*(np.asarray(rows, np.float32) for rows in given.values()), hashes=hashes)

    def check(self, tokens: int) -> None:
        """Raise `PolyvocabError` where these are not the matrices of so many tokens."""
        for name, rows in (("input", self.input), ("output", self.output)):
            if rows is not None and len(rows) != tokens:
                raise PolyvocabError(f"the {name} matrix has {len(rows)} rows, the source tokenizer {tokens} tokens")

    @property
    def untrained(self) -> frozenset[int]:
        """Tokens whose row says nothing in one of the matrices: see `untrained_rows`."""
        found = [untrained_rows(np.ascontiguousarray(m).view(np.uint8)) for m in (self.input, self.output) if m is not None]
        return frozenset(np.concatenate(found).tolist())


def factors(matrix: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """(float64 [rows, rank], float64 [rank, dim]): the two whose product is nearest to the matrix. Directions have length 1.

    They are the first right singular vectors; a row's coordinates are its products with them. A rank of the width or more gives
    the matrix itself.
    """
    gram = np.zeros((matrix.shape[1],) * 2)
    for at in range(0, len(matrix), _BLOCK):
        rows = matrix[at : at + _BLOCK].astype(np.float64)
        gram += rows.T @ rows
    values, vectors = np.linalg.eigh(gram)
    directions = vectors[:, np.argsort(-values)[:rank]].T
    # The sign of a direction is a library's whim: the largest part is positive.
    directions *= np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])[:, None]
    return np.concatenate([matrix[at : at + _BLOCK] @ directions.T for at in range(0, len(matrix), _BLOCK)]), directions
