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
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from .errors import CorpusError, require

_KINDS = {".parquet": "parquet", ".jsonl": "json", ".ndjson": "json", ".json": "json"}


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
    kind = kind_of(path)
    if kind == "parquet":
        yield from _parquet_documents(path, field)
    elif kind == "json":
        for number, line in _lines(path):
            if line.strip():
                yield json_field(path, number, line, field)
    else:
        for _, line in _lines(path):
            yield line


@contextmanager
def open_text(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The bytes of a text file, unpacked where it is .gz or .zst; and the file as it is, whose position is that of reading."""
    with _opened(path) as file, _unpacked(file, path.suffix) as text:
        yield text, file


def _opened(path: Path) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be opened: {error.strerror}") from error


def _unpacked(file: BinaryIO, suffix: str) -> io.BufferedIOBase | BinaryIO:
    if suffix == ".gz":
        return gzip.GzipFile(fileobj=file)
    return io.BufferedReader(_ZstdStream(file)) if suffix == ".zst" else file


def read_error(path: Path, offset: int, error: Exception) -> CorpusError:
    """What to raise where reading a text file failed after `offset` bytes of text."""
    is_unpacking = not isinstance(error, EOFError | OSError | ValueError)  # zstandard.ZstdError, without importing zstandard
    return CorpusError(f"{path}: cannot be {'unpacked' if is_unpacking else 'read'} beyond byte {offset}: {error}")


def invalid_utf8(path: Path, line: int, offset: int) -> CorpusError:
    """What to raise for text that is no UTF-8 at byte `offset` of the file."""
    return CorpusError(f"{path}: line {line}: invalid UTF-8 at byte {offset}; convert the file to UTF-8")


def kind_of(path: Path) -> str:
    """What a file holds by its name: `parquet`, `json` (an object a line) or `text`."""
    suffixes = [s for s in path.suffixes if s not in (".gz", ".zst")]
    return _KINDS.get(suffixes[-1] if suffixes else "", "text")


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
    with open_text(path) as (file, _):
        lines = enumerate(file, 1)
        while True:
            try:
                number, raw = next(lines)
            except StopIteration:
                return
            except Exception as error:
                raise read_error(path, offset, error) from error
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise invalid_utf8(path, number, offset + error.start) from error
            offset += len(raw)
            if number == 1:
                text = text.removeprefix("\ufeff")
            yield number, text.removesuffix("\n").removesuffix("\r")


def json_field(path: Path, number: int, line: str, field: str) -> str:
    """The text in a field of a line that holds a JSON object."""
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
    for row, column in parquet_columns(path, field):
        yield from column_texts(column, f"{path}: column {field!r}", row)


def parquet_columns(path: Path, field: str, *, first: int = 0, rows: int = 1 << 16) -> Iterator[tuple[int, Any]]:
    """(number of its first row, a part of the column as an Arrow array of at most `rows`), from row `first` on."""
    parquet = require("pyarrow.parquet", "models", f"reading {path.name}")
    try:
        with parquet.ParquetFile(path) as file:
            if field not in file.schema_arrow.names:
                raise CorpusError(f"{path}: no column {field!r}; it has {file.schema_arrow.names}")
            row, group = 0, 0
            while group < file.num_row_groups and row + file.metadata.row_group(group).num_rows <= first:
                row += file.metadata.row_group(group).num_rows
                group += 1
            groups = list(range(group, file.num_row_groups))
            for batch in file.iter_batches(rows, row_groups=groups, columns=[field]) if groups else ():
                skipped = min(max(first - row, 0), len(batch))
                if skipped < len(batch):
                    yield row + skipped, batch.column(0).slice(skipped)
                row += len(batch)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: is no readable parquet file: {error}") from error


def parquet_rows(path: Path) -> int:
    """How many rows a file has."""
    parquet = require("pyarrow.parquet", "models", f"reading {path.name}")
    try:
        return parquet.read_metadata(path).num_rows
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: is no readable parquet file: {error}") from error


def _arrow_documents(source: Any, field: str) -> Iterator[str]:
    for row, column in arrow_columns(source, field):
        yield from column_texts(column, f"Arrow column {field!r}", row)


def arrow_columns(source: Any, field: str) -> Iterator[tuple[int, Any]]:
    """(number of its first row, a part of the column as an Arrow array) of an object with `__arrow_c_stream__`."""
    pyarrow = require("pyarrow", "models", "reading Arrow data")
    reader = pyarrow.RecordBatchReader.from_stream(source)
    if field not in reader.schema.names:
        raise CorpusError(f"the Arrow data has no column {field!r}; it has {reader.schema.names}")
    row = 0
    for batch in reader:
        yield row, batch.column(field)
        row += len(batch)


def column_texts(column: Any, where: str, first: int) -> Iterator[str]:
    """The texts of an Arrow array whose first row has the number `first`; null is an empty text."""
    try:
        values = column.to_pylist()
    except UnicodeDecodeError as error:
        raise CorpusError(f"{where}: invalid UTF-8 in one of the {len(column)} rows from {first} on") from error
    for n, value in enumerate(values):
        if value is not None and not isinstance(value, str):
            raise CorpusError(f"{where}: row {first + n} is a {type(value).__name__}, not text")
        yield value or ""
