"""A recipe as a dense matrix: what `apply` must equal."""

from __future__ import annotations

import numpy as np
from polyvocab.recipe import RowRecipe
from polyvocab.recipe.fill import Moments


def dense(recipe: RowRecipe) -> np.ndarray:
    """W, float64 [targets, sources]."""
    matrix = np.zeros((len(recipe), recipe.n_source))
    for row in range(len(recipe)):
        for e in range(recipe.weights.indptr[row], recipe.weights.indptr[row + 1]):
            matrix[row, recipe.weights.indices[e]] += float(recipe.weights.weights[e])
    return matrix


def apply(recipe: RowRecipe, source: np.ndarray) -> np.ndarray:
    """W E + G with fills, float64 [targets, dim]."""
    rows = np.asarray(source, np.float64)[: recipe.n_source]
    out = dense(recipe) @ rows
    if recipe.given is not None:
        for i, given in zip(recipe.given.index, recipe.given.rows, strict=True):
            out[i] += given
    known = trained(rows)
    moments = Moments(known.mean(axis=0), known.std(axis=0), lambda: np.atleast_2d(np.cov(known.T, bias=True)))
    for row, fill in recipe.fills.items():
        out[row] = fill.row(moments)
    return out


def trained(rows: np.ndarray) -> np.ndarray:
    """Those that are neither zero nor the same as another; all where none is left."""
    equal = (rows[:, None] == rows[None]).all(axis=2).sum(axis=1)
    kept = (equal == 1) & rows.any(axis=1)
    return rows[kept] if kept.any() else rows


def apply_bias(recipe: RowRecipe, bias: np.ndarray) -> np.ndarray:
    """The head's bias: moved, mixed, brought along, or the mean."""
    values = np.asarray(bias, np.float64)[: recipe.n_source]
    out = dense(recipe) @ values
    if recipe.given is not None:
        for n, i in enumerate(recipe.given.index):
            out[i] += recipe.given.bias[n] + recipe.given.bias_mean[n] * values.mean()
    for row in recipe.fills:
        out[row] = values.mean()
    return out
