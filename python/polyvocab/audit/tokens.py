"""The tokens of a tokenizer: which no text can produce, and which its frame calls by a wrong id."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import UnsupportedComponent
from ..formats.components import components
from ..formats.definition import Bpe, Ranks, TokenizerDefinition
from ..trim.certificate import certify
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


def exactness(before: TokenizerDefinition, after: TokenizerDefinition, where: str) -> Iterator[Finding]:
    """What is not proven of the trim: kept tokens of a BPE whose parts were dropped, so that text made of kept tokens alone is
    cut in another way than before; what a Unigram would need to be sure; bytes and special tokens that are gone."""
    try:
        parts = Parts.of(before)
    except UnsupportedComponent:
        return
    left = set(after.model.tokens) | {token.content.encode("utf-8") for token in after.added_tokens}
    named = [*zip(before.model.ids.tolist(), before.model.tokens, strict=True)]
    named += [(token.id, token.content.encode("utf-8")) for token in before.added_tokens]
    certificate = certify(before, np.unique(np.array([i for i, token in named if token in left], np.int64)), parts)
    if not certificate.proven:
        count, broken = len(certificate.violations), list(certificate.violations.values())
        problem = f"{count:,} tokens of the original break its being exact ({certificate.condition}): {examples(broken)}"
        yield Finding("closure", where, problem, before.model.kind != "unigram")


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
