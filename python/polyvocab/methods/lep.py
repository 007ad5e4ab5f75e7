"""Learned Embedding Propagation (Tikhomirov and Chernyshev 2024): an instruct model takes over a vocabulary that its base
learned.

The base was given a new vocabulary and trained on; what it learned for the new rows is carried over to the instruct variant,
whose own rows have moved away from the base's.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import numpy as np

from ..corpus import Corpus
from ..errors import PolyvocabError
from ..formats.directory import TokenizerFiles
from ..matrices import SourceMatrices
from ..overlap import Overlap, overlap
from ..recipe import Csr, Given, Origin, RowRecipe, apply
from ..transfer import SourceTokenizer, TokenizerTransfer

Variant = Literal["swap", "overlap", "conversion"]


def lep(
    source: TokenizerFiles,
    target: TokenizerFiles,
    *,
    corpus: Corpus | None = None,  # not used: the adapted base was trained on it
    seed: int = 0,  # not used: nothing is drawn
    untrained: Collection[int] = (),
    matrices: SourceMatrices | None = None,
    base: SourceMatrices | None = None,
    adapted: SourceMatrices | None = None,
    variant: Variant = "conversion",
    transfer: TokenizerTransfer | None = None,
) -> TokenizerTransfer:
    """The transfer for the instruct model that `matrices` are of: every row is given.

    `base`: the matrices of the base model, with the same tokenizer; `adapted`: those of the base with the target tokenizer,
    after its training. With I for a matrix, B, S, A for base, instruct and adapted model, rows are I_A D, where

    - "swap": D is the identity;
    - "overlap": D maps I_B to I_S by least squares over the tokens that both vocabularies have, `untrained` ones apart;
    - "conversion": D maps T I_B to T I_S by least squares, where T is the recipe that the adapted base began with, given as
      `transfer`; rows that it drew are left out.

    Input and output matrices each have a D of their own. The head's bias, where there is one, is the mean of the instruct
    model's.
    """
    if matrices is None or base is None or adapted is None:
        raise PolyvocabError("lep needs matrices (of the instruct model), base and adapted: see surgery.read_matrices")
    if variant not in get_args(Variant):
        raise PolyvocabError(f"variant {variant!r}: use one of {', '.join(get_args(Variant))}")
    if variant == "conversion" and transfer is None:
        raise PolyvocabError("lep's conversion needs transfer: what the base model was given the new vocabulary with")
    for model, tokens in ((matrices, source), (base, source), (adapted, target)):
        model.check(len(tokens.vocabulary))
    if len({m.output is None for m in (matrices, base, adapted)}) > 1:
        raise PolyvocabError("of the three models some have one matrix and some two: untie, or tie, them first")
    found = overlap(source, target)

    def recipe(which: Literal["input", "output"]) -> RowRecipe:
        of_instruct, of_base, of_adapted = (getattr(m, which) for m in (matrices, base, adapted))
        if of_instruct.shape[1] != of_base.shape[1] or of_base.shape[1] != of_adapted.shape[1]:
            raise PolyvocabError(
                f"the {which} matrices are {of_base.shape[1]}, {of_instruct.shape[1]}, {of_adapted.shape[1]} wide"
            )
        pairs = _pairs(variant, which, of_base, of_instruct, found, untrained, transfer)
        rows = of_adapted if pairs is None else of_adapted.astype(np.float64) @ least_squares(*pairs)
        nothing = Csr(np.zeros(len(rows) + 1), [], [])
        return RowRecipe(nothing, len(source.vocabulary), Given.of(dict(enumerate(rows))))

    return TokenizerTransfer(
        SourceTokenizer.of(source),
        target,
        recipe("input"),
        None if matrices.output is None else recipe("output"),
        provenance=({"method": "lep", "variant": variant, "base": dict(base.hashes), "adapted": dict(adapted.hashes)},),
        derived_from=dict(matrices.hashes),
    )


def _pairs(
    variant: Variant,
    which: str,
    of_base: np.ndarray,
    of_instruct: np.ndarray,
    found: Overlap,
    untrained: Collection[int],
    transfer: TokenizerTransfer | None,
) -> tuple[np.ndarray, np.ndarray] | None:
    """The rows that D maps to each other; None where it is the identity."""
    if variant == "swap":
        return None
    if variant == "overlap":
        shared = np.unique(found.source[found.matched])
        shared = shared[~np.isin(shared, list(untrained))]
        return of_base[shared], of_instruct[shared]
    recipe = transfer.input if which == "input" else transfer.output_or_input
    made = recipe.origins != Origin.FILLED
    return apply(recipe, of_base)[made], apply(recipe, of_instruct)[made]


def least_squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """float64 [dim, dim]: the D with the least |a D - b|, of several the shortest. By normal equations: of the rows only
    products
    are held."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    return np.linalg.lstsq(a.T @ a, a.T @ b, rcond=None)[0]
