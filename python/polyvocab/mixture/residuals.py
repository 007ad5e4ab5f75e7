"""Merges that no category explains, pairs that the samples have too many of, and how much of the level is explained."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ..inspection.entries import Entries
from ..inspection.kinds import kind_of
from ..inspection.vocabulary import shown
from ..scripts import COMMON, script_of, scripts_of
from .excess import ExcessPairs
from .finding import Finding
from .levels import Levels
from .problem import Problem

SMALLEST_COUNT = 200.0  # of the sample, which a step must have at its level to be judged
_UNEXPLAINED = 0.1  # of the level
_FEWEST_STEPS = 100  # that can be judged
_SHARE = 0.02  # of the steps: samples of the kind of text that a tokenizer was trained on leave 0.01 at most
_GROUP, _GROUP_SHARE = 8, 0.3  # of the steps of a script: so many, and such a share of them
_RATIO, _EXCESS = 3.0, 0.002  # of pairs that are reported: to the level; of all pairs, together
_EXAMPLES = 12


@dataclass(frozen=True)
class UnexplainedGroup:
    """The steps that make tokens of one script or kind."""

    name: str
    steps: int  # that were judged
    unexplained: tuple[int, ...]  # of them; numbers of steps of the window


@dataclass(frozen=True, eq=False)
class Unexplained:
    """Steps whose pair is much rarer in the categories than what was merged around them: another category had them."""

    steps: int  # how many were judged, from the first
    unexplained: np.ndarray  # int64: numbers of steps of the window
    groups: tuple[UnexplainedGroup, ...]  # those with the most unexplained steps first
    examples: tuple[str, ...]

    @property
    def share(self) -> float:
        return len(self.unexplained) / max(self.steps, 1)

    def findings(self) -> list[Finding]:
        """One where a category seems to be missing, else none."""
        if self.steps < _FEWEST_STEPS:
            return []
        whole = [g for g in self.groups if len(g.unexplained) >= max(_GROUP, _GROUP_SHARE * g.steps)]
        if self.share < _SHARE and not whole:
            return []
        groups = whole or self.groups[:3]
        said = ", ".join(f"{g.name} {len(g.unexplained):,} of {g.steps:,}" for g in groups)
        text = (
            f"{len(self.unexplained):,} of the first {self.steps:,} merges ({self.share:.1%}) have less than a tenth of the "
            f"count of the merges around them, whatever the shares ({said}). A category seems to be missing, or its sample is "
            "of other text than the training data was; the other shares are of what is explained"
        )
        return [Finding("missing category", "warning", text, self.examples)]


def unexplained_merges(problem: Problem, levels: Levels, entries: Entries) -> Unexplained:
    """Judge the steps of the window that have enough counts of the sample (`SMALLEST_COUNT`)."""
    steps = levels.reliable(SMALLEST_COUNT)
    made = problem.steps.merged[problem.first : problem.first + steps].tolist()
    is_low = levels.fitted[:steps] < _UNEXPLAINED * levels.level[:steps]
    low = np.flatnonzero(is_low)
    members: dict[str, list[int]] = defaultdict(list)
    for step, name in enumerate(group_names(made, entries)):
        members[name].append(step)
    groups = [UnexplainedGroup(n, len(m), tuple(step for step in m if is_low[step])) for n, m in members.items()]
    groups.sort(key=lambda g: (-len(g.unexplained), g.name))
    largest = low[np.argsort(-levels.level[low], kind="stable")]
    examples = tuple(token_text(made[step], entries) for step in largest[:_EXAMPLES].tolist())
    return Unexplained(steps, low, tuple(g for g in groups if g.unexplained), examples)


def group_names(tokens: list[int], entries: Entries) -> list[str]:
    """Of each token: its script; its kind where it has no letters, or letters of several scripts, or looks like code."""
    known = scripts_of({c for i in tokens if i in entries.texts for c in entries.texts[i].text or ""})

    def name(token: int) -> str:
        entry = entries.texts.get(token)
        if entry is None:
            return "special tokens"
        kind = kind_of(entry, entries.marks)
        if entry.text is None or kind == "code-like":
            return kind
        script = script_of(entry.text, known)
        return kind if script == COMMON else script

    return [name(token) for token in tokens]


def token_text(token: int, entries: Entries) -> str:
    """A token as people read it."""
    return shown(token, entries.texts[token])["token"] if token in entries.texts else f"<{token}>"


def pair_text(left: int, right: int, entries: Entries) -> str:
    return f"{token_text(left, entries)}|{token_text(right, entries)}"


@dataclass(frozen=True, eq=False)
class OverRepresented:
    """Pairs that the samples have far more of than the training data had: boilerplate, or another kind of text."""

    excess: float  # of all pairs of the window's first state, together
    examples: tuple[str, ...]

    def findings(self) -> list[Finding]:
        if self.excess < _EXCESS:
            return []
        text = (
            f"the samples have pairs that would have been merged long before, {self.excess:.2%} of all pairs above the level; "
            "such text is repeated in the samples (headers, licences, navigation), or was removed from the training data"
        )
        return [Finding("over-represented pairs", "note", text, self.examples)]


def over_represented(found: ExcessPairs, entries: Entries) -> OverRepresented:
    """The pairs that have several times the level."""
    high = np.flatnonzero(found.fitted >= _RATIO * found.level)
    excess = float((found.fitted - found.level)[high].sum())
    examples = [
        f"{pair_text(*found.pairs[i].tolist(), entries)} {found.fitted[i] / found.level[i]:.0f}x" for i in high[:_EXAMPLES]
    ]
    return OverRepresented(excess, tuple(examples))


def unexplained_by_step(levels: Levels, bands: int = 40) -> list[dict[str, float]]:
    """{begin, end, unexplained} of bands of steps, whose ends rise by a constant factor: the share of the level that no
    category accounts for, a merge above the level counting as one at it."""
    steps = len(levels.level)
    ends = np.unique(np.geomspace(min(10, steps), steps, bands).round().astype(int))
    begins = np.concatenate([[0], ends[:-1]])
    short = 1 - np.minimum(levels.fitted, levels.level) / levels.level
    return [
        {"begin": int(b), "end": int(e), "unexplained": float(short[b:e].mean())} for b, e in zip(begins, ends, strict=True)
    ]
