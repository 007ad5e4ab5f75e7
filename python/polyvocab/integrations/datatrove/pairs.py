"""Pairs of tokens through the merges of a tokenizer, counted by the tasks of a cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...mixture.count import BLOCKS, PairCounting
from ...mixture.shards import add_shards
from ...mixture.store import CategoryCounts, PairStore, StoreHead
from ...tokenizer import Tokenizer
from .steps import AddingStep, CountingStep
from .tasks import TaskFiles, common

_FILES = TaskFiles("polyvocab pair counts of a task 1", "pairs")


class CountPairs(CountingStep):
    """Counts the pairs of all documents that pass through the merges of a tokenizer, by category, as `count_pairs` does. Writes
    one store of counts and one manifest for each task.

    The documents go on unchanged. A task that is run again writes the same files again.
    """

    name, files = "polyvocab pairs", _FILES

    def __init__(
        self,
        tokenizer: str,
        output_folder: Any,
        *,
        label: str = "",
        label_key: str | None = None,
        blocks: int = BLOCKS,
        memory_limit: int | None = None,
        temporary: str | Path | None = None,
    ) -> None:
        """`tokenizer`: its path on every machine. `output_folder`: as datatrove takes them. `label`: the category of all
        documents, or of those whose metadata have no `label_key`. `blocks`: as in `count_pairs`, and the same in all runs that
        are to be added. `memory_limit`: bytes for the tables of each category; None: 128 MB. `temporary`: where tables that
        are full and the finished counts are written first."""
        super().__init__(output_folder, label, label_key, temporary)
        self.tokenizer, self.blocks, self.memory_limit = str(tokenizer), blocks, memory_limit

    def counting(self) -> PairCounting:
        tokenizer = Tokenizer.from_pretrained(self.tokenizer)
        return PairCounting(tokenizer, blocks=self.blocks, memory_limit=self.memory_limit, temporary=self.temporary)

    def save(self, counting: PairCounting, path: Path, source: str) -> dict[str, Any]:
        PairStore.write(path, counting.head, counting.finish(source))
        return vars(counting.head)


class AddPairCounts(AddingStep):
    """Adds what `CountPairs` counted in all tasks into one store, with one record for each category; the only step of a
    pipeline with a single task."""

    name = "polyvocab pairs, added"

    def add(self) -> None:
        head, records = added_pairs(self.counts_folder, self.tasks, self.inputs)
        PairStore.write(self.out, head, records)


def added_pairs(folder: Any, tasks: int, inputs: list[str] | None = None) -> tuple[StoreHead, list[CategoryCounts]]:
    """The counts of all tasks, which `CountPairs` wrote into `folder`, the categories in alphabetical order. Raises as
    `AddPairCounts.run` does."""
    manifests = _FILES.manifests(folder, tasks, inputs)
    head = StoreHead(**common(manifests[0]))
    # So that counts of other text are not taken for these.
    text = hashlib.sha256("".join(manifest["sha256"] for manifest in manifests).encode()).hexdigest()
    return head, add_shards(_records(folder, manifests, head), f"{tasks} tasks, {text}")


def _records(folder: Any, manifests: list[dict[str, Any]], head: StoreHead) -> Iterator[CategoryCounts]:
    """Of one task after the other: there is one copy at a time."""
    for manifest in manifests:
        with _FILES.fetched(folder, manifest) as path:
            yield from PairStore(path, head).records()
