"""Standard errors from leaving out a block of documents at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..errors import PolyvocabError
from .problem import Problem


@dataclass(frozen=True, eq=False)
class Jackknife:
    """An estimate with its standard errors, in one unit."""

    shares: np.ndarray  # float64 [categories]: from all blocks
    errors: np.ndarray  # float64 [categories]
    replicates: np.ndarray  # float64 [blocks, categories]: each without one block


def grouped_jackknife(
    problem: Callable[[int | None], Problem],
    blocks: int,
    estimate: Callable[[Problem], np.ndarray],
    *,
    unit: Callable[[np.ndarray, int | None], np.ndarray] | None = None,
    progress: bool = False,
) -> Jackknife:
    """The delete-a-group jackknife (Kott 2001) of any estimator.

    `problem(block)`: the counts without that block of every category, `problem(None)` with all. `estimate`: shares of pairs
    from them, called for all blocks first, so that it may start the replicates at what it found. `unit(alpha, block)`: shares
    of pairs as shares of something else, bytes say, in the text without that block; by default as they are.

    The standard error of a share is the root of (blocks - 1) / blocks times the sum of the replicates' squared distances from
    their mean. It covers what the choice of the sample's documents brings about, not a sample of another kind of text than
    the tokenizer's. Raises `PolyvocabError` for fewer than two blocks.
    """
    if blocks < 2:
        raise PolyvocabError(f"{blocks} block: the jackknife leaves one out, so it needs two or more; count with more blocks")

    def shares(block: int | None) -> np.ndarray:
        alpha = estimate(problem(block))
        return alpha if unit is None else unit(alpha, block)

    full = shares(None)
    replicates = np.stack([shares(block) for block in tqdm(range(blocks), desc="jackknife", disable=not progress)])
    spread = ((replicates - replicates.mean(axis=0)) ** 2).sum(axis=0)
    return Jackknife(full, np.sqrt((blocks - 1) / blocks * spread), replicates)
