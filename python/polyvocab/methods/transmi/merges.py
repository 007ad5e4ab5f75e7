"""Merges that reach new tokens of a BPE.

Everything rests on one property. New merges rank behind all that were there before, and one is added only where merging has
come to rest: so it never disturbs what was reached, and a token that is reached stays reached, whatever is added later. And
what becomes of a part of a word whose ends no merge crosses is what becomes of it alone: so where two neighbours are left
apart, no token that is reached is spelled like both together, and one merge of the two reaches it, there and by itself.

Hence: take the new tokens in the order of their sources, merge each as far as it goes, and join what is left. Where the
romanization of a token is that of its two parts, one behind the other, their romanizations are left, and the merge is the image
of the source's own. Where it is not (the parts are bytes of one character, or a character becomes several letters), letters are
left, or what earlier merges made of them, and joining them takes tokens in between.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from itertools import compress, pairwise

import numpy as np

_NONE = 1 << 62  # beyond all ids


class Joiner:
    """The new tokens of a BPE so far, and the merges that make them.

    `old`: the strings of all old ids. `may_be_made` says whether a new token may be spelled so; like an old one none is. Each
    token has one merge, the last one by which its own symbols become it: no other one would ever happen.
    """

    def __init__(self, old: Iterable[str | None], may_be_made: Callable[[str], bool]) -> None:
        self._strings = list(old)  # of all ids, the new ones behind the old
        self._taken = set(self._strings)
        self._may_be_made = may_be_made
        self._made: dict[tuple[int, int], int] = {}  # parts to new id; a smaller id ranks before
        self.first = len(self._strings)
        self.parts: dict[int, tuple[int, int]] = {}  # the merges by new id, in the order of rank

    @property
    def tokens(self) -> list[str]:
        """The new tokens, by id."""
        return self._strings[self.first :]

    def chosen(self, which: np.ndarray) -> tuple[list[str], dict[int, tuple[int, int]]]:
        """The tokens of `which`, bool [new], and the parts of each, with the ids that they then have; whoever chooses a token
        chooses its parts too."""
        ids = np.concatenate([np.arange(self.first), self.first + np.cumsum(which) - 1]).tolist()
        parts = {ids[new]: (ids[a], ids[b]) for new, (a, b) in self.parts.items() if which[new - self.first]}
        return list(compress(self.tokens, which.tolist())), parts

    def symbol(self, token: str) -> None:
        """Add a token that no merge makes."""
        self._strings.append(token)
        self._taken.add(token)

    def join(self, word: list[int], wanted: Container[str]) -> bool:
        """Make the word one token: merge it as far as it goes, and add merges for what is left; of those that may be added
        first the ones that make a token of `wanted`, then the leftmost. Whether that was possible.

        `word`: what the old merges leave of it, by id.
        """
        word = self._merged(word)
        while len(word) > 1:
            allowed = [i for i, pair in enumerate(pairwise(word)) if self._may_join(*pair)]
            if not allowed:
                return False
            at = next((i for i in allowed if self._strings[word[i]] + self._strings[word[i + 1]] in wanted), allowed[0])
            a, b = word[at : at + 2]
            new = len(self._strings)
            self.symbol(self._strings[a] + self._strings[b])
            self._made[a, b], self.parts[new] = new, (a, b)
            word = self._merged(word)
        return True

    def _may_join(self, a: int, b: int) -> bool:
        string = self._strings[a] + self._strings[b]
        return string not in self._taken and self._may_be_made(string)

    def _merged(self, word: list[int]) -> list[int]:
        """What the new merges make of it: the best of all neighbours first, the leftmost of equals."""
        made, word = self._made, [*word]
        found = [made.get(pair, _NONE) for pair in pairwise(word)]  # what each two neighbours become
        while found and (best := min(found)) != _NONE:
            at = found.index(best)
            word[at : at + 2] = [best]
            del found[at]
            if at > 0:
                found[at - 1] = made.get((word[at - 1], best), _NONE)
            if at < len(found):
                found[at] = made.get((best, word[at + 1]), _NONE)
        return word
