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

from .. import _core
from ..errors import FormatError
from .definition import PieceRules, SentencePieces, Strings, TokenizerDefinition
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
        return self.before + b"".join(encode_field(1, encode_piece(p)) for p in self.pieces) + self.after


_MODEL_TYPES = {1: "unigram", 2: "bpe", 3: "word", 4: "char"}
TRAINER_SPEC, _NORMALIZER_SPEC, _DENORMALIZER_SPEC = 2, 3, 5
_MODEL_TYPE, _SUFFIX_WHITESPACE, _BYTE_FALLBACK, _UNK_SURFACE = 3, 24, 35, 44
ROLE_PIECES = {"unk_id": (45, "<unk>"), "bos_id": (46, "<s>"), "eos_id": (47, "</s>"), "pad_id": (48, "<pad>")}
_PIECE_RULES = {
    "max_sentencepiece_length": 20,
    "split_by_unicode_script": 21,
    "split_by_whitespace": 22,
    "split_by_number": 23,
    "treat_whitespace_as_suffix": _SUFFIX_WHITESPACE,
    "split_digits": 25,
    "allow_whitespace_only_pieces": 26,
}
_NAME, _CHARSMAP, _DUMMY_PREFIX, _REMOVE_WHITESPACES, _ESCAPE_WHITESPACES = 1, 2, 3, 4, 5
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_IN_TEXT = (PieceType.NORMAL, PieceType.USER_DEFINED, PieceType.UNUSED)
_LONGEST_PIECE = 7999  # bytes: the library's own limit
_NO_PIECES = "no pieces: this is not a SentencePiece model"


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
        if number == TRAINER_SPEC and kind == 2:
            trainer = {n: v for n, k, v, _, _ in fields(data, value, end, where) if k == 0}
    if not pieces:
        raise FormatError(where, _NO_PIECES)
    return SentencePieceModel(
        pieces=tuple(pieces),
        before=bytes(before),
        after=bytes(after),
        model=_MODEL_TYPES.get(trainer.get(_MODEL_TYPE, 1), "unigram"),
        byte_fallback=bool(trainer.get(_BYTE_FALLBACK, 0)),
        suffix_whitespace=bool(trainer.get(_SUFFIX_WHITESPACE, 0)),
    )


@dataclass(frozen=True)
class _Spec:
    """The members of a specification by their numbers, the last one of each. Those of another wire type are no members."""

    numbers: dict[int, int] = field(default_factory=dict)
    strings: dict[int, bytes] = field(default_factory=dict)

    def add(self, data: bytes, begin: int, end: int, where: object) -> None:
        for number, wire, value, _, last in fields(data, begin, end, where):
            if wire == 0:
                self.numbers[number] = value
            elif wire == 2:
                self.strings[number] = data[value:last]


@dataclass(frozen=True, eq=False)
class Scanned:
    """A `.model` as arrays, and its specifications."""

    pieces: Strings
    scores: np.ndarray  # float32 [pieces]
    types: np.ndarray  # uint8 [pieces]
    places: np.ndarray  # uint64 [pieces, 2]: where each piece begins and ends in the file
    others: np.ndarray  # uint64 [stretches, 2]: where the other members lie
    trainer: _Spec
    normalizer: _Spec
    denormalizer: _Spec

    @property
    def algorithm(self) -> str:
        return _MODEL_TYPES.get(self.trainer.numbers.get(_MODEL_TYPE, 1), "unigram")

    @property
    def byte_fallback(self) -> bool:
        return bool(self.trainer.numbers.get(_BYTE_FALLBACK, 0))

    @property
    def suffix_whitespace(self) -> bool:
        return bool(self.trainer.numbers.get(_SUFFIX_WHITESPACE, 0))


def scan(data: bytes, where: object) -> Scanned:
    """What `parse` reads, without a Python object per piece: the core reads these, and this module the rest."""
    pieces, scores, types, places, others, stopped_at = _core.read_sentencepiece_model(data)
    specs = {number: _Spec() for number in (TRAINER_SPEC, _NORMALIZER_SPEC, _DENORMALIZER_SPEC)}
    for begin, end in others.tolist():
        for number, wire, value, _, last in fields(data, begin, end, where):
            if number in specs and wire == 2:
                specs[number].add(data, value, last, where)
    if stopped_at is not None:  # read once more, by what says what is wrong
        _, _, value, _, end = next(fields(data, stopped_at, len(data), where))
        _decode_piece(data, value, end, where)
        raise FormatError(where, f"the field at byte {stopped_at} cannot be read")
    if not len(types):
        raise FormatError(where, _NO_PIECES)
    return Scanned(Strings(*pieces), scores, types, places, others, *specs.values())


def read(data: bytes, where: object = "model") -> Vocabulary:
    """The vocabulary of a `.model`, with SentencePiece's own ids (XLM-R and others shift them in their tokenizer)."""
    model = scan(data, where)
    of_type = {t: frozenset(np.flatnonzero(model.types == t).tolist()) for t in PieceType}
    control = of_type[PieceType.CONTROL] | of_type[PieceType.UNKNOWN]
    return Vocabulary(
        tokens=tuple(model.pieces.texts()),
        model={"unigram": "unigram", "bpe": "bpe"}.get(model.algorithm, "wordlevel"),
        spelling=Spelling.UNKNOWN if model.suffix_whitespace else Spelling.METASPACE,
        special=control,
        control=control,
        bytes=of_type[PieceType.BYTE],
        unused=of_type[PieceType.UNUSED],
        unknown=min(of_type[PieceType.UNKNOWN], default=None),
        origin=str(where),
    )


def read_definition(data: bytes, where: object = "model") -> TokenizerDefinition:
    """The tokenizer of a `.model`. Raises `FormatError` where the SentencePiece library would refuse the model."""
    model = scan(data, where)
    trainer, normalizer, types = model.trainer, model.normalizer, model.types
    if model.denormalizer.strings.get(_CHARSMAP):
        raise FormatError(where, "has a denormalizer with rules of its own, which is not supported")
    offsets = model.pieces.offsets.astype(np.int64)
    lengths = np.diff(offsets)
    has_nul = np.zeros(len(types), bool)
    nuls = np.flatnonzero(np.frombuffer(model.pieces.data, np.uint8) == 0)
    has_nul[np.searchsorted(offsets, nuls, "right") - 1] = True
    if model.byte_fallback:  # converters write a piece of one NUL beside <0x00>; the library takes it as unused
        types[has_nul & (lengths == 1)] = PieceType.UNUSED
    _check(model, has_nul, lengths, where)
    roles = role_ids(model, where)
    pieces = SentencePieces(
        algorithm=model.algorithm,
        tokens=model.pieces,
        ids=np.arange(len(types), dtype=np.uint32),
        scores=model.scores,
        types=types,
        **roles,
        byte_fallback=model.byte_fallback,
        normalizer_name=_text(normalizer.strings.get(_NAME), where) or "",
        charsmap=normalizer.strings.get(_CHARSMAP, b""),
        add_dummy_prefix=bool(normalizer.numbers.get(_DUMMY_PREFIX, True)),
        remove_extra_whitespaces=bool(normalizer.numbers.get(_REMOVE_WHITESPACES, True)),
        escape_whitespaces=bool(normalizer.numbers.get(_ESCAPE_WHITESPACES, True)),
        treat_whitespace_as_suffix=model.suffix_whitespace,
        trainer=_piece_rules(trainer.numbers),
        unk_surface=" ⁇ " if _UNK_SURFACE not in trainer.strings else _text(trainer.strings[_UNK_SURFACE], where),
    )
    return TokenizerDefinition(model=pieces, engine="sentencepiece", origin=str(where))


def _piece_rules(numbers: dict[int, int]) -> PieceRules:
    found = {name: numbers[number] for name, number in _PIECE_RULES.items() if number in numbers}
    return PieceRules(**{name: value if name == "max_sentencepiece_length" else bool(value) for name, value in found.items()})


def role_ids(model: Scanned, where: object) -> dict[str, int | None]:
    """The pieces that the specification of the trainer names: {"unk_id": 0, "bos_id": 1, ...}, None where there is none."""
    names = [_text(model.trainer.strings.get(number), where) or default for number, default in ROLE_PIECES.values()]
    roles = {}
    for role, i in zip(ROLE_PIECES, model.pieces.find(names), strict=True):
        kind = PieceType.UNKNOWN if role == "unk_id" else PieceType.CONTROL
        roles[role] = i if i >= 0 and model.types[i] == kind else None
    return roles


def _check(model: Scanned, has_nul: np.ndarray, lengths: np.ndarray, where: object) -> None:
    """The checks that the library makes when it loads a model."""
    pieces, types = model.pieces, model.types
    left_out = has_nul & (lengths == 1) & (types == PieceType.UNUSED)
    odd = np.flatnonzero((has_nul | (lengths == 0) | (lengths > _LONGEST_PIECE)) & ~left_out)
    if len(odd):
        raise FormatError(where, f"piece {odd[0]} is empty, has a NUL, or is longer than {_LONGEST_PIECE} bytes")
    if twice := _core.find_repeated_string(pieces.data, pieces.offsets, ~left_out):
        raise FormatError(where, f"the pieces {twice[0]} and {twice[1]} are both {pieces[twice[0]].decode()!r}")
    found = set()
    for i in np.flatnonzero(types == PieceType.BYTE).tolist():
        piece = pieces[i].decode()
        if not model.byte_fallback or not _BYTE.fullmatch(piece):
            raise FormatError(where, f"piece {i}, {piece!r}, is a byte, but there is no byte fallback to it")
        found.add(piece)
    unknown = np.count_nonzero(types == PieceType.UNKNOWN)
    if unknown > 1 or (unknown == 0 and not model.byte_fallback):
        raise FormatError(where, f"has {unknown} unknown pieces: it needs one")
    if model.byte_fallback and len(found) != 256:
        raise FormatError(where, f"has byte fallback, but {len(found)} of 256 byte pieces")
    if model.algorithm == "unigram" and not np.isin(types, _IN_TEXT).any():
        raise FormatError(where, "has no pieces that text is cut into, only control pieces, unknown ones and bytes")
    if model.algorithm == "unigram" and not np.isfinite(model.scores).all():
        raise FormatError(where, f"the score of piece {int(np.argmin(np.isfinite(model.scores)))} is not finite")


def _text(value: bytes | None, where: object) -> str | None:
    if value is None:
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


def encode_piece(piece: SentencePiece) -> bytes:
    """The message of one piece: as it stood where it was read and not changed."""
    if piece.encoded is not None:
        return piece.encoded
    out = encode_field(1, piece.piece.encode("utf-8")) + b"\x15" + struct.pack("<f", piece.score)
    if piece.type != PieceType.NORMAL:
        out += b"\x18" + encode_varint(piece.type)
    return out + piece.rest
