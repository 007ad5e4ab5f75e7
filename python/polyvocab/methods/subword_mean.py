"""A new token is a mean of the pieces that the old tokenizer splits it into.

The plain mean is known as FVT (fast vocabulary transfer, Gee et al. 2022) and ReTok, and is the strongest simple baseline for
large models. EEVE (Kim et al. 2024) has it for the input and takes the first piece for the output: `output="first"`. Weights
by characters or bytes let a long piece say more than a short one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, get_args

import numpy as np

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..overlap import Canonical, Overlap, overlap
from ..pieces import Pieces, Role
from ..recipe import Csr, Fill, RowRecipe, assemble
from ..tokenizer import Tokenizer
from ..transfer import SourceTokenizer, TokenizerTransfer
from ._filled import fills_of

Weighting = Literal["uniform", "characters", "bytes", "first", "last"]


def subword_mean(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used
    seed: int = 0,
    untrained: Collection[int] = (),
    canonical: Canonical = "bytes",
    weighting: Weighting = "uniform",
    output: Weighting | None = None,
) -> TokenizerTransfer:
    """Tokens that both vocabularies have are copied; each other token is the mean of its pieces.

    `weighting`: "uniform"; "characters" or "bytes", by the length of each piece without the space before it; "first" or "last",
    that piece alone, passing over pieces that are nothing but a space. `output`: the weighting of the output rows, by default
    the same.

    A special token without a counterpart, and a token that the old tokenizer cannot spell (it knows none of its
    characters), are drawn from N(mean, std). `untrained` pieces are passed over.
    """
    for option in (weighting, output or weighting):
        if option not in get_args(Weighting):
            raise PolyvocabError(f"weighting {option!r}: use one of {', '.join(get_args(Weighting))}")
    found = overlap(source, target, canonical=canonical)
    spelled, fills = _spelled(source, target, found, seed, frozenset(untrained))
    old = Pieces.of(source.vocabulary)

    def recipe(by: Weighting) -> RowRecipe:
        return _recipe(found, spelled, fills, old, by)

    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        recipe(weighting),
        None if output is None else recipe(output),
        provenance=(
            {
                "method": "subword_mean",
                "canonical": canonical,
                "weighting": weighting,
                "output": output or weighting,
                "seed": seed,
                "overlap": found.counts(),
            },
        ),
    )


def _spelled(
    source: TokenizerFiles, target: TokenizerFiles, found: Overlap, seed: int, untrained: frozenset[int]
) -> tuple[dict[int, list[int]], dict[int, Fill]]:
    """The ids of the pieces of each token that is not copied, and a fill for those that have none."""
    pieces, tokenizer = Pieces.of(target.vocabulary), Tokenizer(source)
    spelled: dict[int, list[int]] = {}
    for i in found.unmatched.tolist():
        ids = tokenizer.segment(pieces[i]) if pieces.role[i] in (Role.NORMAL, Role.BYTE) else []
        if ids := [j for j in ids if j not in untrained]:
            spelled[i] = ids
    return spelled, fills_of(target, [i for i in found.unmatched.tolist() if i not in spelled], seed)


def _recipe(
    found: Overlap, spelled: dict[int, list[int]], fills: dict[int, Fill], old: Pieces, weighting: Weighting
) -> RowRecipe:
    rows = np.repeat(np.arange(len(spelled)), np.array([len(ids) for ids in spelled.values()], np.int64))
    columns = np.array([i for ids in spelled.values() for i in ids], np.int64)
    weights = np.array([w for ids in spelled.values() for w in _weights([old[i].bytes for i in ids], weighting)], np.float64)
    kept = weights > 0
    mixed = Csr.from_entries(len(spelled), rows[kept], columns[kept], weights[kept])
    return assemble(found.source, len(old), (np.array(list(spelled), np.int64), mixed), fills)


def _weights(pieces: Sequence[bytes], weighting: Weighting) -> list[float]:
    """With the sum 1. Pieces without a length, lone spaces say, count only where all are such."""
    lengths = [float(_characters(piece) if weighting == "characters" else len(piece)) for piece in pieces]
    if weighting == "uniform" or not any(lengths):
        lengths = [1.0] * len(pieces)
    if weighting in ("first", "last"):
        order = range(len(lengths)) if weighting == "first" else range(len(lengths) - 1, -1, -1)
        chosen = next(i for i in order if lengths[i])
        lengths = [float(i == chosen) for i in range(len(lengths))]
    total = sum(lengths)
    return [length / total for length in lengths]


def _characters(piece: bytes) -> int:
    """Those that begin in it: a piece may be part of a character."""
    return sum(byte & 0xC0 != 0x80 for byte in piece)
