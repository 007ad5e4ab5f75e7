"""TokenAdapt: its main function, with a function of ours in the place of the sentence encoder.

Its Unigram tokenizers keep the space at the beginning of what a token decodes to: where that is lost, the reference takes
` a` and `a` for the same, and ours does not. Where the old tokenizer cannot write a token, the reference mixes in its unknown
token, and ours leaves that out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace as Named

import numpy as np

from .comparison import Comparison, compare_rows, ties
from .inputs import Inputs, Pair, source_matrix, text_vectors
from .reference import Reference, in_order_of_ids, save_model, tokenizer

REFERENCE = Reference("Tinycompany-AI/tokenadapt", "3f7ff1de79a47e6e6cffa40e4d143e8a31f2491a", folder="src")

_PAIRS: list[Pair] = [(source, target) for source in ("bpe", "unigram-bare") for target in ("bpe", "unigram-bare")]
_SETTINGS = [(0.3, 0.0), (0.3, 0.6), (1.0, 0.6)]  # the part of the nearest tokens, and the least similarity
_NEIGHBOURS = 3
_ENCODER = "encoder"


def run(checkout: Path, inputs: Inputs) -> dict[str, np.ndarray]:
    import torch
    import transformers
    import transplant

    in_order_of_ids()
    os.chdir(inputs.folder)  # where it keeps the vectors of texts
    made = {}
    saved = []
    transformers.PreTrainedModel.push_to_hub = lambda model, *_, **__: saved.append(model)
    transformers.PreTrainedTokenizerBase.push_to_hub = lambda *_, **__: None
    encoder = Named(config=Named(hidden_size=text_vectors([""]).shape[1]))
    of_tokenizers, of_models = transformers.AutoTokenizer, transformers.AutoModelForCausalLM
    transplant.AutoModel = Named(from_pretrained=lambda *_, **__: Named(to=lambda device: encoder))
    transplant.AutoTokenizer = Named(
        from_pretrained=lambda at, **_: None if at == _ENCODER else of_tokenizers.from_pretrained(at)
    )
    transplant.AutoModelForCausalLM = Named(
        from_pretrained=lambda at, torch_dtype, **_: of_models.from_pretrained(at, dtype=torch_dtype)
    )
    transplant.cache_embeddings = _encode
    for kinds in _PAIRS:
        name = " to ".join(kinds)
        folder = inputs.folder / f"tokenadapt {name}"
        old, new = (tokenizer(inputs.tokenizer(side, kind)) for side, kind in zip(("source", "target"), kinds, strict=True))
        save_model(folder, source_matrix(kinds[0]))
        old.save_pretrained(folder)
        for weight, threshold in _SETTINGS:
            options = Named(
                model_path=str(folder),
                new_tokenizer_path=str(inputs.tokenizer("target", kinds[1])),
                embedding_model_path=_ENCODER,
                new_model_name="none",
                hf_token=None,
                dtype="fp32",
                temperature=0.3,
                multiple_of=128,
                batch_size=16,
                top_k=_NEIGHBOURS,
                weight=weight,
                threshold=threshold,
            )
            for seed in (0, 1):
                torch.manual_seed(seed)
                transplant.main(options)
            rows, others = (model.get_input_embeddings().weight.detach().numpy()[: len(new)] for model in saved)
            saved.clear()
            case = f"{name} {weight} {threshold}"
            made |= {f"{case} rows": rows, f"{case} drawn": (rows != others).any(axis=1)}
        unit = [_unit(text_vectors([files.decode([i]) for i in range(len(files))])) for files in (old, new)]
        made[f"{name} ties"] = ties(unit[1] @ unit[0].T, _NEIGHBOURS)
        written = [old.encode(new.decode([i]), add_special_tokens=False) for i in range(len(new))]
        made[f"{name} unknown"] = np.array([old.unk_token_id in ids for ids in written])
        theirs = old.get_vocab()
        made[f"{name} copied"] = np.array([theirs.get(token, -1) for token in new.get_vocab()])
    return made


def _encode(model: None, encoder: None, texts: list[str], device: str, cache: dict, batch_size: int = 0) -> dict:
    new = sorted(set(texts) - cache.keys())
    return cache | dict(zip(new, text_vectors(new).tolist(), strict=True))


def _unit(rows: np.ndarray) -> np.ndarray:
    rows = rows.astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def compare(inputs: Inputs, made: Mapping[str, np.ndarray]) -> Iterator[Comparison]:
    from polyvocab.formats import TokenizerFiles
    from polyvocab.methods.tokenadapt import tokenadapt
    from polyvocab.overlap import overlap
    from polyvocab.pieces import Pieces, Role
    from polyvocab.recipe import apply

    for kinds in _PAIRS:
        name = " to ".join(kinds)
        sides = zip(("source", "target"), kinds, strict=True)
        old, new = (TokenizerFiles.from_directory(inputs.tokenizer(*side)) for side in sides)
        ours, theirs = overlap(old, new).source, made[f"{name} copied"]
        pieces = Pieces.of(new.vocabulary)
        for weight, threshold in _SETTINGS:
            of = f"{name} {weight} {threshold}"
            transfer = tokenadapt(old, new, embedder=text_vectors, weight=weight, threshold=threshold)
            rows = apply(transfer.input, source_matrix(kinds[0]))
            left_out = {
                "overlap of ours alone": np.flatnonzero((ours >= 0) & (theirs < 0)),
                "overlap of theirs alone": np.flatnonzero((ours < 0) & (theirs >= 0)),
                "another source token": np.flatnonzero(ours != theirs),
                "new special": np.flatnonzero((pieces.role == Role.SPECIAL) & (ours < 0)),
                "no whole characters": [i for i in np.flatnonzero(ours < 0) if pieces[i].text is None],
                "pieces unknown": np.flatnonzero(made[f"{name} unknown"] & (ours < 0) & (weight < 1)),
                "drawn at random": set(transfer.input.fills) & set(np.flatnonzero(made[f"{of} drawn"]).tolist()),
                "tie at rank 3": np.flatnonzero(made[f"{name} ties"] & (ours < 0)),
            }
            case = f"{name}, weight {weight}, threshold {threshold}"
            yield compare_rows(case, rows, made[f"{of} rows"], new.vocabulary.tokens, left_out)
