"""Where everything lies in a GGUF file: its members, its tensors and their data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import FormatError
from .gguf_metadata import open_header

_ALIGNMENT = "general.alignment"
_MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class Member:
    """A key and its value: the file's bytes `start` to `end`; the value's type stands at `value`."""

    key: str
    start: int
    value: int
    end: int


@dataclass(frozen=True)
class StoredTensor:
    """`shape` as the file has it: the dimension whose neighbours lie together comes first. `start` is in the file."""

    name: str
    shape: tuple[int, ...]
    type: int
    start: int


@dataclass(frozen=True)
class Layout:
    """A whole file: version, members and tensors in their order, and the alignment of the tensors' data."""

    version: int
    members: tuple[Member, ...]
    tensors: tuple[StoredTensor, ...]
    alignment: int


def read_layout(data: Any, where: object) -> Layout:
    """`data`: the file, as bytes or mapped into memory; no tensor's data is read. Raises `FormatError` with the offset."""
    reader, tensor_count, member_count = open_header(data, where)
    version = int.from_bytes(data[4:8], "little")
    members: dict[str, Member] = {}
    alignment = 32
    for _ in range(member_count):  # ends at the end of the data, whatever the count claims
        start = reader.at
        key = reader.text()
        value = reader.at
        content = reader.value(key == _ALIGNMENT)
        if key in members:
            raise FormatError(where, f"the key {key!r} at byte {start} comes twice")
        if key == _ALIGNMENT:
            alignment = content
        members[key] = Member(key, start, value, reader.at)
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
        raise FormatError(where, f"{_ALIGNMENT} is {alignment!r}, not a power of two")
    infos: dict[str, tuple[tuple[int, ...], int, int]] = {}
    for _ in range(tensor_count):
        start = reader.at
        name = reader.text()
        dimensions = reader.scalar(4)
        if name in infos or dimensions > _MOST_DIMENSIONS:
            problem = "comes twice" if name in infos else f"has {dimensions} dimensions"
            raise FormatError(where, f"the tensor {name!r} at byte {start} {problem}")
        infos[name] = tuple(reader.scalar(10) for _ in range(dimensions)), reader.scalar(4), reader.scalar(10)
    begin = aligned(reader.at, alignment)
    tensors = tuple(StoredTensor(name, shape, kind, begin + offset) for name, (shape, kind, offset) in infos.items())
    return Layout(version, tuple(members.values()), tensors, alignment)


def aligned(offset: int, alignment: int) -> int:
    """The next multiple of the alignment."""
    return -(-offset // alignment) * alignment
