"""Zip-tie (unverified): a model with two matrices gets one, and its new tokens are means of their pieces.

After Bailong (Chen et al. 2024), a Llama 2 that was given a larger vocabulary and tied embeddings. How its two matrices became
one is not said in what we could read, so it is asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal, get_args

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..overlap import Canonical
from ..transfer import TokenizerTransfer, Tying
from .subword_mean import Weighting, subword_mean

Join = Literal["input", "output", "mean"]
_PARTS: dict[str, tuple[float, float]] = {"input": (1.0, 0.0), "output": (0.0, 1.0), "mean": (0.5, 0.5)}


def zip_tie(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    untrained: Collection[int] = (),
    canonical: Canonical = "bytes",
    weighting: Weighting = "uniform",
    join: Join | None = None,
) -> TokenizerTransfer:
    """`subword_mean`, for a model whose input and output matrices become one: the rows of either, or their mean.

    Raises `PolyvocabError` without `join`: a model is never tied unasked. Applying the transfer to a tied model is refused.
    """
    if join not in _PARTS:
        raise PolyvocabError(f"zip_tie makes an untied model tied: say how with join, one of {', '.join(get_args(Join))}")
    made = subword_mean(source, target, seed=seed, untrained=untrained, canonical=canonical, weighting=weighting)
    provenance = {**made.provenance[0], "method": "zip_tie", "join": join}
    return replace(made, tying=Tying.join(*_PARTS[join]), provenance=(provenance,))
