"""Which trainer made a merge list, and how large its corpus was, from the order of merges with equal counts.

Counts of pairs are whole numbers. Late in a list many pairs have the same count, and a trainer takes these in an order of
its own: that of Hugging Face's `tokenizers` by rising ids of the two parts, subword-nmt and others by falling strings,
SentencePiece by length and string. So neighbouring merges are in that order but where the count changes. How often it changes
says how fast counts fall, and with the level that the mixture gives, how large the corpus was.

Let N f(t) be the count of step t, f the fitted level and N the pairs of the corpus, and s = -N f'(t). As many pairs have a
count as Poisson(1 / s) says. Neighbouring steps differ in count with probability s (1 - exp(-1 / s)), and are then out of
order, unless by chance all pairs of the later count come behind all of the earlier one: k! m! / (k + m)! of the time, with k
and m pairs. The most likely N for what is seen is the estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import lgamma

import numpy as np

from ..formats.definition import Bpe
from .finding import Finding
from .levels import Levels
from .merge_list import MergeList

_PARTS = 5  # of the list; an order must be seen in the last one
_FEWEST = 200  # merges in a part
_LEAST_SHARE = 0.55  # in order: a little more than half are by chance, because ids rise along the list
_DEVIATIONS, _DEVIATIONS_OF_BAND = 6.0, 4.0  # from one half
_BANDS = 12  # of steps, for the size
_SMALLEST_COUNT = 20.0  # of the sample, for the level to be known there
_LEAST_ERROR = 0.05  # of the size: how well the slope of the level is known at best
_SIZES = (1e3, 1e13)  # pairs: the least and the greatest size that is looked for
_LARGEST = 0.45  # share of neighbours out of order, beyond which it says nothing of the size

_TRAINERS = {
    "ascending ids": "as the trainer of Hugging Face's tokenizers takes them",
    "descending strings": "as subword-nmt takes them",
    "descending bytes": "as a trainer takes them that compares bytes",
    "descending merged bytes": "as a trainer takes them that compares the bytes of the token that is made",
    "ascending bytes": "as a trainer takes them that compares bytes, the first one first",
    "short strings first": "as SentencePiece takes them",
}


@dataclass(frozen=True)
class TieOrder:
    """The order of merges with equal counts; `order` is None where none is seen, and `reason` says why."""

    order: str | None  # "ascending ids", "descending strings", ...
    share: float  # of neighbours in that order in the last part of the list; 0.5 by chance
    by_part: tuple[float, ...]  # the same in each fifth of the list; empty where no order is seen
    reason: str

    def findings(self) -> list[Finding]:
        if self.order is None:
            return []
        how = f"{self.order}, {_TRAINERS[self.order]}"
        text = f"merges with equal counts stand by {how} ({self.share:.0%} of the last neighbours)"
        return [Finding("trainer", "note", text)]


@dataclass(frozen=True)
class CorpusSize:
    """How many pairs of initial tokens a corpus had, with the range that is within two standard errors; NaN where it cannot be
    told, and `reason` says why."""

    pairs: float
    least: float
    greatest: float
    reason: str

    def findings(self, bytes_per_pair: float | None = None) -> list[Finding]:
        """`bytes_per_pair`: of the mixture, to say it in bytes too."""
        if not np.isfinite(self.pairs):
            return []
        text = f"the trainer saw about {_short(self.pairs)} pairs ({_short(self.least)} to {_short(self.greatest)})"
        if bytes_per_pair is not None:
            sizes = [_short(n * bytes_per_pair) for n in (self.pairs, self.least, self.greatest)]
            text += f", that is {sizes[0]} bytes ({sizes[1]} to {sizes[2]}), if none was repeated"
        return [Finding("corpus size", "note", text)]


def tie_order(merges: MergeList, *, first: int = 0, last: int | None = None) -> TieOrder:
    """The order of ties among the steps `first <= t < last` of a list that were learned in one go."""
    last = len(merges) if last is None else last
    if last - first < _FEWEST * _PARTS:
        return TieOrder(None, 0.5, (), f"there are fewer than {_FEWEST * _PARTS:,} merges")
    bounds = np.linspace(first, last, _PARTS + 1).astype(int).tolist()
    orders = [name for name in _TRAINERS if name != "descending strings" or isinstance(merges.definition.model, Bpe)]
    shares = {name: _share_in_order(merges, name, bounds[-2], last) for name in orders}
    name = max(shares, key=lambda order: shares[order])
    share, neighbours = shares[name], last - bounds[-2] - 1
    if share < max(_LEAST_SHARE, 0.5 + _DEVIATIONS * 0.5 / np.sqrt(neighbours)):
        reason = "neighbouring merges are in no order: counts were large to the end, or the trainer takes ties as they come"
        return TieOrder(None, share, (), reason)
    by_part = tuple(_share_in_order(merges, name, a, b) for a, b in zip(bounds, bounds[1:], strict=False))
    return TieOrder(name, share, by_part, "")


def _share_in_order(merges: MergeList, order: str, first: int, last: int) -> float:
    keys = _keys(merges, order, first, last)
    return float((keys[1:] > keys[:-1]).mean())


def _keys(merges: MergeList, order: str, first: int, last: int) -> np.ndarray:
    """int64 [steps]: the place of each of the steps `first <= t < last` in an order of all of them."""
    left, right, merged = (getattr(merges.steps, part)[first:last].tolist() for part in ("left", "right", "merged"))
    texts = merges.texts
    match order:
        case "ascending ids":
            return _places(list(zip(left, right, strict=True)))
        case "descending strings":  # as the file spells them: GPT-2's trainer compared strings in the alphabet for bytes
            model = merges.definition.model
            spelled = dict(zip(model.ids.tolist(), model.tokens, strict=True))
            return -_places([(spelled[a], spelled[b]) for a, b in zip(left, right, strict=True)])
        case "descending merged bytes":
            return -_places([texts[i] for i in merged])
        case "short strings first":
            return _places([(len(texts[i].decode("utf-8", "replace")), texts[i]) for i in merged])
    sign = -1 if order == "descending bytes" else 1
    return sign * _places([(texts[a], texts[b]) for a, b in zip(left, right, strict=True)])


def _places(items: list) -> np.ndarray:
    place = {item: i for i, item in enumerate(sorted(set(items)))}
    return np.array([place[item] for item in items], np.int64)


def corpus_size(merges: MergeList, levels: Levels, order: TieOrder, *, first: int = 0) -> CorpusSize:
    """How many pairs the corpus had, from the steps of the window that `levels` are of, which begins at step `first`."""
    nothing = (float("nan"),) * 3
    if order.order is None:
        return CorpusSize(*nothing, order.reason)
    steps = levels.reliable(_SMALLEST_COUNT)
    keys = _keys(merges, order.order, first, first + len(levels.level))
    out_of_order = (keys[1:] < keys[:-1])[: max(steps - 1, 0)]
    slope = _slope(levels.level[:steps])[: len(out_of_order)]
    bands = [band for band in np.array_split(np.arange(len(out_of_order)), _BANDS) if len(band) >= 50]
    told = [b for b in bands if out_of_order[b].mean() < min(_LARGEST, 0.5 - _DEVIATIONS_OF_BAND * 0.5 / np.sqrt(len(b)))]
    if not told:
        return CorpusSize(*nothing, "the order of ties is not clear as far as the samples' counts go; give more text")
    sizes = np.geomspace(*_SIZES, 2001)
    likelihood = np.array([_likelihood(out_of_order[band], slope[band], sizes) for band in told])
    total = likelihood.sum(axis=0)
    best = int(total.argmax())
    if best in (0, len(sizes) - 1):  # no size explains it: the level of samples of another kind falls too slowly or too fast
        return CorpusSize(*nothing, "the order of ties does not go with how the samples' counts fall; give text like it")
    inside = np.log(sizes[total > total[best] - 0.5])
    error = max((inside[-1] - inside[0]) / 2, _LEAST_ERROR)
    if len(told) > 1:  # how far the bands disagree
        single = np.log(sizes[likelihood.argmax(axis=1)])
        error = max(error, float(single.std(ddof=1) / np.sqrt(len(told))))
    return CorpusSize(float(sizes[best]), *(float(sizes[best] * np.exp(side * 2 * error)) for side in (-1, 1)), "")


def _slope(level: np.ndarray) -> np.ndarray:
    """-f' of the level at each step, by straight lines through log f over log t in wide windows."""
    x, y = np.log(np.arange(len(level)) + 1.0), np.log(level)
    half = max(len(level) // (2 * _BANDS), 25)
    begin = np.clip(np.arange(len(level)) - half, 0, None)
    end = np.clip(np.arange(len(level)) + half, None, len(level))
    sums = [np.concatenate([[0.0], np.cumsum(v)]) for v in (x, y, x * x, x * y)]
    count = end - begin
    mean_x, mean_y, mean_xx, mean_xy = ((total[end] - total[begin]) / count for total in sums)
    slope = (mean_xy - mean_x * mean_y) / np.maximum(mean_xx - mean_x**2, 1e-300)
    return np.maximum(-slope, 1e-3) * np.exp(mean_y + slope * (x - mean_x)) / (np.arange(len(level)) + 1.0)


def _likelihood(out_of_order: np.ndarray, slope: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """float64 [sizes]: log-likelihood of a band."""
    table, chance = _chances()
    p = np.interp(np.log(np.outer(sizes, slope)), table, chance).clip(1e-6, 1 - 1e-6)
    return np.where(out_of_order, np.log(p), np.log1p(-p)).sum(axis=1)


@cache
def _chances() -> tuple[np.ndarray, np.ndarray]:
    """(log s, probability that neighbouring steps are out of order)."""
    logs = np.linspace(np.log(1e-4), np.log(1e3), 400)
    return logs, np.array([_chance(s) for s in np.exp(logs)])


def _chance(s: float) -> float:
    mean = 1 / s
    changes = s * -np.expm1(-mean)
    if mean > 200:
        return changes
    k = np.arange(1, int(mean + 10 * np.sqrt(mean) + 12))
    factorial = np.array([lgamma(i + 1) for i in range(2 * len(k) + 2)])
    weight = np.exp(k * np.log(mean) - mean - factorial[k])
    weight /= weight.sum()
    behind = np.exp(factorial[k][:, None] + factorial[k] - factorial[k[:, None] + k])
    return changes * (1 - float(weight @ behind @ weight))


def _short(number: float) -> str:
    for unit, size in (("billion", 1e9), ("million", 1e6), ("thousand", 1e3)):
        if number >= size:
            return f"{number / size:.2g} {unit}" if number < 100 * size else f"{number / size:,.0f} {unit}"
    return f"{number:.0f}"
