"""Shards of categories are added exactly, whatever their number and order."""

from collections import Counter
from dataclasses import replace

import numpy as np
from polyvocab.mixture.events import PairEvents
from polyvocab.mixture.shards import add_shards
from polyvocab.mixture.store import CategoryCounts

BLOCKS = 3


def shard(random, category: str, pairs: int) -> CategoryCounts:
    """Few pairs, states and sizes of changes, so that much meets and some of it cancels."""
    changes: Counter = Counter()
    for left, right, state, block in random.integers(0, (6, 6, 9, BLOCKS), (pairs, 4)).tolist():
        changes[left, right, state, block] += int(random.choice([-2, -1, 1, 2]))
    return CategoryCounts(category, events_of(changes), *random.integers(0, 1000, (3, BLOCKS)), source="a shard")


def events_of(changes: Counter) -> PairEvents:
    rows = np.array(sorted((*key, change) for key, change in changes.items() if change), np.int64).reshape(-1, 5)
    pairs, counts = np.unique(rows[:, :2], axis=0, return_counts=True)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return PairEvents(pairs.astype(np.uint32), indptr, *rows[:, 2:4].T.astype(np.uint32), rows[:, 4])


def changes_of(events: PairEvents) -> Counter:
    found: Counter = Counter()
    for i, (left, right) in enumerate(events.pairs.tolist()):
        for j in range(*events.indptr[i : i + 2].tolist()):
            found[left, right, int(events.state[j]), int(events.column[j])] += int(events.change[j])
    return found


def test_sums_are_those_of_all_shards():
    random = np.random.default_rng(5)
    records = [shard(random, category, size) for size in (40, 3, 0, 7, 90, 1, 1, 25) for category in ("b", "c", "a")]
    records += [shard(random, "once", 9), shard(random, "empty", 0)]
    found = add_shards(iter(records), "all of them")
    assert [record.category for record in found] == ["a", "b", "c", "empty", "once"]
    for record in found:
        shards = [r for r in records if r.category == record.category]
        for name in ("documents", "bytes", "characters"):
            assert np.array_equal(getattr(record, name), sum(getattr(r, name) for r in shards)), name
        total: Counter = Counter()
        for r in shards:
            total.update(changes_of(r.events))
        expected = events_of(total)
        for name, array in vars(expected).items():
            assert np.array_equal(getattr(record.events, name), array), (record.category, name)
        assert record.source == "all of them"


def test_what_cancels_is_gone_and_nothing_is_nothing():
    one = shard(np.random.default_rng(1), "a", 30)
    other = replace(one, events=replace(one.events, change=-one.events.change))
    (found,) = add_shards([one, other], "")
    assert len(one.events) > 20 and len(found.events) == len(found.events.pairs) == 0
    assert add_shards([], "") == []
