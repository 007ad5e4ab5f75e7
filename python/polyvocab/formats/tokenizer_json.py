"""tokenizer.json, the format of Hugging Face `tokenizers`: read into a `Vocabulary` or a definition, and written."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import FormatError
from . import added_tokens, json_models, json_scan
from .definition import TokenizerDefinition
from .definition_vocabulary import vocabulary
from .fields import Fields
from .vocabulary import Vocabulary

BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_COMPONENTS = ("normalizer", "pre_tokenizer", "post_processor", "decoder")
_MEMBERS = frozenset(["version", "truncation", "padding", "added_tokens", "model", *_COMPONENTS])


def dump(document: dict[str, Any]) -> bytes:
    """The document as `tokenizers` itself lays it out: two spaces, no escapes."""
    return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8")


def read(data: bytes, where: object = "tokenizer.json") -> Vocabulary:
    """The vocabulary of a tokenizer.json. Raises as `read_definition` does."""
    return vocabulary(read_definition(data, where))


def read_definition(data: bytes, where: object = "tokenizer.json") -> TokenizerDefinition:
    """The tokenizer of a tokenizer.json in any form that the reference library loads, files without types included.

    Raises `FormatError` naming the line or the member that is wrong. Stricter than the reference library: a name that
    appears twice in an object, two tokens with one id, and two added tokens with one id are refused, because they leave
    open what holds. The components are looked into only where the tokenizer is built from them.
    """
    scanned = json_scan.scan(data, where)
    top = Fields(scanned.document, where, "")
    for name in top.members:
        if name not in _MEMBERS:
            raise FormatError(where, f"{name!r} is no member of a tokenizer.json")
    if top.string("version", "1.0") != "1.0":
        raise FormatError(where, f"the version is {top.members['version']!r}: only 1.0 is known")
    model = json_models.build(Fields(top.object("model"), where, "model"), scanned)
    added = added_tokens.read_declared(top.list("added_tokens", []), where)
    return TokenizerDefinition(
        model=model,
        engine="hf",
        **{name: top.object(name, None) for name in _COMPONENTS},
        added_tokens=added_tokens.with_final_ids(added, model, where),
        truncation=_truncation(top.object("truncation", None), where),
        padding=_padding(top.object("padding", None), where),
        origin=str(where),
    )


def _truncation(value: dict | None, where: object) -> dict | None:
    if value is None:
        return None
    members = Fields(value, where, "truncation")
    return {
        "direction": members.choice("direction", ("Left", "Right"), "Right"),
        "max_length": members.integer("max_length", limit=2**64),
        "strategy": members.choice("strategy", ("LongestFirst", "OnlyFirst", "OnlySecond")),
        "stride": members.integer("stride", limit=2**64),
    }


def _padding(value: dict | None, where: object) -> dict | None:
    if value is None:
        return None
    members = Fields(value, where, "padding")
    strategy = value.get("strategy")
    if isinstance(strategy, dict) and list(strategy) == ["Fixed"]:
        strategy = {"Fixed": Fields(strategy, where, "padding.strategy").integer("Fixed", limit=2**64)}
    else:
        strategy = members.choice("strategy", ("BatchLongest",))
    return {
        "strategy": strategy,
        "direction": members.choice("direction", ("Left", "Right")),
        "pad_to_multiple_of": members.integer("pad_to_multiple_of", None, limit=2**64),
        "pad_id": members.integer("pad_id"),
        "pad_type_id": members.integer("pad_type_id"),
        "pad_token": members.string("pad_token"),
    }
