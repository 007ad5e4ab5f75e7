"""The similarity kernels on a GPU beside the roofline's floor; `bench_similarity.py --device cuda` calls this.

The floor of a job is the larger of two times: its multiplications at the rate of torch's half-precision product on this device,
and the bytes that must move (both matrices read as float32, written and read once as halves, the result written) at the rate
of a copy on this device, of which each byte is read and written.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from polyvocab import _core
from polyvocab.similarity import Sparsemax, cosine_rows, unit_rows

SIZES = (50_000, 150_000)
ROUNDS = 5
CHECKED = 2000  # queries whose bytes are compared with the CPU's


def device_seconds(step: Callable[[], object], rounds: int = 20) -> float:
    """The best of some, after two that warm up."""
    times = []
    for _ in range(rounds + 2):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        step()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) / 1e3)
    return min(times[2:])


def product_rate() -> float:
    """Operations a second of torch's product in half precision."""
    size = 8192
    a, b = (torch.randn(size, size, device="cuda", dtype=torch.float16) for _ in range(2))
    out = torch.empty_like(a)
    return 2 * size**3 / device_seconds(lambda: torch.mm(a, b, out=out))


def copy_rate() -> float:
    """Bytes a second, read and written."""
    source = torch.empty(1 << 30, device="cuda", dtype=torch.uint8)
    target = torch.empty_like(source)
    return 2 * source.numel() / device_seconds(lambda: target.copy_(source))


def report(name: str, queries: np.ndarray, pool: np.ndarray, operations: float, bandwidth: float) -> None:
    units = [unit_rows(rows, what="rows") for rows in (queries, pool)]
    device = _core.DevicePool(units[1])
    kernels, walls = [], []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        indptr, indices, _ = device.select(units[0], "sparsemax")
        walls.append(time.perf_counter() - start)
        kernels.append(device.seconds)
    flops = 2.0 * len(queries) * len(pool) * pool.shape[1]
    moved = (len(queries) + len(pool)) * pool.shape[1] * (4 + 2 + 2) + indices.nbytes * 2 + indptr.nbytes
    floor = max(flops / operations, moved / bandwidth)
    kernel, wall = statistics.median(kernels[1:]), statistics.median(walls[1:])
    few = queries[:CHECKED]
    same = cosine_rows(few, pool, Sparsemax(), device="cuda") == cosine_rows(few, pool, Sparsemax())
    print(
        f"{name}, {len(queries):,} x {len(pool):,} x {pool.shape[1]}: {len(indices) / len(queries):.0f} weights a row, "
        f"{device.given_up} rows left to the CPU; kernels {kernel * 1e3:.2f} ms, floor {floor * 1e3:.2f} ms: "
        f"{kernel / floor:.2f} times the floor; with copies from and to the host {wall * 1e3:.0f} ms; "
        f"bytes of {CHECKED:,} rows {'equal' if same else 'DIFFER from'} the CPU's",
        flush=True,
    )


def run(kinds: dict[str, Callable[[int], np.ndarray]]) -> None:
    """`kinds`: what makes that many rows, by name."""
    if not torch.cuda.is_available() or not _core.cuda_device_count():
        raise SystemExit("no GPU, or a build or a torch without CUDA")
    operations, bandwidth = product_rate(), copy_rate()
    print(f"{torch.cuda.get_device_name()}: product {operations / 1e12:.0f} TFLOP/s, copy {bandwidth / 1e12:.2f} TB/s")
    for rows in SIZES:
        for name, make in kinds.items():
            report(name, make(rows), make(rows), operations, bandwidth)
