"""Rank files: lines with the ranks that are the new ids. Which other tokens there are says tokenizer_config.json."""

from __future__ import annotations

import base64
from dataclasses import replace

from ...errors import FormatError
from ..byte_alphabet import BYTE_OF_CHARACTER
from ..definition import AddedToken, Bpe
from ..tiktoken import read_ranks
from .merging import require_every_pair
from .placed import Placed

_SPECIAL = AddedToken(0, "", normalized=False, special=True)


def append(data: bytes, placed: Placed, where: object) -> bytes:
    """The ranks of the new tokens are the largest: they merge after all old ones, wherever two neighbours make one."""
    if placed.new.scores is not None:
        raise FormatError(where, "a rank file has no scores")
    if odd := next((t for t in placed.new.added if replace(t, id=0) != replace(_SPECIAL, content=t.content)), None):
        raise FormatError(where, f"the added token {odd.content!r} must be special and without flags: tiktoken knows no others")
    ending = b"\r\n" if data.partition(b"\n")[0].endswith(b"\r") else b"\n"
    lines = [base64.b64encode(_bytes(token, where)) + b" %d" % placed.ids[token] for token in placed.new.tokens]
    if not lines:
        return data
    return data + (b"" if data.endswith(b"\n") else ending) + ending.join(lines) + ending


def append_beside(data: bytes, placed: Placed, where: object) -> bytes:
    """A rank file beside a file that defines the ids. Raises `FormatError` where it gives others, or would merge others."""
    ranks = read_ranks(data, where)
    placed.old.require_same(ranks.tokens.byte_texts(), ranks.ids.tolist(), where)
    if not isinstance(placed.definition.model, Bpe):
        raise FormatError(where, f"the tokenizer beside it is a {placed.definition.model.kind}: remove what is stale")
    require_every_pair(placed, where)
    return append(data, placed, where)


def _bytes(token: str, where: object) -> bytes:
    try:
        return bytes(BYTE_OF_CHARACTER[character] for character in token)
    except KeyError as error:
        raise FormatError(where, f"the new token {token!r} is not spelled in the alphabet of bytes") from error
