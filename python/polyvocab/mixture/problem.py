"""What the estimators for merge lists see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .events import MergeSteps, PairEvents


@dataclass(frozen=True, eq=False)
class Problem:
    """Counts of the pairs of each category in a window of steps, `first <= t < last`.

    An estimate is a share for each category, alpha: of the pairs of state `first`. Category i contributes
    `alpha[i] / pairs[i]` times its counts.
    """

    categories: tuple[str, ...]
    steps: MergeSteps  # all steps of the tokenizer
    first: int
    last: int
    events: PairEvents  # a column is a category; only states before `last`
    own: np.ndarray  # float64 [steps, categories]: the count of each merge's own pair in the state that it is applied to
    pairs: np.ndarray  # float64 [categories]: all pairs in state `first`
