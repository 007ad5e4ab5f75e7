"""Which tokens to keep for a set of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .._core import trim as core
from ..counts import TokenCounts
from ..errors import PolyvocabError
from ..formats.definition import Bpe, Ranks, TokenizerDefinition
from ..formats.fingerprint import fingerprint
from .certificate import Certificate, certify
from .keep import Keep, Source, characters, requested, required
from .parts import Kind, Lists, Parts

Objective = Literal["length", "lines"]
Counts = TokenCounts | Mapping[str, np.ndarray]
"""How often the texts of each label (a language, say) use each token: arrays [tokens], or what `count_tokens` gives."""


@dataclass(frozen=True, eq=False)
class Selection:
    """The tokens that stay, and what that means for the texts that were counted."""

    ids: np.ndarray  # int64, old ids, ascending; the new id is the position
    reasons: Mapping[str, int]  # why tokens stay: reason to number of tokens, the first reason of each
    certificate: Certificate
    dead: np.ndarray  # int64: tokens of the old vocabulary that no text can produce, kept or not
    coverage: Mapping[str, float]  # label to the share of its tokens that stay
    length: Mapping[str, float]  # label to how many times as many tokens its texts have, an estimate

    def __len__(self) -> int:
        return len(self.ids)


def select(
    files: Source,
    counts: Counts,
    *,
    size: int | None = None,
    coverage: float | None = None,
    min_count: int | None = None,
    weights: Mapping[str, float] | None = None,
    objective: Objective = "length",
    keep: Keep | None = None,
    drop_dead: bool = False,
) -> Selection:
    """Choose by one of three: `size` tokens; `coverage`, the share of each label's tokens that must stay; or the tokens that
    occur at least `min_count` times in all labels together. What must stay and what is needed by others comes on top, within
    `size`.

    `weights`, for `size`: label to its weight, whatever the amount of its text; without them counts are added up.
    `objective`, for a BPE: of a given size, `"length"` makes texts shortest, `"lines"` leaves most of them as they are.
    `drop_dead`: leave out tokens that no text can produce, which only a large `size` would keep.
    """
    if [size, coverage, min_count].count(None) != 2:
        raise PolyvocabError("choose tokens by one of size, coverage and min_count")
    plan = Plan.of(files, keep or Keep(), drop_dead=drop_dead)
    counts = plan.checked(counts)
    total = sum(counts.values(), np.zeros(len(plan.parts)))
    if size is not None:
        kept = plan.beginning(plan.order(_weighted(counts, weights), objective), size)
    elif coverage is not None:
        kept = plan.first.copy()
        for label_counts in counts.values():
            kept |= plan.covering(plan.order(label_counts, objective), label_counts, coverage)
    else:
        kept = plan.closure(plan.first | ((total >= min_count) & plan.candidates))
    return plan.selection(kept, counts)


@dataclass(frozen=True, eq=False)
class Plan:
    """What is the same for all sizes of one tokenizer."""

    definition: TokenizerDefinition
    parts: Parts
    needs: Lists
    reasons: Mapping[str, np.ndarray]  # reason to ids that must stay
    first: np.ndarray  # bool [tokens]: those and what they need
    candidates: np.ndarray  # bool [tokens]: what may stay
    dead: np.ndarray  # int64 ids

    @classmethod
    def of(cls, files: Source, keep: Keep, *, drop_dead: bool = False) -> Plan:
        definition = files.definition
        parts = Parts.of(definition)
        needs = parts.needs if len(parts.needs.items) or keep.characters == "none" else characters(definition)
        reasons = required(definition, parts) | requested(files, keep)
        first = np.zeros(len(parts), bool)
        first[np.concatenate([np.zeros(0, np.int64), *reasons.values()])] = True
        candidates = parts.kinds != Kind.ABSENT
        candidates[[token.id for token in definition.added_tokens]] = True
        dead = dead_tokens(definition, parts)
        if drop_dead:
            candidates[dead] = False
        return cls(definition, parts, needs, reasons, needs.closure(first), candidates, dead)

    def checked(self, counts: Counts) -> dict[str, np.ndarray]:
        """The counts as float64. Raises `PolyvocabError` where they are not of this tokenizer."""
        if isinstance(counts, TokenCounts):
            if counts.fingerprint != fingerprint(self.definition):
                raise PolyvocabError("the counts are those of another tokenizer: count the texts with this one")
            counts = counts.counts
        if not counts:
            raise PolyvocabError("there are no counts: count some text first")
        for label, values in counts.items():
            if len(values) != len(self.parts):
                raise PolyvocabError(
                    f"the counts of {label} are of {len(values)} tokens, the tokenizer has {len(self.parts)}: "
                    "they were counted with another one"
                )
        return {label: np.asarray(values, np.float64) for label, values in counts.items()}

    def order(self, counts: np.ndarray, objective: Objective) -> np.ndarray:
        """All candidates, int64, from what must stay to what is worth least; every beginning is closed."""
        if objective not in ("length", "lines"):
            raise PolyvocabError(f"objective {objective!r}: use length or lines")
        by_leaves = objective == "length" and len(self.parts.needs.items) > 0
        find = core.order_by_leaves if by_leaves else core.order_by_count
        order = find(self.needs.indptr, self.needs.items, counts, self.first).astype(np.int64)
        return order[self.candidates[order] | self.first[order]]

    def beginning(self, order: np.ndarray, size: int) -> np.ndarray:
        """The first `size` tokens of an order, bool [tokens]."""
        least = int(self.first.sum())
        if not least <= size <= len(order):
            raise PolyvocabError(f"size is {size}: {least} tokens must stay, and there are {len(order)}")
        for n in range(size, least - 1, -1):  # a beginning that ends inside a circle of characters is not closed
            kept = self.closure(_marked(order[:n], len(self.parts)))
            if kept.sum() <= size:
                return kept
        return self.first

    def covering(self, order: np.ndarray, counts: np.ndarray, share: float) -> np.ndarray:
        """The shortest beginning of an order that has this share of the counts, closed, bool [tokens]."""
        if not 0 < share <= 1:
            raise PolyvocabError(f"coverage is {share}: use a share above 0 and up to 1")
        reached = np.cumsum(counts[order])
        wanted = share * counts.sum()
        n = int(np.searchsorted(reached, min(wanted, reached[-1]) if len(reached) else 0)) + 1
        return self.closure(_marked(order[: max(n, int(self.first.sum()))], len(self.parts)))

    def closure(self, kept: np.ndarray) -> np.ndarray:
        return self.needs.closure(kept | self.first)

    def selection(self, kept: np.ndarray, counts: Mapping[str, np.ndarray]) -> Selection:
        ids = np.flatnonzero(kept)
        order = np.concatenate([ids, np.flatnonzero(~kept & self.candidates)]).astype(np.uint32)
        length = {}
        for label, values in counts.items():
            tokens, _ = core.costs_along(self.parts.replaced_by.indptr, self.parts.replaced_by.items, values, order)
            length[label] = float(tokens[len(ids)] / values.sum()) if values.any() else 1.0
        return Selection(
            ids=ids,
            reasons=self._reasons_of(kept, counts),
            certificate=certify(self.definition, ids, self.parts),
            dead=self.dead,
            coverage={label: float(v[ids].sum() / v.sum()) if v.any() else 1.0 for label, v in counts.items()},
            length=length,
        )

    def _reasons_of(self, kept: np.ndarray, counts: Mapping[str, np.ndarray]) -> dict[str, int]:
        left, reasons = kept.copy(), {}
        for reason, ids in self.reasons.items():
            reasons[reason] = int(left[ids].sum())
            left[ids] = False
        used = sum(counts.values()) > 0
        reasons["used"] = int((left & used).sum())
        reasons["needed by others"] = int((left & ~used).sum())
        return {reason: count for reason, count in reasons.items() if count}


def dead_tokens(definition: TokenizerDefinition, parts: Parts) -> np.ndarray:
    """The ids, int64, of tokens that no text can produce: the model makes their text into something else. A token that can
    still be a whole word is not dead, nor is one that comes about without the model's merges: added tokens, bytes."""
    if isinstance(definition.model, Ranks) or (isinstance(definition.model, Bpe) and definition.model.ignore_merges):
        return np.zeros(0, np.int64)
    dead = parts.kinds == Kind.NEVER
    for reason, ids in required(definition, parts).items():
        if reason != "lowest score":
            dead[ids] = False
    return np.flatnonzero(dead)


def _weighted(counts: Mapping[str, np.ndarray], weights: Mapping[str, float] | None) -> np.ndarray:
    if weights is None:
        return sum(counts.values())
    if set(weights) != set(counts) or min(weights.values()) <= 0:
        raise PolyvocabError(f"weights must be above 0, one for each of {', '.join(counts)}; they are {dict(weights)}")
    return sum(weights[label] * values / max(values.sum(), 1) for label, values in counts.items())


def _marked(ids: np.ndarray, size: int) -> np.ndarray:
    marks = np.zeros(size, bool)
    marks[ids] = True
    return marks
