"""The baseline: new rows drawn from the normal distribution with the mean and covariance of the old ones.

Hewitt (2021). Unlike `random`, whose dimensions are independent, rows stay in the directions that the old ones have.
"""

from __future__ import annotations

from ..corpus import Corpus
from ..formats.directory import TokenizerFiles
from ..transfer import TokenizerTransfer
from ._filled import Copy, filled


def normal(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    copy: Copy = "overlap",
) -> TokenizerTransfer:
    """Every row drawn from N(mean, covariance) of the source rows, except what is copied.

    `copy="special"` copies special tokens only; `"overlap"` all tokens that both vocabularies have.
    """
    return filled("normal", source, target, policy="multivariate", seed=seed, copy=copy)
