"""SentencePiece `.model` files: read into a `Vocabulary` or a definition, and written back byte for byte.

A `.model` is a protobuf message (`ModelProto`). Its pieces are the repeated field 1; this module rewrites those and
keeps the specifications of the trainer and the normalizer as they are, and unknown fields too. Reading
the wire format directly keeps protobuf's runtime, and its version, out of the package.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np

from ..errors import FormatError
from .definition import SentencePieces, Strings, TokenizerDefinition
from .protobuf import encode_field, encode_varint, fields
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
        return self.before + b"".join(encode_field(1, _encode_piece(p)) for p in self.pieces) + self.after


_MODEL_TYPES = {1: "unigram", 2: "bpe", 3: "word", 4: "char"}
_TRAINER_SPEC, _NORMALIZER_SPEC, _DENORMALIZER_SPEC = 2, 3, 5
_MODEL_TYPE, _SUFFIX_WHITESPACE, _BYTE_FALLBACK, _UNK_SURFACE = 3, 24, 35, 44
_ROLE_PIECES = {"unk_id": (45, "<unk>"), "bos_id": (46, "<s>"), "eos_id": (47, "</s>"), "pad_id": (48, "<pad>")}
_NAME, _CHARSMAP, _DUMMY_PREFIX, _REMOVE_WHITESPACES, _ESCAPE_WHITESPACES = 1, 2, 3, 4, 5
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_IN_TEXT = (PieceType.NORMAL, PieceType.USER_DEFINED, PieceType.UNUSED)
_LONGEST_PIECE = 7999  # bytes: the library's own limit


def parse(data: bytes, where: object = "model") -> SentencePieceModel:
    """Read a `.model`. Raises `FormatError` with the byte offset of what is malformed or cut off."""
    pieces: list[SentencePiece] = []
    before, after = bytearray(), bytearray()
    trainer: dict[int, int] = {}
    for number, kind, value, start, end in fields(data, 0, len(data), where):
        if number == 1 and kind == 2:
            pieces.append(_decode_piece(data, value, end, where))
            continue
        (after if pieces else before).extend(data[start:end])
        if number == _TRAINER_SPEC and kind == 2:
            trainer = {n: v for n, k, v, _, _ in fields(data, value, end, where) if k == 0}
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


def read_definition(data: bytes, where: object = "model") -> TokenizerDefinition:
    """The tokenizer of a `.model`. Raises `FormatError` where the SentencePiece library would refuse the model."""
    model = parse(data, where)
    around = model.before + model.after
    trainer, normalizer = _spec(around, _TRAINER_SPEC, where), _spec(around, _NORMALIZER_SPEC, where)
    if _spec(around, _DENORMALIZER_SPEC, where).get(_CHARSMAP):
        raise FormatError(where, "has a denormalizer with rules of its own, which is not supported")
    types = np.array([p.type for p in model.pieces], np.uint8)
    if model.byte_fallback:  # converters write a piece of one NUL beside <0x00>; the library takes it as unused
        types[[i for i, p in enumerate(model.pieces) if p.piece == "\0"]] = PieceType.UNUSED
    scores = np.array([p.score for p in model.pieces], np.float32)
    ids = _checked_ids(model, types, scores, where)
    roles = {}
    for role, (number, default) in _ROLE_PIECES.items():
        i = ids.get(_text(trainer.get(number), where) or default)
        kind = PieceType.UNKNOWN if role == "unk_id" else PieceType.CONTROL
        roles[role] = i if i is not None and types[i] == kind else None
    pieces = SentencePieces(
        algorithm=model.model,
        tokens=Strings.of(p.piece for p in model.pieces),
        ids=np.arange(len(types), dtype=np.uint32),
        scores=scores,
        types=types,
        **roles,
        byte_fallback=model.byte_fallback,
        normalizer_name=_text(normalizer.get(_NAME), where) or "",
        charsmap=normalizer.get(_CHARSMAP, b""),
        add_dummy_prefix=bool(normalizer.get(_DUMMY_PREFIX, True)),
        remove_extra_whitespaces=bool(normalizer.get(_REMOVE_WHITESPACES, True)),
        escape_whitespaces=bool(normalizer.get(_ESCAPE_WHITESPACES, True)),
        treat_whitespace_as_suffix=model.suffix_whitespace,
        unk_surface=" ⁇ " if _UNK_SURFACE not in trainer else _text(trainer[_UNK_SURFACE], where),
    )
    return TokenizerDefinition(model=pieces, engine="sentencepiece", origin=str(where))


def _checked_ids(model: SentencePieceModel, types: np.ndarray, scores: np.ndarray, where: object) -> dict[str, int]:
    """Pieces to ids, after the checks that the library makes when it loads a model."""
    ids: dict[str, int] = {}
    found = set()
    for i, piece in enumerate(model.pieces):
        if piece.piece == "\0" and types[i] == PieceType.UNUSED:
            continue
        if not piece.piece or "\0" in piece.piece or len(piece.piece.encode()) > _LONGEST_PIECE:
            raise FormatError(where, f"piece {i} is empty, has a NUL, or is longer than {_LONGEST_PIECE} bytes")
        if ids.setdefault(piece.piece, i) != i:
            raise FormatError(where, f"the pieces {ids[piece.piece]} and {i} are both {piece.piece!r}")
        if types[i] == PieceType.BYTE:
            if not model.byte_fallback or not _BYTE.fullmatch(piece.piece):
                raise FormatError(where, f"piece {i}, {piece.piece!r}, is a byte, but there is no byte fallback to it")
            found.add(piece.piece)
    unknown = np.flatnonzero(types == PieceType.UNKNOWN)
    if len(unknown) > 1 or (len(unknown) == 0 and not model.byte_fallback):
        raise FormatError(where, f"has {len(unknown)} unknown pieces: it needs one")
    if model.byte_fallback and len(found) != 256:
        raise FormatError(where, f"has byte fallback, but {len(found)} of 256 byte pieces")
    if model.model == "unigram" and not np.isin(types, _IN_TEXT).any():
        raise FormatError(where, "has no pieces that text is cut into, only control pieces, unknown ones and bytes")
    if model.model == "unigram" and not np.isfinite(scores).all():
        raise FormatError(where, f"the score of piece {int(np.argmin(np.isfinite(scores)))} is not finite")
    return ids


def _spec(around: bytes, number: int, where: object) -> dict[int, int | bytes]:
    """The members of one specification by their numbers; the last one counts."""
    members: dict[int, int | bytes] = {}
    for field_number, wire, value, _, end in fields(around, 0, len(around), where):
        if field_number == number and wire == 2:
            for n, kind, v, _, last in fields(around, value, end, where):
                members[n] = around[v:last] if kind == 2 else v
    return members


def _text(value: int | bytes | None, where: object) -> str | None:
    if not isinstance(value, bytes):
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(where, f"invalid UTF-8 in {value[:40]!r}") from error


def _decode_piece(data: bytes, start: int, end: int, where: object) -> SentencePiece:
    text, score, kind, rest = "", 0.0, 1, bytearray()
    for number, wire, value, first, last in fields(data, start, end, where):
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
    out = encode_field(1, piece.piece.encode("utf-8")) + b"\x15" + struct.pack("<f", piece.score)
    if piece.type != PieceType.NORMAL:
        out += b"\x18" + encode_varint(piece.type)
    return out + piece.rest
