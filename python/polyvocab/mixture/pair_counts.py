"""The pairs of all categories: what is estimated from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..errors import PolyvocabError
from .events import PairEvents
from .merge_list import MergeList
from .problem import Problem
from .replay import add_events, collapse, own_counts, pairs_in_state
from .store import CategoryCounts
from .units import UNITS, in_units

_LEAST_KNOWN = 0.2  # pairs for each character: text that is known has 0.5 or more
_FEWEST_CHARACTERS = 100  # less is no text


@dataclass(frozen=True, eq=False)
class PairCounts:
    """How often each pair stands in the texts of each category and block, in every state of the merge list."""

    merges: MergeList
    categories: tuple[str, ...]
    events: PairEvents  # column = category * blocks + block
    documents: np.ndarray  # int64 [categories, blocks]
    bytes: np.ndarray  # int64 [categories, blocks]
    characters: np.ndarray  # int64 [categories, blocks]

    @classmethod
    def of(cls, merges: MergeList, records: Iterable[CategoryCounts]) -> PairCounts:
        """The records of one category, or of shards of it, are added; categories are in the order of their first record.

        Raises `PolyvocabError` where there are none, or where they have different numbers of blocks."""
        records = list(records)
        if not records:
            raise PolyvocabError("no category was counted")
        blocks = len(records[0].bytes)
        if any(len(record.bytes) != blocks for record in records):
            raise PolyvocabError("counts with different numbers of blocks cannot be added; count them anew with one number")
        categories = tuple(dict.fromkeys(record.category for record in records))
        place = {category: i for i, category in enumerate(categories)}
        totals = {name: np.zeros((len(categories), blocks), np.int64) for name in ("documents", "bytes", "characters")}
        moved = []
        for record in records:
            at = place[record.category]
            events = record.events
            moved.append(replace(events, column=(events.column + np.uint32(at * blocks)).astype(np.uint32)))
            for name, total in totals.items():
                total[at] += getattr(record, name)
        return cls(merges, categories, add_events(moved), **totals)

    @property
    def blocks(self) -> int:
        return self.bytes.shape[1]

    @cached_property
    def pairs(self) -> np.ndarray:
        """int64 [categories, blocks]: pairs before anything is merged."""
        return pairs_in_state(self.events, 0, self.bytes.size).reshape(self.bytes.shape)

    def of_known_text(self) -> tuple[PairCounts, tuple[str, ...]]:
        """Without the categories whose text is mostly unknown to the tokenizer, and the names of these: few of their characters
        are in its alphabet with their neighbours, so that shares of pairs say nothing of bytes; or all in one block. A category
        without text stays."""
        known = self.pairs.sum(axis=1) >= _LEAST_KNOWN * self.characters.sum(axis=1)
        known &= (self.pairs > 0).sum(axis=1) > min(self.blocks - 1, 1)
        known |= self.characters.sum(axis=1) < _FEWEST_CHARACTERS
        if known.all():
            return self, ()
        place = np.where(known, np.cumsum(known) - 1, -1)
        column = (place[:, None] * self.blocks + np.arange(self.blocks)).astype(np.int32)
        column[~known] = -1
        events = collapse(self.events, column.ravel(), len(self.merges))
        names = [name for name, is_known in zip(self.categories, known, strict=True) if is_known]
        rest = PairCounts(self.merges, tuple(names), events, self.documents[known], self.bytes[known], self.characters[known])
        return rest, tuple(name for name in self.categories if name not in names)

    def in_units(self, alpha: np.ndarray, state: int = 0, *, without_block: int | None = None) -> np.ndarray:
        """Shares of the pairs of a state, float64 [..., categories], in all units: [units, ..., categories]; see `in_units`
        of `polyvocab.mixture.units`. `without_block`: in the text without these documents."""
        kept = np.arange(self.blocks) != (-1 if without_block is None else without_block)
        pairs = pairs_in_state(self.events, state, self.bytes.size).reshape(self.bytes.shape) if state else self.pairs
        sizes = np.stack([getattr(self, unit)[:, kept].sum(axis=1) for unit in UNITS])
        return in_units(alpha, pairs[:, kept].sum(axis=1), sizes)

    def problem(self, *, first: int = 0, last: int | None = None, without_block: int | None = None) -> Problem:
        """What an estimator sees of the steps `first <= t < last`; without the documents of a block, for the jackknife.

        Raises `PolyvocabError` for a category without any pair."""
        last = len(self.merges) if last is None else min(last, len(self.merges))
        count = len(self.categories)
        group = np.repeat(np.arange(count, dtype=np.int32), self.blocks)
        if without_block is not None:
            group[without_block :: self.blocks] = -1
        events = collapse(self.events, group, last)
        pairs = pairs_in_state(events, first, count).astype(np.float64)
        for category, number in zip(self.categories, pairs, strict=True):
            if number == 0:
                raise PolyvocabError(f"{category}: has no pairs to compare; give more text")
        own = own_counts(events, self.merges.steps, count)
        return Problem(self.categories, self.merges.steps, first, last, events, own, pairs)
