"""FOCUS: Effective Embedding Initialization for Monolingual Specialization of Multilingual Models (Dobler and de Melo,
EMNLP 2023).

Tokens that both vocabularies have are copied. Every other token becomes a combination of copied ones: cosine similarity
in an auxiliary space of the target language, made sparse and normalized by sparsemax over the whole row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..overlap import Canonical, Overlap, overlap
from ..recipe import Csr, RowRecipe, assemble
from ..similarity import Sparsemax, cosine_rows
from ..tokenizer import Tokenizer
from ..transfer import SourceTokenizer, TokenizerTransfer
from ..vectors import TokenVectors, train
from ._filled import fills_of


def focus(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,
    seed: int = 0,
    untrained: Collection[int] = (),
    vectors: TokenVectors | Mapping[str, np.ndarray] | str | Path | None = None,
    vector_settings: Mapping[str, Any] | None = None,
    canonical: Canonical = "bytes",
    symbols: bool = False,
    fuzzy: bool = False,
    threads: int = 0,
    progress: bool = False,
) -> TokenizerTransfer:
    """The transfer; one call serves input and output matrix alike, since its weights come from the auxiliary space.

    `vectors`: auxiliary vectors keyed by the target's token strings (a mapping, or a file). Without them they are
    trained on `corpus` with `vectors.train(**vector_settings)`. `canonical`, `symbols` and `fuzzy` choose what counts as
    the same token, see `overlap`; `canonical="decoded"` is the form that was published.

    A new token without a vector is drawn from N(mean, std) of the source rows per dimension; a copied token without one
    stays a copy and leaves the pool that others are combined from, as do copies of `untrained` source tokens.
    """
    found = overlap(source, target, canonical=canonical, symbols=symbols, fuzzy=fuzzy)
    made = {"vectors": "given"}
    if vectors is None:
        if corpus is None:
            raise PolyvocabError("focus needs auxiliary vectors, or a corpus of the target language to train them on")
        settings = {"seed": seed, "threads": threads, **(vector_settings or {})}
        vectors = train(corpus, Tokenizer(target), progress=progress, **settings)
        # Several threads of gensim race: the same text gives other vectors each time. Ours never do.
        is_native = settings.get("trainer", "native") == "native"
        made = {"vectors": "trained", "reproducible": is_native or settings.get("threads", 0) <= 1}
    aux = TokenVectors.of(vectors, target.vocabulary)
    recipe = focus_recipe(
        found, aux, target, len(source.vocabulary), seed=seed, untrained=untrained, threads=threads, progress=progress
    )
    pool = int((aux.known & (found.source >= 0)).sum())
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        recipe,
        provenance=(
            {
                "method": "focus",
                "canonical": canonical,
                "symbols": symbols,
                "fuzzy": fuzzy,
                "seed": seed,
                "overlap": found.counts(),
                "pool": pool,
                "vectors_dim": int(aux.matrix.shape[1]),
                **made,
            },
        ),
    )


def focus_recipe(
    found: Overlap,
    aux: TokenVectors,
    target: TokenizerFiles,
    n_source: int,
    *,
    seed: int = 0,
    untrained: Collection[int] = (),
    threads: int = 0,
    progress: bool = False,
) -> RowRecipe:
    """The recipe alone: copies, sparsemax combinations over the pool, and fills."""
    copied = found.source >= 0
    copied[copied] = ~np.isin(found.source[copied], list(untrained))
    pool = np.flatnonzero(aux.known & copied)
    # In the order of their source rows, so that columns that ascend in the pool ascend in the recipe.
    pool = pool[np.argsort(found.source[pool], kind="stable")]
    new = found.unmatched[aux.known[found.unmatched]] if len(pool) else found.unmatched[:0]
    mixed = None
    if len(new):
        rows = aux.matrix[new], aux.matrix[pool]  # copies, which may be overwritten
        weights = cosine_rows(*rows, Sparsemax(), threads=threads, progress=progress, overwrite=True)
        mixed = new, _on_source_rows(weights, found.source[pool])
    left = np.setdiff1d(found.unmatched, new, assume_unique=True)
    return assemble(found.source, n_source, mixed, fills_of(target, left.tolist(), seed))


def _on_source_rows(weights: Csr, source: np.ndarray) -> Csr:
    """Columns of the pool become source rows; several pool tokens of one source row (possible where matches are not
    one-to-one) add up."""
    if np.all(np.diff(source) > 0):
        return Csr(weights.indptr, source[weights.indices], weights.weights)
    return Csr.from_entries(len(weights), weights.entry_rows, source[weights.indices], weights.weights)
