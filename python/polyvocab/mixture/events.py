"""How the counts of pairs change while the merges of a tokenizer are applied, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class MergeSteps:
    """The merges of a tokenizer in the order in which its trainer made them."""

    left: np.ndarray  # uint32 [steps]: token ids
    right: np.ndarray  # uint32 [steps]
    merged: np.ndarray  # uint32 [steps]: what left and right become

    def __len__(self) -> int:
        return len(self.merged)


@dataclass(frozen=True, eq=False)
class PairEvents:
    """Counts of neighbouring tokens, sparse and pair by pair.

    In state t the first t merges were applied. The count of pair p in a column is the sum of its changes there, up to and
    with state t. The events of pair p are those at `indptr[p]:indptr[p + 1]`.
    """

    pairs: np.ndarray  # uint32 [pairs, 2]: ids of left and right, rows rising, none twice
    indptr: np.ndarray  # int64 [pairs + 1]
    state: np.ndarray  # uint32 [events]: from this state on; rising within a pair
    column: np.ndarray  # uint32 [events]: rising within a pair and state
    change: np.ndarray  # int64 [events], none 0

    def __len__(self) -> int:
        """How many events there are."""
        return len(self.state)

    @classmethod
    def empty(cls) -> PairEvents:
        return cls(
            np.zeros((0, 2), np.uint32),
            np.zeros(1, np.int64),
            np.zeros(0, np.uint32),
            np.zeros(0, np.uint32),
            np.zeros(0, np.int64),
        )
