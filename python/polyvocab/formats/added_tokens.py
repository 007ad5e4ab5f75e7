"""Added tokens: which id each one gets, and which of two with the same string holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..errors import FormatError
from .definition import AddedToken, Model
from .fields import Fields


def read_declared(values: list[Any], where: object) -> list[AddedToken]:
    """The entries of `added_tokens` in a tokenizer.json, with the ids that they declare."""
    tokens = []
    for position, value in enumerate(values):
        entry = Fields(value, where, f"added_tokens[{position}]")
        flags = {name: entry.boolean(name) for name in ("single_word", "lstrip", "rstrip", "normalized", "special")}
        tokens.append(AddedToken(entry.integer("id"), entry.string("content"), **flags))
    return tokens


def with_final_ids(declared: Sequence[AddedToken], model: Model, where: object) -> tuple[AddedToken, ...]:
    """The tokens with the ids that encoding gives, sorted by them.

    A string of the model keeps the model's id; any other takes the next free number, counted from the number of the
    model's tokens (not from its largest id), in the order of the file. What a file declares does not matter. Of two
    entries with the same string the later one holds.
    """
    positions = model.tokens.find(token.content for token in declared)
    known = {t.content: int(model.ids[p]) for t, p in zip(declared, positions, strict=True) if p >= 0}
    by_id: dict[int, AddedToken] = {}
    ids: dict[str, int] = {}
    next_id = len(model.tokens)
    for token in declared:
        if not token.content:
            continue
        number = ids.get(token.content, known.get(token.content))
        if number is None:
            number, next_id = next_id, next_id + 1
        if number in by_id and by_id[number].content != token.content:
            raise FormatError(
                where, f"added_tokens: {by_id[number].content!r} and {token.content!r} would share the id {number}"
            )
        ids[token.content] = number
        by_id[number] = replace(token, id=number)
    return tuple(by_id[number] for number in sorted(by_id))
