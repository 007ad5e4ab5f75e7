"""The file of pair counts: grows, survives, refuses."""

import resource

import numpy as np
import pytest
from polyvocab.errors import FormatError, PolyvocabError
from polyvocab.mixture.events import PairEvents
from polyvocab.mixture.store import CategoryCounts, PairStore, StoreHead

HEAD = StoreHead("abc", 3, True)


def record(category: str, seed: int = 0, pairs: int = 50) -> CategoryCounts:
    random = np.random.default_rng(seed)
    events = random.integers(1, 4, pairs)
    indptr = np.concatenate([[0], np.cumsum(events)])
    ids = np.unique(random.integers(0, 1000, (pairs, 2)), axis=0).astype(np.uint32)
    indptr = indptr[: len(ids) + 1]
    state = np.concatenate([np.zeros(0), *(np.sort(random.integers(0, 99, n)) for n in np.diff(indptr))]).astype(np.uint32)
    column, change = random.integers(0, 3, len(state)).astype(np.uint32), random.integers(-9, 9, len(state))
    totals = (random.integers(0, 1000, 3) for _ in range(3))
    return CategoryCounts(category, PairEvents(ids, indptr, state, column, change), *totals, source=f"of {category}")


def same(one: CategoryCounts, other: CategoryCounts) -> bool:
    arrays = [*vars(one.events).values(), one.documents, one.bytes, one.characters]
    others = [*vars(other.events).values(), other.documents, other.bytes, other.characters]
    return (one.category, one.source) == (other.category, other.source) and all(map(np.array_equal, arrays, others))


def test_records_come_back_in_their_order(tmp_path):
    store = PairStore(tmp_path / "counts", HEAD)
    assert store.records() == []
    written = [record(f"c{i}", i) for i in range(5)] + [record("nothing", 9, pairs=0)]
    for one in written:
        store.append(one)
    found = PairStore.open(tmp_path / "counts")
    assert found.head == HEAD and all(map(same, found.records(), written)) and len(found.records()) == 6


def test_a_record_that_was_broken_off_is_passed_over_and_replaced(tmp_path):
    path = tmp_path / "counts"
    store = PairStore(path, HEAD)
    written, ends = [record("a", 1), record("b", 2), record("c", 3)], [0]
    for one in written:
        store.append(one)
        ends.append(path.stat().st_size)
    data = path.read_bytes()
    for cut in [*range(1, ends[1], 97), *(end + more for end in ends[1:3] for more in (1, 7, 8, 9, 100))]:
        path.write_bytes(data[:cut])
        whole = sum(end <= cut for end in ends[1:])
        assert len(store.records()) == whole, cut
        store.append(record("new", 4))
        assert [r.category for r in store.records()] == ["a", "b", "c"][:whole] + ["new"], cut
        assert all(map(same, store.records(), [*written[:whole], record("new", 4)])), cut


def test_counts_of_another_tokenizer_are_not_added(tmp_path):
    PairStore(tmp_path / "counts", HEAD).append(record("a"))
    before = (tmp_path / "counts").read_bytes()
    other = PairStore(tmp_path / "counts", StoreHead("xyz", 3, False))
    with pytest.raises(PolyvocabError, match="fingerprint abc instead of xyz, overlapping True instead of False"):
        other.append(record("b"))
    assert (tmp_path / "counts").read_bytes() == before


def test_another_file_is_refused_and_kept(tmp_path):
    path = tmp_path / "counts"
    path.write_text("a list of things\n" * 1000)
    with pytest.raises(FormatError, match="no polyvocab pair counts"):
        PairStore.open(path)
    with pytest.raises(FormatError, match="no polyvocab pair counts"):
        PairStore(path, HEAD).append(record("a"))
    assert path.read_text() == "a list of things\n" * 1000


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    store = PairStore(tmp_path / "counts", HEAD)
    store.append(record("a"))
    before = (tmp_path / "counts").read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("polyvocab.mixture.store.os.fsync", full)
    with pytest.raises(PolyvocabError, match="No space left"):
        store.append(record("b"))
    assert (tmp_path / "counts").read_bytes() == before


def test_a_file_of_all_records(tmp_path):
    path, written = tmp_path / "counts", [record("a", 1), record("b", 2)]
    path.write_bytes(b"what was there")
    assert PairStore.write(path, HEAD, []).records() == [] and PairStore.open(path).head == HEAD
    PairStore.write(path, HEAD, iter(written))
    assert all(map(same, PairStore.open(path).records(), written)) and len(PairStore.open(path).records()) == 2
    for first in ([], written):
        store = PairStore.write(path, HEAD, first)
        for more in (record("new", 3), record("newer", 4)):
            store.append(more)
        assert all(map(same, store.records(), [*first, record("new", 3), record("newer", 4)]))
        assert len(store.records()) == len(first) + 2


def test_a_file_that_cannot_be_written_whole_is_not_written(tmp_path):
    path = tmp_path / "counts"
    PairStore.write(path, HEAD, [record("a")])
    before = path.read_bytes()

    def broken():
        yield record("b")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        PairStore.write(path, HEAD, broken())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(PolyvocabError, match="counts: cannot be written: .*File too large.*; nothing half-written is left"):
            PairStore.write(path, HEAD, [record("b")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["counts"]
