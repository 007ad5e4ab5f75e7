"""Training-free tokenizer transplantation via orthogonal matching pursuit (Goddard and Fernandes Neto 2025).

A donor model that has the target tokenizer writes each new token with a few of the tokens that both vocabularies have; the same
coefficients on the source's rows make the new row.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..matrices import SourceMatrices
from ..overlap import Overlap, overlap
from ..pursuit import orthogonal_matching_pursuit
from ..recipe import Csr, RowRecipe, assemble
from ..transfer import SourceTokenizer, TokenizerTransfer
from ._filled import fills_of


def omp(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    untrained: Collection[int] = (),
    donor: SourceMatrices | None = None,
    k: int = 64,
    threads: int = 0,
    progress: bool = False,
) -> TokenizerTransfer:
    """Tokens that both vocabularies have are copied; each other token is a combination of at most `k` of them.

    `donor`: the matrices of a model with the target tokenizer (`surgery.read_matrices`). As published, coefficients are found
    for the input and the output matrix apart, each in the donor's matrix of that name; where the donor has one matrix, both
    take its. Rows that training never reached in the donor or, as `untrained`, in the source are no atoms, equal ones (which
    would get coefficients without bounds) among them; a new token whose donor row is one of those is drawn from N(mean, std),
    as is one that has no part in the space of the atoms.
    """
    if donor is None:
        raise PolyvocabError("omp needs donor: the matrices of a model that has the target tokenizer")
    donor.check(len(target.vocabulary))
    found = overlap(source, target)

    def recipe(matrix: np.ndarray) -> RowRecipe:
        return _recipe(found, target, matrix, len(source.vocabulary), donor, untrained, k, seed, threads, progress)

    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        recipe(donor.input),
        None if donor.output is None else recipe(donor.output),
        provenance=(
            {
                "method": "omp",
                "k": k,
                "seed": seed,
                "overlap": found.counts(),
                "donor": dict(donor.hashes),
                "donor_dim": int(donor.input.shape[1]),
            },
        ),
    )


def _recipe(
    found: Overlap,
    target: TokenizerFiles,
    matrix: np.ndarray,
    n_source: int,
    donor: SourceMatrices,
    untrained: Collection[int],
    k: int,
    seed: int,
    threads: int,
    progress: bool,
) -> RowRecipe:
    unknown = np.array(sorted(donor.untrained), np.int64)
    shared = np.setdiff1d(found.matched, unknown)
    shared = shared[~np.isin(found.source[shared], list(untrained))]
    shared = shared[np.unique(found.source[shared], return_index=True)[1]]  # in the order of their source rows
    new = np.setdiff1d(found.unmatched, unknown)
    mixed = None
    if len(new) and len(shared):
        weights = orthogonal_matching_pursuit(matrix[new], matrix[shared], k, threads=threads, progress=progress)
        told = weights.row_lengths > 0
        new = new[told]
        indptr = np.concatenate([[0], np.cumsum(weights.row_lengths[told])])
        mixed = new, Csr(indptr, found.source[shared][weights.indices], weights.weights)
    left = np.setdiff1d(found.unmatched, new)
    return assemble(found.source, n_source, mixed, fills_of(target, left.tolist(), seed))
