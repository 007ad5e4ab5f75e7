"""Which of the given texts a token belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .entries import Entries
from .usage import Usage
from .vocabulary import shown

LEAST_USES = 5
_EXAMPLES = 10


def by_language(usages: Mapping[str, Usage], shares: Mapping[str, np.ndarray], entries: Entries) -> list[dict[str, Any]]:
    """Of each label the tokens of text whose share of its tokens is greater than of any other label's, among those that all
    texts together use at least `LEAST_USES` times; how many of them no other label uses; and the ones that are used most. The
    first label has a token that two use alike. Nothing of a single label."""
    if len(usages) < 2:
        return []
    labels = list(usages)
    counts = np.stack([usages[label].counts for label in labels])
    frequent = (counts.sum(axis=0) >= LEAST_USES) & np.isin(np.arange(counts.shape[1]), list(entries.texts))
    most = np.argmax(np.stack([shares[label] for label in labels]), axis=0)
    rows = []
    for n, label in enumerate(labels):
        own = np.flatnonzero(frequent & (most == n))
        alone = own[counts[:, own].sum(axis=0) == counts[n, own]]
        by_use = own[np.argsort(-counts[n, own], kind="stable")][:_EXAMPLES]
        rows.append(
            {
                "label": label,
                "tokens": len(own),
                "share": len(own) / max(int(frequent.sum()), 1),
                "only_here": len(alone),
                "examples": [shown(i, entries.texts[i]) for i in by_use.tolist()],
            }
        )
    return rows
