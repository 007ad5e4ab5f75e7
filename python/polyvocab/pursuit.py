"""Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993): rows written with a few atoms of a dictionary."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from . import _core
from .errors import PolyvocabError
from .recipe.csr import Csr

_BASIS_BYTES = 1 << 28  # of the orthonormal directions of all rows that are pursued at once
_FEWEST_ROWS = 64


def orthogonal_matching_pursuit(
    targets: np.ndarray,
    atoms: np.ndarray,
    k: int,
    *,
    threads: int = 0,
    kernel: str | None = None,
    progress: bool = False,
) -> Csr:
    """float32 weights [targets, atoms] with at most `k` entries a row: targets are nearly weights @ atoms.

    `targets`: float [n, dim], `atoms`: float [m, dim]. Each step takes the atom that the residual has the largest product with
    (atoms are not scaled to length 1: long ones come first, as mergekit has it), and fits all atoms so far by least squares. A
    row ends early when its residual is down to 1e-5 of it, or when the next atom is one that it has, or nearly a combination of
    those: what is left then is rounding. A zero row gets no atoms.

    The weights depend neither on `threads` nor on `kernel`. Raises `PolyvocabError` for values that are not finite.
    """
    targets, atoms = (np.ascontiguousarray(rows, np.float32) for rows in (targets, atoms))
    if targets.ndim != 2 or atoms.ndim != 2 or targets.shape[1] != atoms.shape[1] or not len(atoms):
        raise PolyvocabError(f"targets {targets.shape} and atoms {atoms.shape}: rows of the same width, and atoms, are needed")
    for what, rows in (("targets", targets), ("atoms", atoms)):
        if (bad := np.flatnonzero(~np.isfinite(rows).all(axis=1))).size:
            raise PolyvocabError(f"{what}: row {bad[0]} holds a value that is not finite")
    if k < 1:
        raise PolyvocabError(f"{k} atoms for each row: must be 1 at least")
    k = min(k, len(atoms), targets.shape[1])
    pool = _core.PackedPool(atoms, kernel, threads)
    batch = max(_FEWEST_ROWS, _BASIS_BYTES // (4 * k * targets.shape[1]))
    parts = []
    with tqdm(total=len(targets), desc="matching pursuit", unit="rows", disable=not progress) as bar:
        for start in range(0, len(targets), batch):
            block = targets[start : start + batch]
            parts.append(_pursued(block, atoms, pool, k, threads))
            bar.update(len(block))
    sizes = np.concatenate([part[0] for part in parts]) if parts else np.zeros(0, np.int64)
    rows = np.repeat(np.arange(len(targets)), sizes)
    chosen, weights = (np.concatenate([part[i] for part in parts]) if parts else np.zeros(0) for i in (1, 2))
    return Csr.from_entries(len(targets), rows, chosen.astype(np.int64), weights)


def _pursued(
    targets: np.ndarray, atoms: np.ndarray, pool: _core.PackedPool, k: int, threads: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(number of atoms of each row, the atoms, their coefficients)."""
    pursuit = _core.OrthogonalPursuit(targets, k)
    for _ in range(k):
        if not len(still := np.flatnonzero(pursuit.open())):
            break
        residuals = pursuit.residuals if len(still) == len(targets) else pursuit.residuals[still]
        _, best, _ = pool.select(residuals, "top_k", 1, 0.0, threads, True)
        chosen = np.zeros(len(targets), np.int64)
        chosen[still] = best
        pursuit.add(atoms, chosen, threads)
    sizes, numbers, coefficients = pursuit.finish()
    there = np.arange(k) < sizes[:, None]
    return sizes, numbers[there], coefficients[there]
