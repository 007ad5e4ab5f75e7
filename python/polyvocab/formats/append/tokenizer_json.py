"""tokenizer.json: the model, its merges, and the added tokens."""

from __future__ import annotations

import numpy as np

from ...errors import FormatError
from .. import json_layout, json_scan
from ..definition import AddedToken, Bpe, Unigram
from ..json_layout import Layout, Verbatim
from . import lowest
from .placed import Placed
from .scores import spelled


def append(data: bytes, placed: Placed, where: object) -> bytes:
    """`data` is the file that the definition was read from. What stands in it stays, in its order and its layout."""
    model, new = placed.definition.model, placed.new
    everything = np.arange(len(placed.old))
    is_bpe = isinstance(model, Bpe)
    parts = json_scan.keep_tokens(data, everything, np.ones(len(model.merges) if is_bpe else 0, bool))
    document = json_layout.parse(parts.skeleton, where)
    layout = Layout.of(data)
    tokens = _pieces(placed, where) if isinstance(model, Unigram) else dict(placed.model_tokens())
    large = {"vocab": json_layout.lengthened(parts.vocab, tokens, layout, 2)}
    if parts.merges is not None:
        large["merges"] = json_layout.lengthened(parts.merges, _merges(data, placed, where), layout, 2)
    for name in large:
        document["model"][name] = json_layout.PART
    if new.added:
        document["added_tokens"] = _added(document.get("added_tokens") or [], placed)
    return json_layout.render(document, layout, [large[name] for name in document["model"] if name in large])


def _pieces(placed: Placed, where: object) -> list[list[str]]:
    """[piece, score] of what follows the old ones."""
    if placed.new.tokens and placed.new.scores is None:
        raise FormatError(where, "a Unigram needs the scores of the new tokens")
    scores = lowest.scores(placed, where)
    rows = [(token.id, token.content, scores[token.content]) for token in placed.moved]
    if placed.new.scores is not None:
        rows += zip(range(len(placed.old), len(placed.tokens)), placed.new.tokens, placed.new.scores.tolist(), strict=False)
    return [[token, Verbatim(spelled(score, where))] for _, token, score in sorted(rows)]


def _merges(data: bytes, placed: Placed, where: object) -> list[list[str]] | list[str]:
    """In the form that the file has them: pairs, or strings with a space between the parts."""
    new = placed.new.merges
    scanned = json_scan.scan(data, where)
    if scanned.merges_are_pairs or not len(placed.definition.model.merges):
        return [list(pair) for pair in new]
    if spaced := next((pair for pair in new if " " in "".join(pair)), None):
        raise FormatError(
            where, f"writes merges as 'left right', which {spaced} cannot be: save the tokenizer anew with `tokenizers`"
        )
    return [" ".join(pair) for pair in new]


def _added(declared: list[dict], placed: Placed) -> list[dict]:
    new = {token.content for token in placed.new.added}
    entries = [_entry(token) for token in placed.added if token.content in new]
    return [entry for entry in declared if entry["content"] not in new] + entries


def _entry(token: AddedToken) -> dict:
    names = ("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")
    return {name: getattr(token, name) for name in names}
