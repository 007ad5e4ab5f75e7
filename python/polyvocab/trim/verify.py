"""What a trim did to given texts, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..formats.definition import WordPiece
from ..tokenizer import Tokenizer


@dataclass(frozen=True)
class Verification:
    """`covered`: texts whose old tokens are all kept, of which `changed` are cut in another way than before. Texts that are not
    covered may have any tokens; `tokens_before` and `tokens_after` count those of all texts."""

    texts: int
    covered: int
    changed: int
    first_changed: str | None
    tokens_before: int
    tokens_after: int
    unknown_before: int
    unknown_after: int

    def __str__(self) -> str:
        return (
            f"{self.texts:,} texts, {self.covered:,} covered, {self.changed:,} of them changed; "
            f"{self.tokens_before:,} tokens before, {self.tokens_after:,} after"
        )


def verify(source: Tokenizer, target: Tokenizer, ids: np.ndarray, texts: Sequence[str], *, threads: int = 0) -> Verification:
    """Encode texts with both tokenizers and compare. `ids`: int64, the old ids that the target keeps, by new id.

    Text in which a WordPiece found an unknown word is not covered: see `certificate`.
    """
    old, old_offsets = source.encode_batch(texts, threads=threads)
    new, new_offsets = target.encode_batch(texts, threads=threads)
    mapped = _renumbered(source, ids)[old]
    covered = _none_within(mapped < 0, old_offsets)
    same = np.diff(old_offsets) == np.diff(new_offsets)
    aligned = covered & same
    differs = np.zeros(len(texts), bool)
    differs[covered & ~same] = True
    before, after = _entries(old_offsets, aligned), _entries(new_offsets, aligned)
    owner = np.repeat(np.flatnonzero(aligned), np.diff(old_offsets)[aligned])
    differs[owner[mapped[before] != new[after]]] = True
    first = np.flatnonzero(differs)
    return Verification(
        texts=len(texts),
        covered=int(covered.sum()),
        changed=int(differs.sum()),
        first_changed=texts[first[0]] if len(first) else None,
        tokens_before=len(old),
        tokens_after=len(new),
        unknown_before=_occurrences(old, _unknown(source)),
        unknown_after=_occurrences(new, _unknown(target)),
    )


def covered_texts(source: Tokenizer, ids: np.ndarray, texts: Iterable[str]) -> list[str]:
    """The texts that are covered, as `verify` has it."""
    texts = list(texts)
    flat, offsets = source.encode_batch(texts)
    covered = _none_within(_renumbered(source, ids)[flat] < 0, offsets)
    return [text for text, is_covered in zip(texts, covered, strict=True) if is_covered]


def _renumbered(source: Tokenizer, ids: np.ndarray) -> np.ndarray:
    """The new id of each old one, -1 where a text that has it is not covered."""
    new = np.full(source.token_count, -1, np.int64)
    new[ids] = np.arange(len(ids))
    if isinstance(source.definition.model, WordPiece) and (unknown := _unknown(source)) is not None:
        new[unknown] = -1
    return new


def _none_within(marks: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """For each text whether none of its entries is marked."""
    before = np.concatenate([[0], np.cumsum(marks)])
    return before[offsets[1:]] == before[offsets[:-1]]


def _entries(offsets: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The positions of all entries of the chosen texts."""
    lengths = np.diff(offsets)[chosen]
    starts = np.repeat(offsets[:-1][chosen] - np.concatenate([[0], np.cumsum(lengths)])[:-1], lengths)
    return starts + np.arange(len(starts))


def _unknown(tokenizer: Tokenizer) -> int | None:
    return getattr(tokenizer.definition.model, "unk_id", None)


def _occurrences(ids: np.ndarray, token: int | None) -> int:
    return 0 if token is None else int((ids == token).sum())
