"""Merges by which a BPE reaches new tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ...formats.definition import Bpe, Ranks

Pair = tuple[str, str]


@dataclass
class Merging:
    """A BPE that grows: its old merges first, new ones behind them in the order in which they come.

    A new token is merged from what the model, as it has become, makes of the token's own symbols. So all that is merged before
    stays as it was, and the token is reached whatever is added later: merges that come later have higher ranks. The merges of
    the tokenizer that the token is from would not do: the old merges go first, and seldom end at its parts.

    `every_pair`: the format has no list of merges; two neighbours merge wherever their concatenation is a token. `apart`:
    tokens of which no two are merged anew. `is_barred`: whether a string must not be a new token.
    """

    model: Bpe | Ranks
    every_pair: bool = False
    apart: frozenset[str] = frozenset()
    is_barred: Callable[[str], bool] | None = None
    tokens: list[str] = field(default_factory=list)  # the new ones, by id
    merges: list[Pair] = field(default_factory=list)  # the new ones, by rank; empty where every pair merges

    def __post_init__(self) -> None:
        model, is_bpe = self.model, isinstance(self.model, Bpe)
        strings = model.tokens.texts() if is_bpe else model.tokens.byte_texts()
        self._prefix = (model.continuing_subword_prefix or "") if is_bpe else ""
        self._suffix = (model.end_of_word_suffix or "") if is_bpe else ""
        self._old = dict(zip(strings, model.ids.tolist(), strict=True))
        self._new: dict[str, int] = {}  # token to rank, where every pair merges
        self._ranks: dict[Pair, int] = {}
        if is_bpe:
            names = dict(zip(model.ids.tolist(), strings, strict=True))
            self._ranks = {(names[a], names[b]): rank for rank, (a, b) in enumerate(model.merges.tolist())}
        self._next = len(model.merges) if is_bpe else max(self._old.values(), default=-1) + 1

    def add(self, token: str, wanted: frozenset[str] = frozenset()) -> bool:
        """Make a token reachable: its symbols, what has to come between, and the token itself. `wanted`: tokens that will be
        added anyway. False, and nothing changes, where that would need a merge that must not be, or a second way to a token."""
        if self._has(token):
            return True
        tokens, merges = len(self.tokens), len(self.merges)
        symbols = self.symbols(token)
        missing = [symbol for symbol in dict.fromkeys(symbols) if not self._has(symbol)]
        if self.is_barred is not None and any(map(self.is_barred, missing)):
            return False
        for symbol in missing:
            self._learn(symbol)
        line = self.run(symbols)
        while len(line) > 1:
            pairs = [pair for pair in zip(line, line[1:], strict=False) if self._is_allowed(pair)]
            if not pairs:
                self.forget(tokens, merges)
                return False
            self._merge(min(pairs, key=lambda pair: self._cost(pair, wanted)))
            line = self.run(line)
        return True

    def run(self, line: list[str]) -> list[str]:
        """The merges of the model, as it has become, on a line of symbols."""
        while len(line) > 1:
            ranked = [(rank, pair) for pair in zip(line, line[1:], strict=False) if (rank := self._rank(pair)) is not None]
            if not ranked:
                break
            _, pair = min(ranked)
            line = _merged(line, pair, self._joined(pair))
        return line

    def symbols(self, token: str) -> list[str]:
        """What the model begins with: characters, with its marks for those that continue or end a word."""
        prefix, suffix = self._prefix, self._suffix
        continues = bool(prefix) and token.startswith(prefix) and len(token) > len(prefix)
        ends = bool(suffix) and token.endswith(suffix) and len(token) > len(suffix)
        body = token[len(prefix) if continues else 0 : len(token) - (len(suffix) if ends else 0)]
        last = len(body) - 1
        return [
            (prefix if continues or at else "") + character + (suffix if ends and at == last else "")
            for at, character in enumerate(body)
        ]

    def all_merges(self) -> tuple[Pair, ...]:
        """The new merges. Where every pair merges, all that make a new token, in the order of ids."""
        if not self.every_pair:
            return tuple(self.merges)
        return tuple(pair for token in self.tokens for pair in cuts(token) if self._has(pair[0]) and self._has(pair[1]))

    def _has(self, token: str) -> bool:
        return token in self._old or token in self._new

    def _rank(self, pair: Pair) -> int | None:
        rank = self._ranks.get(pair)
        if rank is None and self.every_pair:
            joined = self._joined(pair)
            rank = self._new.get(joined)
            if rank is None and isinstance(self.model, Ranks):
                rank = self._old.get(joined)
        return rank

    def _joined(self, pair: Pair) -> str:
        return pair[0] + pair[1][len(self._prefix) :]

    def _cost(self, pair: Pair, wanted: frozenset[str]) -> tuple[bool, int]:
        """Tokens that are wanted before those that are only between; short ones first."""
        joined = self._joined(pair)
        return joined not in wanted, len(joined)

    def _is_allowed(self, pair: Pair) -> bool:
        joined = self._joined(pair)
        if self._has(joined) or (self.is_barred is not None and self.is_barred(joined)):
            return False
        pairs = cuts(joined) if self.every_pair else (pair,)
        return not self.apart or not any(self.apart.issuperset(two) for two in pairs)

    def _learn(self, token: str) -> None:
        self.tokens.append(token)
        self._new[token] = self._next
        self._next += 1

    def _merge(self, pair: Pair) -> None:
        if not self.every_pair:
            self._ranks[pair] = self._next
            self.merges.append(pair)
        self._learn(self._joined(pair))

    def forget(self, tokens: int, merges: int) -> None:
        """Take back all but the first new tokens and merges."""
        for token in self.tokens[tokens:]:
            del self._new[token]
        for pair in self.merges[merges:]:
            del self._ranks[pair]
        del self.tokens[tokens:], self.merges[merges:]


def cuts(token: str) -> Iterator[Pair]:
    """All ways to cut a string in two."""
    return ((token[:at], token[at:]) for at in range(1, len(token)))


def _merged(line: list[str], pair: Pair, joined: str) -> list[str]:
    """The line with each occurrence of the pair merged, from the left."""
    out: list[str] = []
    at = 0
    while at < len(line):
        if at + 1 < len(line) and (line[at], line[at + 1]) == pair:
            out.append(joined)
            at += 2
        else:
            out.append(line[at])
            at += 1
    return out
