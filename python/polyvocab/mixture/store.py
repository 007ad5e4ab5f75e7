"""Counts of pairs on the disk: one file that grows category by category and loses nothing that is in.

The file is a stream of Arrow (IPC format), so that other programs can read it too. A record batch holds a part of one
category, a row for each pair: the ids of left and right, and its events, a list of (state, block, change). What the part is
stands beside it as JSON. Where writing was broken off, the last record is not whole; it is passed over, and cut off before the
next one is added.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ..atomic import replacing_file
from ..errors import FormatError, PolyvocabError
from .events import PairEvents

_FORMAT = "polyvocab pair counts"
_VERSION = 1
_EVENT = pa.struct([("state", pa.uint32()), ("block", pa.uint32()), ("change", pa.int64())])
_FIELDS = [("left", pa.uint32()), ("right", pa.uint32()), ("events", pa.large_list(_EVENT))]


@dataclass(frozen=True, eq=False)
class CategoryCounts:
    """The pairs of some text of a category, by block of documents."""

    category: str
    events: PairEvents  # a column is a block
    documents: np.ndarray  # int64 [blocks]
    bytes: np.ndarray  # int64 [blocks], of the documents in UTF-8
    characters: np.ndarray  # int64 [blocks]
    source: str  # what was counted, so that it is not counted twice


@dataclass(frozen=True)
class StoreHead:
    """What all records of a file have in common."""

    fingerprint: str  # of the tokenizer
    blocks: int
    overlapping: bool  # whether 'aaa' counts as two pairs


class PairStore:
    """A file of counts."""

    def __init__(self, path: str | Path, head: StoreHead) -> None:
        self.path, self.head = Path(path), head

    @classmethod
    def open(cls, path: str | Path) -> PairStore:
        """A file that is there. Raises `FormatError` where it is none of ours."""
        try:
            with pa.OSFile(str(path)) as file:
                return cls(path, _head(pa.ipc.open_stream(file).schema, path))
        except (OSError, pa.ArrowInvalid) as error:
            raise FormatError(path, f"holds no {_FORMAT}: {error}") from error

    @classmethod
    def write(cls, path: str | Path, head: StoreHead, records: Iterable[CategoryCounts]) -> PairStore:
        """A file of these records, new or in the place of another: whole, or not there.

        Raises `PolyvocabError` where the disk is full.
        """
        schema = _schema(head)
        try:
            with replacing_file(path) as work, pa.OSFile(str(work), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
                for record in records:
                    writer.write_batch(_batch(record, schema), custom_metadata=_described(record))
        except OSError as error:
            raise PolyvocabError(f"{path}: cannot be written: {error.strerror}; nothing half-written is left") from error
        return cls(path, head)

    def records(self) -> list[CategoryCounts]:
        """All whole records; their numbers are mapped. There are none where there is no file yet.

        Raises `FormatError` for a file of another kind, `PolyvocabError` where it is that of another head.
        """
        return [_record(batch, described, self.path) for batch, described in self._read()[0]]

    def append(self, record: CategoryCounts) -> None:
        """Add a record; it is on the disk when this returns. One process at a time.

        Raises `PolyvocabError` where the disk is full: then the file is as it was.
        """
        schema = _schema(self.head)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema) as writer:
            writer.write_batch(_batch(record, schema), custom_metadata=_described(record))
            end = sink.tell()
        data, begin = memoryview(sink.getvalue()), schema.serialize().size
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(self.path, "ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                whole = self._read()[1]
                file.truncate(whole)
                try:
                    file.write(data[:end] if whole == 0 else data[begin:end])
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    os.truncate(self.path, whole)
                    raise
        except OSError as error:
            raise PolyvocabError(f"{self.path}: cannot be written: {error.strerror}; what was in it is kept") from error

    def _read(self) -> tuple[list[tuple[pa.RecordBatch, Mapping[bytes, bytes]]], int]:
        """(records as they are in the file, the bytes that they take from its beginning)."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            return [], 0
        records = []
        with pa.memory_map(str(self.path)) as file:
            try:
                reader = pa.ipc.open_stream(file)
            except (OSError, pa.ArrowInvalid) as error:
                if self.path.stat().st_size < _schema(self.head).serialize().size:
                    return [], 0  # broken off within the very first record
                raise FormatError(self.path, f"holds no {_FORMAT}: {error}") from error
            found = _head(reader.schema, self.path)
            if found != self.head:
                raise PolyvocabError(
                    f"{self.path}: was counted with {_differences(found, self.head)}; count anew, or choose another file"
                )
            whole = file.tell()
            while True:
                try:
                    batch, described = reader.read_next_batch_with_custom_metadata()
                except (StopIteration, OSError, pa.ArrowInvalid):
                    return records, whole
                records.append((batch, described))
                whole = file.tell()


def _schema(head: StoreHead) -> pa.Schema:
    metadata = {"format": _FORMAT, "version": str(_VERSION), "head": json.dumps(vars(head))}
    return pa.schema(_FIELDS, metadata=metadata)


def _head(schema: pa.Schema, path: str | Path) -> StoreHead:
    metadata = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
    if metadata.get("format") != _FORMAT:
        raise FormatError(path, f"holds no {_FORMAT}")
    if metadata.get("version") != str(_VERSION):
        raise FormatError(path, f"is of version {metadata.get('version')}; this polyvocab reads version {_VERSION}")
    return StoreHead(**json.loads(metadata["head"]))


def _differences(found: StoreHead, wanted: StoreHead) -> str:
    return ", ".join(
        f"{name} {value!s:.12} instead of {vars(wanted)[name]!s:.12}"
        for name, value in vars(found).items()
        if value != vars(wanted)[name]
    )


def _batch(record: CategoryCounts, schema: pa.Schema) -> pa.RecordBatch:
    events = record.events
    lists = pa.LargeListArray.from_arrays(
        pa.array(events.indptr),
        pa.StructArray.from_arrays(
            [pa.array(events.state), pa.array(events.column), pa.array(events.change)], fields=list(_EVENT)
        ),
    )
    left, right = np.ascontiguousarray(events.pairs.T)
    return pa.RecordBatch.from_arrays([pa.array(left), pa.array(right), lists], schema=schema)


def _described(record: CategoryCounts) -> dict[str, str]:
    numbers = {name: getattr(record, name).tolist() for name in ("documents", "bytes", "characters")}
    return {"category": record.category, "source": record.source, "numbers": json.dumps(numbers)}


def _record(batch: pa.RecordBatch, described: Mapping[bytes, bytes], path: Path) -> CategoryCounts:
    try:
        numbers = {name: np.array(values, np.int64) for name, values in json.loads(described[b"numbers"]).items()}
        left, right, lists = (batch.column(name) for name, _ in _FIELDS)
        state, column, change = (lists.values.field(i).to_numpy() for i in range(3))
        pairs = np.stack([left.to_numpy(), right.to_numpy()], axis=1)
        events = PairEvents(pairs, lists.offsets.to_numpy(), state, column, change)
        return CategoryCounts(described[b"category"].decode(), events, **numbers, source=described[b"source"].decode())
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(path, f"holds a record that is none of ours: {error!r}") from error
