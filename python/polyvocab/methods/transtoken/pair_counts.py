"""From counts of aligned words to counts of aligned tokens."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

PairCounts = dict[int, Counter[int]]  # target token -> source token -> count
AlignedPieces = tuple[Sequence[int], Sequence[int], int]  # source pieces, target pieces, count


def pair_counts(words: Iterable[AlignedPieces], min_count: int) -> PairCounts:
    """What words that translate each other at least `min_count` times say of their pieces.

    Two words of one piece each count whole. Of others one half goes from each piece to all, the other from each piece to those
    that stand at its place, when both words are stretched to one length.
    """
    counts: PairCounts = defaultdict(Counter)
    for old, new, count in words:
        if count < min_count or not old or not new:
            continue
        if len(old) == len(new) == 1:
            counts[new[0]][old[0]] += count
            continue
        half = max(1, count // 2)
        for n in new:
            for o in old:
                counts[n][o] += max(1, half // len(old))
        common = math.gcd(len(old), len(new))
        per_old, per_new = len(new) // common, len(old) // common
        share = half if len(old) == len(new) else max(1, half // (len(old) // common))
        stretched = [o for o in old for _ in range(per_old)], [n for n in new for _ in range(per_new)]
        for o, n in zip(*stretched, strict=True):
            counts[n][o] += share
    return counts
