"""Arrays that grow: in memory, or in files that have no name any more and are mapped in the end."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np


class Columns:
    """Arrays of one dimension, appended to part by part."""

    def __init__(self, folder: Path | None, **dtypes: str) -> None:
        """`folder`: where the files are made; None: in memory."""
        self._dtypes = {name: np.dtype(dtype) for name, dtype in dtypes.items()}
        self._parts: dict[str, list[np.ndarray]] = {name: [] for name in dtypes}
        self._files: dict[str, BinaryIO] = {}
        self._folder, self._open = folder, ExitStack()

    def __enter__(self) -> Columns:
        if self._folder is not None:
            for name in self._dtypes:
                self._files[name] = self._open.enter_context(tempfile.TemporaryFile(dir=self._folder))
        return self

    def __exit__(self, *failure: object) -> None:
        self._open.close()

    def append(self, **parts: np.ndarray) -> None:
        """Raises `OSError` where the disk is full."""
        for name, part in parts.items():
            if self._files:
                self._files[name].write(memoryview(part))
            else:
                self._parts[name].append(part)

    def bytes(self, name: str) -> bytes:
        """What was appended, in memory."""
        if not self._files:
            return b"".join(self._parts.pop(name))
        self._files[name].seek(0)
        return self._files[name].read()

    def array(self, name: str) -> np.ndarray:
        """What was appended; read-only where it lies in a file."""
        dtype = self._dtypes[name]
        if not self._files:
            return np.concatenate([np.empty(0, dtype), *self._parts.pop(name)])
        self._files[name].flush()
        size = self._files[name].tell()
        return np.memmap(self._files[name], dtype, "r").view(np.ndarray) if size else np.empty(0, dtype)
