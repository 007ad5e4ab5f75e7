"""vocab.txt: the lines of the tokens that stay."""

from __future__ import annotations

from ...errors import FormatError
from ..vocab_txt import read_vocabulary
from .kept import Kept


def keep(data: bytes, kept: Kept, where: object) -> bytes:
    """Lines as they stand, with the white space at their ends. Raises `FormatError` where the number of a line would not be
    the new id of its token."""
    tokens, ids = read_vocabulary(data, where)
    kept.old.require_same(tokens.texts(), ids.tolist(), where)
    chosen = sorted(old for old in ids.tolist() if kept.new_ids[old] >= 0)
    for number, old in enumerate(chosen):
        if kept.new_ids[old] != number:
            raise FormatError(
                where,
                f"the token {kept.old.tokens[old]!r} would stand in line {number}, and its id is {kept.new_ids[old]}: a token "
                "that is in another file has a smaller id",
            )
    lines = data.split(b"\n")
    ends = b"\n" if lines[-1] == b"" or (chosen and not lines[chosen[-1]].strip()) else b""
    return b"\n".join(lines[old] for old in chosen) + ends
