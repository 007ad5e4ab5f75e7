"""A model with the tokenizer of another one: the draft model of speculative decoding, or two models that are to be merged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import methods, surgery
from .errors import PolyvocabError
from .surgery.checkpoint import architecture, tokenizer_of


def transplant(
    model: str | Path,
    other: str | Path,
    out: str | Path,
    *,
    method: str = "omp",
    seed: int = 0,
    progress: bool = False,
    **options: Any,
) -> Path:
    """Write to `out` the checkpoint `model` with the vocabulary of the checkpoint `other`: the same ids for the same tokens,
    special tokens matched by their roles, and as many rows, padding included. Returns `out`, which must not exist.

    Rows are made by `method` with its `options`; `omp` (the default, without training) has `other` as its donor.

    Raises `PolyvocabError` where the other has fewer rows than tokens, and what the method and the surgery raise.
    """
    model, other = Path(model), Path(other)
    ours, theirs = tokenizer_of(model), tokenizer_of(other)
    known = methods.options_of(method)
    if "untrained" in known:
        options.setdefault("untrained", surgery.untrained_tokens(model, len(ours.vocabulary)))
    if "matrices" in known:
        options.setdefault("matrices", surgery.read_matrices(model, len(ours.vocabulary)))
    if "donor" in known:
        options.setdefault("donor", surgery.read_matrices(other, len(theirs.vocabulary)))
    transfer = methods.initialize(method, ours, theirs, seed=seed, **options)
    rows = surgery.plan(architecture(other)[0]).rows
    if rows < len(theirs.vocabulary):
        raise PolyvocabError(f"{other}: {rows} rows for {len(theirs.vocabulary)} tokens: which of them does it speak?")
    return surgery.apply_to_checkpoint(transfer, model, out, pad_to=rows, progress=progress)
