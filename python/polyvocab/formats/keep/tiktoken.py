"""Rank files: the ids of the tokens that stay are their new ranks. Which other tokens there are says tokenizer_config.json."""

from __future__ import annotations

from ..definition import Ranks
from ..tiktoken import read_ranks
from .kept import Kept


def keep(data: bytes, ranks: Ranks, kept: Kept) -> bytes:
    """`ranks` are those of `data`, and tokens of the vocabulary with the same ids."""
    new_ids, out = kept.new_ids.tolist(), []
    lines = (line for line in data.splitlines(keepends=True) if line.strip())
    for line, old in zip(lines, ranks.ids.tolist(), strict=True):
        new = new_ids[old]
        if new >= 0:
            written = line.rstrip()
            out.append(written.rstrip(b"0123456789") + b"%d" % new + line[len(written) :])
    return b"".join(out)


def keep_beside(data: bytes, kept: Kept, where: object) -> bytes:
    """A rank file beside a file that defines the ids. Raises `FormatError` where it gives others."""
    ranks = read_ranks(data, where)
    kept.old.require_same(ranks.tokens.byte_texts(), ranks.ids.tolist(), where)
    return keep(data, ranks, kept)
