"""vocab.txt: lines behind the last one."""

from __future__ import annotations

from ...errors import FormatError
from ..vocab_txt import read_vocabulary
from .placed import Placed


def append(data: bytes, placed: Placed, where: object) -> bytes:
    """Raises `FormatError` where the number of a new line would not be the id of its token."""
    tokens, ids = read_vocabulary(data, where)
    placed.old.require_same(tokens.texts(), ids.tolist(), where)
    rows = placed.model_tokens()
    if not rows:
        return data
    ending = b"\r\n" if data.partition(b"\n")[0].endswith(b"\r") else b"\n"
    start = data if data.endswith(b"\n") else data + ending
    for number, (token, i) in enumerate(rows, start.count(b"\n")):
        if number != i:
            raise FormatError(
                where, f"the token {token!r} would stand in line {number}, and its id is {i}: a hole is before it"
            )
        if token != token.strip() or "\n" in token:
            raise FormatError(where, f"the token {token!r} has white space at its ends, which lines do not keep")
    return start + b"".join(token.encode("utf-8") + ending for token, _ in rows)
