"""The baseline: every new row is the mean of the old ones.

Hewitt (2021): by Jensen's inequality the model then gives each new token less than one over the size of the old vocabulary,
whatever the text; rows drawn at random may swamp the softmax.
"""

from __future__ import annotations

from ..corpus import Corpus
from ..formats.directory import TokenizerFiles
from ..transfer import TokenizerTransfer
from ._filled import Copy, filled


def mean(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    copy: Copy = "overlap",
) -> TokenizerTransfer:
    """Every row the mean of the source rows, except what is copied.

    `copy="special"` copies special tokens only; `"overlap"` all tokens that both vocabularies have.
    """
    return filled("mean", source, target, policy="mean", seed=seed, copy=copy)
