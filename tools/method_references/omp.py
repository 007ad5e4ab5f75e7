"""Orthogonal matching pursuit as mergekit has it: the pursuit alone, and its tokensurgeon's rows on tokenizers.

Alone the reference runs in float64: in float32 its coefficients are off by 1e-5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace as Named

import numpy as np

from .comparison import ALLOWED, Comparison, compare_rows, sums_of_sizes
from .inputs import SAME, Inputs, source_matrix
from .reference import Reference, in_order_of_ids, stand_in, tokenizer

REFERENCE = Reference("arcee-ai/mergekit", "a6e402884ba9bc30da7f23e8304a35f19485de95", package="mergekit")

_SIZES = {"alone": (8, 64), "on tokenizers": (8, 16)}  # atoms of a row


def _problem() -> tuple[np.ndarray, np.ndarray]:
    """Targets and atoms that are alike in some directions, as rows of models are."""
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((24, 128))
    targets, atoms = (rng.standard_normal((n, 24)) @ shared * 0.2 + 0.3 * rng.standard_normal((n, 128)) for n in (160, 600))
    return targets.astype(np.float32), (atoms * rng.uniform(0.5, 1.5, (600, 1))).astype(np.float32)


def _donor(count: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((count, 8)) @ rng.standard_normal((8, 48)) * 0.3 + 0.2 * rng.standard_normal((count, 48))
    return rows.astype(np.float32)


def run(checkout: Path, inputs: Inputs) -> dict[str, np.ndarray]:
    stand_in("peft")
    import torch
    from mergekit.scripts import tokensurgeon
    from mergekit.tokenizer.normalization import normalized_vocabulary
    from mergekit.tokensurgeon.omp import batch_omp

    in_order_of_ids()
    made = {}
    targets, atoms = _problem()
    doubles = torch.tensor(targets).double(), torch.tensor(atoms).double()
    for k in _SIZES["alone"]:
        chosen, coefficients = (part.numpy() for part in batch_omp(*doubles, k))
        dense = np.zeros((len(targets), len(atoms)))
        np.put_along_axis(dense, chosen, coefficients, axis=1)
        made |= {f"{k} atoms": dense, f"{k} ties": _ties(targets, atoms, chosen)}
    for kinds in SAME:
        tokenizers = {side: tokenizer(inputs.tokenizer(side, kinds[0])) for side in ("source", "target")}
        old, new = map(normalized_vocabulary, tokenizers.values())
        tokensurgeon.transformers = Named(AutoTokenizer=Named(from_pretrained=lambda name, _t=tokenizers, **_: _t[name]))
        donor = _donor(len(tokenizers["target"]))
        name = " to ".join(kinds)
        for k in _SIZES["on tokenizers"]:
            options = Named(
                method=tokensurgeon.ApproximationMethod.ORTHOGONAL_MATCHING_PURSUIT,
                k=k,
                batch_size=512,
                new_vocab_noise=None,
                new_vocab_scale=None,
                model=Named(model=Named(path="source", revision=None)),
                donor=Named(model=Named(path="target", revision=None)),
            )
            matrices = torch.tensor(source_matrix(kinds[0])), torch.tensor(donor)
            # No junk tokens; neither prefixes nor bytes are matched; and no tokens that are no text.
            rows = tokensurgeon.build_embedding_matrix(
                Named(name="rows"), *matrices, old, new, [], False, False, False, options
            )
            made[f"{name} {k}"] = rows.numpy()
    return made


def _ties(targets: np.ndarray, atoms: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """bool [targets]: where another atom was as good as the chosen one at some step, but for rounding."""
    found = np.zeros(len(targets), bool)
    for i, ids in enumerate(chosen):
        target, dictionary = targets[i].astype(np.float64), atoms.astype(np.float64)
        directions, _ = np.linalg.qr(dictionary[ids].T)
        parts = directions * (directions.T @ target)
        residuals = target - np.cumsum(parts, axis=1).T + parts.T  # before each step
        products = np.abs(residuals @ dictionary.T)
        for step, before in enumerate(products):
            before[ids[:step]] = 0
            first, second = -np.sort(-before)[:2]
            found[i] |= first - second < ALLOWED * first
    return found


def compare(inputs: Inputs, made: Mapping[str, np.ndarray]) -> Iterator[Comparison]:
    from polyvocab.formats import TokenizerFiles
    from polyvocab.matrices import SourceMatrices
    from polyvocab.methods.omp import omp
    from polyvocab.pursuit import orthogonal_matching_pursuit
    from polyvocab.recipe import apply

    targets, atoms = _problem()
    for k in _SIZES["alone"]:
        found = orthogonal_matching_pursuit(targets, atoms, k)
        weights = np.zeros((len(targets), len(atoms)), np.float32)
        weights[np.repeat(np.arange(len(targets)), found.row_lengths), found.indices] = found.weights
        names = [f"row {i}" for i in range(len(targets))]
        left_out = {"tie of atoms": np.flatnonzero(made[f"{k} ties"])}
        yield compare_rows(f"coefficients, {k} atoms", weights, made[f"{k} atoms"], names, left_out)
    for kinds in SAME:
        name = " to ".join(kinds)
        old, new = (TokenizerFiles.from_directory(inputs.tokenizer(side, kinds[0])) for side in ("source", "target"))
        matrix, donor = source_matrix(kinds[0]), SourceMatrices.of(_donor(len(new.vocabulary)))
        for k in _SIZES["on tokenizers"]:
            transfer = omp(old, new, donor=donor, k=k)
            sizes = sums_of_sizes(transfer.input.weights, matrix)
            rows, theirs = apply(transfer.input, matrix), made[f"{name} {k}"]
            yield compare_rows(f"{name}, {k} atoms", rows, theirs, new.vocabulary.tokens, {}, sizes)
