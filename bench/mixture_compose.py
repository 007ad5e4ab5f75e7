"""Random mixtures of the categories that `mixture_texts.py` wrote, and the text of them."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Mixture:
    """Text of several categories."""

    documents: list[str]
    bytes: dict[str, int]  # by category
    repeated: dict[str, float]  # by category: how many times what there is of it was needed

    @property
    def shares(self) -> dict[str, float]:
        """Of bytes."""
        total = sum(self.bytes.values())
        return {category: size / total for category, size in self.bytes.items()}


def categories_of(folder: Path, groups: Sequence[str], least: int) -> list[str]:
    """`group/category` of all with at least so many bytes to infer with."""
    sizes = json.loads((folder / "sizes.json").read_text())
    return sorted(f"{g}/{category}" for g in groups for category, size in sizes[g].items() if size["sample_bytes"] >= least)


@cache
def documents_of(folder: Path, category: str, part: str) -> tuple[str, ...]:
    """`part`: train or sample."""
    with (folder / category / f"{part}.jsonl").open(encoding="utf-8") as file:
        return tuple(json.loads(line)["text"] for line in file)


def sample_of(folder: Path, category: str, limit: int) -> list[str]:
    """Documents to infer with, up to so many bytes, spread over all that there are."""
    documents = documents_of(folder, category, "sample")
    total = sum(len(document.encode()) for document in documents)
    chosen = random.Random(category).sample(documents, len(documents)) if total > limit else list(documents)
    return _cut(chosen, limit)


def random_shares(count: int, rng: random.Random) -> list[float]:
    """Uniform on the simplex."""
    cuts = [0.0, *sorted(rng.random() for _ in range(count - 1)), 1.0]
    return [b - a for a, b in zip(cuts, cuts[1:], strict=False)]


def compose(folder: Path, shares: Mapping[str, float], size: int, rng: random.Random) -> Mixture:
    """So many bytes of text to train on. A category that has less than its share is repeated, as in the paper."""
    documents, found, repeated = [], {}, {}
    for category, share in shares.items():
        there = list(documents_of(folder, category, "train"))
        rng.shuffle(there)
        once = sum(len(document.encode()) for document in there)
        wanted = round(share * size)
        kept = there * (wanted // once) + _cut(there, wanted % once)
        documents += kept
        found[category] = sum(len(document.encode()) for document in kept)
        repeated[category] = wanted / once
    return Mixture(documents, found, repeated)


def _cut(documents: Sequence[str], size: int) -> list[str]:
    """The first so many bytes; the last character of a document that is cut stays whole or goes."""
    kept = []
    for document in documents:
        data = document.encode()
        if size <= 0:
            break
        kept.append(document if len(data) <= size else data[:size].decode(errors="ignore"))
        size -= len(data)
    return kept
