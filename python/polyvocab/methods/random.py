"""The baseline: new rows drawn from the distribution of the old ones, each dimension by itself."""

from __future__ import annotations

from ..corpus import Corpus
from ..formats.directory import TokenizerFiles
from ..transfer import TokenizerTransfer
from ._filled import Copy, filled


def random(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    copy: Copy = "special",
) -> TokenizerTransfer:
    """Every row drawn from N(mean, std) of the source rows, per dimension, except what is copied.

    `copy="special"` copies special tokens only; `"overlap"` all tokens that both vocabularies have.
    """
    return filled("random", source, target, policy="normal", seed=seed, copy=copy)
