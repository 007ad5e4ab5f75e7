"""tokenizer.json: the model, its merges, and every id around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...errors import FormatError
from .. import json_layout, json_scan
from ..components import components
from ..definition import Bpe, Model, TokenizerDefinition
from ..json_layout import PART
from . import merges
from .kept import Kept


def keep(data: bytes, definition: TokenizerDefinition, kept: Kept, where: object) -> bytes:
    """`definition` is that of `data`. Raises `FormatError` where a component needs a token that is not kept, and where
    the library would number the tokens otherwise."""
    model = definition.model
    if model.unk_id is not None:
        kept.new_id(model.unk_id, "the unknown token", where)
    stays = merges.stay(model.merges, model.merged, kept) if isinstance(model, Bpe) else np.zeros(0, bool)
    parts = json_scan.keep_tokens(data, kept.new_ids, stays)
    if parts.count != np.count_nonzero(kept.new_ids[model.ids] >= 0):
        raise FormatError(where, "model.vocab names a token twice with different ids: remove one of them")
    document = json_layout.parse(parts.skeleton, where)
    try:
        _renumber(document, model, kept, where)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise FormatError(where, f"is malformed: {error!r}") from error
    written = {"vocab": parts.vocab, "merges": parts.merges}
    places = [name for name in document["model"] if written.get(name) is not None]
    document["model"] |= dict.fromkeys(places, PART)
    return json_layout.render(document, json_layout.Layout.of(data), [written[name] for name in places])


def _renumber(document: dict[str, Any], model: Model, kept: Kept, where: object) -> None:
    """Everything but the vocabulary and the merges, in place."""
    if document["model"].get("unk_id") is not None:
        document["model"]["unk_id"] = kept.new_id(document["model"]["unk_id"], "the unknown token", where)
    if "added_tokens" in document:
        added = [(token, kept.new_ids[kept.old_ids[token["content"]]]) for token in document["added_tokens"] or []]
        document["added_tokens"] = [{**token, "id": int(new)} for token, new in added if new >= 0]
        _require_next_ids((token["content"] for token in document["added_tokens"]), model, kept, where)
    for part in components(document.get("post_processor")):
        _renumber_post_processor(part, kept, where)
    if document.get("padding") is not None:
        padding = document["padding"]
        padding["pad_id"] = kept.new_id(padding["pad_id"], "padding.pad_id", where)


def _require_next_ids(added: Iterable[str], model: Model, kept: Kept, where: object) -> None:
    """The library numbers added tokens that are no tokens of the model behind it, in their order in the file. Raises
    `FormatError` where that is not the order of the old ids."""
    added = list(dict.fromkeys(added))
    old_ids = [kept.old_ids[content] for content in added]
    next_id = np.count_nonzero(kept.new_ids[model.ids] >= 0)
    for content, old, is_in_model in zip(added, old_ids, np.isin(old_ids, model.ids), strict=True):
        if is_in_model:
            continue
        if kept.new_ids[old] != next_id:
            raise FormatError(
                where,
                f"the added token {content!r} (id {old}) would get the id {next_id}, not {kept.new_ids[old]}: the library "
                "counts added tokens from the number of the model's tokens, which cannot keep the order of these ids",
            )
        next_id += 1


def _renumber_post_processor(part: dict[str, Any], kept: Kept, where: object) -> None:
    kind = part["type"]
    if kind in ("BertProcessing", "RobertaProcessing"):
        for name in ("sep", "cls"):
            part[name][1] = kept.new_id(part[name][1], f"post_processor.{name}", where)
    elif kind == "TemplateProcessing":
        used = {item["SpecialToken"]["id"] for name in ("single", "pair") for item in part[name] if "SpecialToken" in item}
        tokens = {name: token for name, token in part["special_tokens"].items() if name in used or kept.has(token["ids"])}
        for name, token in tokens.items():
            token["ids"] = [kept.new_id(i, f"the template of post_processor, {name!r},", where) for i in token["ids"]]
        part["special_tokens"] = tokens
