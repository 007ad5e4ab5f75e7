"""Random words and merge lists of every family, and what the slow twin of the replay says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

import numpy as np
from polyvocab._core import replay as core
from polyvocab.formats import byte_alphabet
from polyvocab.formats.definition import Strings
from polyvocab.mixture.replay import collect
from reference.replay import pairs, rewritten, states

FAMILIES = ("bytes", "alphabet", "characters", "prefix", "suffix")
LISTS = ("trained", "regular", "any order", "doubled", "same results", "any result")
LETTERS = {
    "bytes": [b"a", b"b", b"\xff", b"\x00"],
    "alphabet": [b"a", b" ", b"\xe9", b"\x80"],
    "characters": [b"a", "é".encode(), "漢".encode(), "😀".encode()],
}
COLUMNS = 3


@dataclass(frozen=True, eq=False)
class Case:
    """A vocabulary, a merge list and counted words."""

    family: str
    overlapping: bool
    tokens: dict[bytes, int]  # as they are written in the vocabulary: ids
    steps: list[tuple[int, int, int]]
    words: list[tuple[bytes, dict[int, int]]]  # rising; counts by column
    runs: list[list[tuple[int, ...]]]  # of each word: its symbols

    @cached_property
    def merges(self) -> core.TrainedMerges:
        written = Strings.of(self.tokens)
        left, right, merged = (np.array([step[i] for step in self.steps], np.uint32) for i in range(3))
        return core.TrainedMerges(
            written.data,
            written.offsets,
            np.array(list(self.tokens.values()), np.uint32),
            left,
            right,
            merged,
            spelt=self.family if self.family in ("bytes", "alphabet") else "characters",
            continuing_prefix="##" if self.family == "prefix" else "",
            end_suffix="</w>" if self.family == "suffix" else "",
            overlapping=self.overlapping,
            limits=None,
        )

    def replay(self, memory_limit: int = 1 << 20, threads: int = 1, directory: str = "") -> core.WordReplay:
        """The replay of the words, all added."""
        words = Strings.of(word for word, _ in self.words)
        view = core.Words(words.data, words.offsets, *self.counts, COLUMNS)
        run = core.WordReplay(self.merges, view, memory_limit=memory_limit, threads=threads, directory=directory)
        run.add(0, len(words))
        return run

    @cached_property
    def counts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """indptr, index, count: a sparse matrix [words, columns]."""
        indptr = np.cumsum([0, *(len(columns) for _, columns in self.words)]).astype(np.uint64)
        index = np.array([column for _, columns in self.words for column in columns], np.uint32)
        return indptr, index, np.array([n for _, columns in self.words for n in columns.values()], np.uint64)

    def expected(self) -> list[Counter[tuple[int, int, int]]]:
        """What the slow twin counts in each state."""
        of_words = [(runs, columns) for runs, (_, columns) in zip(self.runs, self.words, strict=True)]
        return states(of_words, self.steps, self.overlapping)


def found_states(events, states: int) -> list[Counter[tuple[int, int, int]]]:
    """Events as counts in each state."""
    by_state: list[list[tuple[tuple[int, int, int], int]]] = [[] for _ in range(states)]
    pair = np.repeat(events.pairs, np.diff(events.indptr), axis=0).tolist()
    rows = zip(pair, events.state.tolist(), events.column.tolist(), events.change.tolist(), strict=True)
    for (left, right), state, column, change in rows:
        by_state[state].append(((left, right, column), change))
    counts: Counter[tuple[int, int, int]] = Counter()
    out = []
    for changes in by_state:
        for key, change in changes:
            counts[key] += change
            if counts[key] == 0:
                del counts[key]
        out.append(counts.copy())
    return out


def compare(case: Case) -> int:
    """How many counts, of a pair in a state and a column, were compared. Raises `AssertionError` where one differs."""
    expected = case.expected()
    found = found_states(collect(case.replay().finish()), len(expected))
    for state, (counts, others) in enumerate(zip(found, expected, strict=True)):
        assert counts == others, f"{case}\nstate {state}: {counts - others} too many, {others - counts} too few"
    return sum(len(counts) for counts in expected)


def random_case(random: Random, family: str, merges: str) -> Case:
    """Words over few letters, so that much repeats; some letters that no token has."""
    letters = LETTERS.get(family, LETTERS["characters"])[: random.randint(1, 4)]
    known = letters if random.random() < 0.7 else letters[: max(1, len(letters) - 1)]
    tokens = {_written(family, symbol): 0 for letter in known for symbol in _forms(family, letter)}
    fresh = iter(random.sample(range(random.choice([60, 60, 5000])), 60))
    tokens = {token: next(fresh) for token in tokens}
    ids = list(tokens.values())
    words: dict[bytes, dict[int, int]] = {}
    for _ in range(random.randint(1, 16)):
        size = random.randint(1, random.choice([4, 12, 12, 90]))
        word = b"".join(random.choices(letters, [4, 2, 1, 1][: len(letters)], k=size))
        words[word] = {c: random.randint(1, 9) for c in sorted(random.sample(range(COLUMNS), random.randint(1, COLUMNS)))}
    rising = sorted(words.items())
    runs = [_runs(family, tokens, letters, word) for word, _ in rising]
    overlapping = random.random() < 0.5
    flat = [(r, sum(columns.values())) for r, (_, columns) in zip(runs, rising, strict=True)]
    steps = _steps(random, merges, ids, fresh, flat, overlapping)
    return Case(family, overlapping, with_merged(tokens, steps), steps, rising, runs)


def with_merged(tokens: dict[bytes, int], steps: list[tuple[int, int, int]]) -> dict[bytes, int]:
    """A vocabulary of symbols and of what is merged from them."""
    texts = {symbol: token for token, symbol in tokens.items()}
    for left, right, merged in steps:
        both = texts.get(left, b"~") + texts.get(right, b"~")
        texts.setdefault(merged, both if len(both) < 100 else b"~")
    return {token: symbol for symbol, token in texts.items()} | tokens


def _forms(family: str, letter: bytes) -> list[bytes]:
    if family == "prefix":
        return [letter, b"##" + letter]
    return [letter, letter + b"</w>"] if family == "suffix" else [letter]


def _written(family: str, token: bytes) -> bytes:
    return byte_alphabet.spelled(token).encode() if family == "alphabet" else token


def _runs(family: str, tokens: dict[bytes, int], letters: list[bytes], word: bytes) -> list[tuple[int, ...]]:
    runs: list[list[int]] = [[]]
    at = 0
    while at < len(word):
        letter = next(letter for letter in letters if word.startswith(letter, at))
        form = b"##" + letter if family == "prefix" and at > 0 else letter
        at += len(letter)
        form = form + b"</w>" if family == "suffix" and at == len(word) else form
        symbol = tokens.get(_written(family, form))
        if symbol is None:
            runs.append([])
        else:
            runs[-1].append(symbol)
    return [tuple(run) for run in runs if run]


def _steps(random: Random, kind: str, symbols: list[int], fresh, words: list, overlapping: bool) -> list[tuple[int, int, int]]:
    size = random.randint(0, 24)
    if kind in ("trained", "doubled", "same results", "any order"):
        steps = trained(words, size, fresh, overlapping)
        steps += _regular(random, symbols, size // 4, fresh, steps)
    else:
        steps = _regular(random, symbols, size, fresh, [])
    if kind == "any order":
        random.shuffle(steps)
    if kind == "doubled" and steps:
        for step in random.choices(steps, k=3):
            steps.insert(random.randint(0, len(steps)), step)
    if kind in ("same results", "any result") and steps:
        results = [step[2] for step in steps] + (symbols if kind == "any result" else [])
        for i in range(len(steps)):
            left, right, merged = steps[i]
            other = random.choice(results)
            if random.random() < 0.3 and other not in (left, right):
                steps[i] = (left, right, other)
    return steps


def trained(words: list, size: int, fresh: Iterator[int], overlapping: bool) -> list[tuple[int, int, int]]:
    """As a trainer makes them: always the most frequent pair. `words`: runs of symbols, and a count."""
    steps = []
    runs = [(run, count) for runs, count in words for run in runs]
    while len(steps) < size:
        counts: Counter[tuple[int, int]] = Counter()
        for run, count in runs:
            for pair, times in pairs(run, overlapping).items():
                counts[pair] += times * count
        if not counts:
            break
        (left, right), _ = min(counts.items(), key=lambda item: (-item[1], item[0]))
        steps.append((left, right, next(fresh)))
        runs = [(rewritten(run, *steps[-1]), count) for run, count in runs]
    return steps


def _regular(random: Random, symbols: list[int], size: int, fresh, before: list) -> list[tuple[int, int, int]]:
    """Any pairs of what is there."""
    there = symbols + [merged for _, _, merged in before]
    made = {(left, right) for left, right, _ in before}
    steps = []
    for _ in range(size):
        pair = random.choice(there), random.choice(there)
        if pair not in made:
            made.add(pair)
            steps.append((*pair, next(fresh)))
            there.append(steps[-1][2])
    return steps
