"""The rows of new tokens over those of the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...recipe import Csr, RowRecipe, assemble


def recipe(
    n_source: int,
    tokens: Sequence[str],
    wanted: Mapping[str, int],
    rows: Csr,
    letters: Mapping[str, Sequence[int]],
    parts: Mapping[int, tuple[int, int]],
) -> RowRecipe:
    """All old rows as they are, then one for each of `tokens`: that of `rows` which `wanted` names, else the mean of the
    source rows in `letters`, else, for a token in between, the mean of the rows of the tokens that it joins: `parts` by new
    id."""
    ids = np.array([wanted.get(token, -1) for token in tokens], np.int64)
    lengths = np.where(ids >= 0, rows.row_lengths[ids] if len(rows) else 0, 0)
    entries = np.repeat(rows.indptr[ids] if len(rows) else ids, lengths) + _within(lengths)
    of, columns, weights = [np.repeat(np.arange(len(tokens)), lengths)], [rows.indices[entries]], [rows.weights[entries]]
    between = []
    for i in np.flatnonzero(ids < 0).tolist():
        own = letters.get(tokens[i])
        if own is None:
            between.append(i)
        else:
            of.append(np.full(len(own), i))
            columns.append(np.array(own, np.int64))
            weights.append(np.full(len(own), 1 / len(own)))
    known = Csr.from_entries(len(tokens), *map(np.concatenate, (of, columns, weights)))
    if between:
        joined = _joined(n_source, between, parts) @ _below_identity(n_source, known)
        of, columns = [known.entry_rows, np.array(between)[joined.entry_rows]], [known.indices, joined.indices]
        known = Csr.from_entries(len(tokens), *map(np.concatenate, (of, columns, [known.weights, joined.weights])))
    copied = np.concatenate([np.arange(n_source), np.full(len(tokens), -1)])
    return assemble(copied, n_source, (np.arange(n_source, len(copied)), known))


def _joined(n_source: int, between: Sequence[int], parts: Mapping[int, tuple[int, int]]) -> Csr:
    """For each token in between its shares of the tokens that it joins, which are old, or new with a row of their own."""
    leaves: dict[int, list[int]] = {}
    for new in (n_source + i for i in between):  # in the order of rank: what is joined comes before
        leaves[new] = [leaf for part in parts[new] for leaf in leaves.get(part, [part])]
    lengths = np.array([len(leaves[n_source + i]) for i in between])
    columns = np.fromiter((leaf for i in between for leaf in leaves[n_source + i]), np.int64, int(lengths.sum()))
    return Csr.from_entries(len(between), np.repeat(np.arange(len(between)), lengths), columns, np.repeat(1 / lengths, lengths))


def _below_identity(n: int, rows: Csr) -> Csr:
    top = Csr.selection(np.arange(n))
    return Csr(
        np.concatenate([top.indptr, n + rows.indptr[1:]]),
        np.concatenate([top.indices, rows.indices]),
        np.concatenate([top.weights, rows.weights]),
    )


def _within(lengths: np.ndarray) -> np.ndarray:
    """0, 1, ... within each run."""
    ends = np.cumsum(lengths)
    return np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
