"""The twin of the similarity kernels in torch: dense blocks of cosines, and selections by sorting, on any device."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from polyvocab.similarity import Entmax, Selection, TopK

BLOCK = 512  # queries whose cosines are there at once


def sparsemax(z: torch.Tensor) -> torch.Tensor:
    ordered = z.sort(dim=1, descending=True).values
    sums = ordered.cumsum(1) - 1
    sizes = torch.arange(1, z.shape[1] + 1, device=z.device, dtype=z.dtype)
    support = (sizes * ordered > sums).sum(1, keepdim=True)
    return (z - sums.gather(1, support - 1) / support).clamp(min=0)


def entmax(z: torch.Tensor) -> torch.Tensor:
    half = z / 2
    high = half.max(1, keepdim=True).values
    low = high - 1
    for _ in range(60):
        middle = (low + high) / 2
        enough = ((half - middle).clamp(min=0) ** 2).sum(1, keepdim=True) >= 1
        low, high = torch.where(enough, middle, low), torch.where(enough, high, middle)
    return (half - low).clamp(min=0) ** 2


def top_k(z: torch.Tensor, k: int, temperature: float | None) -> torch.Tensor:
    chosen = z.sort(dim=1, descending=True, stable=True).indices[:, :k]
    values = z.gather(1, chosen)
    weights = values if temperature is None else torch.softmax(values / temperature, 1)
    return torch.zeros_like(z).scatter(1, chosen, weights)


def select(z: torch.Tensor, selection: Selection) -> torch.Tensor:
    match selection:
        case TopK(k, temperature):
            return top_k(z, k, temperature)
        case Entmax():
            return entmax(z)
    return sparsemax(z)


def blocks(queries: torch.Tensor, pool: torch.Tensor, selection: Selection) -> Iterator[torch.Tensor]:
    """Dense weights in float64, some rows at a time, on the device of `pool`."""
    units = torch.nn.functional.normalize(pool.double(), dim=1)
    for block in queries.split(BLOCK):
        rows = torch.nn.functional.normalize(block.double(), dim=1)
        yield select(rows @ units.T, selection)


def margins(queries: torch.Tensor, pool: torch.Tensor) -> torch.Tensor:
    """How far the products of the rows' halves are from those of the rows, in float64."""
    halves = queries.half().double() @ pool.half().double().T
    return (halves - queries.double() @ pool.double().T).abs()
