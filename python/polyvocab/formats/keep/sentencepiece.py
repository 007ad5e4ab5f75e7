"""SentencePiece `.model`: pieces are taken out of the file, everything else stays byte for byte.

Besides the pieces these change: in the trainer's specification the size of the vocabulary and the ids of the role pieces;
the samples with which the library tests a model when it loads it, where their pieces are gone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...errors import FormatError
from ..definition import TokenizerDefinition
from ..protobuf import encode_field, encode_varint, fields
from ..sentencepiece import TRAINER_SPEC, PieceType, Scanned, role_ids, scan
from .kept import Kept

_SELF_TEST, _SAMPLE, _EXPECTED = 4, 1, 2
_VOCAB_SIZE = 4
_ROLE_FIELDS = {40: "unk_id", 41: "bos_id", 42: "eos_id", 43: "pad_id"}
_ORDINARY = (PieceType.NORMAL, PieceType.USER_DEFINED, PieceType.UNUSED, PieceType.BYTE)


def keep(data: bytes, kept: Kept, where: object) -> bytes:
    """A model whose ids are those of the vocabulary."""
    model = scan(data, where)
    return _rewritten(data, model, kept.new_ids >= 0, where)


def keep_beside(data: bytes, definition: TokenizerDefinition, kept: Kept, where: object) -> bytes:
    """A model beside a file with this definition, which gives the ids: its pieces go with the tokens of the same string, a
    piece that is no token stays. Raises `FormatError` where the distance between the two ids of a piece would change: the
    programs that read the model know it (XLM-R: 1)."""
    model = scan(data, where)
    found = definition.model.tokens.positions(model.pieces)
    old = np.where(found >= 0, definition.model.ids.astype(np.int64)[found], -1)
    for i in np.flatnonzero(found < 0).tolist():
        old[i] = kept.old_ids.get(model.pieces[i].decode(), -1)
    new = np.where(old >= 0, kept.new_ids[old], -1)
    is_kept = (old < 0) | (new >= 0)
    ordinary = (old >= 0) & np.isin(model.types, _ORDINARY)
    distances, counts = np.unique((old - np.arange(len(old)))[ordinary], return_counts=True)
    if len(counts) and 2 * counts.max() > ordinary.sum():
        distance = distances[counts.argmax()]
        aligned = ordinary & is_kept & (old - np.arange(len(old)) == distance)
        moved = np.flatnonzero(aligned & (new - (np.cumsum(is_kept) - 1) != distance))
        if len(moved):
            i = int(moved[0])
            place = int(is_kept[:i].sum())
            raise FormatError(
                where,
                f"a piece's id is {distance} less than its token's in {kept.old.origin}; with these tokens "
                f"{model.pieces[i].decode()!r} would be piece {place} and token {new[i]}: keep the special tokens before it",
            )
    return _rewritten(data, model, is_kept, where)


def _rewritten(data: bytes, model: Scanned, is_kept: np.ndarray, where: object) -> bytes:
    _require(model, is_kept, where)
    stretches = [(b, e, None) for b, e in _joined(model.places[is_kept])]
    for begin, end in model.others.tolist():
        stretches += ((first, last, number) for number, _, _, first, last in fields(data, begin, end, where))
    stretches.sort()
    parts = []
    for begin, end, number in stretches:
        if number == TRAINER_SPEC:
            parts.append(_trainer(data, begin, end, model, is_kept, where))
        elif number == _SELF_TEST:
            parts.append(_self_test(data, begin, end, model, is_kept, where))
        else:
            parts.append(data[begin:end])
    return b"".join(parts)


def _joined(places: np.ndarray) -> Iterator[tuple[int, int]]:
    """Neighbouring stretches as one. uint64 [stretches, 2]"""
    begins, ends = places[:, 0], places[:, 1]
    is_first = np.ones(len(begins), bool)
    is_first[1:] = begins[1:] != ends[:-1]
    is_last = np.roll(is_first, -1)
    return zip(begins[is_first].tolist(), ends[is_last].tolist(), strict=True)


def _require(model: Scanned, is_kept: np.ndarray, where: object) -> None:
    """The pieces that the library cannot do without, and those that the specification names."""
    needed = {i: f"its {role.removesuffix('_id')} piece" for role, i in role_ids(model, where).items() if i is not None}
    needed |= dict.fromkeys(np.flatnonzero(model.types == PieceType.UNKNOWN).tolist(), "its unknown piece")
    if model.byte_fallback:
        needed |= dict.fromkeys(np.flatnonzero(model.types == PieceType.BYTE).tolist(), "a piece of its byte fallback")
    for i, role in sorted(needed.items()):
        if not is_kept[i]:
            raise FormatError(where, f"piece {i}, {model.pieces[i].decode()!r}, is {role} and is not kept: keep it")
    if not np.isin(model.types[is_kept], (PieceType.NORMAL, PieceType.USER_DEFINED, PieceType.UNUSED)).any():
        raise FormatError(where, "no piece that text is cut into is kept")


def _trainer(data: bytes, begin: int, end: int, model: Scanned, is_kept: np.ndarray, where: object) -> bytes:
    """Only numbers that change are written anew."""
    ((_, wire, value, _, _),) = fields(data, begin, end, where)
    if wire != 2:
        return data[begin:end]
    new_ids = np.cumsum(is_kept) - 1
    roles = role_ids(model, where)
    parts, is_changed = [], False
    for number, kind, content, first, last in fields(data, value, end, where):
        new = content
        if kind == 0 and number == _VOCAB_SIZE:
            new = int(is_kept.sum())
        elif kind == 0 and number in _ROLE_FIELDS and roles[_ROLE_FIELDS[number]] == content:
            new = int(new_ids[content])
        is_changed |= new != content
        parts.append(data[first:last] if new == content else encode_varint(number << 3) + encode_varint(new))
    return encode_field(TRAINER_SPEC, b"".join(parts)) if is_changed else data[begin:end]


def _self_test(data: bytes, begin: int, end: int, model: Scanned, is_kept: np.ndarray, where: object) -> bytes:
    """The library, up to its version 0.2.0, refuses a model whose samples come out otherwise. What the merges of a BPE make
    of other pieces is not known here, so its samples go where any piece goes."""
    ((_, wire, value, _, _),) = fields(data, begin, end, where)
    if wire != 2 or is_kept.all():
        return data[begin:end]
    kept = {model.pieces[i] for i in np.flatnonzero(is_kept).tolist()}
    parts = []
    for number, kind, content, first, last in fields(data, value, end, where):
        if number == _SAMPLE and kind == 2:
            members = fields(data, content, last, where)
            expected = [data[at:stop] for name, form, at, _, stop in members if name == _EXPECTED and form == 2]
            if model.algorithm == "bpe" or not kept.issuperset(piece for text in expected for piece in text.split(b" ")):
                continue
        parts.append(data[first:last])
    return encode_field(_SELF_TEST, b"".join(parts))
