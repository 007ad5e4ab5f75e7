"""Files of text, cut into blocks that hold whole documents, so that each block can be encoded by itself."""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..corpus import (
    column_texts,
    invalid_utf8,
    json_field,
    kind_of,
    open_text,
    parquet_columns,
    parquet_rows,
    read_error,
)
from ..errors import CorpusError

_BOM = b"\xef\xbb\xbf"
_PARQUET_ROWS = 1024  # at a time: documents of any length may be in a row


@dataclass(frozen=True)
class Block:
    """Consecutive documents as they stand in a source."""

    content: Any  # bytes, or Arrow arrays with the number of their first row
    position: int  # where the block begins: a byte of the unpacked text, or a row
    end: int  # where the next one begins
    size: int  # in memory
    consumed: int  # bytes of the file that are read when this block is


class Documents(NamedTuple):
    """Documents that are not empty, without what separates them: document i is `data[offsets[i]:offsets[i + 1]]`."""

    data: bytes
    offsets: np.ndarray  # int64 [documents + 1]
    lines: int  # line ends in the block

    @classmethod
    def of(cls, documents: list[bytes], lines: int) -> Documents:
        sizes = np.fromiter(map(len, documents), np.int64, len(documents))
        return cls(b"".join(documents), _offsets(np.cumsum(sizes)), lines)


def _offsets(ends: np.ndarray) -> np.ndarray:
    """Offsets of the documents that end there, those that are empty left out."""
    return np.concatenate([np.zeros(1, np.int64), ends[np.diff(ends, prepend=0) > 0]])


@dataclass(frozen=True)
class Source(ABC):
    """A file. `stamp` is what changes when the file does; None for what is no file (a pipe), which cannot be read again."""

    path: Path
    size: int  # of the file, bytes; 0 for a pipe
    stamp: tuple[int, int] | None

    @abstractmethod
    def blocks(self, position: int, size: int) -> Iterator[Block]:
        """From `position` on, each of about `size` bytes, or of one document where that is longer."""

    @abstractmethod
    def documents(self, block: Block, line: int) -> Documents:
        """What a block holds; `line` lines came before it. Raises `CorpusError` with the place of what cannot be read."""

    @abstractmethod
    def check_text(self, block: Block, line: int) -> None:
        """Raise `CorpusError` with the place of what is no UTF-8, where `documents` does not look."""

    def has_changed(self) -> bool:
        return self.stamp is not None and stamp_of(self.path) != self.stamp


@dataclass(frozen=True)
class _Text(Source):
    """A text file whose documents are separated by a string."""

    separator: bytes

    def blocks(self, position: int, size: int) -> Iterator[Block]:
        held: list[bytes] = []  # of a document that is not at its end: no separator is in there
        tail = b""  # its last bytes, where a separator may have begun
        begin = position
        for chunk, consumed in _chunks(self.path, position, size):
            window = tail + chunk
            end = self._last_end(window) - len(tail)
            if end > 0:
                content = b"".join([*held, chunk[:end]])
                yield Block(content, begin, begin + len(content), len(content), consumed)
                begin += len(content)
                held, tail, chunk, window = [], b"", chunk[end:], chunk[end:]
            held.append(chunk)
            tail = window[len(window) - len(self.separator) + 1 :] if len(window) >= len(self.separator) else window
        content = b"".join(held)
        if content:
            yield Block(content, begin, begin + len(content), len(content), consumed)

    def _last_end(self, window: bytes) -> int:
        """Where the last separator ends, counted from the left: they may overlap. 0 where there is none."""
        if len(self.separator) == 1:
            return window.rfind(self.separator) + 1
        parts = window.split(self.separator)
        return len(window) - len(parts[-1]) if len(parts) > 1 else 0

    def documents(self, block: Block, line: int) -> Documents:
        return Documents.of(_without_bom(block).split(self.separator), block.content.count(b"\n"))

    def check_text(self, block: Block, line: int) -> None:
        try:
            block.content.decode("utf-8")
        except UnicodeDecodeError as error:
            number = line + block.content.count(b"\n", 0, error.start) + 1
            raise invalid_utf8(self.path, number, block.position + error.start) from error


class _Lines(_Text):
    """A document a line. No object is made per line."""

    def documents(self, block: Block, line: int) -> Documents:
        text = _without_bom(block)
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n").removesuffix(b"\r")
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
        lines = len(ends)
        ends = ends - np.arange(lines)
        data = text.replace(b"\n", b"")
        return Documents(data, _offsets(np.append(ends, len(data))), lines)


@dataclass(frozen=True)
class _JsonLines(_Text):
    """A document in a field of the JSON object in a line."""

    text_field: str

    def documents(self, block: Block, line: int) -> Documents:
        lines = _without_bom(block).split(b"\n")
        texts = []
        for number, raw in enumerate(lines, line + 1):
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                self.check_text(block, line)
                raise
            if text.strip():
                texts.append(json_field(self.path, number, text, self.text_field).encode("utf-8"))
        return Documents.of(texts, len(lines) - 1)


@dataclass(frozen=True)
class _Parquet(Source):
    """A document a row of a column."""

    text_field: str

    def blocks(self, position: int, size: int) -> Iterator[Block]:
        rows = parquet_rows(self.path)
        held: list[tuple[int, Any]] = []
        begin, end, held_size = position, position, 0
        for row, column in parquet_columns(self.path, self.text_field, first=position, rows=_PARQUET_ROWS):
            held.append((row, column))
            held_size += column.nbytes
            end = row + len(column)
            if held_size >= size:
                yield Block(held, begin, end, held_size, self.size * end // rows)
                held, begin, held_size = [], end, 0
        if held:
            yield Block(held, begin, end, held_size, self.size)

    def check_text(self, block: Block, line: int) -> None:
        """`documents` looks."""

    def documents(self, block: Block, line: int) -> Documents:
        where = f"{self.path}: column {self.text_field!r}"
        texts = [text.encode("utf-8") for row, column in block.content for text in column_texts(column, where, row)]
        return Documents.of(texts, 0)


def source_of(path: Path, text_field: str, separator: bytes) -> Source:
    """Raises `CorpusError` for what is no file, and for a separator where the format has its own."""
    stamp = stamp_of(path)
    size = 0 if stamp is None else stamp[0]
    kind = kind_of(path)
    if kind != "text" and separator != b"\n":
        raise CorpusError(f"{path}: a {path.suffix} file has documents of its own; a separator is for files of plain text")
    if kind == "parquet":
        return _Parquet(path, size, stamp, text_field)
    if kind == "json":
        return _JsonLines(path, size, stamp, separator, text_field)
    return (_Lines if separator == b"\n" else _Text)(path, size, stamp, separator)


def stamp_of(path: Path) -> tuple[int, int] | None:
    """(size, time of the last change in ns) of a file; None for a pipe or a device."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: no such file") from error
    if stat.S_ISDIR(found.st_mode):
        raise CorpusError(f"{path}: is a directory; name its files")
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _without_bom(block: Block) -> bytes:
    return block.content.removeprefix(_BOM) if block.position == 0 else block.content


def _chunks(path: Path, position: int, size: int) -> Iterator[tuple[bytes, int]]:
    """(bytes of the unpacked text from `position` on, how much of the file is read)."""
    offset = 0
    with open_text(path) as (text, file):
        try:
            if text is file and position:
                offset = file.seek(position)
            while offset < position:
                skipped = len(text.read(min(size, position - offset)))
                if not skipped:
                    raise EOFError(f"the file ends before byte {position}")
                offset += skipped
            while chunk := text.read(size):
                offset += len(chunk)
                yield chunk, file.tell() if file.seekable() else offset
        except Exception as error:
            raise read_error(path, offset, error) from error
