"""Counting tokens on a cluster: steps of a datatrove pipeline, one that counts and one that adds.

Each task writes the counts of its documents and a manifest. The step that adds refuses unless every task of the run is there
once and no input was counted by two of them: datatrove remembers which tasks are done, but not of how many, so that a run that
is resumed with another number of tasks would lose a share, or count one twice, without a word.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..counts import TokenCounting, TokenCounts
from ..errors import PolyvocabError, require

PipelineStep = require("datatrove.pipeline.base", "cluster", "counting in a datatrove pipeline").PipelineStep
get_datafolder = require("datatrove.io", "cluster", "counting in a datatrove pipeline").get_datafolder

_FORMAT = "polyvocab counts of a task 1"


class CountTokens(PipelineStep):
    """Counts the tokens of all documents that pass, and writes one file of counts and one manifest for each task.

    The documents go on unchanged. A task that is run again writes the same files again.
    """

    type, name = "🔢 - COUNTER", "polyvocab tokens"

    def __init__(
        self,
        tokenizer: str,
        output_folder: Any,
        *,
        label: str = "",
        label_key: str | None = None,
        memory_limit: int | None = None,
    ) -> None:
        """`tokenizer`: its path on every machine. `output_folder`: as datatrove takes them. `label`: of all documents, or of
        those whose metadata have no `label_key`. `memory_limit`: bytes for the tables of each label; None: 128 MB."""
        super().__init__()
        self.tokenizer, self.output_folder = str(tokenizer), get_datafolder(output_folder)
        self.label, self.label_key, self.memory_limit = label, label_key, memory_limit

    def run(self, data: Iterable[Any] | None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Raises `CorpusError` for a document that cannot be encoded."""
        counting = TokenCounting(self.tokenizer, memory_limit=self.memory_limit)
        inputs: Counter[str] = Counter()
        for document in data or ():
            with self.track_time():
                label = self.label if self.label_key is None else document.metadata.get(self.label_key, self.label)
                counting.add(label, document.text)
                inputs[document.metadata.get("file_path", "")] += 1
            self.stat_update("counted documents")
            yield document
        with self.track_time("task"):
            self._write(counting.finish(), inputs, rank, world_size)

    def _write(self, counts: TokenCounts, inputs: Counter[str], rank: int, world_size: int) -> None:
        """The manifest comes last: without it, or with another hash, the counts do not count."""
        with tempfile.TemporaryDirectory(prefix="polyvocab-count-") as folder:
            counts.save(Path(folder) / "counts")
            data = (Path(folder) / "counts").read_bytes()
        manifest = {
            "format": _FORMAT,
            "rank": rank,
            "tasks": world_size,
            "fingerprint": counts.fingerprint,
            "sha256": hashlib.sha256(data).hexdigest(),
            "inputs": dict(sorted(inputs.items())),
        }
        with self.output_folder.open(f"{rank:05d}.tokens", "wb") as file:
            file.write(data)
        with self.output_folder.open(f"{rank:05d}.json", "wb") as file:
            file.write(json.dumps(manifest, indent=1, ensure_ascii=False).encode())


class AddTokenCounts(PipelineStep):
    """Adds the counts of all tasks into one file; the only step of a pipeline with a single task."""

    type, name = "🔢 - COUNTER", "polyvocab tokens, added"

    def __init__(self, counts_folder: Any, out: str, *, tasks: int, inputs: Iterable[str] | None = None) -> None:
        """`counts_folder`: where `CountTokens` wrote. `tasks`: how many there were. `inputs`: the `file_path` of every file
        that has documents; where it is given, exactly these must have been counted."""
        super().__init__()
        self.counts_folder, self.out, self.tasks = get_datafolder(counts_folder), str(out), tasks
        self.inputs = None if inputs is None else sorted(inputs)

    def run(self, data: Iterable[Any] | None = None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Raises `PolyvocabError` where the counts are not those of all tasks of one run; nothing is written then."""
        if world_size != 1:
            raise PolyvocabError(f"counts are added by one task, not by {world_size}: run this step with tasks=1")
        yield from data or ()
        with self.track_time("task"):
            added_counts(self.counts_folder, self.tasks, self.inputs).save(self.out)


def added_counts(folder: Any, tasks: int, inputs: list[str] | None = None) -> TokenCounts:
    """The counts of all tasks, which `CountTokens` wrote into `folder`. Raises as `AddTokenCounts.run` does."""
    manifests = _manifests(folder)
    _check_tasks(folder, manifests, tasks)
    _check_inputs(folder, manifests, inputs)
    total: TokenCounts | None = None
    for rank in range(tasks):
        counts = _counts(folder, rank, manifests[rank]["sha256"])
        total = counts if total is None else total.merge(counts)
    in_order = sorted(total.labels)
    return TokenCounts(
        {label: total.counts[label] for label in in_order},
        {label: total.documents[label] for label in in_order},
        {label: total.bytes[label] for label in in_order},
        total.token_count,
        total.fingerprint,
        total.engine,
    )


def _manifests(folder: Any) -> dict[int, dict[str, Any]]:
    """By rank."""
    found = {}
    for name in folder.list_files(glob_pattern="*.json", recursive=False):
        try:
            manifest = json.loads(folder.open(name, "rb").read())
        except ValueError as error:
            raise PolyvocabError(f"{folder.path}/{name}: is not JSON: {error}; run its task again") from error
        if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
            raise PolyvocabError(f"{folder.path}/{name}: is no manifest of counts; give counts a folder of their own")
        found[manifest["rank"]] = manifest
    return found


def _check_tasks(folder: Any, manifests: dict[int, dict[str, Any]], tasks: int) -> None:
    other = {rank: m["tasks"] for rank, m in manifests.items() if m["tasks"] != tasks}
    if other:
        rank, count = min(other.items())
        raise PolyvocabError(
            f"{folder.path}: task {rank} was one of {count}, not of {tasks}: the tasks of two runs do not add up to one; "
            "count all anew, into an empty folder and with an empty logging_dir"
        )
    absent = sorted(set(range(tasks)) - manifests.keys())
    if absent:
        some = ", ".join(map(str, absent[:5])) + (", ..." if len(absent) > 5 else "")
        raise PolyvocabError(f"{folder.path}: {len(absent)} of {tasks} tasks are absent ({some}); run them first")


def _check_inputs(folder: Any, manifests: dict[int, dict[str, Any]], inputs: list[str] | None) -> None:
    owner: dict[str, int] = {}
    for rank, manifest in sorted(manifests.items()):
        for name in filter(None, manifest["inputs"]):  # documents need not come from files
            if owner.setdefault(name, rank) != rank:
                raise PolyvocabError(
                    f"{folder.path}: {name} was counted by the tasks {owner[name]} and {rank}: the inputs changed between two "
                    "runs; count all anew, into an empty folder and with an empty logging_dir"
                )
    if inputs is None:
        return
    for names, problem in ((set(inputs) - owner.keys(), "not counted"), (owner.keys() - set(inputs), "counted, but no input")):
        if names:
            raise PolyvocabError(f"{folder.path}: {len(names)} files are {problem}: {min(names)} is one")


def _counts(folder: Any, rank: int, sha256: str) -> TokenCounts:
    name = f"{rank:05d}.tokens"
    try:
        with folder.open(name, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise PolyvocabError(f"{folder.path}/{name}: is absent; run task {rank} again") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PolyvocabError(f"{folder.path}/{name}: is not what its manifest says; run task {rank} again")
    with tempfile.TemporaryDirectory(prefix="polyvocab-count-") as scratch:
        (Path(scratch) / name).write_bytes(data)
        return TokenCounts.load(Path(scratch) / name)
