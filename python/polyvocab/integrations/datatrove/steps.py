"""What steps that count have in common, and steps that add."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from ...errors import PolyvocabError, require
from .tasks import TaskFiles, scratch_folder

PipelineStep = require("datatrove.pipeline.base", "cluster", "counting in a datatrove pipeline").PipelineStep
get_datafolder = require("datatrove.io", "cluster", "counting in a datatrove pipeline").get_datafolder

_TYPE = "🔢 - COUNTER"


class Counting(Protocol):
    """Counts that grow document by document."""

    def add(self, label: str, document: str) -> None:
        """Count a document."""


class CountingStep(PipelineStep):
    """Counts all documents that pass by their label, and writes one file of counts and one manifest for each task.

    The documents go on unchanged. A task that is run again writes the same files again.
    """

    type = _TYPE
    files: ClassVar[TaskFiles]

    def __init__(self, output_folder: Any, label: str, label_key: str | None, temporary: str | Path | None = None) -> None:
        super().__init__()
        self.output_folder, self.label, self.label_key = get_datafolder(output_folder), label, label_key
        self.temporary = None if temporary is None else str(temporary)

    @abstractmethod
    def counting(self) -> AbstractContextManager[Counting]:
        """What counts the documents of one task."""

    @abstractmethod
    def save(self, counting: Any, path: Path, source: str) -> Mapping[str, Any]:
        """Write the counts of one task; returns what they must have in common with those of the others. `source`: what the
        documents of this task are known by."""

    def run(self, data: Iterable[Any] | None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Raises `CorpusError` for a document that cannot be counted."""
        inputs: Counter[str] = Counter()
        with self.counting() as counting:
            for document in data or ():
                with self.track_time():
                    label = self.label if self.label_key is None else document.metadata.get(self.label_key, self.label)
                    counting.add(label, document.text)
                    inputs[document.metadata.get("file_path", "")] += 1
                self.stat_update("counted documents")
                yield document
            with self.track_time("task"), scratch_folder(self.temporary) as scratch:
                counts = scratch / "counts"
                common = self.save(counting, counts, f"task {rank} of {world_size}, {_digest(inputs)}")
                self.files.write(self.output_folder, counts, inputs, rank, world_size, common)


class AddingStep(PipelineStep):
    """Adds the counts of all tasks into one file; the only step of a pipeline with a single task."""

    type = _TYPE

    def __init__(self, counts_folder: Any, out: str, *, tasks: int, inputs: Iterable[str] | None = None) -> None:
        """`counts_folder`: where the tasks wrote. `tasks`: how many there were. `inputs`: the `file_path` of every file that
        has documents; where it is given, exactly these must have been counted."""
        super().__init__()
        self.counts_folder, self.out, self.tasks = get_datafolder(counts_folder), str(out), tasks
        self.inputs = None if inputs is None else sorted(inputs)

    @abstractmethod
    def add(self) -> None:
        """Write the sum."""

    def run(self, data: Iterable[Any] | None = None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Raises `PolyvocabError` where the counts are not those of all tasks of one run; nothing is written then."""
        if world_size != 1:
            raise PolyvocabError(f"counts are added by one task, not by {world_size}: run this step with tasks=1")
        yield from data or ()
        with self.track_time("task"):
            self.add()


def _digest(inputs: Mapping[str, int]) -> str:
    return hashlib.sha256(json.dumps(sorted(inputs.items())).encode()).hexdigest()
