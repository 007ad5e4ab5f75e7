"""vocab.json and merges.txt."""

from __future__ import annotations

from itertools import compress

import numpy as np

from ...errors import FormatError
from .. import json_scan
from ..definition import Bpe, TokenizerDefinition
from ..vocab_merges import lines
from .kept import Kept
from .merges import stay


def keep_vocabulary(data: bytes, kept: Kept, where: object) -> bytes:
    tokens, ids = json_scan.scan_vocabulary(data, where)
    kept.old.require_same(tokens.texts(), ids.tolist(), where)
    chosen, count = json_scan.keep_vocabulary(data, kept.new_ids)
    if count != np.count_nonzero(kept.new_ids[ids] >= 0):
        raise FormatError(where, "names a token twice with different ids: remove one of them")
    return chosen


def keep_lines(data: bytes, definition: TokenizerDefinition, kept: Kept, where: object) -> bytes:
    """The merges of tokens that stay, as they stand; `#version` too. `definition` is that of the file that gives the ids."""
    model = definition.model
    if not isinstance(model, Bpe):
        raise FormatError(where, f"the tokenizer beside it has no merges, its model is a {model.kind}: remove what is stale")
    prefix = model.continuing_subword_prefix or ""
    merges, merged = json_scan.resolve_merges(model.tokens, model.ids, lines(data, where), False, prefix, where)
    stored = data.split(b"\n")
    is_merge = np.array([not line.startswith(b"#version") for line in stored])
    is_kept = np.ones(len(stored), bool)
    is_kept[np.flatnonzero(is_merge)[: len(merged)]] = stay(merges, merged, kept)
    return b"\n".join(compress(stored, is_kept.tolist()))
