"""Which tokens stay, and the ids that they get."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...errors import FormatError, PolyvocabError
from ..vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Kept:
    """The tokens of `old` with the ids in `ids`, in the same order: the new id of a token is its position."""

    old: Vocabulary
    ids: np.ndarray  # int64 [new], sorted, unique

    @classmethod
    def of(cls, old: Vocabulary, ids: np.ndarray) -> Kept:
        """Raises `PolyvocabError` for ids that are not sorted and unique, or that no token has."""
        ids = np.asarray(ids)
        if ids.ndim != 1 or not len(ids) or ids.dtype.kind not in "iu":
            raise PolyvocabError(f"the ids to keep must be a list of integers, not {ids.dtype} {list(ids.shape)}")
        ids = ids.astype(np.int64)
        if (np.diff(ids) <= 0).any():
            raise PolyvocabError("the ids to keep must be sorted, each once: give np.unique(ids)")
        if ids[0] < 0 or ids[-1] >= len(old):
            raise PolyvocabError(f"the ids to keep go from {ids[0]} to {ids[-1]}, the vocabulary has {len(old)} tokens")
        hole = next((i for i in ids.tolist() if old.tokens[i] is None), None)
        if hole is not None:
            raise PolyvocabError(f"the id {hole} is to be kept, but no token has it")
        return cls(old, ids)

    @cached_property
    def new_ids(self) -> np.ndarray:
        """int64 [old]: the new id of each old one, -1 where the token goes."""
        table = np.full(len(self.old), -1, np.int64)
        table[self.ids] = np.arange(len(self.ids))
        return table

    @cached_property
    def old_ids(self) -> dict[str, int]:
        """Old token to old id; a string that is an added token has the id of that one."""
        tokens = self.old.tokens
        return {**self.old.ids, **{tokens[i]: i for i in sorted(self.old.literal | self.old.special)}}

    @cached_property
    def dropped_literals(self) -> frozenset[str]:
        """Strings that were special or added tokens and are no tokens any more."""
        marked = self.old.literal | self.old.special | self.old.control
        strings = {self.old.tokens[i] for i in marked if self.new_ids[i] < 0}
        return frozenset(strings - {self.old.tokens[i] for i in marked if self.new_ids[i] >= 0})

    def new_id(self, old: int, role: str, where: object) -> int:
        """The new id of a token that `role` needs. Raises `FormatError` naming both where it is not kept."""
        if not 0 <= old < len(self.old) or self.old.tokens[old] is None:
            raise FormatError(where, f"{role} is {old}, an id that no token has")
        new = int(self.new_ids[old])
        if new < 0:
            raise FormatError(where, f"{role} needs the token {self.old.tokens[old]!r} (id {old}), which is not kept: keep it")
        return new

    def new_id_of(self, token: str, role: str, where: object) -> int | None:
        """The same by its string; None for a string that was no token."""
        old = self.old_ids.get(token)
        return None if old is None else self.new_id(old, role, where)

    def has(self, ids: Iterable[int]) -> bool:
        """Whether all of these old ids are kept."""
        return all(0 <= i < len(self.new_ids) and self.new_ids[i] >= 0 for i in ids)
