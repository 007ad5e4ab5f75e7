"""vocab.json and merges.txt."""

from __future__ import annotations

from itertools import compress

import numpy as np

from ...errors import FormatError
from .. import json_scan
from ..definition import Strings
from ..vocab_merges import lines
from .kept import Kept
from .merges import stay


def keep_vocabulary(data: bytes, kept: Kept, where: object) -> bytes:
    tokens, ids = json_scan.scan_vocabulary(data, where)
    kept.require_same(tokens.texts(), ids.tolist(), where)
    chosen, count = json_scan.keep_vocabulary(data, kept.new_ids)
    if count != np.count_nonzero(kept.new_ids[ids] >= 0):
        raise FormatError(where, "names a token twice with different ids: remove one of them")
    return chosen


def keep_lines(data: bytes, kept: Kept, where: object) -> bytes:
    """The merges of tokens that stay, as they stand; `#version` too."""
    ids = np.array([i for i, token in enumerate(kept.old.tokens) if token is not None], np.uint32)
    tokens = Strings.of(kept.old.tokens[i] for i in ids.tolist())
    merges, merged = json_scan.resolve_merges(tokens, ids, lines(data, where), False, "", where)
    stored = data.split(b"\n")
    is_merge = np.array([not line.startswith(b"#version") for line in stored])
    is_kept = np.ones(len(stored), bool)
    is_kept[np.flatnonzero(is_merge)[: len(merged)]] = stay(merges, merged, kept)
    return b"\n".join(compress(stored, is_kept.tolist()))
