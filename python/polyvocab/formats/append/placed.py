"""Where new tokens come in a tokenizer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...errors import PolyvocabError
from ..definition import AddedToken, Bpe, Ranks, TokenizerDefinition
from ..vocabulary import Vocabulary
from .new_tokens import NewTokens


@dataclass(frozen=True, eq=False)
class Placed:
    """The tokens of `new` in a tokenizer: their ids follow all old ones, holes stay."""

    old: Vocabulary
    definition: TokenizerDefinition
    new: NewTokens
    where: str

    @classmethod
    def of(cls, old: Vocabulary, definition: TokenizerDefinition, new: NewTokens, where: object) -> Placed:
        """Raises `PolyvocabError` for a token that is there already, and for scores or merges that the model does not have."""
        there = old.ids.keys() & set(new.tokens)
        if there:
            token = min(there)
            raise PolyvocabError(f"{where}: the new token {token!r} is there already, with the id {old.ids[token]}")
        model = definition.model
        if new.merges and not isinstance(model, Bpe):
            raise PolyvocabError(f"{where}: there are merges to append, but the model, a {model.kind}, has no list of them")
        if isinstance(model, Bpe):
            _require_new_merges(model, old, new, where)
        placed = cls(old, definition, new, str(where))
        known = {*old.ids, *new.tokens, *(token.content for token in new.added)}
        if missing := next((t for t in new.roles.values() if t not in known), None):
            raise PolyvocabError(f"{where}: the role {_role_of(missing, new)} is given to {missing!r}, which is no token")
        return placed

    @cached_property
    def ids(self) -> dict[str, int]:
        """New token to its id, those of `added` included that are not there yet."""
        added = [token.content for token in self.new.added if token.content not in self.old.ids]
        return {token: len(self.old) + n for n, token in enumerate([*self.new.tokens, *added])}

    @cached_property
    def tokens(self) -> tuple[str | None, ...]:
        """All tokens by id, as `Vocabulary.tokens` has them."""
        return (*self.old.tokens, *self.ids)

    @cached_property
    def added(self) -> tuple[AddedToken, ...]:
        """All added tokens with their ids, by id; a new one replaces an old one of the same string."""
        by_content = {token.content: token for token in self.definition.added_tokens}
        for token in self.new.added:
            found = self.ids.get(token.content)
            by_content[token.content] = replace(token, id=self.old.ids[token.content] if found is None else found)
        return tuple(sorted(by_content.values(), key=lambda token: token.id))

    @cached_property
    def in_model(self) -> frozenset[int]:
        """The old ids that tokens of the model have."""
        return frozenset(self.definition.model.ids.tolist())

    @cached_property
    def moved(self) -> tuple[AddedToken, ...]:
        """Added tokens, by id, that become tokens of the model as well, so that the files number all tokens as they are meant.

        Libraries number an added token that is no token of the model behind the model's. With new tokens of the model behind
        it, it has to become one, with the id that it has. A new one comes behind the new tokens by itself, but for holes.
        """
        outside = [token for token in self.added if token.id not in self.in_model]
        old = [token for token in outside if token.id < len(self.old)]
        if isinstance(self.definition.model, Ranks):
            return ()
        if not self.new.tokens:
            count = len(self.definition.model.tokens) + len(old)
            return () if count == len(self.old) or len(outside) == len(old) else tuple(outside)
        count = len(self.definition.model.tokens) + len(old) + len(self.new.tokens)
        return tuple(old if count == len(self.old) + len(self.new.tokens) else outside)

    def model_tokens(self) -> list[tuple[str, int]]:
        """What a file that lists the model's tokens gets, by id."""
        rows = [(token.content, token.id) for token in self.moved]
        return sorted([*rows, *((token, self.ids[token]) for token in self.new.tokens)], key=lambda row: row[1])


def _require_new_merges(model: Bpe, old: Vocabulary, new: NewTokens, where: object) -> None:
    """Raises `PolyvocabError` for a pair that merges already: of two merges of a pair the later one holds, so that it would
    lose its rank."""
    pairs = [pair for pair in new.merges if pair[0] in old.ids and pair[1] in old.ids]
    left, right = (np.array([old.ids[pair[side]] for pair in pairs], np.int64) for side in (0, 1))
    there = np.isin(left << 32 | right, model.merges[:, 0].astype(np.int64) << 32 | model.merges[:, 1])
    if there.any():
        raise PolyvocabError(f"{where}: the new merge {pairs[int(np.argmax(there))]} is there already, and would lose its rank")


def _role_of(token: str, new: NewTokens) -> str:
    return next(role for role, content in new.roles.items() if content == token)
