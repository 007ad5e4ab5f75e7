"""What the baselines share: some rows are copied, all others filled by one policy."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..formats.directory import TokenizerFiles
from ..overlap import overlap
from ..recipe import Fill, assemble
from ..recipe.fill import Policy
from ..transfer import SourceTokenizer, TokenizerTransfer

Copy = Literal["special", "overlap"]


def filled(
    method: str, source: TokenizerFiles, target: TokenizerFiles, *, policy: Policy, seed: int, copy: Copy
) -> TokenizerTransfer:
    """`copy="special"` copies special tokens only; `"overlap"` all tokens that both vocabularies have."""
    found = overlap(source, target)
    copied = found.source.copy()
    if copy == "special":
        copied[found.kind > found.kinds.index("special")] = -1
    tokens = target.vocabulary.tokens
    rows = np.flatnonzero(copied < 0).tolist()
    fills = {i: Fill(policy, seed, tokens[i]) if tokens[i] is not None else Fill("mean", 0, f"hole {i}") for i in rows}
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        assemble(copied, len(source.vocabulary), None, fills),
        provenance=({"method": method, "copy": copy, "seed": seed},),
    )
