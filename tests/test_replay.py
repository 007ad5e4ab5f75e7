"""The replay of merges against its slow twin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import tokenizers
from polyvocab import Tokenizer
from polyvocab.counts import count_words
from polyvocab.errors import PolyvocabError
from polyvocab.mixture import replay as module
from polyvocab.mixture.events import MergeSteps, PairEvents
from polyvocab.mixture.merge_list import MergeList
from polyvocab.mixture.replay import add_events, collapse, collect, own_counts, pairs_in_state, replay
from polyvocab.mixture.replay import trained as trained_merges
from reference import pair_events
from replay_cases import COLUMNS, FAMILIES, LISTS, Case, compare, random_case, trained, with_merged


def some_cases(name: str, count: int = 12) -> list[Case]:
    random = Random(name)
    return [random_case(random, random.choice(FAMILIES), random.choice(LISTS)) for _ in range(count)]


def steps_of(case: Case) -> MergeSteps:
    return MergeSteps(*(np.array([step[i] for step in case.steps], np.uint32) for i in range(3)))


@pytest.mark.parametrize("merges", LISTS)
@pytest.mark.parametrize("family", FAMILIES)
def test_counts_in_every_state_are_those_of_counting_again(family, merges):
    random = Random(f"{family} {merges}")
    assert sum(compare(random_case(random, family, merges)) for _ in range(12)) > 100


def test_lists_of_trainers_go_the_short_way():
    random = Random(3)
    cases = [random_case(random, "bytes", "trained") for _ in range(40)]
    assert sum(case.merges.is_regular for case in cases) > 20


def many_words(random: Random) -> Case:
    """More events than a small table has places for."""
    words = sorted({b"".join(random.choices([b"a", b"b", b"c"], k=random.randint(1, 30))) for _ in range(4000)})
    steps = trained([([tuple(letter - 97 for letter in word)], 1) for word in words[::10]], 60, iter(range(3, 99)), True)
    counts = [(word, {c: random.randint(1, 5) for c in range(COLUMNS)}) for word in words]
    return Case("bytes", True, with_merged({b"a": 0, b"b": 1, b"c": 2}, steps), steps, counts, [])


@pytest.mark.parametrize("way", ["short", "long", "both"])
def test_events_depend_neither_on_the_threads_nor_on_the_memory(way, tmp_path):
    case = many_words(Random(4))
    if way == "both":  # words in which something overlaps go the long way
        case = replace(case, overlapping=False)
    if way == "long":  # a token that is made in two ways
        left, right, _ = case.steps[-1]
        case.steps[-1] = (left, right, next(merged for *_, merged in case.steps if merged not in (left, right)))
    assert case.merges.is_regular == (way != "long")
    expected = collect(case.replay(memory_limit=1 << 30).finish())
    for threads, limit in ((3, 1 << 30), (1, 100_000), (2, 200_000)):
        folder = tmp_path / f"{threads} {limit}"
        folder.mkdir()
        run = case.replay(memory_limit=limit, threads=threads, directory=str(folder))
        assert run.has_spilled == (limit < 1 << 30) == bool(list(folder.iterdir()))
        assert pair_events.rows(collect(run.finish(), folder if run.has_spilled else None)) == pair_events.rows(expected)
        del run
        assert not list(folder.iterdir())


def test_events_that_were_cut_are_those_of_the_whole():
    for case in some_cases("cut"):
        whole = collect(case.replay().finish())
        middle = len(case.words) // 2
        parts = []
        for some in (slice(0, middle), slice(middle, None)):
            parts.append(collect(replace(case, words=case.words[some], runs=case.runs[some]).replay().finish()))
        assert pair_events.rows(add_events(parts)) == pair_events.rows(whole)
        assert pair_events.rows(add_events([whole])) == pair_events.rows(whole)
        doubled = pair_events.rows(add_events([whole, *parts]))
        assert doubled == [(*row[:-1], 2 * row[-1]) for row in pair_events.rows(whole)]
        taken = replace(whole, change=-whole.change)
        assert pair_events.rows(add_events([whole, taken])) == []
    assert len(add_events([])) == 0
    assert len(add_events([PairEvents.empty()] * 2)) == 0


def test_functions_over_events_are_those_of_dense_counts():
    random = np.random.default_rng(5)
    for case in some_cases("functions", 30):
        events, steps, states = collect(case.replay().finish()), steps_of(case), len(case.steps) + 1
        assert np.array_equal(own_counts(events, steps, COLUMNS), pair_events.own_counts(events, case.steps, COLUMNS))
        _, counts = pair_events.dense(events, states, COLUMNS)
        state = int(random.integers(states))
        assert np.array_equal(pairs_in_state(events, state, COLUMNS), counts[:, state].sum(axis=0))
        group = random.integers(-1, 3, COLUMNS).astype(np.int32)
        last = int(random.integers(states + 1))
        assert pair_events.rows(collapse(events, group, last)) == pair_events.collapse(events, group, last, states)


def test_functions_over_events_do_not_depend_on_threads():
    """More events than one piece of work has."""
    random = np.random.default_rng(6)
    pairs = np.stack(np.divmod(np.arange(300_000, dtype=np.uint32), 700), axis=1).astype(np.uint32)
    indptr = np.arange(0, 4 * len(pairs) + 1, 4, dtype=np.int64)
    state, column = np.tile([0, 1, 1, 7], len(pairs)), np.tile([1, 0, 2, 2], len(pairs))
    change = random.integers(1, 9, len(state))
    events = PairEvents(pairs, indptr, state.astype(np.uint32), column.astype(np.uint32), change)
    two = [add_events([events, events], threads=threads) for threads in (1, 3)]
    for found in two:
        assert np.array_equal(found.change, 2 * change)
        assert all(
            np.array_equal(getattr(found, name), getattr(events, name)) for name in ("pairs", "indptr", "state", "column")
        )
    one, three = (collapse(events, np.array([0, -1, 0], np.int32), 7, threads=threads) for threads in (1, 3))
    assert np.array_equal(one.change, change.reshape(-1, 4)[:, 1:3].sum(axis=1))
    assert all(np.array_equal(getattr(one, name), getattr(three, name)) for name in vars(one))


def test_one_word_of_a_megabyte():
    """In seconds, and as many pairs as there are: all but one for each symbol in the beginning."""
    random = Random(1)
    for overlapping in (True, False):
        case = random_case(random, "bytes", "trained")
        tokens = {b"a": 0, b"b": 1, **{f"~{i}".encode(): i for i in range(2, 8)}}
        steps = [(0, 0, 2), (2, 2, 3), (0, 1, 4), (3, 1, 5), (4, 4, 6), (4, 4, 7)]
        word = b"a" * 500_000 + b"".join(random.choices([b"a", b"b"], k=500_000))
        case = replace(case, overlapping=overlapping, tokens=tokens, steps=steps, words=[(word, {1: 3})], runs=[])
        events = collect(case.replay().finish())
        first = pairs_in_state(events, 0, COLUMNS).tolist()
        assert first == [0, 3 * (len(word) - 1), 0] if overlapping else first[1] < 3 * len(word)
        assert own_counts(events, steps_of(case), COLUMNS)[5].tolist() == [0, 0, 0]  # the second time there are none


def test_what_makes_no_sense_is_refused():
    case = random_case(Random(0), "bytes", "trained")
    with pytest.raises(ValueError, match="merge 1 makes a part of its own"):
        replace(case, steps=[(1, 2, 3), (4, 5, 4)]).replay()
    with pytest.raises(ValueError, match="UTF-8"):
        replace(case, family="characters", tokens={b"a": 1}, words=[(b"\xff", {0: 1})]).replay()
    with pytest.raises(OverflowError):
        replace(case, words=[(b"ab" * 10, {0: 1 << 60})]).replay()
    events = collect(case.replay().finish())
    with pytest.raises(ValueError, match="column"):
        pairs_in_state(events, 0, 1)
    with pytest.raises(ValueError, match="column"):
        own_counts(events, steps_of(case), 1)
    with pytest.raises(ValueError, match="column"):
        collapse(events, np.zeros(1, np.int32), 9)
    with pytest.raises(ValueError, match="rise"):
        add_events([replace(events, pairs=events.pairs[::-1].copy())])
    with pytest.raises(ValueError, match="rise"):
        add_events([replace(events, indptr=events.indptr[::-1].copy())])


def trained_here(sample_text: Path, folder: Path, vocab_size: int) -> tuple[Tokenizer, MergeList, Path]:
    """A byte-level tokenizer of the reference library, its merges, and the text that it was trained on."""
    lines = [line for path in sorted(sample_text.glob("*.txt")) for line in path.read_text().splitlines()[:80]]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "text.txt").write_text("\n".join(lines))
    read = Tokenizer.from_pretrained(folder / "tokenizer.json")
    return read, MergeList.of(read.definition), folder / "text.txt"


@pytest.mark.parametrize("vocab_size", [300, 1200])
def test_a_trainer_merged_the_most_frequent_pair_of_its_text(vocab_size, sample_text, tmp_path):
    """Its own counts never rise, and no pair is ever more frequent than the chosen one."""
    tokenizer, merges, text = trained_here(sample_text, tmp_path, vocab_size)
    words = count_words(tokenizer, text, blocks=3)
    found = []
    events = replay(words, merges, progress=found.append)
    assert sum(found) == len(words.words.data) and trained_merges(merges).is_regular
    events = collapse(events, np.zeros(3, np.int32), len(merges) + 1)
    own = own_counts(events, merges.steps, 1)[:, 0]
    assert len(own) == vocab_size - 256 and own.min() > 0
    assert (np.diff(own) <= 0).all()
    _, counts = pair_events.dense(events, len(merges) + 1, 1)
    assert np.array_equal(counts[:, :-1, 0].max(axis=0), own)
    assert pairs_in_state(events, len(merges), 1) == counts[:, -1].sum()


def test_what_the_disk_refuses_is_an_error_that_says_what_to_do(sample_text, tmp_path, monkeypatch):
    tokenizer, merges, text = trained_here(sample_text, tmp_path, 300)
    monkeypatch.setattr(module, "memory_of", lambda limit, threads: 1)
    monkeypatch.setattr(module._Folder, "__enter__", lambda self: tmp_path / "gone")
    with pytest.raises(PolyvocabError, match=r"gone/run-\d+: cannot be written: .* `temporary`"):
        replay(count_words(tokenizer, text), merges, threads=1)
