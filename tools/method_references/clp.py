"""CLP-Transfer: whole, with tiny models that carry the matrices.

With a helper whose cosines have both signs, weights cancel; with one like that of a trained model, they are all positive.
Cosines are float64 here: in float32 the sum that they are divided by may have few right digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from .comparison import Comparison, compare_rows
from .inputs import SAME, Inputs, source_matrix
from .reference import Reference, in_order_of_ids, save_model, stand_in, tokenizer

REFERENCE = Reference("malteos/clp-transfer", "d42c1d41b2a313c0b930df581054990e392d9569")

_HELPERS = ("positive", "of both signs")


def _helper(signs: str, count: int) -> np.ndarray:
    rows = np.random.default_rng(11).standard_normal((count, 24))
    return (rows * 0.5 + 1 if signs == "positive" else rows).astype(np.float32)


def run(checkout: Path, inputs: Inputs) -> dict[str, np.ndarray]:
    stand_in("fire", Fire=None)
    import clp
    from safetensors.numpy import load_file

    in_order_of_ids()
    cosines = clp.cosine_similarity
    clp.cosine_similarity = lambda one, other: cosines(one.astype(np.float64), other.astype(np.float64))
    made = {}
    for kinds in SAME:
        folders = {side: inputs.folder / f"clp-{side}-{kinds[0]}" for side in ("source", "helper", "result")}
        old, new = (tokenizer(inputs.tokenizer(side, kinds[0])) for side in ("source", "target"))
        for signs in _HELPERS:
            save_model(folders["source"], source_matrix(kinds[0]))
            save_model(folders["helper"], _helper(signs, len(new)))
            old.save_pretrained(folders["source"])
            new.save_pretrained(folders["helper"])
            clp.apply_clp(*map(str, folders.values()), override=True)
            name = " to ".join(kinds)
            made[f"{name} {signs}"] = load_file(folders["result"] / "model.safetensors")["model.embed_tokens.weight"]
        theirs, ours = old.get_vocab(), new.get_vocab()
        made[f"{name} overlap"] = np.array(sorted((ours[token], theirs[token]) for token in ours.keys() & theirs))
    return made


def compare(inputs: Inputs, made: Mapping[str, np.ndarray]) -> Iterator[Comparison]:
    from polyvocab.formats import TokenizerFiles
    from polyvocab.matrices import SourceMatrices
    from polyvocab.methods.clp import clp
    from polyvocab.overlap import overlap
    from polyvocab.recipe import apply

    for kinds in SAME:
        name = " to ".join(kinds)
        old, new = (TokenizerFiles.from_directory(inputs.tokenizer(side, kinds[0])) for side in ("source", "target"))
        found = overlap(old, new)
        pairs = np.stack([found.matched, found.source[found.matched]], axis=1)
        different = len(set(map(tuple, pairs)) ^ set(map(tuple, made[f"{name} overlap"])))
        yield Comparison(f"{name}: overlap", len(pairs), wrong=[f"{different} pairs are of one side"] if different else ())
        matrix = source_matrix(kinds[0])
        for signs in _HELPERS:
            helper = _helper(signs, len(new.vocabulary))
            transfer = clp(old, new, matrices=SourceMatrices.of(matrix), helper=helper)
            rows = apply(transfer.input, matrix)
            case = f"{name}: cosines {signs}"
            yield compare_rows(case, rows, made[f"{name} {signs}"], new.vocabulary.tokens, {})
