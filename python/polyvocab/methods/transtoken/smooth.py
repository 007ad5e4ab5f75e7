"""Tokens that no alignment told of take what those say that contain them, or that they contain."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from .pair_counts import PairCounts

_WHOLE = 1000  # what one related token gives away in all
_BEGINS_A_WORD = 2  # how many times more for source tokens that begin a word


def smooth(counts: PairCounts, spelled: Sequence[bytes], ids: Sequence[int], begins_a_word: Sequence[bool]) -> None:
    """Adds counts for those of `ids` that have none, in their order, from tokens that have some by then.

    Related are tokens that begin with this one, and the longest that are parts of it and of no other such part. `spelled`:
    bytes of each target token; `begins_a_word`: of each source token.
    """
    told: dict[bytes, int] = {spelled[i]: i for i in ids if counts.get(i)}
    ordered = sorted(spelled[i] for i in ids)
    by_spelling = {spelled[i]: i for i in ids}
    for i in ids:
        if counts.get(i):
            continue
        related = _longer(spelled[i], ordered, told, by_spelling) + _parts(spelled[i], told)
        made: Counter[int] = Counter()
        for other in related:
            total = counts[other].total()
            for source, count in counts[other].items() if total > 0 else ():
                made[source] += max(1, _WHOLE * (_BEGINS_A_WORD if begins_a_word[source] else 1) * count // total)
        if made:
            counts[i] = made
            told[spelled[i]] = i


def _longer(token: bytes, ordered: list[bytes], told: dict[bytes, int], by_spelling: dict[bytes, int]) -> list[int]:
    """Those that begin with it."""
    found = []
    for k in range(bisect_left(ordered, token), len(ordered)):
        if not ordered[k].startswith(token):
            break
        if ordered[k] in told:
            found.append(by_spelling[ordered[k]])
    return found


def _parts(token: bytes, told: dict[bytes, int]) -> list[int]:
    """Those that stand in it, the longest first, but none that stands in a longer one."""
    length = len(token)
    inside = {token[a:b] for a in range(length) for b in range(a + 1, length + 1)} & told.keys()
    kept: list[bytes] = []
    seen: list[bytes] = []
    for part in sorted(inside, key=lambda part: (-len(part), told[part])):
        if not any(part in longer for longer in seen):
            kept.append(part)
        seen.append(part)
    return [told[part] for part in kept]
