"""UNKs Everywhere (unverified; Pfeiffer et al. 2021): a matrix is written as coordinates times directions, and new tokens get
coordinates.

What all tokens share, the directions, is kept; a new token has few numbers of its own. The paper trains these alone; here they
make rows of an ordinary model. Neither its code nor its factorization was to be had: ours is the best one of this rank
(singular values).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..matrices import SourceMatrices, factors
from ..overlap import overlap
from ..recipe import Fill
from ..recipe.fill import Moments
from ..transfer import TokenizerTransfer
from ._derived import derived_transfer
from ._filled import fills_of


def matrix_factorization(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    untrained: Collection[int] = (),
    matrices: SourceMatrices | None = None,
    rank: int = 100,
) -> TokenizerTransfer:
    """The transfer, for the model that `matrices` are of.

    Each matrix is F G with F [tokens, rank] and G [rank, dim]. A token that both vocabularies have takes its row of F; every
    other one draws coordinates from N(mean, std) of F's columns, `untrained` rows apart. Rows are coordinates times G: of
    shared tokens too, which are therefore near their source rows and no copies; special tokens are copied.
    """
    if rank < 1:
        raise PolyvocabError(f"rank {rank}: must be 1 at least")
    found = overlap(source, target)
    copied = found.source.copy()
    copied[found.kind > found.kinds.index("special")] = -1
    trained = np.setdiff1d(np.arange(len(source.vocabulary)), list(untrained))
    shared = found.matched[copied[found.matched] < 0]
    tokens = target.vocabulary.tokens
    holes = [i for i in np.flatnonzero(copied < 0).tolist() if tokens[i] is None]

    def rows_of(matrix: np.ndarray) -> dict[int, np.ndarray]:
        coordinates, directions = factors(matrix, rank)
        known = coordinates[trained]
        moments = Moments(known.mean(axis=0), known.std(axis=0), lambda: np.cov(known.T))
        made = {int(i): coordinates[found.source[i]] @ directions for i in shared}
        for i in found.unmatched.tolist():
            if tokens[i] is not None:
                made[i] = Fill("normal", seed, tokens[i]).row(moments).astype(np.float64) @ directions
        return made

    provenance = {"rank": rank, "seed": seed, "overlap": found.counts(), "unverified": True}
    return derived_transfer(
        "matrix_factorization", source, target, matrices, copied, rows_of, fills_of(target, holes, seed), provenance
    )
