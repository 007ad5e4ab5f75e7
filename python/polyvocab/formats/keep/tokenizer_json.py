"""tokenizer.json: the model, its merges, and every id around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress
from typing import Any

import numpy as np

from ...errors import FormatError
from .. import byte_alphabet, json_layout
from ..definition import Bpe, Ranks, TokenizerDefinition
from ..tokenizer_json import components
from .kept import Kept


def keep(data: bytes, definition: TokenizerDefinition, kept: Kept, where: object) -> bytes:
    """`definition` is that of `data`. Raises `FormatError` where a component needs a token that is not kept, and where
    the library would number the tokens otherwise."""
    document = json_layout.parse(data, where)
    model = document["model"]
    _keep_model(model, definition, kept, where)
    added = [token for token in document.get("added_tokens") or [] if kept.new_ids[kept.old_ids[token["content"]]] >= 0]
    for token in added:
        token["id"] = int(kept.new_ids[kept.old_ids[token["content"]]])
    if "added_tokens" in document:
        document["added_tokens"] = added
    require_next_ids((token["content"] for token in added), definition, kept, where)
    for part in components(document.get("post_processor")):
        _renumber(part, kept, where)
    if document.get("padding") is not None:
        padding = document["padding"]
        padding["pad_id"] = kept.new_id(padding["pad_id"], "padding.pad_id", where)
    return json_layout.render(document, json_layout.Layout.of(data))


def require_final_ids(definition: TokenizerDefinition, kept: Kept, where: object) -> None:
    """Raises `FormatError` where the vocabulary that a file declares is not the one that loading it gives."""
    model = definition.model
    strings = map(byte_alphabet.spelled, model.tokens) if isinstance(model, Ranks) else model.tokens.texts()
    tokens = dict(zip(model.ids.tolist(), strings, strict=True))
    for token in definition.added_tokens:
        if tokens.setdefault(token.id, token.content) != token.content:
            raise FormatError(where, f"loading it gives {tokens[token.id]!r} and {token.content!r} the same id {token.id}")
    declared = {i: token for i, token in enumerate(kept.old.tokens) if token is not None}
    if tokens != declared:
        i = next(i for i in sorted(tokens.keys() | declared.keys()) if tokens.get(i) != declared.get(i))
        raise FormatError(
            where,
            f"declares {declared.get(i)!r} with the id {i}, loading it gives {tokens.get(i)!r}: save it anew with the library "
            "that loads it, then keep tokens of the result",
        )


def require_next_ids(added: Iterable[str], definition: TokenizerDefinition, kept: Kept, where: object) -> None:
    """The library numbers added tokens that are no tokens of the model behind it, in their order in the file. Raises
    `FormatError` where that is not the order of the old ids."""
    in_model = set(definition.model.ids.tolist())
    next_id = int((kept.new_ids[definition.model.ids] >= 0).sum())
    for content in dict.fromkeys(added):
        old = kept.old_ids[content]
        if old in in_model:
            continue
        if kept.new_ids[old] != next_id:
            raise FormatError(
                where,
                f"the added token {content!r} (id {old}) would get the id {next_id}, not {kept.new_ids[old]}: the library "
                "counts added tokens from the number of the model's tokens, which cannot keep the order of these ids",
            )
        next_id += 1


def keep_merges(merges: np.ndarray, merged: np.ndarray, kept: Kept) -> np.ndarray:
    """bool [merges]: those of which both parts and the result are kept. `merges` [merges, 2], `merged` [merges]: old ids."""
    return (kept.new_ids[merges] >= 0).all(axis=1) & (kept.new_ids[merged] >= 0)


def _keep_model(model: dict[str, Any], definition: TokenizerDefinition, kept: Kept, where: object) -> None:
    vocab = model["vocab"]
    if isinstance(vocab, list):
        model["vocab"] = list(compress(vocab, kept.new_ids[: len(vocab)] >= 0))
        if model.get("unk_id") is not None:
            model["unk_id"] = kept.new_id(model["unk_id"], "the unknown token", where)
        return
    new_ids = kept.new_ids.tolist()
    model["vocab"] = {token: new for token, old in vocab.items() if (new := new_ids[old]) >= 0}
    unknown = definition.model.unk_id
    if unknown is not None:
        kept.new_id(unknown, "the unknown token", where)
    if isinstance(definition.model, Bpe):
        chosen = keep_merges(definition.model.merges, definition.model.merged, kept).tolist()
        model["merges"] = list(_chosen_merges(model["merges"], chosen))


def _chosen_merges(merges: list, chosen: list[bool]) -> Iterator:
    """Entries that begin with #version are no merges, and stay."""
    if not merges or not isinstance(merges[0], str) or len(merges) == len(chosen):
        return compress(merges, chosen)
    following = iter(chosen)
    return (merge for merge in merges if merge.startswith("#version") or next(following))


def _renumber(part: dict[str, Any], kept: Kept, where: object) -> None:
    kind = part["type"]
    if kind in ("BertProcessing", "RobertaProcessing"):
        for name in ("sep", "cls"):
            part[name][1] = kept.new_id(part[name][1], f"post_processor.{name}", where)
    elif kind == "TemplateProcessing":
        used = {item["SpecialToken"]["id"] for name in ("single", "pair") for item in part[name] if "SpecialToken" in item}
        templates: dict[str, Any] = part["special_tokens"]
        part["special_tokens"] = {
            name: {**token, "ids": [kept.new_id(i, f"the template of post_processor, {name!r},", where) for i in token["ids"]]}
            for name, token in templates.items()
            if name in used or all(0 <= i < len(kept.new_ids) and kept.new_ids[i] >= 0 for i in token["ids"])
        }
