"""Cosine similarity and selection to CSR, ours against `torch` and `entmax`, in one process: 50,000 queries, 50,000 rows,
300 wide.

    python bench/bench_similarity.py VECTORS.npy [--threads 2] [--device cuda]

VECTORS.npy: real auxiliary vectors, float32 [rows, 300] (`bench/aux_vectors.py` writes them). Two kinds of data: `mixed`, each
row a mean of two of these and some noise, as tokens of one language have neighbours; and `Gaussian`, which have none.

Each of our times is for unit rows, packing, products, selection and CSR together, the median of three; torch's are for its
float32 product alone into one buffer (`out=`), taken in turn with ours, and with `entmax`'s exact sparsemax on a sample of
rows.

With `--device cuda` instead: the time over the roofline's floor on a GPU, 50,000 and 150,000 rows (`similarity_on_cuda.py`).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from entmax import sparsemax
from polyvocab import _core
from polyvocab.similarity import Entmax, Selection, Sparsemax, TopK, cosine_rows, unit_rows

ROWS, DIM, BLOCK = 50_000, 300, 2048
SAMPLE = 1024  # rows of the sort-based peer, which takes minutes for all
SOURCE = 250_000  # of the step that WECHSEL has
ROUNDS = 3


def gaussian(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.standard_normal((rows, DIM), np.float32)


def mixed(rng: np.random.Generator, rows: int, real: np.ndarray) -> np.ndarray:
    """Between two real unit vectors, with noise a third as long."""
    first, second = rng.integers(0, len(real), (2, rows))
    part = rng.random((rows, 1), np.float32)
    noise = rng.standard_normal((rows, DIM), np.float32) * np.float32(0.3 / np.sqrt(DIM))
    return part * real[first] + (1 - part) * real[second] + noise


def seconds(step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def peak_memory(*, reset: bool = False) -> int:
    """Bytes of this process at most, since the last reset (Linux)."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def torch_product(queries: torch.Tensor, pool: torch.Tensor) -> None:
    out = torch.empty(BLOCK, len(pool))
    for start in range(0, len(queries), BLOCK):
        block = queries[start : start + BLOCK]
        torch.mm(block, pool.T, out=out[: len(block)])


def torch_sparsemax(queries: torch.Tensor, pool: torch.Tensor) -> None:
    """On a sample; to be scaled."""
    for start in range(0, SAMPLE, 256):
        sparsemax(queries[start : start + 256] @ pool.T, dim=1).to_sparse_csr()


def torch_top(queries: torch.Tensor, pool: torch.Tensor) -> None:
    for start in range(0, SAMPLE, 256):
        torch.topk(queries[start : start + 256] @ pool.T, 10, dim=1)


def wechsel_top(queries: np.ndarray, pool: np.ndarray) -> None:
    """The step of the package `wechsel` 0.0.4 on a sample: scikit-learn's cosines in float64, 1,000 queries at a time, and a
    partition of each row. In our words; its own code has a loop of Python over the rows besides."""
    from sklearn.metrics.pairwise import cosine_similarity

    z = cosine_similarity(queries[:SAMPLE].astype(np.float64), pool.astype(np.float64))
    closest = np.argpartition(z, -10, axis=1)[:, -10:]
    np.exp(np.take_along_axis(z, closest, axis=1) / 0.1)


def ours(queries: np.ndarray, pool: np.ndarray, selection: Selection, threads: int, kernel: str | None = None):
    return cosine_rows(queries, pool, selection, threads=threads, kernel=kernel)


def compare(name: str, queries: np.ndarray, pool: np.ndarray, threads: int) -> None:
    units = [torch.from_numpy(unit_rows(rows, what="rows")) for rows in (queries, pool)]
    torch_product(*units)
    kernels = [kernel for kernel in _core.tile_kernels() if kernel in ("amx", "avx512", "avx2")]
    before = peak_memory(reset=True)
    first = ours(queries, pool, Sparsemax(), threads)
    grown = peak_memory() - before
    result = first.indptr.nbytes + first.indices.nbytes + first.weights.nbytes
    extra = max(grown - result, 0)
    print(f"{name}: {len(first.indices) / len(first):.0f} weights a row; memory beyond inputs and result {extra / 1e6:.0f} MB")
    sort = min(seconds(lambda: torch_sparsemax(*units)) for _ in range(2)) * len(queries) / SAMPLE
    for kernel in kernels:
        times, peers = [], []
        for _ in range(ROUNDS if kernel != "avx2" else 1):
            peers.append(seconds(lambda: torch_product(*units)))
            times.append(seconds(lambda kernel=kernel: ours(queries, pool, Sparsemax(), threads, kernel)))
        mine, peer = statistics.median(times), statistics.median(peers)
        few = queries[:5000]
        alone = ours(few, pool, Sparsemax(), 1, kernel)
        same = all(ours(few, pool, Sparsemax(), t, other) == alone for other in kernels for t in (2, 3))
        print(
            f"  {kernel:8} {mine:6.2f} s; torch's product alone {peer:5.2f} s: ratio {peer / mine:.2f}; product and entmax "
            f"{sort:.0f} s: ratio {sort / mine:.0f}; bytes {'equal' if same else 'DIFFER'}",
            flush=True,
        )
    for selection in (Entmax(), TopK(10, 0.1)):
        times = [seconds(lambda selection=selection: ours(queries, pool, selection, threads)) for _ in range(3)]
        print(f"  {selection}: {statistics.median(times):.2f} s", flush=True)


def compare_top(queries: np.ndarray, pool: np.ndarray, threads: int) -> None:
    units = [torch.from_numpy(unit_rows(rows, what="rows")) for rows in (queries, pool)]
    scale = len(queries) / SAMPLE
    peer = min(seconds(lambda: wechsel_top(queries, pool)) for _ in range(2)) * scale
    plain = min(seconds(lambda: torch_top(*units)) for _ in range(2)) * scale
    print(f"top 10 of {len(pool):,} for {len(queries):,}: scikit-learn as in wechsel {peer:.0f} s, torch {plain:.0f} s")
    for kernel in [kernel for kernel in _core.tile_kernels() if kernel in ("amx", "avx512")]:
        mine = min(seconds(lambda k=kernel: ours(queries, pool, TopK(10, 0.1), threads, k)) for _ in range(2))
        print(f"  {kernel:8} {mine:6.2f} s: ratio {peer / mine:.1f}, to torch {plain / mine:.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    real = np.load(options.vectors)
    if real.shape[1] != DIM:
        raise SystemExit(f"{options.vectors}: vectors of width {real.shape[1]}, expected {DIM}")
    real = unit_rows(real[real.any(axis=1)], what="vectors")
    rng = np.random.default_rng(0)
    if options.device == "cuda":
        import similarity_on_cuda

        similarity_on_cuda.run({"mixed": lambda rows: mixed(rng, rows, real), "Gaussian": lambda rows: gaussian(rng, rows)})
        return
    compare("mixed", mixed(rng, ROWS, real), mixed(rng, ROWS, real), options.threads)
    compare("Gaussian", gaussian(rng, ROWS), gaussian(rng, ROWS), options.threads)
    compare_top(mixed(rng, ROWS, real), mixed(rng, SOURCE, real), options.threads)


if __name__ == "__main__":
    main()
