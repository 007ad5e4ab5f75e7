"""Counts of the same category from several places, added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .replay import add_events
from .store import CategoryCounts


def add_shards(records: Iterable[CategoryCounts], source: str) -> list[CategoryCounts]:
    """One record for each category, in alphabetical order: exactly the sum of all that `records` has of it.

    `records`: of equal numbers of blocks. They are taken one by one, so that however many there are, about two times the sums
    are in memory. `source`: of the sums.
    """
    sums: dict[str, _Sum] = {}
    for record in records:
        if record.category in sums:
            sums[record.category].add(record)
        else:
            sums[record.category] = _Sum(record)
    return [replace(sums[category].finish(), source=source) for category in sorted(sums)]


class _Sum:
    """Shards wait until together they are as large as the sum: so each is gone through a few times, not once for each other."""

    def __init__(self, first: CategoryCounts) -> None:
        self._sum, self._waiting = first, []

    def add(self, shard: CategoryCounts) -> None:
        totals = {name: getattr(self._sum, name) + getattr(shard, name) for name in ("documents", "bytes", "characters")}
        self._sum = replace(self._sum, **totals)
        self._waiting.append(shard.events)
        if sum(map(len, self._waiting)) >= len(self._sum.events):
            self._add_waiting()

    def finish(self) -> CategoryCounts:
        if self._waiting:
            self._add_waiting()
        return self._sum

    def _add_waiting(self) -> None:
        self._sum = replace(self._sum, events=add_events([self._sum.events, *self._waiting]))
        self._waiting = []
