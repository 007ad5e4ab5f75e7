"""What is estimated without looking at merges: the baselines of Hayase et al. (2024), section 4.2, and the uniform mixture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def uniform(categories: Sequence[str]) -> dict[str, float]:
    return dict.fromkeys(categories, 1 / len(categories))


def vocabulary_share(counts: Mapping[str, np.ndarray], size: Mapping[str, int]) -> dict[str, float]:
    """Token classification: each token goes to the category where it is most frequent; the share of the tokens that each has.

    `counts`: how often each token occurs in each category's text; `size`: bytes of it. Tokens that occur nowhere are left out.
    """
    frequency = np.stack([counts[category] / size[category] for category in counts])
    owners = frequency.argmax(axis=0)[frequency.any(axis=0)]
    tokens = np.bincount(owners, minlength=len(counts))
    return dict(zip(counts, (tokens / tokens.sum()).tolist(), strict=True))


def efficiency_shares(trials: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> list[dict[str, float]]:
    """Encoding efficiency: shares read off the number of tokens that each category's text takes, for each trial.

    A trial: the true shares, and for each category the bytes per token, divided by those of a tokenizer trained on this
    category alone. The logarithms of both are on a line, which is fitted to all other trials; the shares of a trial are made
    to sum to one. At least two trials are needed.
    """
    found = []
    for i, (_, efficiency) in enumerate(trials):
        others = [trial for j, trial in enumerate(trials) if j != i]
        x = np.log([e[c] for _, e in others for c in e])
        y = np.log([max(truth[c], 1e-6) for truth, e in others for c in e])
        slope, offset = np.polyfit(x, y, 1)
        shares = {category: float(np.exp(offset + slope * np.log(value))) for category, value in efficiency.items()}
        total = sum(shares.values())
        found.append({category: share / total for category, share in shares.items()})
    return found
