"""Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993): rows written with a few atoms of a dictionary."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from . import _core
from .errors import PolyvocabError
from .recipe.csr import Csr


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
    (nearly equal ones are compared in float64; atoms are not scaled to length 1: long ones come first, as mergekit has it), and
    fits all atoms so far by least squares. A row ends early when its residual is down to 1e-5 of it, or when the next atom is
    one that it has, or nearly a combination of those: what is left then is rounding. A zero row gets no atoms.

    The weights depend neither on `threads` nor on `kernel`. Beside the packed atoms each thread needs about 2 * `k` MB (more
    where dim is above 4,096). Raises `PolyvocabError` for values that are not finite.
    """
    targets, atoms = (np.ascontiguousarray(rows, np.float32) for rows in (targets, atoms))
    if targets.ndim != 2 or atoms.ndim != 2 or targets.shape[1] != atoms.shape[1] or not len(atoms):
        raise PolyvocabError(f"targets {targets.shape} and atoms {atoms.shape}: rows of the same width, and atoms, are needed")
    if k < 1:
        raise PolyvocabError(f"{k} atoms for each row: must be 1 at least")
    k = min(k, len(atoms), targets.shape[1])
    pool = _core.PackedPool(atoms, kernel, threads)
    for what, rows, checked in (("targets", targets, False), ("atoms", atoms, pool.finite)):
        if not checked and (bad := np.flatnonzero(~np.isfinite(rows).all(axis=1))).size:
            raise PolyvocabError(f"{what}: row {bad[0]} holds a value that is not finite")
    pursuits = _core.Pursuits(pool, k, threads)
    sizes, chosen, weights = np.zeros(len(targets), np.int64), [], []
    with tqdm(total=len(targets), desc="matching pursuit", unit="rows", disable=not progress) as bar:
        for start in range(0, len(targets), pursuits.targets_at_once):
            block = targets[start : start + pursuits.targets_at_once]
            sizes[start : start + len(block)], atoms_of, coefficients = pursuits.pursue(block)
            there = np.arange(k) < sizes[start : start + len(block), None]
            chosen.append(atoms_of[there])
            weights.append(coefficients[there])
            bar.update(len(block))
    rows = np.repeat(np.arange(len(targets)), sizes)
    entries = (np.concatenate([np.zeros(0, kind), *parts]) for kind, parts in ((np.int64, chosen), (np.float32, weights)))
    return Csr.from_entries(len(targets), rows, *entries)
