"""A tokenizer.json as arrays: the vocabulary and the merges, which are nearly all of it, never become Python objects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _core
from ..errors import FormatError
from .definition import Strings

_BEFORE, _AFTER = b'{"model":{"vocab":', b"}}"  # make a tokenizer.json of a vocabulary


@dataclass(frozen=True, eq=False)
class ScannedJson:
    """`document` is the JSON with null in place of model.vocab and model.merges where these are objects and arrays."""

    document: Any
    tokens: Strings | None  # None: there is no model.vocab
    ids: np.ndarray | None  # uint32 [tokens] where model.vocab is an object; of two equal tokens the later one is kept
    scores: np.ndarray | None  # float64 [tokens] where it is an array of [piece, score]
    merges: Strings | None  # None: there is no model.merges
    merges_are_pairs: bool  # two strings for each merge, else one: "left right"


def scan(data: bytes, where: object) -> ScannedJson:
    """Raises `FormatError` with the line and column of what is malformed, or with the name that comes twice."""
    return _scan(data, where)


def scan_vocabulary(data: bytes, where: object) -> tuple[Strings, np.ndarray]:
    """A document that is a vocabulary and nothing else, {token: id, ...}: the tokens, and their ids as uint32."""
    scanned = _scan(data, where, _BEFORE, _AFTER)
    if scanned.tokens is None or scanned.ids is None or scanned.document != {"model": {"vocab": None}}:
        raise FormatError(where, "must be an object of tokens and their ids")
    return scanned.tokens, scanned.ids


@dataclass(frozen=True, eq=False)
class KeptJson:
    """A tokenizer.json with some of its tokens, in parts. What stays stands as it stood."""

    skeleton: bytes  # the document with null for the two
    vocab: bytes | None
    count: int  # how many tokens `vocab` has
    merges: bytes | None


def keep_tokens(data: bytes, new_ids: np.ndarray, merges: np.ndarray) -> KeptJson:
    """`data` is one that `scan` takes. `new_ids`: int64 by old id, -1 where the token goes. `merges`: bool [merges], whether
    each stays; strings that begin with #version are no merges."""
    return KeptJson(*_core.keep_tokens(data, new_ids, merges))


def keep_vocabulary(data: bytes, new_ids: np.ndarray) -> tuple[bytes, int]:
    """The same for data that `scan_vocabulary` takes: the document, and how many tokens it has."""
    kept = keep_tokens(_BEFORE + data + _AFTER, new_ids, np.zeros(0, bool))
    start, end = len(data) - len(data.lstrip()), len(data.rstrip())
    return data[:start] + kept.vocab + data[end:], kept.count


def _scan(data: bytes, where: object, before: bytes = b"", after: bytes = b"") -> ScannedJson:
    try:
        skeleton, tokens, ids, scores, merges, are_pairs = _core.read_tokenizer_json(before + data + after)
    except ValueError as error:
        problem, offset = error.args
        raise FormatError(where, f"{_place(data, min(max(0, offset - len(before)), len(data)))}: {problem}") from error
    try:
        document = json.loads(skeleton, object_pairs_hook=_unique, parse_float=_core.parse_json_number)
    except ValueError as error:
        raise FormatError(where, str(error)) from error
    tokens, merges = (None if block is None else Strings(*block) for block in (tokens, merges))
    return ScannedJson(document, tokens, ids, scores, merges, are_pairs)


def resolve_merges(
    tokens: Strings, ids: np.ndarray, merges: Strings, are_pairs: bool, prefix: str, where: object
) -> tuple[np.ndarray, np.ndarray]:
    """Merges as ids: uint32 [merges, 2] and what each becomes, uint32 [merges].

    The right part loses as many bytes as `prefix` has before it is appended to the left one, whatever they are.
    """
    size = len(prefix.encode("utf-8"))
    try:
        return _core.resolve_merges(tokens.data, tokens.offsets, ids, merges.data, merges.offsets, are_pairs, size)
    except ValueError as error:
        raise FormatError(where, str(error)) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} comes twice in one object")
    return members


def _place(data: bytes, offset: int) -> str:
    """Line and column, both from 1, the column in bytes."""
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    return f"line {line}, column {column}"
