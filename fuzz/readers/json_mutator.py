"""Mutations of a JSON document that leave it one: a value is dropped, or replaced by one of another kind."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import atheris

_NUMBERS = (0, 1, -1, 2**32, 2**64, 0.5, 1e300)
_STRINGS = ("", "a", "ab", "▁", "é", "\0", "(", "BAAAAAAAAABh", "NFC", "Sequence", "ByteLevel", "Metaspace", "Replace")
_VALUES = (
    None,
    True,
    False,
    *_NUMBERS,
    *_STRINGS,
    [],
    {},
    [[]],
    ["a", "b"],
    [["a", 0.0]],
    {"a": 0},
    {"Regex": "a+"},
    {"String": ""},
)


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """The data, changed; as libFuzzer itself does it where they are no JSON, and now and then elsewhere."""
    rng = random.Random(seed)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return atheris.Mutate(data, max_size)
    places = list(_places(document))
    if rng.random() < 0.3 or not places:
        return atheris.Mutate(data, max_size)
    for _ in range(rng.randint(1, 3)):
        parent, key = rng.choice(places)
        other, other_key = rng.choice(places)
        try:
            if rng.random() < 0.3:
                del parent[key]
            else:
                parent[key] = copy.deepcopy(other[other_key] if rng.random() < 0.5 else rng.choice(_VALUES))
        except (IndexError, KeyError):  # gone with a mutation before
            continue
    changed = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return changed if len(changed) <= max_size else data


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every value of a document, by what holds it and its key there."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield node, key
        yield from _places(value)
