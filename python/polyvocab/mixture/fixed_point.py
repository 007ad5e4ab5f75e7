"""Fixed points of maps of positive vectors, which EM algorithms are, in fewer steps than the map alone takes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_MEMORY = 6  # steps


def fixed_point(
    step: Callable[[np.ndarray], np.ndarray], start: np.ndarray, *, tolerance: float, limit: int
) -> tuple[np.ndarray, int]:
    """(a point that `step` moves by less than `tolerance` in every coordinate, the number of steps).

    Anderson acceleration (Walker and Ni 2011): the next point is where a linear map through the last steps would stand still. A
    coordinate that would not be positive there goes where the plain step leads; after a step that is twice as long as the one
    before, the last steps are forgotten. After `limit` steps the point is what it is by then. `start`: float64, positive.
    """
    point = start
    targets: list[np.ndarray] = []
    differences: list[np.ndarray] = []
    size = np.inf
    for count in range(1, limit + 1):
        target = step(point)
        difference = target - point
        before, size = size, float(np.abs(difference).max())
        if size < tolerance:
            return target, count
        if size > 2 * before:
            targets, differences = [], []
        targets, differences = [*targets[-_MEMORY:], target], [*differences[-_MEMORY:], difference]
        point = target
        if len(targets) > 1:
            weights = np.linalg.lstsq(np.diff(differences, axis=0).T, difference, rcond=1e-12)[0]
            ahead = target - np.diff(targets, axis=0).T @ weights
            point = np.where(ahead > 0.1 * target, ahead, target)
    return point, limit
