"""Outputs that are whole or absent: written beside the target, renamed into place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import PolyvocabError


@contextmanager
def atomic_directory(target: str | Path) -> Iterator[Path]:
    """A new directory beside `target` that becomes `target` when the block ends, and vanishes where it fails.

    Raises `PolyvocabError` where `target` exists and is not empty. What a killed process left beside the target is
    removed first.
    """
    target = Path(target)
    refuse_existing(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(target)
    work = target.parent / f".{target.name}.partial-{os.getpid()}"
    work.mkdir()
    try:
        yield work
        flush(work)
        move_into_place(work, target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def refuse_existing(target: Path) -> None:
    """Raise where something would be overwritten. An empty directory is nobody's."""
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists() or target.is_symlink():
        raise PolyvocabError(f"{target}: exists already; choose another place or remove it first")


def move_into_place(work: Path, target: Path) -> None:
    """Rename a finished directory to its target, which is absent or an empty directory."""
    os.replace(work, target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(target: str | Path, data: bytes) -> None:
    """Write one file; another process sees the old content or the new, never a part."""
    target = Path(target)
    work = target.parent / f".{target.name}.partial-{os.getpid()}"
    try:
        with open(work, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(work, target)
    except BaseException:
        work.unlink(missing_ok=True)
        raise


def flush(directory: Path) -> None:
    """Bring every file of a directory to the disk, so that the rename does not overtake their content."""
    for path in directory.rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.fsync(file.fileno())


def _remove_abandoned(target: Path) -> None:
    for left in target.parent.glob(f".{target.name}.partial-*"):
        owner = left.name.rpartition("-")[2]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(left, ignore_errors=True)
