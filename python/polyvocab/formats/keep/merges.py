"""Which merges stay."""

from __future__ import annotations

import numpy as np

from .kept import Kept


def stay(merges: np.ndarray, merged: np.ndarray, kept: Kept) -> np.ndarray:
    """bool [merges]: those of which both parts and the result are kept. `merges` [merges, 2] and `merged` [merges]: old ids."""
    return (kept.new_ids[merges] >= 0).all(axis=1) & (kept.new_ids[merged] >= 0)
