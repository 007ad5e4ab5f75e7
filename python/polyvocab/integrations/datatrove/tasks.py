"""The files that the tasks of a run leave: counts, and manifests that say whether these are all, each once."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import PolyvocabError

_PART_BYTES = 8 << 20
_OWN = {"format", "rank", "tasks", "sha256", "inputs"}  # what else a manifest has, all manifests of a run have in common


@dataclass(frozen=True)
class TaskFiles:
    """Two files for each task of a run, in a folder as datatrove has them."""

    format: str  # of the manifests
    suffix: str  # of the files of counts

    def write(
        self, folder: Any, counts: Path, inputs: Mapping[str, int], rank: int, tasks: int, common: Mapping[str, Any]
    ) -> None:
        """Write the counts and the manifest of a task. `inputs`: documents by the file that they came from. `common`: what
        counts must have in common to be added.

        The manifest comes last: without it, or with another hash, the counts do not count.
        """
        name = self._name(rank)
        with open(counts, "rb") as source, folder.open(name, "wb") as sink:
            sha256 = _copied(source, sink)
        manifest = {"format": self.format, "rank": rank, "tasks": tasks, **common, "sha256": sha256}
        manifest["inputs"] = dict(sorted(inputs.items()))
        with folder.open(f"{rank:05d}.json", "wb") as file:
            file.write(json.dumps(manifest, indent=1, ensure_ascii=False).encode())

    def manifests(self, folder: Any, tasks: int, inputs: list[str] | None) -> list[dict[str, Any]]:
        """Those of all tasks by their rank, as `write` wrote them. `inputs`: the files that must have been counted; None: any.

        Raises `PolyvocabError` unless every task of one run is there once and none of their inputs is that of another.
        """
        if tasks < 1:
            raise PolyvocabError(f"{folder.path}: {tasks} tasks: give the number that counted, at least 1")
        found = self._found(folder)
        _check_tasks(folder, found, tasks)
        in_order = [found[rank] for rank in range(tasks)]
        _check_common(folder, in_order)
        _check_inputs(folder, in_order, inputs)
        return in_order

    @contextmanager
    def fetched(self, folder: Any, manifest: Mapping[str, Any]) -> Iterator[Path]:
        """A copy of the counts of a task on this machine, for a `with` block.

        Raises `PolyvocabError` where they are not what its manifest says.
        """
        rank, name = manifest["rank"], self._name(manifest["rank"])
        with scratch_folder() as scratch:
            try:
                with folder.open(name, "rb") as source, open(scratch / name, "wb") as sink:
                    sha256 = _copied(source, sink)
            except FileNotFoundError:
                raise PolyvocabError(f"{folder.path}/{name}: is absent; run task {rank} again") from None
            if sha256 != manifest["sha256"]:
                raise PolyvocabError(f"{folder.path}/{name}: is not what its manifest says; run task {rank} again")
            yield scratch / name

    def _name(self, rank: int) -> str:
        return f"{rank:05d}.{self.suffix}"

    def _found(self, folder: Any) -> dict[int, dict[str, Any]]:
        """By rank."""
        found = {}
        for name in folder.list_files(glob_pattern="*.json", recursive=False):
            try:
                with folder.open(name, "rb") as file:
                    manifest = json.loads(file.read())
            except ValueError as error:
                raise PolyvocabError(f"{folder.path}/{name}: is not JSON: {error}; run its task again") from error
            if not isinstance(manifest, dict) or manifest.get("format") != self.format or not manifest.keys() >= _OWN:
                raise PolyvocabError(
                    f"{folder.path}/{name}: is no manifest of {self.suffix}; give counts of each kind a folder of their own"
                )
            found[manifest["rank"]] = manifest
        return found


@contextmanager
def scratch_folder(temporary: str | None = None) -> Iterator[Path]:
    """A folder for a `with` block, in `temporary`. None: where the system has such."""
    with tempfile.TemporaryDirectory(prefix="polyvocab-count-", dir=temporary) as folder:
        yield Path(folder)


def common(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What `TaskFiles.write` was told to be common to all tasks."""
    return {name: value for name, value in manifest.items() if name not in _OWN}


def _copied(source: Any, sink: Any) -> str:
    """The SHA-256 of what was copied."""
    digest = hashlib.sha256()
    while part := source.read(_PART_BYTES):
        digest.update(part)
        sink.write(part)
    return digest.hexdigest()


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


def _check_common(folder: Any, manifests: list[dict[str, Any]]) -> None:
    first, *others = (common(manifest) for manifest in manifests)
    for rank, other in enumerate(others, 1):
        for name in sorted(first.keys() | other.keys()):
            if first.get(name) != other.get(name):
                raise PolyvocabError(
                    f"{folder.path}: task {rank} counted with the {name} {other.get(name)!s:.12}, task 0 with "
                    f"{first.get(name)!s:.12}; count all anew, into an empty folder and with an empty logging_dir"
                )


def _check_inputs(folder: Any, manifests: list[dict[str, Any]], inputs: list[str] | None) -> None:
    owner: dict[str, int] = {}
    for rank, manifest in enumerate(manifests):
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
