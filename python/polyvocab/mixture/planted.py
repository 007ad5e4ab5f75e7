"""Merges and tokens that no trainer made: put in by hand, out of order, redundant, or reached by no text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..formats.definition import Bpe
from ..inspection.entries import Entries
from .finding import Finding
from .levels import FAR_BELOW, Levels
from .merge_list import MergeList
from .problem import Problem
from .residuals import group_names, pair_text, token_text

_RARE, _FREQUENT = 0.02, 8.0  # of the level
_COUNT_RARE, _COUNT_LATE = 300.0, 100.0  # of the sample, at the level of a step, to judge whether it is the one or the other
_FIRST = 100  # steps whose levels are too far apart to say that one is too high
_COVERED = 0.8  # of the steps of the same script or kind around: near the level, so that the categories have such text
_NEIGHBOURS = 200
_FEWEST_NEIGHBOURS = 10
_FEWEST, _SHARE_RARE = 3, 0.002  # of the steps: words that come in clumps leave half of that at most
_MANY = 0.01  # of the steps
_EXAMPLES = 12


@dataclass(frozen=True, eq=False)
class Planted:
    """Steps that are out of place among their neighbours, though the categories have text like theirs."""

    rare: np.ndarray  # int64: steps of the window whose pair the categories hardly have: a trainer would not have merged it
    late: np.ndarray  # int64: steps whose pair is far more frequent than those around: a trainer would have merged it before
    steps: int  # that were judged
    examples: tuple[str, ...]

    def findings(self) -> list[Finding]:
        rare = len(self.rare) if len(self.rare) >= max(_FEWEST, _SHARE_RARE * self.steps) else 0
        if rare + len(self.late) < _FEWEST:
            return []
        text = (
            f"{rare + len(self.late):,} of the first {self.steps:,} merges do not belong where they are ({rare:,} that the "
            f"samples hardly have, {len(self.late):,} that are far more frequent than those around), though the samples have "
            "text like theirs; they seem to have been put in by hand"
        )
        severity = "warning" if rare + len(self.late) > _MANY * self.steps else "note"
        return [Finding("hand-added merges", severity, text, self.examples)]


def planted_merges(problem: Problem, levels: Levels, entries: Entries) -> Planted:
    """Judge the steps of the window whose level is many counts of the sample. Where a category is missing, its merges are as
    rare: what is found then says little (`unexplained_merges`)."""
    steps = max(levels.reliable(_COUNT_RARE), levels.reliable(_COUNT_LATE))
    ratio = levels.fitted[:steps] / levels.level[:steps]
    late = np.flatnonzero(ratio > _FREQUENT)
    late = late[late >= _FIRST]
    made = problem.steps.merged[problem.first : problem.first + steps].tolist()
    groups = np.array(group_names(made, entries))
    is_rare = (ratio < _RARE) & (np.arange(steps) < levels.reliable(_COUNT_RARE))
    rare = [t for t in np.flatnonzero(is_rare).tolist() if _is_covered(ratio, groups, t)]
    examples = tuple(token_text(made[t], entries) for t in [*rare, *late.tolist()][:_EXAMPLES])
    return Planted(np.array(rare, np.int64), late, steps, examples)


def _is_covered(ratio: np.ndarray, groups: np.ndarray, step: int) -> bool:
    around = slice(max(0, step - _NEIGHBOURS), step + _NEIGHBOURS)
    alike = ratio[around][groups[around] == groups[step]]
    return len(alike) >= _FEWEST_NEIGHBOURS and (alike > FAR_BELOW).mean() >= _COVERED


def not_learned(merges: MergeList, entries: Entries) -> list[Finding]:
    """A note for each kind of merges and tokens that a merge list has beside the steps of its trainer."""
    steps, model = merges.steps, merges.definition.model
    findings = []

    def note(kind: str, places: np.ndarray, text: str, shown) -> None:
        if len(places):
            examples = tuple(shown(int(place)) for place in places[:_EXAMPLES])
            findings.append(Finding(kind, "note", f"{len(places):,} {text}", examples))

    def step_pair(t: int) -> str:
        return pair_text(int(steps.left[t]), int(steps.right[t]), entries)

    def listed_pair(i: int) -> str:
        return pair_text(*model.merges[i].tolist(), entries) if isinstance(model, Bpe) else str(i)

    def token(i: int) -> str:
        return token_text(i, entries)

    note("redundant merges", merges.redundant, "merges make a token that another merge makes; they are left out", listed_pair)
    note("unreachable tokens", merges.unreachable, "tokens that no text becomes, whatever stands around them", token)
    note("given pieces", merges.given, "pieces that the trainer was told or that were put behind all it learned", token)
    note("early merges", merges.early, "merges stand before one that makes a part of theirs: no trainer does that", step_pair)
    return findings
