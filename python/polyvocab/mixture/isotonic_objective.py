"""What the isotonic estimator minimizes, over the logarithms of the shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from .levels import Levels, mixed
from .monotone import pool_adjacent

_TRUST = 10.0  # counts: how much a start weighs against the counts of a category's merges
_LEAST_SHARE = 1e-12
_LARGEST_STEP = 1.0  # of the logarithms of shares, in one iteration
_LEAST_STEP = 1e-6  # of the direction of Newton's method
_LITTLE = 1e-6  # what an iteration may gain at most, in units of a logarithm of likelihood: a thousandth of an error
_CONVERGED = 1e-8  # change of a share
_ITERATIONS = 200


@dataclass(frozen=True, eq=False)
class PassedOver:
    """Pairs that no share of a category may make much more frequent than what was merged instead of them."""

    TIMES: ClassVar[float] = 3.0  # the level: how frequent they may be

    pair: np.ndarray  # int64 [pairs]: numbers in the problem's events
    step: np.ndarray  # int64 [pairs]: of the window, that passed it over
    rates: np.ndarray  # float64 [pairs, categories]: counts there, as shares of the pairs of each category
    counts: np.ndarray  # float64 [pairs]: how many counts of the sample they are

    def __len__(self) -> int:
        return len(self.pair)

    @classmethod
    def none(cls, categories: int) -> PassedOver:
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, np.zeros((0, categories)), np.zeros(0))

    def and_those(self, pair: np.ndarray, step: np.ndarray, rates: np.ndarray, counts: np.ndarray) -> PassedOver:
        new = (pair, step, rates, counts)
        old = (self.pair, self.step, self.rates, self.counts)
        return PassedOver(*(np.concatenate(both) for both in zip(old, new, strict=True)))


@dataclass(frozen=True, eq=False)
class Point:
    """The objective at shares, with the level profiled out."""

    log_alpha: np.ndarray  # float64 [categories], of shares with the sum 1
    value: float
    fitted: np.ndarray  # float64 [steps]
    share: np.ndarray  # float64 [steps, categories]: of each category in `fitted`
    level: np.ndarray  # float64 [steps]
    block: np.ndarray  # int64 [steps]: the number of the block of equal levels that each is in


@dataclass(frozen=True, eq=False)
class Objective:
    """The terms of `isotonic`, for counts n that stay."""

    rates: np.ndarray  # float64 [steps, categories]: of the steps that are used
    pairs: np.ndarray  # float64 [categories]
    counts: np.ndarray  # float64 [steps]: n
    over: PassedOver
    place: np.ndarray  # int64 [pairs that were passed over]: of the step of each, or of the one before it, among those used
    trusted: np.ndarray | None  # float64 [categories]: logarithms of the shares that the estimate began with

    @classmethod
    def of(cls, rates: np.ndarray, pairs: np.ndarray, found: Levels, over: PassedOver, trusted: np.ndarray | None) -> Objective:
        """`rates`: of all steps of `found`."""
        used = found.used
        place = np.clip(np.cumsum(used) - 1, 0, None)[over.step]
        return cls(rates[used], pairs, found.fitted[used] / found.unit[used], over, place, trusted)

    def at(self, log_alpha: np.ndarray) -> Point:
        alpha = np.exp(log_alpha - log_alpha.max())
        alpha /= alpha.sum()
        log_alpha = np.log(alpha.clip(_LEAST_SHARE))
        fitted, share, _ = mixed(self.rates, self.pairs, alpha)
        level, block = pool_adjacent(fitted, self.counts / fitted)
        value = _divergence(level / fitted, self.counts)
        if len(self.over):
            _, high, ratio = self._above(alpha, level)
            value += _divergence(ratio, self.over.counts[high])
        if self.trusted is not None:
            away = log_alpha - self.trusted
            value += 0.5 * _TRUST * float(away @ away)
        return Point(log_alpha, value, fitted, share, level, block)

    def derivatives(self, point: Point) -> tuple[np.ndarray, np.ndarray]:
        """(gradient [categories], curvature [categories, categories] by Gauss and Newton), float64, for the logarithms of the
        shares."""
        alpha, fitted, share, level, block = np.exp(point.log_alpha), point.fitted, point.share, point.level, point.block
        # By the envelope theorem the level counts as fixed.
        gradient = share.T @ (self.counts * (1 - level / fitted))
        weighted = self.counts[:, None] * share
        in_block = _sums(block, weighted)
        curvature = weighted.T @ share - in_block.T @ (in_block / _sums(block, self.counts)[:, None])
        if len(self.over):
            # For pairs it does not: d log level / d log alpha is the mean share of the level's block.
            weight = self.counts / fitted
            moves = (_sums(block, weight[:, None] * share) / _sums(block, weight)[:, None])[block[self.place]]
            shares, high, ratio = self._above(alpha, level)
            counts, slope = self.over.counts[high], (shares - moves)[high]
            gradient = gradient + slope.T @ (counts * (1 - ratio))
            curvature = curvature + (slope * counts[:, None]).T @ slope
        if self.trusted is not None:
            away = point.log_alpha - self.trusted
            gradient = gradient + _TRUST * (away - alpha * away.sum())  # a change of all logarithms alike is none of shares
            curvature = curvature + _TRUST * np.eye(len(alpha))
        return gradient, curvature

    def unsaid(self, alpha: np.ndarray) -> np.ndarray:
        """float64 [categories]: what a start weighs against what merges say of a share, from 0 to 1."""
        merges = replace(self, trusted=None)
        _, curvature = merges.derivatives(merges.at(np.log(alpha)))
        return _TRUST / (_TRUST + np.diag(curvature))

    def _above(self, alpha: np.ndarray, level: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(share [pairs, categories], whether a pair is more frequent than is allowed [pairs], what is allowed as a share of
        its frequency [pairs that are])."""
        fitted, share, _ = mixed(self.over.rates, self.pairs, alpha)
        allowed = PassedOver.TIMES * level[self.place]
        high = fitted > allowed
        return share, high, allowed[high] / fitted[high]


def _divergence(ratio: np.ndarray, counts: np.ndarray) -> float:
    return float((counts * (ratio - np.log(ratio) - 1)).sum())


def _sums(block: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The sum of the values of each block; blocks are runs."""
    return np.add.reduceat(values, np.flatnonzero(np.concatenate([[True], np.diff(block) > 0])), axis=0)


def minimized(objective: Objective, alpha: np.ndarray) -> tuple[np.ndarray, int]:
    """(shares, iterations), from the shares `alpha` on. Newton's method; steps are halved until the objective
    falls."""
    point = objective.at(np.log(alpha.clip(_LEAST_SHARE)))
    iterations = 0
    while iterations < _ITERATIONS:
        iterations += 1
        gradient, curvature = objective.derivatives(point)
        damping = 1e-9 * np.trace(curvature) + 1e-12
        direction = -np.linalg.solve(curvature + damping * np.eye(len(alpha)), gradient)
        direction *= min(1.0, _LARGEST_STEP / max(np.abs(direction).max(), 1e-300))
        slope = float(direction @ gradient)
        if -slope < _LITTLE:
            break
        size, new = 1.0, objective.at(point.log_alpha + direction)
        while new.value > point.value + 1e-4 * size * slope and size > _LEAST_STEP:
            size /= 2
            new = objective.at(point.log_alpha + size * direction)
        if new.value > point.value:
            break  # as low as rounding lets it become
        change = np.abs(np.exp(new.log_alpha) - np.exp(point.log_alpha)).max()
        point = new
        if change < _CONVERGED:
            break
    found = np.exp(point.log_alpha)
    return found / found.sum(), iterations
