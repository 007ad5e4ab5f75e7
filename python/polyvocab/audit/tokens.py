"""The tokens of a tokenizer: which no text can produce, and which its frame calls by a wrong id."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import UnsupportedComponent
from ..formats.components import components
from ..formats.definition import Bpe, Ranks, TokenizerDefinition
from ..trim.parts import Kind, Parts
from ..trim.selection import dead_tokens
from .finding import Finding, examples


def dead(definition: TokenizerDefinition, where: str) -> Iterator[Finding]:
    """Tokens whose rows are for nothing. Where merges were dropped with a part, the tokens above it are among them."""
    try:
        parts = Parts.of(definition)
    except UnsupportedComponent:
        return
    never = dead_tokens(definition, parts)
    if len(never):
        share = len(never) / len(definition.model.ids)
        yield Finding(
            "dead token", where, f"{len(never):,} tokens ({share:.1%}) come out of no text: {_names(definition, never)}", False
        )
    only_words = np.flatnonzero(parts.kinds == Kind.NEVER) if _takes_whole_words(definition) else np.zeros(0, np.int64)
    if len(only_words):
        shown = _names(definition, only_words)
        yield Finding("dead token", where, f"{len(only_words):,} tokens come out of whole words alone: {shown}", False)


def closure(before: TokenizerDefinition, after: TokenizerDefinition, where: str) -> Iterator[Finding]:
    """Tokens of a trimmed BPE whose parts were dropped: text made of kept tokens alone is cut in another way than before."""
    try:
        parts = Parts.of(before)
    except UnsupportedComponent:
        return
    left = set(after.model.tokens)
    kept = np.zeros(len(parts), bool)
    kept[[i for i, token in zip(before.model.ids.tolist(), before.model.tokens, strict=True) if token in left]] = True
    lost = parts.needs.closure(kept) & ~kept
    owners = np.repeat(np.arange(len(parts)), np.diff(parts.needs.indptr))
    broken = np.unique(owners[kept[owners] & lost[parts.needs.items]])
    if len(broken):
        yield Finding(
            "closure",
            where,
            f"{len(broken):,} kept tokens lost a part that they are merged from ({lost.sum():,} tokens are missing): "
            f"{_names(before, broken)}",
        )


def frame(definition: TokenizerDefinition, where: str) -> Iterator[Finding]:
    """The ids that the post-processor and the padding put around texts, against the tokens that they name."""
    given = {token.content: token.id for token in definition.added_tokens}
    named: list[tuple[str, str, int]] = []
    for part in components(definition.post_processor):
        named += [("post_processor", part[end][0], int(part[end][1])) for end in ("sep", "cls") if end in part]
        for special in (part.get("special_tokens") or {}).values():
            named += [("post_processor", t, i) for t, i in zip(special["tokens"], special["ids"], strict=False)]
    if definition.padding is not None:
        named.append(("padding", definition.padding["pad_token"], int(definition.padding["pad_id"])))
    positions = definition.model.tokens.find(token for _, token, _ in named)
    for (place, token, i), position in zip(named, positions, strict=True):
        actual = given.get(token, int(definition.model.ids[position]) if position >= 0 else None)
        if actual != i:
            is_there = f"which is {actual}" if actual is not None else "which is no token"
            yield Finding("wrong id", f"{where}: {place}", f"puts {i} for {token!r}, {is_there}")


def _takes_whole_words(definition: TokenizerDefinition) -> bool:
    return isinstance(definition.model, Ranks) or (isinstance(definition.model, Bpe) and definition.model.ignore_merges)


def _names(definition: TokenizerDefinition, ids: np.ndarray) -> str:
    name = dict(zip(definition.model.ids.tolist(), definition.model.tokens, strict=True))
    return examples([f"{name[i].decode('utf-8', 'backslashreplace')!r} ({i})" for i in ids.tolist() if i in name])
