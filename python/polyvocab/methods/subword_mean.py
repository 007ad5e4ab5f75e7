"""A new token is the mean of the pieces that the old tokenizer splits it into.

Known as FVT (fast vocabulary transfer, Gee et al. 2022) and ReTok; the strongest simple baseline for large models.
"""

from __future__ import annotations

import numpy as np

from ..corpus import Corpus
from ..formats.directory import TokenizerFiles
from ..overlap import Canonical, overlap
from ..pieces import Pieces, Role
from ..recipe import Csr, Fill, assemble
from ..tokenizer import Tokenizer
from ..transfer import SourceTokenizer, TokenizerTransfer


def subword_mean(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    canonical: Canonical = "bytes",
) -> TokenizerTransfer:
    """Tokens that both vocabularies have are copied; each other token is the unweighted mean of its pieces.

    A special token without a counterpart, and a token that the old tokenizer cannot spell (it knows none of its
    characters), are drawn from N(mean, std).
    """
    found = overlap(source, target, canonical=canonical)
    pieces, tokenizer = Pieces.of(target.vocabulary), Tokenizer(source)
    rows, columns, weights, fills = [], [], [], {}
    for i in found.unmatched.tolist():
        token = target.vocabulary.tokens[i]
        if token is None:
            fills[i] = Fill("mean", 0, f"hole {i}")
        elif pieces.role[i] in (Role.NORMAL, Role.BYTE) and (ids := tokenizer.segment(pieces[i])):
            rows += [i] * len(ids)
            columns += ids
            weights += [1.0 / len(ids)] * len(ids)
        else:
            fills[i] = Fill("normal", seed, token)
    mixed_rows, of_entry = np.unique(np.array(rows, np.int64), return_inverse=True)
    mixed = Csr.from_entries(len(mixed_rows), of_entry, np.array(columns, np.int64), np.array(weights))
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        assemble(found.source, len(source.vocabulary), (mixed_rows, mixed), fills),
        provenance=({"method": "subword_mean", "canonical": canonical, "seed": seed, "overlap": found.counts()},),
    )
