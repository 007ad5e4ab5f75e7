"""How many steps of a merge list a sample says something about."""

from __future__ import annotations

import numpy as np

from .problem import Problem

COUNT = 30.0
_SPAN = 201  # steps of which the median is taken: single merges are rare in a sample for many reasons


def effective_counts(problem: Problem, alpha: np.ndarray) -> np.ndarray:
    """float64 [steps of the window]: of how many occurrences each merge's frequency is known, under a mixture.

    The square of the frequency over its variance, counts taken as Poisson: what was counted, where one category has it all;
    less where some of it comes from a small sample of a large category. 0 where nothing was counted.
    """
    weights = alpha / problem.pairs
    own = problem.own[problem.first : problem.last]
    frequency, variance = own @ weights, own @ weights**2
    return np.divide(frequency**2, variance, out=np.zeros(len(own)), where=variance > 0)


def default_steps(problem: Problem, alpha: np.ndarray, *, count: float = COUNT) -> int:
    """The steps of the window before those whose merges have fewer than `count` effective counts, by a running median.

    `alpha`: shares from fewer steps, say 1000. At least 1. Further steps tell the estimator lp little: a merge and its rivals
    differ by less than the error of their counts, and rows only follow the noise.
    """
    counts = effective_counts(problem, alpha)
    if not len(counts):
        return 1
    span = min(_SPAN, len(counts))
    medians = np.median(np.lib.stride_tricks.sliding_window_view(counts, span), axis=1)
    few = np.flatnonzero(medians < count)
    return max(1, int(few[0]) + span // 2) if len(few) else len(counts)
