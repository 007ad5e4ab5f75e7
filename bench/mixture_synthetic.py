"""The linear program at a size that no small text gives: counts of a made-up mixture, and how long the shares take.

    python bench/mixture_synthetic.py [--categories 112] [--steps 30000] [--pairs 2000000] [--tolerance 1e-3]

No text stands behind the counts. Categories come in groups (languages of one script) that share pairs; how frequent a pair is
follows Zipf's law, spread differently in each category of its group. A merge takes a pair away whole, gives its occurrences to
new pairs and takes them from old ones. Merges follow the true mixture exactly; counts are those of a finite sample. Prints the
rounds, rows and seconds of each number of steps, the gap to the optimum and the log10 of the mean squared error (of pairs).
"""

from __future__ import annotations

import argparse
import heapq
import time

import numpy as np
from polyvocab.mixture.events import MergeSteps, PairEvents
from polyvocab.mixture.lp import solve_path
from polyvocab.mixture.problem import Problem

FIRST_PAIRS = 3000  # of a group
NEIGHBOURS = 8  # pairs that a merge makes, and pairs that it takes from
SPREAD = 1.0  # of the logarithm of a pair's frequency over the categories of its group
MEMBERS = 12  # categories of a group, at most


class Group:
    """Categories that share pairs: what is true of a pair, and how often a sample has it."""

    def __init__(self, columns: np.ndarray, alpha: np.ndarray, sampled: int, random: np.random.Generator) -> None:
        self.columns, self.alpha, self.random = columns, alpha, random
        weights = 1 / (np.arange(FIRST_PAIRS) + 5)[:, None] * self._spread((FIRST_PAIRS, len(columns)))
        self.rates = list(weights / weights.sum(axis=0))
        self.counts = [random.poisson(sampled * rate) for rate in self.rates]
        self.numbers: list[int] = []  # of each pair, among those of all groups

    def _spread(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.exp(SPREAD * self.random.normal(size=shape))

    def merge(self, pair: int) -> tuple[list[int], list[tuple[int, np.ndarray]]]:
        """(pairs whose frequency is new, changes of counts as (pair, [members])); pairs are those of the group."""
        rate, count = self.rates[pair], self.counts[pair]
        weights = 1 / (np.arange(NEIGHBOURS) + 1)[:, None] * self._spread((NEIGHBOURS, len(rate)))
        weights /= weights.sum(axis=0)
        changed, changes = [pair], [(pair, -count)]
        self.rates[pair], self.counts[pair] = np.zeros_like(rate), np.zeros_like(count)
        for weight in weights:
            given = self.random.binomial(count, weight)
            changed.append(len(self.rates))
            changes.append((len(self.rates), given))
            self.rates.append(rate * weight)
            self.counts.append(given)
            other = int(self.random.integers(len(self.rates)))
            taken = np.minimum(self.rates[other] / 2, rate * weight)
            share = np.divide(taken, self.rates[other], out=np.zeros_like(taken), where=self.rates[other] > 0)
            lost = self.random.binomial(self.counts[other], share)
            self.rates[other] = self.rates[other] - taken
            self.counts[other] = self.counts[other] - lost
            changed.append(other)
            changes.append((other, -lost))
        return changed, changes

    def frequency(self, pair: int) -> float:
        """In the true mixture."""
        return float(self.alpha @ self.rates[pair])


def synthetic(categories: int, steps: int, sampled: int, seed: int = 0) -> tuple[Problem, np.ndarray]:
    """Counts of samples of so many pairs of each category, and the true shares."""
    random = np.random.default_rng(seed)
    alpha = random.dirichlet(np.ones(categories))
    columns = np.array_split(np.arange(categories), -(-categories // MEMBERS))
    groups = [Group(members, alpha[members], sampled, random) for members in columns]
    heap, place, events = [], [], []

    def note(which: int, pair: int, state: int, change: np.ndarray) -> None:
        group = groups[which]
        if pair == len(group.numbers):
            group.numbers.append(len(place))
            place.append((which, pair))
        some = np.flatnonzero(change)
        rows = np.empty((len(some), 4), np.int64)
        rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = group.numbers[pair], state, group.columns[some], change[some]
        events.append(rows)

    for which, group in enumerate(groups):
        for pair, count in enumerate(group.counts):
            note(which, pair, 0, count)
            heap.append((-group.frequency(pair), group.numbers[pair]))
    heapq.heapify(heap)
    own, merged = np.zeros((steps, categories)), []
    while len(merged) < steps:
        frequency, number = heapq.heappop(heap)
        which, pair = place[number]
        group = groups[which]
        if -frequency != group.frequency(pair):  # it has changed since; its new frequency is in the heap too
            continue
        own[len(merged), group.columns] = group.counts[pair]
        merged.append(number)
        changed, changes = group.merge(pair)
        for other, change in changes:
            note(which, other, len(merged), change)
        for other in changed[1:]:
            heapq.heappush(heap, (-group.frequency(other), group.numbers[other]))
    return _problem(np.concatenate(events), np.array(merged), own, np.full(categories, float(sampled)), len(place)), alpha


def _problem(rows: np.ndarray, merged: np.ndarray, own: np.ndarray, pairs: np.ndarray, numbers: int) -> Problem:
    """The ids of pair k are (k, 0): they name it, nothing more."""
    rows = rows[(rows[:, 1] < len(merged)) & (rows[:, 3] != 0)]
    _, start = np.unique(rows[:, 0] * (len(merged) * len(pairs)) + rows[:, 1] * len(pairs) + rows[:, 2], return_inverse=True)
    order = np.argsort(start, kind="stable")
    first = np.flatnonzero(np.diff(start[order], prepend=-1))
    change = np.add.reduceat(rows[order, 3], first)
    number, state, column = (rows[order, i][first][change != 0] for i in range(3))
    events = PairEvents(
        *(np.stack([np.arange(numbers), np.zeros(numbers)], axis=1).astype(np.uint32),),
        *(np.searchsorted(number, np.arange(numbers + 1)), state.astype(np.uint32), column.astype(np.uint32)),
        change[change != 0],
    )
    steps = MergeSteps(merged.astype(np.uint32), np.zeros(len(merged), np.uint32), np.zeros(len(merged), np.uint32))
    return Problem(tuple(f"category {i}" for i in range(len(pairs))), steps, 0, len(merged), events, own, pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--categories", type=int, default=112)
    parser.add_argument("--steps", type=int, default=30_000)
    parser.add_argument("--pairs", type=int, default=2_000_000, help="of each category's sample")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="relative gap to the optimum that is enough")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    problem, alpha = synthetic(args.categories, args.steps, args.pairs, args.seed)
    print(f"{args.categories} categories, {len(problem.events.pairs)} pairs, {len(problem.events)} events", flush=True)
    for steps in [steps for steps in (1000, 3000, 10_000) if steps < args.steps] + [args.steps]:
        path = [fewer for fewer in (300, 1000, 3000, 10_000) if fewer < steps] + [steps]
        wall, cpu = time.perf_counter(), time.process_time()
        solution = solve_path(problem, steps=path, tolerance=args.tolerance)[-1]
        error = np.log10(np.mean((solution.alpha - alpha) ** 2))
        spent = f"{time.perf_counter() - wall:.1f} s ({time.process_time() - cpu:.1f} s of CPU)"
        print(f"T = {steps}: {solution.rounds} rounds at last, {len(solution.row_step)} rows, {spent}, objective", end=" ")
        print(f"{solution.objective:.6g}, gap {solution.gap:.1e}, log10 MSE {error:.2f}", flush=True)


if __name__ == "__main__":
    main()
