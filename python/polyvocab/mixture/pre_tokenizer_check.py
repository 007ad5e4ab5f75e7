"""Whether the words of a tokenizer are those that its trainer counted.

A file may say nothing of its trainer's words, or something else: a pattern with an error in it, or one that was assumed. That
shows in two ways. Tokens were learned that the pre-tokenizer cuts apart, whatever stands around them. And pairs that it leaves
together are far more frequent than what was merged, but pairs of their shape never were.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..inspection.entries import Entries
from ..tokenizer import Tokenizer
from .excess import ExcessPairs
from .finding import Finding
from .merge_list import MergeList
from .problem import Problem
from .residuals import pair_text, token_text
from .words import training_tokenizer

_AROUND = ("", "a", " ", "1", ".", "'", "\n", "A", "-")  # what may stand beside a token
_TRIED = 5000  # tokens: those that no sample has
_FEWEST_CUT, _SHARE_CUT = 5, 0.001  # of the steps
_FEWEST_PAIRS, _MOST_MERGED = 3, 0.1  # of a shape: pairs in excess; merges of it for each of them
_LEAST_EXCESS = 2e-4  # of all pairs: of a shape
_LONG = 4  # digits and more are alike
_EXAMPLES = 12


@dataclass(frozen=True, eq=False)
class CutTokens:
    """Tokens that were learned, and that the pre-tokenizer never leaves in one word."""

    steps: np.ndarray  # int64: those that make them
    tried: int  # tokens that no sample has
    total: int  # steps
    examples: tuple[str, ...]

    def findings(self) -> list[Finding]:
        if len(self.steps) < max(_FEWEST_CUT, _SHARE_CUT * self.total):
            return []
        text = (
            f"{len(self.steps):,} learned tokens are cut apart by the pre-tokenizer wherever they stand, so the tokenizer was "
            "trained with other words. Counts of pairs are not those of its trainer; give the tokenizer its own pre-tokenizer"
        )
        return [Finding("wrong pre-tokenizer", "warning", text, self.examples)]


def cut_tokens(tokenizer: Tokenizer, merges: MergeList, own: np.ndarray, entries: Entries) -> CutTokens:
    """The learned tokens that never stand in one word. Only those are tried that no sample has (`own`: float64
    [steps, categories] of `Problem`), and no parts of characters; of many, some at even distances."""
    words_of = training_tokenizer(tokenizer, joins_spaces=merges.merges_spaces)
    merged = merges.steps.merged
    absent = [t for t in np.flatnonzero(~own.any(axis=1)).tolist() if _text(int(merged[t]), entries)]
    absent = absent[:: -(-len(absent) // _TRIED) or 1]
    found = [t for t in absent if not _stands_in_one_word(words_of, _text(int(merged[t]), entries) or "")]
    examples = tuple(token_text(int(merged[t]), entries) for t in found[:_EXAMPLES])
    return CutTokens(np.array(found, np.int64), len(absent), len(merges), examples)


def _text(token: int, entries: Entries) -> str | None:
    """None for parts of characters."""
    entry = entries.texts.get(token)
    if entry is None or entry.text is None:
        return None
    return f"{' ' * entry.begins_word}{entry.text}{' ' * entry.ends_word}"


def _stands_in_one_word(tokenizer: Tokenizer, text: str) -> bool:
    size = len(text.encode())
    for before, behind in itertools.product(_AROUND, _AROUND):
        aligned = tokenizer.encode_aligned(before + text + behind)
        begin = len(before.encode())
        inside = (aligned.spans[:, 0] < begin + size) & (aligned.spans[:, 1] > begin)
        if len(np.unique(aligned.words[inside])) == 1:
            return True
    return False


@dataclass(frozen=True)
class UnmergedShape:
    """Pairs of one shape that are above the level, though hardly any of the shape was merged."""

    name: str
    pairs: int
    merged: int  # steps that merge a pair of this shape
    excess: float  # of all pairs of the window's first state, together
    examples: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class UnmergedShapes:
    shapes: tuple[UnmergedShape, ...]  # the largest excess first
    is_of_them: np.ndarray  # bool [excess pairs]

    def findings(self) -> list[Finding]:
        """A warning for each shape."""
        text = (
            "pairs of the shape {} are far more frequent in the samples than what was merged ({:,} such pairs, {:.2%} of all "
            "pairs above the level), and {}. The trainer seems to have cut words there"
        )
        return [
            Finding(
                "never merged",
                "warning",
                text.format(s.name, s.pairs, s.excess, f"only {s.merged:,} were merged" if s.merged else "none was merged"),
                s.examples,
            )
            for s in self.shapes
        ]


def unmerged_shapes(problem: Problem, found: ExcessPairs, entries: Entries) -> UnmergedShapes:
    """The shapes of pairs that a trainer with these words would have merged. Pairs that some step merges are none of them."""
    steps = problem.steps
    listed = set(zip(steps.left.tolist(), steps.right.tolist(), strict=True))
    merged = Counter(_shapes(zip(steps.left.tolist(), steps.right.tolist(), strict=True), entries))
    members: dict[str, list[int]] = defaultdict(list)
    pairs = [tuple(pair) for pair in found.pairs.tolist()]
    for i, name in enumerate(_shapes(pairs, entries)):
        if name is not None and pairs[i] not in listed:
            members[name].append(i)
    excess = found.fitted - found.level
    shapes, is_of_them = [], np.zeros(len(found), bool)
    for name, places in members.items():
        total = float(excess[places].sum())
        if len(places) < _FEWEST_PAIRS or merged[name] > _MOST_MERGED * len(places) or total < _LEAST_EXCESS:
            continue
        is_of_them[places] = True
        examples = tuple(f"{pair_text(*pairs[i], entries)} {found.fitted[i] / found.level[i]:.0f}x" for i in places[:_EXAMPLES])
        shapes.append(UnmergedShape(name, len(places), merged[name], total, examples))
    return UnmergedShapes(tuple(sorted(shapes, key=lambda s: -s.excess)), is_of_them)


def _shapes(pairs: Iterable[tuple[int, int]], entries: Entries) -> list[str | None]:
    """The kinds of the two characters where each pair meets, with the length of a run of digits; None for parts of
    characters."""
    names: list[str | None] = []
    for left, right in pairs:
        a, b = _text(left, entries), _text(right, entries)
        names.append(_shape(a, b) if a and b else None)
    return names


def _shape(left: str, right: str) -> str:
    kinds = _kind(left[-1]), _kind(right[0])
    if kinds == ("digit", "digit"):
        digits = 0
        for character in itertools.chain(reversed(left), right):
            digits += _kind(character) == "digit"
        return f"{min(digits, _LONG)}{' or more' * (digits >= _LONG)} digits"
    return f"{kinds[0]} before {kinds[1]}"


def _kind(character: str) -> str:
    if character in " ▁":
        return "space"
    if character.isspace():
        return "line end or tab"
    if character == "'":
        return "apostrophe"
    category = unicodedata.category(character)
    return {"L": "letter", "M": "letter", "N": "digit", "P": "punctuation", "S": "punctuation"}.get(category[0], "other")
