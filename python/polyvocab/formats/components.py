"""What the components of a tokenizer.json show of its tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from .vocabulary import Spelling


def components(node: Any) -> Iterator[dict]:
    """Every component below a node of the document: sequences are opened, whatever they call their list."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for key in ("normalizers", "pretokenizers", "decoders", "processors"):
            for child in node.get(key) or []:
                yield from components(child)


def spelling(nodes: Iterable[Any], kind: str, prefix: str | None, suffix: str | None) -> Spelling:
    """The first mark that the pipeline shows: `nodes` are its normalizer, pre-tokenizer and decoder. Decoders count as well:
    they undo what the encoder marks."""
    parts = [component for node in nodes for component in components(node)]
    types = {part["type"] for part in parts}
    if kind == "wordpiece" or (kind == "bpe" and prefix):
        return Spelling.WORDPIECE
    if suffix:
        return Spelling.UNKNOWN
    if "ByteLevel" in types:
        return Spelling.BYTE_LEVEL
    replaces_space = any(part["type"] == "Replace" and "▁" in json.dumps(part, ensure_ascii=False) for part in parts)
    if "Metaspace" in types or replaces_space:
        return Spelling.METASPACE
    return Spelling.WORDS if kind == "wordlevel" else Spelling.UNKNOWN
