"""Rows of an extended vocabulary: old ones as they are, new ones by a method."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import PolyvocabError
from ...formats.directory import TokenizerFiles
from ...recipe import Csr, Fill, Given, RowRecipe

if TYPE_CHECKING:
    from ...transfer import TokenizerTransfer


def recipes(
    source: TokenizerFiles, target: TokenizerFiles, method: str, seed: int, **options: Any
) -> tuple[RowRecipe, RowRecipe | None, dict[str, str]]:
    """(input, output or None, hashes of the matrices that they are derived from). Each old id, holes too, is a copy of itself,
    bit for bit. The new rows are those that `method` makes for the target; those of new special tokens are filled."""
    old, tokens = len(source.vocabulary), target.vocabulary.tokens
    ordinary = [i for i in range(old, len(tokens)) if i not in target.vocabulary.literal]
    if not ordinary:
        fills = {i: Fill("normal", seed, tokens[i]) for i in range(old, len(tokens))}
        indptr = np.minimum(np.arange(len(tokens) + 1), old)
        return RowRecipe(Csr(indptr, np.arange(old), np.ones(old, np.float32)), old, None, fills), None, {}
    made = _made(method, source, target, seed, options)
    output = None if made.output is None else _with_old_rows(made.output, old)
    return _with_old_rows(made.input, old), output, dict(made.derived_from)


def _made(method: str, source: TokenizerFiles, target: TokenizerFiles, seed: int, options: dict[str, Any]) -> TokenizerTransfer:
    methods = importlib.import_module("..", __package__)
    made = methods.initialize(method, source, target, seed=seed, **options)
    if made.target is not target or made.tying.kind != "keep":
        raise PolyvocabError(f"{method} changes more than rows: it cannot initialize new tokens")
    return made


def _with_old_rows(recipe: RowRecipe, old: int) -> RowRecipe:
    """The recipe with copies as its first rows."""
    start = recipe.weights.indptr[old]
    weights = Csr(
        np.concatenate([np.arange(old), recipe.weights.indptr[old:] - start + old]),
        np.concatenate([np.arange(old), recipe.weights.indices[start:]]),
        np.concatenate([np.ones(old, np.float32), recipe.weights.weights[start:]]),
    )
    given = recipe.given
    if given is not None:
        new = given.index >= old
        parts = (given.index[new], given.rows[new], given.bias[new], given.bias_mean[new])
        given = Given(*parts) if new.any() else None
    return RowRecipe(weights, recipe.n_source, given, {row: fill for row, fill in recipe.fills.items() if row >= old})
