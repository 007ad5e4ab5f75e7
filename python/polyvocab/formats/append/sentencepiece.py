"""SentencePiece `.model`: pieces are put behind the last one, everything else stays byte for byte.

Besides the pieces these change: in the trainer's specification the size of the vocabulary; the samples with which the library
tests a model when it loads it, where a new piece could change what comes out.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...errors import FormatError
from ..definition import Bpe
from ..protobuf import encode_field, encode_varint, fields
from ..sentencepiece import TRAINER_SPEC, PieceType, Scanned, SentencePiece, encode_piece, scan
from .merging import require_every_pair, scores_of
from .placed import Placed

_PIECE, _SELF_TEST, _SAMPLE, _EXPECTED = 1, 4, 1, 2
_VOCAB_SIZE = 4
_OF_TEXT = (PieceType.NORMAL, PieceType.USER_DEFINED, PieceType.UNUSED)


def append(data: bytes, placed: Placed, where: object) -> bytes:
    """A model whose ids are those of the vocabulary. A new special token becomes a control piece, which no text is cut into; a
    plain added token one that is matched in the text."""
    model, new = scan(data, where), placed.new
    pieces = _normal(model, placed, new.scores, where)
    for token in new.added:
        if token.single_word or token.lstrip or token.rstrip:
            raise FormatError(where, f"the added token {token.content!r} has flags that a SentencePiece model does not know")
        kind = PieceType.CONTROL if token.special else PieceType.USER_DEFINED
        if token.content in placed.ids:
            pieces.append(SentencePiece(token.content, 0.0, kind))
        elif model.types[placed.old.ids[token.content]] != kind:
            raise FormatError(where, f"{token.content!r} is a piece of another type, which is not changed: name another token")
    return _rewritten(data, model, pieces, where)


def append_beside(data: bytes, placed: Placed, where: object) -> bytes:
    """A model beside a file that gives the ids. Programs that read it know the distance between the ids of a piece and of its
    token (XLM-R: 1), so the tokens that have no piece and stand before the new ones (XLM-R's <mask>) become control pieces,
    which no text is cut into. Raises `FormatError` where there is no such distance.

    Of a BPE, whose file has merges, the scores follow from these: see `merging`.
    """
    if not placed.new.tokens:
        return data
    model = scan(data, where)
    scores = placed.new.scores
    if model.algorithm == "bpe":
        if not isinstance(placed.definition.model, Bpe):
            raise FormatError(where, f"merges pieces, and the tokenizer beside it is a {placed.definition.model.kind}")
        require_every_pair(placed, where)
        scores = scores_of(placed, _lowest_merged(model))
    between = placed.old.tokens[len(model.pieces) + _distance(model, placed, where) :]
    there = set(model.pieces.texts())
    for token in between:
        if token is None or token in there:
            problem = "there is a hole before them" if token is None else f"{token!r} is a piece with another id"
            raise FormatError(where, f"cannot have the new tokens at their ids: {problem}")
    fillers = [SentencePiece(token, 0.0, PieceType.CONTROL) for token in between]
    return _rewritten(data, model, fillers + _normal(model, placed, scores, where), where)


def _distance(model: Scanned, placed: Placed, where: object) -> int:
    """How much larger the id of a token is than that of its piece."""
    found = placed.definition.model.tokens.positions(model.pieces)
    ids = np.where(found >= 0, placed.definition.model.ids.astype(np.int64)[found], -1)
    distances = (ids - np.arange(len(ids)))[(ids >= 0) & np.isin(model.types, _OF_TEXT)]
    values, counts = np.unique(distances, return_counts=True)
    advice = "remove the model, or save the tokenizer anew with transformers"
    if not len(counts) or counts.max() < 0.99 * counts.sum():
        raise FormatError(where, f"its pieces stand at no fixed distance from the tokens of {placed.old.origin}: {advice}")
    distance = int(values[counts.argmax()])
    if len(model.pieces) + distance > len(placed.old):
        raise FormatError(where, f"has pieces that {placed.old.origin} does not have, where the new ones belong: {advice}")
    return distance


def _lowest_merged(model: Scanned) -> float:
    """The lowest score of a piece of several characters: by it the pieces are merged last. Single ones are never merged to."""
    several = np.fromiter((len(piece) > 1 for piece in model.pieces.texts()), bool, len(model.types))
    scores = model.scores[several & np.isin(model.types, _OF_TEXT)]
    return float(scores.min()) if len(scores) else 0.0


def _normal(model: Scanned, placed: Placed, scores: np.ndarray | None, where: object) -> list[SentencePiece]:
    """The tokens of the model. Raises `FormatError` for a BPE whose ids would not be in the order of its merges, by which
    converters number the merges."""
    tokens = placed.new.tokens
    if tokens and scores is None:
        raise FormatError(where, "a SentencePiece model needs the scores of the new tokens")
    values = np.zeros(0, np.float32) if scores is None else scores.astype(np.float32)
    if model.algorithm == "bpe" and (np.diff(values) > 0).any():
        raise FormatError(where, "the scores of the new tokens rise: those of a BPE are its order of merges, and ids follow it")
    return [SentencePiece(token, score) for token, score in zip(tokens, values.tolist(), strict=True)]


def _rewritten(data: bytes, model: Scanned, pieces: list[SentencePiece], where: object) -> bytes:
    if not pieces:
        return data
    last = int(model.places[-1, 1])
    parts, at = [], 0
    for number, wire, value, start, end in _others(data, model, where):
        if wire == 2 and number in (TRAINER_SPEC, _SELF_TEST):
            if at < last <= start:
                parts += [data[at:last], _encoded(pieces)]
                at = last
            rewrite = _trainer if number == TRAINER_SPEC else _self_test
            parts += [data[at:start], encode_field(number, rewrite(data, value, end, model, pieces, where))]
            at = end
    if at < last:
        parts += [data[at:last], _encoded(pieces)]
        at = last
    return b"".join([*parts, data[at:]])


def _encoded(pieces: Iterable[SentencePiece]) -> bytes:
    return b"".join(encode_field(_PIECE, encode_piece(piece)) for piece in pieces)


def _others(data: bytes, model: Scanned, where: object) -> Iterable[tuple[int, int, int, int, int]]:
    for begin, end in sorted(model.others.tolist()):
        yield from fields(data, begin, end, where)


def _trainer(data: bytes, begin: int, end: int, model: Scanned, pieces: list[SentencePiece], where: object) -> bytes:
    size = encode_varint(_VOCAB_SIZE << 3) + encode_varint(len(model.pieces) + len(pieces))
    members = fields(data, begin, end, where)
    return b"".join(size if (n, wire) == (_VOCAB_SIZE, 0) else data[first:last] for n, wire, _, first, last in members)


def _self_test(data: bytes, begin: int, end: int, model: Scanned, pieces: list[SentencePiece], where: object) -> bytes:
    """The library, up to its version 0.2.0, refuses a model whose samples come out otherwise: those with the string of a new
    piece go."""
    new = [piece.piece.encode("utf-8") for piece in pieces]
    parts = []
    for number, kind, content, first, last in fields(data, begin, end, where):
        if number == _SAMPLE and kind == 2:
            members = fields(data, content, last, where)
            texts = [data[at:stop].replace(b" ", b"") for n, form, at, _, stop in members if n == _EXPECTED and form == 2]
            if any(piece in text for text in texts for piece in new):
                continue
        parts.append(data[first:last])
    return b"".join(parts)
