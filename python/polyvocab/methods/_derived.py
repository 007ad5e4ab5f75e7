"""What methods share that make rows of the source's matrices, and not of recipes over their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..matrices import SourceMatrices
from ..recipe import Csr, Fill, Given, RowRecipe
from ..transfer import SourceTokenizer, TokenizerTransfer

RowsOf = Callable[[np.ndarray], Mapping[int, np.ndarray]]  # a matrix [source tokens, dim] -> {target row: float [dim]}


def derived_transfer(
    method: str,
    source: TokenizerFiles,
    target: TokenizerFiles,
    matrices: SourceMatrices | None,
    copied: np.ndarray,
    rows_of: RowsOf,
    fills: Mapping[int, Fill],
    provenance: Mapping[str, Any],
) -> TokenizerTransfer:
    """Rows that are copied (int64 [target tokens], as `assemble` takes it), given by `rows_of` for each matrix, or filled.

    The transfer fits the matrices that it was made from, and no others.
    """
    if matrices is None:
        raise PolyvocabError(f"{method} makes rows of the model's own: give it matrices (surgery.read_matrices), or --model")
    matrices.check(len(source.vocabulary))

    def recipe(matrix: np.ndarray) -> RowRecipe:
        given = rows_of(matrix)
        indptr = np.concatenate([[0], np.cumsum(copied >= 0)])
        weights = Csr(indptr, copied[copied >= 0], np.ones(int(indptr[-1]), np.float32))
        return RowRecipe(weights, len(source.vocabulary), Given.of(given) if given else None, fills)

    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        recipe(matrices.input),
        None if matrices.output is None else recipe(matrices.output),
        provenance=({"method": method, **provenance},),
        derived_from=dict(matrices.hashes),
    )
