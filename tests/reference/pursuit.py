"""Orthogonal matching pursuit as its paper has it: the whole residual and a new least-squares fit each step, in float64."""

from __future__ import annotations

import numpy as np


def pursue(target: np.ndarray, atoms: np.ndarray, k: int) -> dict[int, float]:
    """{atom: coefficient} of one row."""
    target, atoms = np.asarray(target, np.float64), np.asarray(atoms, np.float64)
    chosen: list[int] = []
    residual = target
    for _ in range(k):
        sizes = np.abs(atoms @ residual)
        sizes[chosen] = -1
        chosen.append(int(sizes.argmax()))
        coefficients, *_ = np.linalg.lstsq(atoms[chosen].T, target, rcond=None)
        residual = target - coefficients @ atoms[chosen]
    return dict(zip(chosen, coefficients.tolist(), strict=True))
