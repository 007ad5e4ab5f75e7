"""Text: files, iterables and Arrow data, read as documents.

A document is a line of a .txt file, a field of a line of .jsonl, a cell of a column of .parquet, or an item of an
iterable. .gz and .zst are opened on the way. Invalid UTF-8 is an error with its place, never a replacement character.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from .errors import CorpusError, require


class Corpus:
    """Documents from one or more sources, as often as they are iterated.

    `sources`: a path, an iterable of strings, an object with `__arrow_c_stream__`, or a list of paths. `field` names the
    JSON field or the column. An iterator (which can be read once only) is refused: pass a list, or files.
    """

    def __init__(self, sources: Any, *, field: str = "text", excluded: frozenset[str] = frozenset()) -> None:
        self.field, self.excluded = field, excluded
        self.sources: list[Any] = _sources(sources)

    @classmethod
    def of(cls, value: Any, *, field: str = "text") -> Corpus:
        """The corpus itself, or one made of `value`."""
        return value if isinstance(value, Corpus) else cls(value, field=field)

    def __iter__(self) -> Iterator[str]:
        """Documents that are not empty, without their line ends."""
        for source in self.sources:
            for document in _documents(source, self.field):
                if document and document not in self.excluded:
                    yield document

    def without(self, documents: Iterable[str]) -> Corpus:
        """The same corpus without these documents."""
        sources = self.sources if all(isinstance(s, Path) for s in self.sources) else self.sources[0]
        return Corpus(sources, field=self.field, excluded=self.excluded | frozenset(documents))

    def batches(self, documents: int = 1000) -> Iterator[list[str]]:
        """Lists of at most so many documents."""
        batch: list[str] = []
        for document in self:
            batch.append(document)
            if len(batch) == documents:
                yield batch
                batch = []
        if batch:
            yield batch

    def fingerprint(self) -> str:
        """SHA-256 over all documents: two corpora with equal text are equal, wherever their files lie."""
        digest = hashlib.sha256()
        for document in self:
            data = document.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "little") + data)
        return digest.hexdigest()


def _sources(sources: Any) -> list[Any]:
    """Paths, or one object that holds the text itself. A list of strings is text, unless all of them are files."""
    if isinstance(sources, str | Path):
        sources = [Path(sources)]
    if isinstance(sources, Iterator):
        raise CorpusError("an iterator can be read only once; pass a list, an iterable object or files")
    if not isinstance(sources, Sequence) or not sources or not all(isinstance(s, str | Path) for s in sources):
        return [sources]
    found = [_is_file(s) for s in sources]
    if not any(found) and not any(isinstance(s, Path) for s in sources):
        return [sources]
    if not all(found):
        raise CorpusError(f"{sources[found.index(False)]}: no such file")
    return [Path(s) for s in sources]


def _is_file(name: str | Path) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # a text is no file name: too long, or with a zero byte
        return False


def held_out(corpus: Corpus, *, every: int = 50, limit_bytes: int = 200_000) -> list[str]:
    """Documents for evaluation: those whose hash falls in one of `every` classes, up to a size.

    A document is chosen by its text alone. Train on `corpus.without(held_out(corpus))`, and equal documents never stand
    on both sides.
    """
    chosen: dict[str, None] = {}
    size = 0
    for document in corpus:
        data = document.encode("utf-8", "surrogatepass")
        is_chosen = int.from_bytes(hashlib.sha256(data).digest()[:4], "little") % every == 0
        if is_chosen and document not in chosen and size + len(data) <= limit_bytes:
            chosen[document] = None
            size += len(data)
    return list(chosen)


def _documents(source: Any, field: str) -> Iterator[str]:
    if isinstance(source, Path):
        yield from _file_documents(source, field)
    elif hasattr(source, "__arrow_c_stream__"):
        yield from _arrow_documents(source, field)
    elif isinstance(source, Iterable):
        for n, item in enumerate(source):
            if not isinstance(item, str):
                raise CorpusError(f"item {n} of the corpus is a {type(item).__name__}, not a string")
            yield item
    else:
        raise CorpusError(f"a {type(source).__name__} is no corpus: use files, an iterable of strings or Arrow data")


def _file_documents(path: Path, field: str) -> Iterator[str]:
    suffixes = [s for s in path.suffixes if s not in (".gz", ".zst")]
    kind = suffixes[-1] if suffixes else ".txt"
    if kind == ".parquet":
        yield from _parquet_documents(path, field)
    elif kind in (".jsonl", ".ndjson", ".json"):
        for number, line in _lines(path):
            if line.strip():
                yield _json_field(path, number, line, field)
    else:
        for _, line in _lines(path):
            yield line


def _open(path: Path) -> BinaryIO:
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rb")  # type: ignore[return-value]
        if path.suffix == ".zst":
            return io.BufferedReader(_ZstdStream(open(path, "rb")))
        return open(path, "rb")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be opened: {error.strerror}") from error


class _ZstdStream(io.RawIOBase):
    """Frame after frame; a frame that is cut off is an error. The library's own reader ends there without a word."""

    def __init__(self, file: BinaryIO) -> None:
        self._zstandard = require("zstandard", "models", "reading .zst files")
        self._file, self._frame, self._out, self._rest = file, None, b"", b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._out:
            chunk = self._rest or self._file.read(1 << 16)
            self._rest = b""
            if not chunk:
                if self._frame is not None:
                    raise EOFError("the file ends inside a compressed frame: it is cut off")
                return 0
            if self._frame is None:
                self._frame = self._zstandard.ZstdDecompressor().decompressobj()
            self._out = self._frame.decompress(chunk)
            if self._frame.eof:
                self._rest, self._frame = self._frame.unused_data, None
        count = min(len(buffer), len(self._out))
        buffer[:count], self._out = self._out[:count], self._out[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """(line number from 1, text without its end) of each line."""
    offset = 0
    with _open(path) as file:
        lines = enumerate(file, 1)
        while True:
            try:
                number, raw = next(lines)
            except StopIteration:
                return
            except (EOFError, OSError, ValueError) as error:
                raise CorpusError(f"{path}: cannot be read beyond byte {offset}: {error}") from error
            except Exception as error:  # zstandard.ZstdError, without importing zstandard
                raise CorpusError(f"{path}: cannot be unpacked beyond byte {offset}: {error}") from error
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise CorpusError(
                    f"{path}: line {number}: invalid UTF-8 at byte {offset + error.start}; convert the file to UTF-8"
                ) from error
            offset += len(raw)
            if number == 1:
                text = text.removeprefix("\ufeff")
            yield number, text.removesuffix("\n").removesuffix("\r")


def _json_field(path: Path, number: int, line: str, field: str) -> str:
    try:
        document = json.loads(line)
    except ValueError as error:
        raise CorpusError(f"{path}: line {number} is not JSON: {error}") from error
    value = document.get(field) if isinstance(document, dict) else None
    if not isinstance(value, str):
        has = sorted(document) if isinstance(document, dict) else type(document).__name__
        raise CorpusError(f"{path}: line {number} has no text in the field {field!r}; it has {has}")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise CorpusError(f"{path}: line {number}: half of a surrogate pair at character {error.start}") from error
    return value


def _parquet_documents(path: Path, field: str) -> Iterator[str]:
    parquet = require("pyarrow.parquet", "models", f"reading {path.name}")
    try:
        with parquet.ParquetFile(path) as file:
            if field not in file.schema_arrow.names:
                raise CorpusError(f"{path}: no column {field!r}; it has {file.schema_arrow.names}")
            row = 0
            for batch in file.iter_batches(columns=[field]):
                yield from _column(batch.column(0), f"{path}: column {field!r}", row)
                row += len(batch)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: is no readable parquet file: {error}") from error


def _arrow_documents(source: Any, field: str) -> Iterator[str]:
    pyarrow = require("pyarrow", "models", "reading Arrow data")
    reader = pyarrow.RecordBatchReader.from_stream(source)
    if field not in reader.schema.names:
        raise CorpusError(f"the Arrow data has no column {field!r}; it has {reader.schema.names}")
    row = 0
    for batch in reader:
        yield from _column(batch.column(field), f"Arrow column {field!r}", row)
        row += len(batch)


def _column(column: Any, where: str, first: int) -> Iterator[str]:
    for n, value in enumerate(column.to_pylist()):
        if value is not None and not isinstance(value, str):
            raise CorpusError(f"{where}: row {first + n} is a {type(value).__name__}, not text")
        yield value or ""
