"""The mixture of given densities that is likeliest for a target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_LEAST_STEP = 1e-10


@dataclass(frozen=True, eq=False)
class MixtureFit:
    """A point of the simplex and how far from the optimum it may be."""

    alpha: np.ndarray  # float64 [categories], with the sum 1
    gap: float  # the objective is this much below its maximum at most, for a target with the sum 1
    iterations: int


def fit_mixture(
    densities: np.ndarray, target: np.ndarray, *, start: np.ndarray | None = None, tolerance: float = 1e-9, limit: int = 200
) -> MixtureFit:
    """Maximize sum_k target_k log(sum_i alpha_i densities_ik) over the simplex: a concave problem.

    `densities`: float64 [categories, outcomes], not negative, no outcome that all categories lack. `target`: float64
    [outcomes], positive, with the sum 1. The EM algorithm for it converges slowly; here a projected Newton method (Bertsekas
    1982) works on the equivalent problem without the sum, as in Kim et al. (2020), and takes a step of EM where Newton's does
    not lead up. Stops when the duality gap, the largest derivative less 1, is below `tolerance`.
    """
    count = len(densities)
    alpha = np.full(count, 1 / count) if start is None else np.maximum(start, 1e-6 / count)
    alpha /= alpha.sum()
    iteration = 0
    while True:
        ratio = target / (alpha @ densities)
        gradient = densities @ ratio - 1
        if gradient.max() <= tolerance or iteration == limit:
            return MixtureFit(alpha, max(float(gradient.max()), 0.0), iteration)
        iteration += 1
        alpha = _newton_step(densities, target, alpha, gradient, ratio)
        alpha /= alpha.sum()


def _newton_step(
    densities: np.ndarray, target: np.ndarray, alpha: np.ndarray, gradient: np.ndarray, ratio: np.ndarray
) -> np.ndarray:
    free = (alpha > 1e-12) | (gradient > 0)
    part = densities[free]
    curvature = (part * (ratio / target**0.5) ** 2) @ part.T
    curvature[np.diag_indices_from(curvature)] *= 1 + 1e-12  # categories may be alike
    direction = np.zeros_like(alpha)
    direction[free] = np.linalg.lstsq(curvature, gradient[free], rcond=None)[0]
    before = _objective(densities, target, alpha)
    step = 1.0
    while step > _LEAST_STEP:
        moved = np.maximum(alpha + step * direction, 0.0)
        if (
            _objective(densities, target, moved) >= before + 1e-4 * (gradient @ (moved - alpha))
            and gradient @ (moved - alpha) > 0
        ):
            return moved
        step /= 2
    return alpha * (1 + gradient)  # EM


def _objective(densities: np.ndarray, target: np.ndarray, alpha: np.ndarray) -> float:
    mixed = alpha @ densities
    if mixed.min() <= 0:
        return -np.inf
    return float(target @ np.log(mixed) - alpha.sum())
