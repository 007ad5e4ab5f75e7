"""Random recipes for hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from polyvocab.recipe import Csr, Fill, Given, RowRecipe

DIM = 5


@st.composite
def recipes(draw, n_source: int | None = None, fills: bool = True, given: bool = True) -> RowRecipe:
    """A recipe with copied, combined, given and filled rows in any mixture."""
    n_source = n_source or draw(st.integers(1, 12))
    n_target = draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds = ["copied", "combined"] + ["filled"] * fills + ["given"] * given
    rows, columns, weights, filled, dense = [], [], [], {}, {}
    for row in range(n_target):
        kind = draw(st.sampled_from(kinds))
        if kind == "copied":
            rows, columns, weights = [*rows, row], [*columns, int(rng.integers(n_source))], [*weights, 1.0]
        elif kind == "combined":
            chosen = rng.choice(n_source, rng.integers(1, n_source + 1), replace=False)
            rows += [row] * len(chosen)
            columns += chosen.tolist()
            weights += rng.normal(size=len(chosen)).tolist()
        elif kind == "given":
            dense[row] = rng.normal(size=DIM)
        else:
            policy = draw(st.sampled_from(["zero", "mean", "normal", "multivariate"]))
            filled[row] = Fill(policy, draw(st.integers(0, 3)), f"token {row}")
    entries = (np.array(a, t) for a, t in ((rows, np.int64), (columns, np.int64), (weights, np.float64)))
    bias = {row: float(rng.normal()) for row in dense if rng.random() < 0.5}
    return RowRecipe(Csr.from_entries(n_target, *entries), n_source, Given.of(dense, bias) if dense else None, filled)


def matrix(rows: int, seed: int = 0, dtype=np.float32) -> np.ndarray:
    """Random rows [rows, DIM]."""
    return np.random.default_rng(seed).normal(size=(rows, DIM)).astype(dtype)
