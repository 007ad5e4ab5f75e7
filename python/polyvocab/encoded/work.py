"""Unfinished work: a folder beside the target, with a journal that says up to where it holds.

The journal is written after the data that it speaks of has reached the disk. A run that goes on cuts the data back to what the
journal says; what a killed process wrote beyond it does not count.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import flush, lock, move_into_place, write_file
from ..errors import PolyvocabError
from .layout import HEADER, IDS, OFFSET_TYPE, OFFSETS, Header
from .sources import Source

_JOURNAL, _DATA = "journal.json", "data"


@dataclass(frozen=True)
class Progress:
    """What is written: all before `position` in the source of this number."""

    source: int = 0
    position: int = 0
    lines: int = 0  # of the source, before `position`
    documents: int = 0
    ids: int = 0
    bytes: int = 0


class Work:
    """The output while it is written. Only one process has it at a time."""

    def __init__(self, target: Path, settings: Mapping[str, Any], sources: Sequence[Source]) -> None:
        self.target, self.settings, self.sources = target, settings, sources
        self.folder = target.with_name(target.name + ".work")
        self.progress = Progress()
        self.resumed = ""  # what to tell of work that was there
        self._begins: list[Progress] = []  # where each source began, those that are reached
        self._files: dict[str, FileIO] = {}

    def is_finished(self) -> bool:
        """Whether the target is in place, and a kill came before this folder was removed."""
        journal = self._journal()
        return (
            journal is not None
            and self.target.is_dir()
            and not (self.folder / _DATA).exists()
            and journal["settings"] == self.settings
            and journal["sources"] == self._stamps(len(self.sources))
        )

    def clear(self) -> None:
        """Remove what is unfinished."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Go on from what is there, or begin.

        Raises `PolyvocabError` where another process works there, or where the work of other settings lies there.
        """
        with self._named(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        held = lock(self.folder)
        if held is None:
            raise PolyvocabError(f"{self.folder}: another process is writing there; wait for it, or choose another target")
        try:
            self._go_on()
            with ExitStack() as files:
                self._open_data(files)
                try:
                    yield
                finally:
                    if self.progress == Progress() or not (self.folder / _JOURNAL).exists():
                        self.clear()  # nothing to go on from
        finally:
            os.close(held)

    def write(self, ids: np.ndarray, offsets: np.ndarray, progress: Progress) -> None:
        """Append documents: little-endian ids, and offsets int64 [documents + 1] within them."""
        while len(self._begins) <= progress.source:  # sources without a document among them
            self._begins.append(replace(self.progress, source=len(self._begins), position=0, lines=0))
        with self._named(self.folder / _DATA):
            _write(self._files[IDS], ids)
            _write(self._files[OFFSETS], (offsets[1:] + self.progress.ids).astype(OFFSET_TYPE))
        self.progress = progress

    def save(self) -> None:
        """Make what is written durable, so that a run goes on from here. A pipe cannot be read again: it leaves no journal."""
        with self._named(self.folder / _DATA):
            for file in self._files.values():
                os.fsync(file.fileno())
        if any(source.stamp is None for source in self.sources):
            return
        journal = {
            "settings": self.settings,
            "sources": self._stamps(len(self._begins)),
            "begins": [asdict(begin) for begin in self._begins],
            "progress": asdict(self.progress),
        }
        with self._named(self.folder / _JOURNAL):
            write_file(self.folder / _JOURNAL, json.dumps(journal).encode())

    def finish(self, header: Header) -> None:
        """Rename the output into place."""
        while len(self._begins) < len(self.sources):
            self._begins.append(replace(self.progress, source=len(self._begins), position=0, lines=0))
        self.save()
        data = self.folder / _DATA
        with self._named(data):
            (data / HEADER).write_bytes(header.dump())
            flush(data)
            move_into_place(data, self.target)
        self.clear()

    def _stamps(self, count: int) -> list[list]:
        return [[str(source.path.absolute()), *(source.stamp or ())] for source in self.sources[:count]]

    def _journal(self) -> dict[str, Any] | None:
        path = self.folder / _JOURNAL
        try:
            return json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise PolyvocabError(f"{path}: cannot be read ({error}); remove {self.folder} to begin anew") from error

    def _go_on(self) -> None:
        """Take over what the journal holds: up to its position, or to the first source that is another one now."""
        journal = self._journal()
        if journal is None:
            return
        old = journal["settings"]
        other = [key for key in self.settings.keys() | old.keys() if self.settings.get(key) != old.get(key)]
        if other:
            raise PolyvocabError(
                f"{self.folder}: holds unfinished work with other settings ({', '.join(sorted(other))}); remove it to begin "
                "anew, or choose another target"
            )
        begins = [Progress(**begin) for begin in journal["begins"]]
        kept, changed = Progress(**journal["progress"]), None
        now = self._stamps(len(self.sources))
        for n, stamp in enumerate(journal["sources"]):
            if n >= len(now) or now[n] != stamp:
                kept, begins, changed = begins[n], begins[:n], stamp[0]
                break
        self.progress, self._begins = kept, begins
        self.resumed = f"{self.folder}: goes on after {kept.documents:,} documents"
        if changed is not None:
            self.resumed = f"{changed}: is not as it was when {self.folder} was begun; goes on after the {kept.documents:,} "
            self.resumed += "documents before it"

    def _open_data(self, files: ExitStack) -> None:
        """Open what holds the ids and the offsets, cut back to what counts."""
        data = self.folder / _DATA
        with self._named(data):
            data.mkdir(exist_ok=True)
            sizes = {
                IDS: self.progress.ids * np.dtype(self.settings["dtype"]).itemsize,
                OFFSETS: (self.progress.documents + 1) * np.dtype(OFFSET_TYPE).itemsize,
            }
            for name, size in sizes.items():
                path = data / name
                path.touch()
                file = self._files[name] = files.enter_context(FileIO(path, "r+"))
                if self.progress.documents and path.stat().st_size < size:
                    raise PolyvocabError(f"{path}: is shorter than the journal says; remove {self.folder} to begin anew")
                file.truncate(size)
                file.seek(0, os.SEEK_END)

    @contextmanager
    def _named(self, what: Path) -> Iterator[None]:
        """An error of the disk says where, and what is left."""
        try:
            yield
        except OSError as error:
            left = f"nothing is left at {self.target}; run the same again when this is cured, and it goes on"
            raise PolyvocabError(f"{what}: cannot be written: {error.strerror}; {left}") from error


def _write(file: FileIO, values: np.ndarray) -> None:
    """All of it: a write may stop early, where a signal comes or the disk is nearly full."""
    left = memoryview(values.view(np.uint8))
    while left:
        left = left[file.write(left) :]
