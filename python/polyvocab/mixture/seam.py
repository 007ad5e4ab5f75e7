"""Where a merge list was continued on other text.

A tokenizer that extends another one has the merges of the other one first. Counts of merges fall along a list; where the
new text begins, they rise again, mostly a hundredfold, because what is frequent in it was not merged yet. No shares are needed
to see this: it is looked for in the counts of each category by itself, the largest share of a category's pairs that a merge
has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .finding import Finding
from .problem import Problem

_BEFORE, _BEHIND = 200, 50  # steps on either side that are compared
_LEAST_RISE = 5.0  # of the level: lists of one training rise by a half mostly, by 4 at most
_DEVIATIONS = 8.0  # from what is usual in the list
_FEWEST_OWN = 5  # steps of a segment that are mainly of a category, for its share to be read there
_LEAST_YIELD = 0.05  # of a category's bytes, in pairs that a segment merges, against the category with the most


@dataclass(frozen=True)
class Seam:
    """The first step that was learned on other text than the step before it."""

    step: int
    rise: float  # of the level: what is behind it to what is before it


@dataclass(frozen=True, eq=False)
class Seams:
    """Where a list of `steps` merges was continued; nothing for most lists."""

    steps: int
    seams: tuple[Seam, ...]  # by rising step
    usual: float  # the largest rise elsewhere in the list

    @property
    def segments(self) -> tuple[tuple[int, int], ...]:
        """(first, last) of the parts that were each learned in one go: steps first <= t < last. Where there is no seam, one."""
        cuts = [0, *(seam.step for seam in self.seams), self.steps]
        return tuple(zip(cuts, cuts[1:], strict=False))

    def findings(self) -> list[Finding]:
        return [
            Finding(
                "seam",
                "warning",
                f"from merge {seam.step:,} on the list was continued on other text: counts rise {seam.rise:,.0f}-fold there, "
                f"and at most {self.usual:.1f}-fold elsewhere. Each part has a mixture of its own",
            )
            for seam in self.seams
        ]


def find_seams(own: np.ndarray, pairs: np.ndarray) -> Seams:
    """The seams of a list. `own`: float64 [steps, categories], `pairs`: float64 [categories], as `Problem` has them for a
    window that begins at 0."""
    steps = len(own)
    if steps < _BEFORE + _BEHIND:
        return Seams(steps, (), 1.0)
    # A merge without counts has half a count.
    level = np.log(np.maximum(own, 0.5) / pairs).max(axis=1)
    rise = _rises(level)
    places = np.arange(len(rise)) + _BEFORE
    middle = np.median(rise)
    spread = 1.4826 * np.median(np.abs(rise - middle))
    least = max(np.log(_LEAST_RISE), middle + _DEVIATIONS * spread)
    seams, near = [], np.zeros(len(rise), bool)
    for at in np.argsort(-rise, kind="stable"):
        if rise[at] < least:
            break
        if not near[at]:
            seams.append(Seam(_exact(level, int(places[at])), float(np.exp(rise[at]))))
            near[max(0, at - _BEFORE - _BEHIND) : at + _BEFORE + _BEHIND] = True
    elsewhere = rise[~near]
    usual = float(np.exp(elsewhere.max())) if len(elsewhere) else 1.0
    return Seams(steps, tuple(sorted(seams, key=lambda seam: seam.step)), usual)


def _rises(level: np.ndarray) -> np.ndarray:
    """log of the median behind each place to the median before it, for the places from `_BEFORE` to `_BEHIND` before the
    end."""
    before = _medians(level[:-_BEHIND], _BEFORE)
    return _medians(level[_BEFORE:], _BEHIND) - before


def _medians(values: np.ndarray, width: int, at_once: int = 20_000) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(values, width)
    return np.concatenate([np.median(windows[i : i + at_once], axis=1) for i in range(0, len(windows), at_once)])


def _exact(level: np.ndarray, near: int) -> int:
    """The place near this one that parts the steps around best: below the middle before it, above the middle behind it."""
    begin, end = max(0, near - _BEFORE), min(len(level), near + _BEFORE)
    around = level[begin:end]
    middle = (np.median(level[begin : near - _BEHIND]) + np.median(level[near + _BEHIND // 2 : near + 2 * _BEHIND])) / 2
    is_above = np.concatenate([[0], np.cumsum(np.where(around > middle, 1, -1))])
    return begin + int(np.argmin(is_above))


def readable_categories(problem: Problem, sizes: np.ndarray) -> np.ndarray:
    """bool [categories]: those whose share the problem's window tells.

    The others have hardly any merge that is mainly theirs there, or little that it merges in all their text (`sizes`: int64
    [categories], its bytes), so that any share of bytes would do: they had no part in the text, or what is frequent in them
    was merged before the window."""
    own = problem.own[problem.first : problem.last]
    rates = own / problem.pairs
    mains = (rates > 0.5 * rates.sum(axis=1, keepdims=True)).sum(axis=0)
    merged = own.sum(axis=0) / sizes
    return (mains >= _FEWEST_OWN) & (merged >= _LEAST_YIELD * merged.max())


def not_identifiable(names: Sequence[str], first: int, last: int) -> list[Finding]:
    """What to say of categories whose share a segment does not tell."""
    if not names:
        return []
    text = (
        f"merges {first:,} to {last:,} have hardly any that are mainly of these categories: they had no part in that text, or "
        "what is frequent in them was merged before. Their shares there cannot be told; the others' are shares of the rest"
    )
    return [Finding("not identifiable", "note", text, tuple(names))]
