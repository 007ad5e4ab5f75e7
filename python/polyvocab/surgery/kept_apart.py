"""A head that the architecture ties, and the checkpoint keeps apart: T5 1.1, mT5 and their kin.

Their classes set `tie_word_embeddings` whatever config.json says, and `transformers` still loads two matrices where it finds
two that differ. So what config.json says and what is stored decide.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ..errors import FormatError
from .plan import Plan, Role
from .stored import StoredTensors


def kept_apart(found: Plan, stored: StoredTensors) -> Plan:
    """The plan with the head as a matrix of its own, where config.json says that nothing is tied and the head is stored with
    other values than the input; else the same plan."""
    claims = []
    for claim in found.claims:
        apart = set(stored.differing(claim))
        if claim.role is Role.TIED and apart and apart <= found.head and _says_untied(stored.path):
            names = tuple(name for name in claim.names if name not in found.head)
            claims.append(replace(claim, names=names, role=Role.INPUT))
            claims.append(replace(claim, names=tuple(n for n in claim.names if n in found.head), role=Role.OUTPUT))
        else:
            claims.append(claim)
    return replace(found, claims=tuple(claims))


def _says_untied(path: Path) -> bool:
    try:
        return json.loads((path / "config.json").read_bytes()).get("tie_word_embeddings") is False
    except (OSError, ValueError, AttributeError) as error:
        raise FormatError(path / "config.json", f"cannot be read: {error}") from error
