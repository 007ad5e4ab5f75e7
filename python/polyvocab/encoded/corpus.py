"""Reading an encoded corpus: nothing is loaded, everything is mapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from ..errors import FormatError, PolyvocabError
from .layout import HEADER, IDS, OFFSET_TYPE, OFFSETS, Header


class EncodedCorpus(Sequence):
    """Documents as arrays of ids. Indexing gives a view of the mapped file (read-only), a slice an `EncodedCorpus`.

    `ids`: all ids of the file, uint16 or uint32. `offsets`: uint64 [documents + 1]; document i is
    `ids[offsets[i]:offsets[i + 1]]`, also in a slice, whose `offsets` are a part of the whole. Pickling keeps the path, so
    that the workers of a data loader map the same file.
    """

    def __init__(self, path: Path, header: Header, ids: np.ndarray, offsets: np.ndarray, first: int = 0) -> None:
        self.path, self.header, self.ids, self.offsets = path, header, ids, offsets
        self._first = first

    @classmethod
    def open(cls, path: str | Path) -> EncodedCorpus:
        """Raises `FormatError` where the files are absent, of another version, or not of the size that the header says."""
        path = Path(path)
        header = Header.load(path / HEADER)
        ids = _mapped(path / IDS, header.id_type, header.ids)
        offsets = _mapped(path / OFFSETS, OFFSET_TYPE, header.documents + 1)
        if offsets[0] != 0 or offsets[-1] != header.ids:
            raise FormatError(path / OFFSETS, f"runs from {offsets[0]} to {offsets[-1]} instead of from 0 to {header.ids}")
        return cls(path, header, ids, offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> EncodedCorpus: ...
    def __getitem__(self, index: int | slice) -> np.ndarray | EncodedCorpus:
        """One document, or neighbouring ones."""
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                raise ValueError(f"a slice of an encoded corpus has the step 1, not {step}")
            offsets = self.offsets[start : max(start, stop) + 1]
            return EncodedCorpus(self.path, self.header, self.ids, offsets, self._first + start)
        at = range(len(self))[index]
        return self.ids[int(self.offsets[at]) : int(self.offsets[at + 1])]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[i] for i in range(len(self)))

    def __reduce__(self) -> tuple:
        return _reopened, (self.path, self._first, self._first + len(self))

    def check(self, fingerprint: str) -> None:
        """Raise `PolyvocabError` unless `fingerprint` (`Tokenizer.fingerprint`) is that of the tokenizer that made the ids."""
        made_by = self.header.tokenizer
        if made_by.fingerprint != fingerprint:
            raise PolyvocabError(
                f"{self.path}: its ids are those of the tokenizer {made_by.name} ({made_by.fingerprint[:12]}), "
                f"not of this one ({fingerprint[:12]}); encode the text again"
            )


def _reopened(path: Path, first: int, end: int) -> EncodedCorpus:
    return EncodedCorpus.open(path)[first:end]


def _mapped(path: Path, dtype: str, count: int) -> np.ndarray:
    try:
        size = path.stat().st_size
        if size != count * np.dtype(dtype).itemsize:
            wanted = count * np.dtype(dtype).itemsize
            raise FormatError(path, f"has {size} bytes instead of {wanted}: it is cut off, or not of this corpus")
        if count == 0:  # nothing cannot be mapped
            return np.empty(0, dtype)
        return np.memmap(path, dtype, mode="r").view(np.ndarray)
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror}") from error
