"""What shares make of the merges' own counts, and the level that these are at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import PolyvocabError
from .monotone import pool_adjacent
from .problem import Problem

FAR_BELOW, FAR_ABOVE = 0.3, 5.0  # of the level around
_NEIGHBOURS = 50


@dataclass(frozen=True, eq=False)
class Levels:
    """The steps of a window under a mixture. Counts are shares of the pairs of the window's first state."""

    fitted: np.ndarray  # float64 [steps]: sum_i alpha_i own_ti / pairs_i
    share: np.ndarray  # float64 [steps, categories]: of each category in it; 0 where there is no count
    unit: np.ndarray  # float64 [steps]: the variance per unit of `fitted` for Poisson counts; 0 where there are none
    used: np.ndarray  # bool [steps]: whether the step says where the level is; false where it is far from those around
    level: np.ndarray  # float64 [steps]: what never increases and fits the steps that are used best
    block: np.ndarray  # int64 [steps that are used]: the number of the block of equal levels that each is in

    @property
    def counts(self) -> np.ndarray:
        """float64 [steps]: how many counts of the sample the level of each step is: 1 / (their relative Poisson variance)."""
        units = np.where(self.used, self.unit, np.nan)
        known = np.flatnonzero(self.used)
        filled = np.interp(np.arange(len(units)), known, units[known])
        return self.level / filled

    def reliable(self, smallest: float) -> int:
        """After how many steps the counts of the sample become smaller than this."""
        fitted, _ = pool_adjacent(self.counts, np.ones(len(self.level)))
        return int(np.searchsorted(-fitted, -smallest, side="right"))


def levels_of(problem: Problem, alpha: np.ndarray) -> Levels:
    """The levels of the problem's window for shares of its pairs, float64 [categories].

    Raises `PolyvocabError` where no category with a share has any of the merged pairs."""
    return levels(problem.own[problem.first : problem.last] / problem.pairs, problem.pairs, alpha)


def levels(rates: np.ndarray, pairs: np.ndarray, alpha: np.ndarray, used: np.ndarray | None = None) -> Levels:
    """The same for `rates`, float64 [steps, categories]: counts as shares of the pairs of each category. `used`: which steps,
    all with counts, say where the level is; by default those that are not far from the steps around them."""
    fitted, share, unit = mixed(rates, pairs, alpha)
    if used is None:
        around = level_around(fitted)
        used = fitted > FAR_BELOW * around
        used[2 * _NEIGHBOURS :] &= (fitted < FAR_ABOVE * around)[2 * _NEIGHBOURS :]  # the first merges are far apart anyway
    if not used.any():
        raise PolyvocabError("no category has any of the pairs that these steps merge; give more text, or more categories")
    level, block = pool_adjacent(fitted[used], 1 / unit[used])
    everywhere = level[np.clip(np.cumsum(used) - 1, 0, None)]  # of a step that is not used, the level of the one before
    return Levels(fitted, share, unit, used, everywhere, block)


def mixed(rates: np.ndarray, pairs: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(fitted [steps], share [steps, categories], unit [steps]) as `Levels` has them."""
    parts = rates * alpha
    fitted = parts.sum(axis=1)
    share = np.divide(parts, fitted[:, None], out=np.zeros_like(parts), where=fitted[:, None] > 0)
    return fitted, share, share @ (alpha / pairs)


def level_around(fitted: np.ndarray) -> np.ndarray:
    """float64 [steps]: the upper quartile of the counts, of those that there are, in the steps around each. Most steps are near
    the level, and those of a category that is not known lie below it."""
    present = np.flatnonzero(fitted > 0)
    if not len(present):
        return np.zeros_like(fitted)
    width = min(2 * _NEIGHBOURS + 1, len(present))
    place = (3 * width) // 4
    windows = np.lib.stride_tricks.sliding_window_view(fitted[present], width)
    quartiles = np.concatenate(
        [np.partition(windows[i : i + 10_000], place, axis=1)[:, place] for i in range(0, len(windows), 10_000)]
    )
    centres = np.arange(len(quartiles)) + width // 2
    return np.interp(np.arange(len(fitted)), present[centres], quartiles)
