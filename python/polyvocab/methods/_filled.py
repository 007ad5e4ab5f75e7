"""What methods share: rows that nothing explains are filled by one policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from ..formats.directory import TokenizerFiles
from ..overlap import overlap
from ..recipe import Fill, assemble
from ..recipe.fill import Policy
from ..transfer import SourceTokenizer, TokenizerTransfer

Copy = Literal["special", "overlap"]


def fills_of(target: TokenizerFiles, rows: Iterable[int], seed: int, policy: Policy = "normal") -> dict[int, Fill]:
    """A fill for each of these target rows; an id without a token is never drawn."""
    tokens = target.vocabulary.tokens
    return {i: Fill(policy, seed, tokens[i]) if tokens[i] is not None else Fill("mean", 0, f"hole {i}") for i in rows}


def copied_from(source: TokenizerFiles, target: TokenizerFiles, copy: Copy) -> np.ndarray:
    """int64 [target tokens]: the source id of each token that is copied, -1 for others. `copy="special"` copies special tokens
    only; `"overlap"` all tokens that both vocabularies have."""
    found = overlap(source, target)
    copied = found.source.copy()
    if copy == "special":
        copied[found.kind > found.kinds.index("special")] = -1
    return copied


def filled(
    method: str, source: TokenizerFiles, target: TokenizerFiles, *, policy: Policy, seed: int, copy: Copy
) -> TokenizerTransfer:
    """A baseline: some rows are copied, all others filled."""
    copied = copied_from(source, target, copy)
    fills = fills_of(target, np.flatnonzero(copied < 0).tolist(), seed, policy)
    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        assemble(copied, len(source.vocabulary), None, fills),
        provenance=({"method": method, "copy": copy, "seed": seed},),
    )
