"""Outputs that are whole or absent: written beside the target, renamed into place."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import PolyvocabError


@contextmanager
def atomic_directory(target: str | Path) -> Iterator[Path]:
    """A new directory beside `target` that becomes `target` when the block ends, and vanishes where it fails.

    Raises `PolyvocabError` where `target` exists and is not empty. What a killed process left beside the target is
    removed first.
    """
    target = Path(target).resolve()
    refuse_existing(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(target)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))
    work.chmod(0o777 & ~_umask())
    held = lock(work)
    try:
        yield work
        flush(work)
        move_into_place(work, target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    finally:
        if held is not None:
            os.close(held)


@contextmanager
def atomic_file(target: str | Path) -> Iterator[BinaryIO]:
    """A new file beside `target`, open for writing, that becomes `target` when the block ends, and vanishes where it fails.

    For files too large for `write_file`. Raises `PolyvocabError` where `target` exists.
    """
    target = Path(target).resolve()
    if target.exists():
        raise PolyvocabError(f"{target}: exists already; choose another place or remove it first")
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(target)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.partial-", dir=target.parent)
    work = Path(name)
    work.chmod(0o666 & ~_umask())
    try:
        with open(descriptor, "wb") as file:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(work, target)
        _sync(target.parent)
    except BaseException:
        work.unlink(missing_ok=True)
        raise


def refuse_existing(target: Path) -> None:
    """Raise where something would be overwritten. An empty directory is nobody's."""
    if target.is_dir() and not any(target.iterdir()) and target.resolve() != Path.cwd():
        return
    if target.exists() or target.is_symlink():
        raise PolyvocabError(f"{target}: exists already; choose another place or remove it first")


def move_into_place(work: Path, target: Path) -> None:
    """Rename a finished directory to its target, which is absent or an empty directory."""
    os.replace(work, target)
    _sync(target.parent)


def write_file(target: str | Path, data: bytes) -> None:
    """Write one file; another process sees the old content or the new, never a part."""
    with replacing_file(target) as work, open(work, "wb") as file:
        file.write(data)


@contextmanager
def replacing_file(target: str | Path) -> Iterator[Path]:
    """The path of a file beside `target` that takes its place when the block ends, and vanishes where it fails."""
    target = Path(target)
    work = target.parent / f".{target.name}.partial-{os.getpid()}"
    try:
        yield work
        _sync(work)
        os.replace(work, target)
    except BaseException:
        work.unlink(missing_ok=True)
        raise


def flush(directory: Path) -> None:
    """Bring every file of a directory to the disk, so that the rename does not overtake their content."""
    for path in [directory, *directory.rglob("*")]:
        if path.is_dir() or path.is_file():
            _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_abandoned(target: Path) -> None:
    """Remove what killed processes left. A living one holds a lock on its directory or file, wherever it runs."""
    for left in target.parent.glob(f".{target.name}.partial-*"):
        held = lock(left)
        if held is not None:
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
            os.close(held)


def lock(path: Path) -> int | None:
    """An exclusive lock that the kernel releases when the process ends; None where another process holds it, or it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
