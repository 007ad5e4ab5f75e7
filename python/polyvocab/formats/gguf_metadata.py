"""The key-value section at the beginning of a GGUF file."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from ..errors import FormatError
from .definition import Strings

# The format's numbers of the types, with struct's and numpy's names.
SCALARS = {
    0: ("<B", "<u1"),
    1: ("<b", "<i1"),
    2: ("<H", "<u2"),
    3: ("<h", "<i2"),
    4: ("<I", "<u4"),
    5: ("<i", "<i4"),
    6: ("<f", "<f4"),
    7: ("<?", "<?"),
    10: ("<Q", "<u8"),
    11: ("<q", "<i8"),
    12: ("<d", "<f8"),
}
STRING, ARRAY = 8, 9


def read_metadata(data: Any, where: object, prefix: str) -> dict[str, Any]:
    """The members whose key begins with `prefix`: numbers, booleans, strings, numpy arrays and `Strings`.

    `data` may be a mapped file: only the section itself is read. Every length is checked before anything is allocated.
    """
    reader, _, count = open_header(data, where)
    members: dict[str, Any] = {}
    for _ in range(count):  # ends at the end of the data, whatever the count claims
        start = reader.at
        key = reader.text()
        wanted = key.startswith(prefix)
        value = reader.value(wanted)
        if wanted:
            if key in members:
                raise FormatError(where, f"the key {key!r} at byte {start} comes twice")
            members[key] = value
    return members


def open_header(data: Any, where: object) -> tuple[Reader, int, int]:
    """A reader at the first member, the number of tensors and the number of members, which the file claims."""
    reader = Reader(data, where)
    if data[:4] != b"GGUF":
        raise FormatError(where, "does not begin with GGUF")
    reader.at = 4
    version = reader.scalar(4)
    if version not in (2, 3):
        is_swapped = version.to_bytes(4, "little") in (b"\0\0\0\2", b"\0\0\0\3")
        problem = "is big-endian, which is not supported" if is_swapped else f"has the version {version}, not 2 or 3"
        raise FormatError(where, problem)
    return reader, reader.scalar(10), reader.scalar(10)


class Reader:
    """Values of the format's types, one after the other; raises `FormatError` where the data ends."""

    def __init__(self, data: Any, where: object) -> None:
        self.data, self.where, self.at = data, where, 0

    def take(self, size: int) -> int:
        """The offset of the next `size` bytes, which are there."""
        start = self.at
        if size > len(self.data) - start:
            raise FormatError(self.where, f"{size} bytes at byte {start} reach beyond the end: the file is cut off")
        self.at += size
        return start

    def scalar(self, kind: int) -> Any:
        code = SCALARS[kind][0]
        return struct.unpack_from(code, self.data, self.take(struct.calcsize(code)))[0]

    def text(self) -> str:
        size = self.scalar(10)
        start = self.take(size)
        try:
            return self.data[start : self.at].decode("utf-8")
        except UnicodeDecodeError as error:
            raise FormatError(self.where, f"invalid UTF-8 at byte {start + error.start}") from error

    def value(self, wanted: bool) -> Any:
        start = self.at
        kind = self.scalar(4)
        if kind == STRING:
            return self.text() if wanted else self.take(self.scalar(10))
        if kind in SCALARS:
            return self.scalar(kind)
        if kind != ARRAY:
            raise FormatError(self.where, f"the value at byte {start} has the unknown type {kind}")
        kind = self.scalar(4)
        count = self.scalar(10)
        if kind in SCALARS:
            dtype = np.dtype(SCALARS[kind][1])
            offset = self.take(count * dtype.itemsize)
            return np.frombuffer(self.data, dtype, count, offset).copy() if wanted else None
        if kind != STRING:
            raise FormatError(self.where, f"the array at byte {start} has items of the unsupported type {kind}")
        if count > (len(self.data) - self.at) // 8:
            raise FormatError(self.where, f"{count} strings at byte {self.at} reach beyond the end: the file is cut off")
        if wanted:
            return Strings.of(self.text() for _ in range(count))
        for _ in range(count):
            self.take(self.scalar(10))
        return None
