"""The wire format of protobuf messages: fields with their offsets, and back. No schema, and no runtime to depend on."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import FormatError


def encode_field(number: int, payload: bytes) -> bytes:
    return encode_varint(number << 3 | 2) + encode_varint(len(payload)) + payload


def encode_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data: bytes, at: int, end: int, where: object) -> tuple[int, int]:
    value, shift, start = 0, 0, at
    while True:
        if at >= end:
            raise FormatError(where, f"a number at byte {start} is cut off")
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        if shift >= 70:
            raise FormatError(where, f"a number at byte {start} is too long: this is not a protobuf message")


def fields(data: bytes, at: int, end: int, where: object) -> Iterator[tuple[int, int, int, int, int]]:
    """(number, wire type, value or offset of the payload, start of the field, end of the field) of each field."""
    while at < end:
        start = at
        key, at = _read_varint(data, at, end, where)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _read_varint(data, at, end, where)
        elif wire == 2:
            length, value = _read_varint(data, at, end, where)
            at = value + length
        elif wire in (1, 5):
            value, at = at, at + (8 if wire == 1 else 4)
        else:
            raise FormatError(where, f"wire type {wire} at byte {start}: this is not a message")
        if at > end or number == 0:
            raise FormatError(where, f"the field at byte {start} reaches beyond the end: the file is cut off")
        yield number, wire, value, start, at
