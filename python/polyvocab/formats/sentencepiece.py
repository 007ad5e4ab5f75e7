"""SentencePiece `.model` files: read into a `Vocabulary`, and written back with every byte that did not change.

A `.model` is a protobuf message (`ModelProto`). Its pieces are the repeated field 1; this module rewrites those and
keeps the specifications of the trainer and the normalizer as they are, byte for byte, and unknown fields too. Reading
the wire format directly keeps protobuf's runtime, and its version, out of the package.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum

from ..errors import FormatError
from .vocabulary import Spelling, Vocabulary


class PieceType(IntEnum):
    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True)
class SentencePiece:
    """One piece. `rest` are the encoded fields that this library does not know."""

    piece: str
    score: float
    type: PieceType = PieceType.NORMAL
    rest: bytes = b""
    encoded: bytes | None = field(default=None, compare=False, repr=False)  # as it stood in the file

    def with_score(self, score: float) -> SentencePiece:
        return replace(self, score=score, encoded=None)


@dataclass(frozen=True)
class SentencePieceModel:
    """A `.model`: its pieces in the order of their ids, and everything else as encoded fields around them."""

    pieces: tuple[SentencePiece, ...]
    before: bytes  # fields that stand before the first piece
    after: bytes  # fields that stand after it
    model: str  # "unigram", "bpe", "word" or "char"
    byte_fallback: bool
    suffix_whitespace: bool

    def to_bytes(self) -> bytes:
        """The file. Equal to what was read, byte for byte, where no piece changed."""
        return self.before + b"".join(_field(1, _encode_piece(p)) for p in self.pieces) + self.after


_MODEL_TYPES = {1: "unigram", 2: "bpe", 3: "word", 4: "char"}
_TRAINER_SPEC, _MODEL_TYPE, _SUFFIX_WHITESPACE, _BYTE_FALLBACK = 2, 3, 24, 35


def parse(data: bytes, where: object = "model") -> SentencePieceModel:
    """Read a `.model`. Raises `FormatError` with the byte offset of what is malformed or cut off."""
    pieces: list[SentencePiece] = []
    before, after = bytearray(), bytearray()
    trainer: dict[int, int] = {}
    for number, kind, value, start, end in _fields(data, 0, len(data), where):
        if number == 1 and kind == 2:
            pieces.append(_decode_piece(data, value, end, where))
            continue
        (after if pieces else before).extend(data[start:end])
        if number == _TRAINER_SPEC and kind == 2:
            trainer = {n: v for n, k, v, _, _ in _fields(data, value, end, where) if k == 0}
    if not pieces:
        raise FormatError(where, "no pieces: this is not a SentencePiece model")
    return SentencePieceModel(
        pieces=tuple(pieces),
        before=bytes(before),
        after=bytes(after),
        model=_MODEL_TYPES.get(trainer.get(_MODEL_TYPE, 1), "unigram"),
        byte_fallback=bool(trainer.get(_BYTE_FALLBACK, 0)),
        suffix_whitespace=bool(trainer.get(_SUFFIX_WHITESPACE, 0)),
    )


def read(data: bytes, where: object = "model") -> Vocabulary:
    """The vocabulary of a `.model`, with SentencePiece's own ids (XLM-R and others shift them in their tokenizer)."""
    model = parse(data, where)
    of_type = {t: frozenset(i for i, p in enumerate(model.pieces) if p.type == t) for t in PieceType}
    control = of_type[PieceType.CONTROL] | of_type[PieceType.UNKNOWN]
    return Vocabulary(
        tokens=tuple(p.piece for p in model.pieces),
        model={"unigram": "unigram", "bpe": "bpe"}.get(model.model, "wordlevel"),
        spelling=Spelling.UNKNOWN if model.suffix_whitespace else Spelling.METASPACE,
        special=control,
        control=control,
        bytes=of_type[PieceType.BYTE],
        unused=of_type[PieceType.UNUSED],
        unknown=min(of_type[PieceType.UNKNOWN], default=None),
        scores=tuple(p.score for p in model.pieces),
        origin=str(where),
    )


def _decode_piece(data: bytes, start: int, end: int, where: object) -> SentencePiece:
    text, score, kind, rest = "", 0.0, 1, bytearray()
    for number, wire, value, first, last in _fields(data, start, end, where):
        if number == 1 and wire == 2:
            try:
                text = data[value:last].decode("utf-8")
            except UnicodeDecodeError as error:
                raise FormatError(where, f"invalid UTF-8 in a piece at byte {value + error.start}") from error
        elif number == 2 and wire == 5:
            (score,) = struct.unpack("<f", data[value:last])
        elif number == 3 and wire == 0:
            kind = value
        else:
            rest += data[first:last]
    if kind not in PieceType._value2member_map_:
        raise FormatError(where, f"the piece {text!r} at byte {start} has the unknown type {kind}")
    return SentencePiece(text, score, PieceType(kind), bytes(rest), data[start:end])


def _encode_piece(piece: SentencePiece) -> bytes:
    if piece.encoded is not None:
        return piece.encoded
    out = _field(1, piece.piece.encode("utf-8")) + b"\x15" + struct.pack("<f", piece.score)
    if piece.type != PieceType.NORMAL:
        out += b"\x18" + _varint(piece.type)
    return out + piece.rest


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
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


def _fields(data: bytes, at: int, end: int, where: object) -> Iterator[tuple[int, int, int, int, int]]:
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
            raise FormatError(where, f"wire type {wire} at byte {start}: this is not a SentencePiece model")
        if at > end or number == 0:
            raise FormatError(where, f"the field at byte {start} reaches beyond the end: the file is cut off")
        yield number, wire, value, start, at
