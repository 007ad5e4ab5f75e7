"""Orthogonal matching pursuit, ours against mergekit's `batch_omp`: 64 of 20,000 atoms for each row.

    python bench/bench_omp.py [--rows 512] [--threads 2]

The peer is the package `mergekit` (0.1.5; `pip install --no-deps mergekit`), whose file tokensurgeon/omp.py needs torch alone.
Rows and atoms have 768 and 2,048 dimensions: a low rank and noise, as embeddings have it. Both get the same arrays in one
process, in turn; ours is the median of five. The last column says for how many rows both take the same atoms. Others have two
atoms that are nearly equally good: which of us agrees there with a pursuit in float64?
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import statistics
import sys
import time
import types
from pathlib import Path

import numpy as np
import torch
from polyvocab import _core
from polyvocab.pursuit import orthogonal_matching_pursuit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from reference.pursuit import pursue  # noqa: E402

ATOMS, K, RANK = 20_000, 64, 200
ROUNDS = 5  # of ours, the first of which takes memory that no process had; the peer, which takes longer, runs once


def peer_function():
    """mergekit's function, from a package that has the files of its own alone: that imports much more."""
    spec = importlib.util.find_spec("mergekit")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("needs the package mergekit: pip install --no-deps mergekit")
    package = types.ModuleType("tokensurgeon")
    package.__path__ = [str(Path(spec.submodule_search_locations[0]) / "tokensurgeon")]
    sys.modules["tokensurgeon"] = package
    return importlib.import_module("tokensurgeon.omp").batch_omp


def rows_like_embeddings(rng: np.random.Generator, count: int, basis: np.ndarray) -> np.ndarray:
    mixed = rng.standard_normal((count, RANK), np.float32) @ basis
    return mixed + 0.5 * mixed.std() * rng.standard_normal(mixed.shape, np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    batch_omp = peer_function()
    for dim in (768, 2048):
        rng = np.random.default_rng(dim)
        basis = rng.standard_normal((RANK, dim), np.float32) * rng.uniform(0.2, 2, (RANK, 1)).astype(np.float32)
        atoms, targets = (rows_like_embeddings(rng, n, basis) for n in (ATOMS, options.rows))
        start = time.perf_counter()
        theirs, _ = batch_omp(torch.from_numpy(targets), torch.from_numpy(atoms), K)
        peer = time.perf_counter() - start
        for kernel in [k for k in _core.tile_kernels() if k in ("amx", "avx512")]:
            times = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                ours = orthogonal_matching_pursuit(targets, atoms, K, threads=options.threads, kernel=kernel)
                times.append(time.perf_counter() - start)
            mine = statistics.median(times)
            rows = np.split(ours.indices, ours.indptr[1:-1])
            pairs = [(set(a.tolist()), set(b.tolist())) for a, b in zip(rows, theirs, strict=True)]
            differing = [i for i, (a, b) in enumerate(pairs) if a != b]
            scale = 1000 / options.rows
            print(
                f"dim {dim}, {kernel:7} {mine * scale:6.2f} s for 1,000 rows, mergekit {peer * scale:6.2f} s: "
                f"ratio {peer / mine:.1f}; same atoms in {options.rows - len(differing)} of {options.rows} rows",
                flush=True,
            )
        if differing:  # the same for all kernels
            right = [set(pursue(targets[i], atoms, K)) for i in differing]
            agree = [sum(pairs[i][side] == r for i, r in zip(differing, right, strict=True)) for side in (0, 1)]
            print(f"  in float64: ours in {agree[0]}, mergekit's in {agree[1]} of the {len(differing)} others", flush=True)


if __name__ == "__main__":
    main()
