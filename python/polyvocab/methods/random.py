"""The baseline: new rows drawn from the distribution of the old ones."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..corpus import Corpus
from ..formats.directory import TokenizerFiles
from ..overlap import overlap
from ..recipe import Fill, assemble
from ..transfer import SourceTokenizer, TokenizerTransfer


def random(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    copy: Literal["special", "overlap"] = "special",
) -> TokenizerTransfer:
    """Every row drawn from N(mean, std) of the source rows, per dimension, except what is copied.

    `copy="special"` copies special tokens only; `"overlap"` all tokens that both vocabularies have.
    """
    found = overlap(source, target)
    copied = found.source.copy()
    if copy == "special":
        copied[found.kind > found.kinds.index("special")] = -1
    tokens = target.vocabulary.tokens
    rows = np.flatnonzero(copied < 0).tolist()
    fills = {i: Fill("normal", seed, tokens[i]) if tokens[i] is not None else Fill("mean", 0, f"hole {i}") for i in rows}
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        assemble(copied, len(source.vocabulary), None, fills),
        provenance=({"method": "random", "copy": copy, "seed": seed},),
    )
