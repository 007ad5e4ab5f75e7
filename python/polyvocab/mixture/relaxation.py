"""The linear program of data mixture inference (Hayase et al. 2024) with the rows that were needed so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import _core
from ..errors import PolyvocabError, require
from .problem import Problem

PER = 1e6  # counts are those per so many pairs: what the solver's tolerances are good for
ROW_TOLERANCE = 1e-6  # a row that is violated by less holds: ten times the tolerance of the solver itself
_ROWS_PER_PAIR = 3  # at the steps where it is violated most; with one alone twice as many rounds are needed
_FIXED_ROWS = 1  # of the sum of shares, before those of pairs
_IDLE_ROUNDS = 1  # a row that was idle for more rounds is taken out again


@dataclass(frozen=True, eq=False)
class Violated:
    """Rows that a point violates."""

    step: np.ndarray  # uint32 [rows], counted from the first of the window
    pair: np.ndarray  # uint32 [rows]: the number of a pair in the events
    depth: np.ndarray  # float64 [rows]: by how much, counts per million pairs
    missing: np.ndarray  # float64 [pairs]: what a pair's slack lacks for all its rows to hold

    def __len__(self) -> int:
        return len(self.step)


class Relaxation:
    """min sum v_t + sum v_p, over the rows added so far of

        sum_i alpha_i (c_i(m_t, t) - c_i(p, t)) + v_t + v_p >= 0    for the steps t of the window, the pairs p other than m_t

    with alpha, v >= 0; c_i(p, t) is the count of pair p in state t of category i per million of its pairs, m_t the pair that
    step t merges. Steps that no category has a count of have no rows. `sum alpha = 1`, or with `mass_normalized` the counts of
    the merges' own pairs sum to what they are for equal shares.

    A row's v_t and v_p become columns of the solver with their first row. After `solve` the point is in `alpha`,
    `slack_of_step` [steps of the window], `slack_of_pair` [pairs], and its `objective` bounds the optimum from below.
    """

    def __init__(self, problem: Problem, *, mass_normalized: bool = False, threads: int = 0) -> None:
        self._highspy = require("highspy", "mixture", "the estimator lp")
        self.problem, self.mass_normalized, self.threads = problem, mass_normalized, threads
        self.scale = PER / problem.pairs
        self.own = problem.own[problem.first : problem.last]
        self._never = ~self.own.any(axis=1)
        events = problem.events
        self._separation = _core.mixture.Separation(
            *(events.indptr, events.state, events.column, events.change),
            columns=len(problem.categories),
            first=problem.first,
            merged=_pairs_of_steps(problem),
        )
        count = len(problem.categories)
        self.alpha = np.full(count, 1 / count)
        self.slack_of_step = np.zeros(len(self.own))
        self.slack_of_pair = np.zeros(len(events.pairs))
        self.objective = 0.0
        self.row_step, self.row_pair = np.zeros(0, np.uint32), np.zeros(0, np.uint32)
        self._idle = np.zeros(0, np.int64)  # rounds, of each row
        self._column_of_step = np.full(len(self.own), -1, np.int64)
        self._column_of_pair = np.full(len(events.pairs), -1, np.int64)
        self._make_model()
        self.use_steps(len(self.own))

    def _make_model(self) -> None:
        self.model = self._highspy.Highs()
        options = {
            "output_flag": False,
            "presolve": "off",  # every solve but the first starts from the last one's basis
            "solver": "simplex",
            "parallel": "off",
            "simplex_scale_strategy": 0,  # off: counts per million pairs need none, and more iterations follow from it
            "simplex_dual_edge_weight_strategy": 1,  # Devex: more iterations than steepest edge, but quicker ones
        }
        for name, value in options.items():
            self.model.setOptionValue(name, value)
        count = len(self.alpha)
        free = np.full(count, self._highspy.kHighsInf)
        none = np.zeros(0, np.int32)
        self.model.addCols(count, np.zeros(count), np.zeros(count), free, 0, np.zeros(count, np.int32), none, np.zeros(0))
        self.model.addRow(1.0, 1.0, count, np.arange(count, dtype=np.int32), np.ones(count))
        self._columns = count

    def use_steps(self, steps: int) -> None:
        """From now on only the first so many steps of the window have rows; never fewer than before."""
        self.steps = steps
        if self.mass_normalized:
            mass = self.own[:steps].sum(axis=0) * self.scale
            mean = mass.mean()
            if not mean:
                raise PolyvocabError("no category has a count of any merge of the window: give other text or another window")
            for i, value in enumerate(mass / mean):
                self.model.changeCoeff(0, i, float(value))
            if len(self.row_step):  # the point and its bound were those of another sum
                self.solve()

    def separate(self) -> Violated:
        """Rows that the point violates: of each pair the deepest, of each step the deepest."""
        weights = self.alpha * self.scale
        level = self.own @ weights + self.slack_of_step
        level[self._never] = np.inf
        level[self.steps :] = np.inf
        by_pair, by_step = self._separation.rows(
            *(weights, level, self.slack_of_pair),
            tolerance=ROW_TOLERANCE,
            per_pair=_ROWS_PER_PAIR,
            threads=self.threads,
        )
        missing = np.zeros(len(self.slack_of_pair))
        np.maximum.at(missing, by_pair[0], by_pair[2])
        pair, step, depth = (np.concatenate(both) for both in zip(by_pair, by_step, strict=True))
        _, once = np.unique(step.astype(np.int64) * len(missing) + pair, return_index=True)
        return Violated(step[once], pair[once], depth[once], missing)

    def add_deepest(self, violated: Violated) -> None:
        """Add the rows that are violated most, as many as are good for one round."""
        rows = np.argsort(-violated.depth, kind="stable")[: max(1000, self.steps // 3)]
        self.add(violated.step[rows], violated.pair[rows])

    def add(self, step: np.ndarray, pair: np.ndarray) -> None:
        """Add rows, none of which may be in."""
        if not len(step):
            return
        for which, columns in ((step, self._column_of_step), (pair, self._column_of_pair)):
            new = np.unique(which)
            new = new[columns[new] < 0]
            columns[new] = self._columns + np.arange(len(new))
            self._add_slacks(len(new))
        values = np.ones((len(step), len(self.alpha) + 2))
        values[:, :-2] = (self.own[step] - self.counts(step, pair)) * self.scale
        indices = np.empty(values.shape, np.int32)
        indices[:, :-2] = np.arange(len(self.alpha))
        indices[:, -2], indices[:, -1] = self._column_of_step[step], self._column_of_pair[pair]
        some = values != 0
        starts = np.concatenate([[0], np.cumsum(some.sum(axis=1))]).astype(np.int32)
        infinity = np.full(len(step), self._highspy.kHighsInf)
        self.model.addRows(len(step), np.zeros(len(step)), infinity, starts[-1], starts[:-1], indices[some], values[some])
        self.row_step = np.concatenate([self.row_step, step.astype(np.uint32)])
        self.row_pair = np.concatenate([self.row_pair, pair.astype(np.uint32)])
        self._idle = np.concatenate([self._idle, np.zeros(len(step), np.int64)])

    def counts(self, step: np.ndarray, pair: np.ndarray) -> np.ndarray:
        """float64 [rows, categories]: the sample's counts of pairs in the states that steps of the window are applied to."""
        return self._separation.counts(pair, step, threads=self.threads)

    def row_duals(self) -> np.ndarray:
        """float64 [rows]: what the optimum gains by each row, >= 0."""
        return np.maximum(np.array(self.model.getSolution().row_dual)[_FIXED_ROWS:], 0)

    def solve(self) -> None:
        """To the optimum of the rows that are in. Raises `PolyvocabError` where the solver does not find it."""
        self.model.run()
        if self.model.getModelStatus() != self._highspy.HighsModelStatus.kOptimal:
            self.model.clearSolver()
            self.model.run()
        status = self.model.getModelStatus()
        if status != self._highspy.HighsModelStatus.kOptimal:
            raise PolyvocabError(f"the linear program was not solved: HiGHS says {self.model.modelStatusToString(status)}")
        point = np.maximum(np.array(self.model.getSolution().col_value), 0)
        self.alpha = point[: len(self.alpha)]
        self.slack_of_step = np.where(self._column_of_step >= 0, point[self._column_of_step], 0.0)
        self.slack_of_pair = np.where(self._column_of_pair >= 0, point[self._column_of_pair], 0.0)
        self.objective = self.model.getInfo().objective_function_value

    def drop_idle(self, rounds: int = _IDLE_ROUNDS) -> None:
        """Take out rows that had no part in the last solution and so many before it, as far as this was called after them."""
        basic = self.model.getBasicVariables()[1]
        idle = np.zeros(_FIXED_ROWS + len(self._idle), bool)
        idle[-1 - basic[basic < 0]] = True  # the solver numbers row r as -1 - r
        self._idle = np.where(idle[_FIXED_ROWS:], self._idle + 1, 0)
        gone = self._idle > rounds
        if gone.any():
            rows = np.flatnonzero(gone).astype(np.int32) + _FIXED_ROWS
            self.model.deleteRows(len(rows), rows)
            self.row_step, self.row_pair, self._idle = self.row_step[~gone], self.row_pair[~gone], self._idle[~gone]

    def fix_share(self, category: int, share: float | None) -> None:
        """From now on the category's share is this; None: free again."""
        least, greatest = (0.0, self._highspy.kHighsInf) if share is None else (share, share)
        self.model.changeColBounds(category, least, greatest)

    def slope_of_share(self, category: int) -> float:
        """By how much the objective of the last `solve` rises with the category's share, which is fixed."""
        return float(self.model.getSolution().col_dual[category])

    def _add_slacks(self, count: int) -> None:
        none = np.zeros(0, np.int32)
        free = np.full(count, self._highspy.kHighsInf)
        self.model.addCols(count, np.ones(count), np.zeros(count), free, 0, np.zeros(count, np.int32), none, np.zeros(0))
        self._columns += count


def _pairs_of_steps(problem: Problem) -> np.ndarray:
    """uint32 [steps of the window]: the number of the pair that each step merges, or 2**32 - 1 where it was never seen."""
    keys = pair_keys(problem.events.pairs)
    window = slice(problem.first, problem.last)
    return pair_numbers(keys, np.stack([problem.steps.left[window], problem.steps.right[window]], axis=1))


def pair_keys(pairs: np.ndarray) -> np.ndarray:
    """uint64 [pairs]: a number for each pair of ids [pairs, 2], in their order."""
    return pairs[:, 0].astype(np.uint64) << np.uint64(32) | pairs[:, 1]


def pair_numbers(keys: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """uint32 [pairs]: where each pair of ids stands in rising keys; 2**32 - 1 where it does not."""
    wanted = pair_keys(pairs)
    place = np.searchsorted(keys, wanted)
    place[place == len(keys)] = 0
    found = keys[place] == wanted if len(keys) else np.zeros(len(wanted), bool)
    return np.where(found, place, np.uint32(2**32 - 1)).astype(np.uint32)
