"""vocab.json and merges.txt."""

from __future__ import annotations

from itertools import compress

import numpy as np

from .. import json_layout
from ..definition import Strings
from ..json_scan import resolve_merges, scan_vocabulary
from ..vocab_merges import lines
from .kept import Kept
from .tokenizer_json import keep_merges


def keep_vocabulary(data: bytes, kept: Kept, where: object) -> bytes:
    scan_vocabulary(data, where)  # names what is malformed
    vocab = json_layout.parse(data, where)
    for token, old in vocab.items():
        kept.require_same(token, old, where)
    new_ids = kept.new_ids.tolist()
    chosen = {token: new for token, old in vocab.items() if (new := new_ids[old]) >= 0}
    return json_layout.render(chosen, json_layout.Layout.of(data))


def keep_lines(data: bytes, kept: Kept, where: object) -> bytes:
    """The merges of tokens that stay, as they stand; `#version` too."""
    ids = np.array([i for i, token in enumerate(kept.old.tokens) if token is not None], np.uint32)
    tokens = Strings.of(kept.old.tokens[i] for i in ids.tolist())
    merges, merged = resolve_merges(tokens, ids, lines(data, where), False, "", where)
    stored = data.split(b"\n")
    is_merge = np.array([not line.startswith(b"#version") for line in stored])
    is_kept = np.ones(len(stored), bool)
    is_kept[np.flatnonzero(is_merge)[: len(merged)]] = keep_merges(merges, merged, kept)
    return b"\n".join(compress(stored, is_kept.tolist()))
