"""Rank files: the ids of the tokens that stay are their new ranks. Which other tokens there are says tokenizer_config.json."""

from __future__ import annotations

from .. import byte_alphabet
from ..tiktoken import read_ranks
from .kept import Kept


def keep(data: bytes, kept: Kept, where: object) -> bytes:
    ranks = read_ranks(data, where)
    for token, old in zip(ranks.tokens, ranks.ids.tolist(), strict=True):
        kept.require_same(byte_alphabet.spelled(token), old, where)
    new_ids, out = kept.new_ids.tolist(), []
    lines = (line for line in data.splitlines(keepends=True) if line.strip())
    for line, old in zip(lines, ranks.ids.tolist(), strict=True):
        new = new_ids[old]
        if new >= 0:
            written = line.rstrip()
            out.append(written.rstrip(b"0123456789") + b"%d" % new + line[len(written) :])
    return b"".join(out)
