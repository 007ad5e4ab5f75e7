"""CLP-Transfer (Ostendorff and Rehm 2023): efficient language model training through cross-lingual and progressive transfer.

A small model of the target language, with the target tokenizer, says how tokens relate: each new token is the mean of all
tokens that both vocabularies have, weighted by its cosine with them in that model's embeddings.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..matrices import SourceMatrices
from ..overlap import overlap
from ..transfer import TokenizerTransfer
from ._derived import derived_transfer
from ._filled import fills_of

_LEAST_SUM = 1e-6  # of the cosines of a row, as a part of the sum of their sizes


def clp(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used: the helper was trained on it
    seed: int = 0,
    untrained: Collection[int] = (),
    matrices: SourceMatrices | None = None,
    helper: np.ndarray | None = None,
) -> TokenizerTransfer:
    """The transfer, for the model that `matrices` are of.

    `helper`: float [target tokens, any width], the input rows of a small model with the target tokenizer. Weights are cosines
    divided by their sum, as published: without a choice of the nearest, so rows lie close together, and cosines of both signs
    may sum to next to nothing; such a row (and one whose helper row is zero) is drawn from N(mean, std) instead. Input and
    output matrices are weighed alike. Copies of `untrained` source tokens do not count.
    """
    if helper is None:
        raise PolyvocabError("clp needs helper: the embeddings of a small model that was trained with the target tokenizer")
    if len(helper) < len(target.vocabulary):
        raise PolyvocabError(f"the helper has {len(helper)} rows, the target tokenizer {len(target.vocabulary)} tokens")
    found = overlap(source, target)
    unit = _unit(np.asarray(helper[: len(target.vocabulary)], np.float64))
    pool = found.matched[~np.isin(found.source[found.matched], list(untrained))]
    new = found.unmatched
    total = unit[pool].sum(axis=0)
    sums = unit[new] @ total
    sizes = np.array([np.abs(unit[pool] @ row).sum() for row in unit[new]])
    told = np.abs(sums) > _LEAST_SUM * sizes
    new, sums = new[told], sums[told]

    def rows_of(matrix: np.ndarray) -> dict[int, np.ndarray]:
        # Cosines times rows, without the matrix of cosines: (H_new H_pool^T) E = H_new (H_pool^T E).
        through = unit[pool].T @ matrix[found.source[pool]].astype(np.float64)
        return dict(zip(new.tolist(), unit[new] @ through / sums[:, None], strict=True))

    fills = fills_of(target, np.setdiff1d(found.unmatched, new).tolist(), seed)
    provenance = {"seed": seed, "overlap": found.counts(), "pool": len(pool), "helper_dim": int(unit.shape[1])}
    return derived_transfer("clp", source, target, matrices, found.source, rows_of, fills, provenance)


def _unit(rows: np.ndarray) -> np.ndarray:
    """Of length 1, in float64: weights of both signs cancel. Zero rows stay zero."""
    if (bad := np.flatnonzero(~np.isfinite(rows).all(axis=1))).size:
        raise PolyvocabError(f"helper: row {bad[0]} holds a value that is not finite")
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
