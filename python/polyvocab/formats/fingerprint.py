"""The identity of a tokenizer: a hash of all that decides its ids and its texts, whatever file it came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from .definition import TokenizerDefinition

# Truncation and padding are settings of a call that `tokenizers` happens to save; `origin` is where the file lay, `trainer` how
# its pieces were learned.
_LEFT_OUT = frozenset(["truncation", "padding", "origin", "trainer"])


def fingerprint(definition: TokenizerDefinition) -> str:
    """SHA-256: two tokenizers with equal fingerprints give equal ids for every text."""
    digest = hashlib.sha256()
    _add(digest, definition)
    return digest.hexdigest()


def _add(digest: Any, value: Any) -> None:
    if is_dataclass(value):
        for field in fields(value):
            if field.name not in _LEFT_OUT:
                _add_bytes(digest, field.name.encode())
                _add(digest, getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        portable = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        _add_bytes(digest, f"{portable.dtype.str} {portable.shape}".encode())
        _add_bytes(digest, portable.tobytes())
    elif isinstance(value, bytes):
        _add_bytes(digest, value)
    elif isinstance(value, tuple):
        _add_bytes(digest, f"{len(value)} parts".encode())
        for part in value:
            _add(digest, part)
    else:
        _add_bytes(digest, json.dumps(value, sort_keys=True).encode())


def _add_bytes(digest: Any, data: bytes) -> None:
    digest.update(len(data).to_bytes(8, "little") + data)
