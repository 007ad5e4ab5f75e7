"""What WECHSEL and OFA share: a new token is a softmax over its nearest source tokens in an auxiliary space."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..formats.directory import TokenizerFiles
from ..recipe import Csr, RowRecipe, assemble
from ..similarity import TopK, cosine_rows
from ..vectors import TokenVectors
from ._filled import fills_of


def neighbours_recipe(
    copied: np.ndarray,
    target: TokenizerFiles,
    spaces: tuple[TokenVectors, TokenVectors],
    *,
    neighbours: int,
    temperature: float,
    untrained: Collection[int],
    seed: int,
    threads: int = 0,
    progress: bool = False,
) -> RowRecipe:
    """`copied`: int64 [target tokens], as `assemble` takes it. `spaces`: vectors of source and target tokens in one space.

    A token that is not copied takes the `neighbours` source tokens with the largest cosines, weighted by their softmax with
    this temperature; one without a vector is drawn from N(mean, std). `untrained` source tokens are no neighbours.
    """
    theirs, ours = spaces
    pool = theirs.known.copy()
    pool[list(untrained)] = False
    columns = np.flatnonzero(pool)
    new = np.flatnonzero((copied < 0) & ours.known) if len(columns) else np.zeros(0, np.int64)
    mixed = None
    if len(new):
        rows = ours.matrix[new], theirs.matrix[columns]  # copies, which may be overwritten
        selection = TopK(neighbours, temperature)
        weights = cosine_rows(*rows, selection, threads=threads, progress=progress, overwrite=True)
        mixed = new, Csr(weights.indptr, columns[weights.indices], weights.weights)
    left = np.setdiff1d(np.flatnonzero(copied < 0), new, assume_unique=True)
    return assemble(copied, len(theirs.known), mixed, fills_of(target, left.tolist(), seed))
