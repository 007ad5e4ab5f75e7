"""LoRA on the body (Hu et al. 2022, package peft), and a transfer that holds what the vocabulary learned.

An adapter changes the body's linear layers by matrices of a low rank; the rows of a new vocabulary have nothing to be close to
and learn in full. What is shared then is small: the adapter, and beside it the transfer with the learned rows. Both belong to
the source model as it was published: the transfer gives it the vocabulary, stock peft the adapter.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import surgery
from ..atomic import atomic_directory, refuse_existing
from ..errors import TrainingError, require
from ..recipe import Given, RowRecipe
from ..transfer import TokenizerTransfer

if TYPE_CHECKING:
    import torch
    from peft import PeftModel
    from transformers import PreTrainedModel

_TRANSFER = "transfer"


def add_adapter(model: PreTrainedModel, rank: int, *, alpha: float | None = None, seed: int = 0) -> PeftModel:
    """Put LoRA of this rank into every linear layer of the body, in place. The wrapper's `base_model.model` is the model
    itself, which stages train as before: where the body learns, its adapter alone does.

    `alpha`: the adapter counts alpha / rank times; twice the rank by default. `seed` draws it; at the beginning it changes
    nothing. Raises `TrainingError` for a rank below 1, `MissingExtra` without peft.
    """
    if rank < 1:
        raise TrainingError(f"a LoRA of rank {rank}: use 1 or more")
    peft = require("peft", "lora", "training an adapter")
    import torch
    from transformers.pytorch_utils import Conv1D

    config = peft.LoraConfig(
        r=rank,
        lora_alpha=2 * rank if alpha is None else alpha,
        target_modules="all-linear",
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in model.modules()),  # GPT-2's layers are transposed
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return peft.get_peft_model(model, config)


def save_adapter(adapted: PeftModel, transfer: TokenizerTransfer, path: str | Path, *, rows: np.ndarray | None = None) -> None:
    """Write the adapter as peft does, and the transfer with the learned rows (`with_learned_rows`) in `transfer` beside it.

    `transfer`: the one that made the model before training; `path` must not exist.
    """
    refuse_existing(Path(path))
    learned = with_learned_rows(transfer, adapted.base_model.model, rows)
    with atomic_directory(path) as folder:
        adapted.save_pretrained(folder, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)  # an empty form
        learned.save_pretrained(folder / _TRANSFER)


def load_adapter(model: PreTrainedModel, path: str | Path) -> PeftModel:
    """The adapted model: the transfer is applied to the source model, in place, and the adapter is put on it.

    Raises `TrainingError` for a folder without an adapter, `SurgeryError` for a model that the transfer does not fit.
    """
    peft = require("peft", "lora", "loading an adapter")
    if not (Path(path) / "adapter_config.json").is_file():
        raise TrainingError(f"{path}: has no adapter_config.json: no adapter was saved here")
    surgery.apply(TokenizerTransfer.from_pretrained(Path(path) / _TRANSFER), model)
    return peft.PeftModel.from_pretrained(model, path)


def with_learned_rows(transfer: TokenizerTransfer, model: PreTrainedModel, rows: np.ndarray | None = None) -> TokenizerTransfer:
    """The transfer that makes `rows` (int64; all by default) as the model has them now, with their bias, and the others as it
    did. Applied to the source model it gives this model's vocabulary.

    Raises `TrainingError` where the model has fewer rows than the transfer's target has tokens.
    """
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    tokens = len(transfer.target.vocabulary)
    if embedding.weight.shape[0] < tokens:
        raise TrainingError(f"the model has {embedding.weight.shape[0]} rows, the transfer's target {tokens} tokens")
    rows = np.arange(tokens) if rows is None else np.asarray(rows, np.int64)

    def learned(recipe: RowRecipe, weight: torch.Tensor, bias: torch.Tensor | None) -> RowRecipe:
        values = weight.detach()[rows.tolist()].float().cpu().numpy()
        biases = None if bias is None else bias.detach()[rows.tolist()].float().cpu().numpy()
        return _given(recipe, rows, values, biases)

    tied = head is None or head.weight is embedding.weight
    bias = getattr(head, "bias", None)
    separate = not tied or transfer.output is not None
    return dataclasses.replace(
        transfer,
        input=learned(transfer.input, embedding.weight, None if separate else bias),
        output=learned(transfer.output_or_input, head.weight, bias) if separate else None,
        provenance=(*transfer.provenance, {"method": "learned", "rows": len(rows)}),
    )


def _given(recipe: RowRecipe, rows: np.ndarray, values: np.ndarray, biases: np.ndarray | None) -> RowRecipe:
    """The recipe with these rows outright, in place of what made them."""
    given = dict(zip(rows.tolist(), values, strict=True))
    own = {} if biases is None else dict(zip(rows.tolist(), biases.tolist(), strict=True))
    kept = recipe.weights.keep(~np.isin(recipe.weights.entry_rows, rows))
    fills = {row: fill for row, fill in recipe.fills.items() if row not in given}
    made = Given.of(given, own)
    if recipe.given is None:
        return RowRecipe(kept, recipe.n_source, made, fills)
    stay = ~np.isin(recipe.given.index, rows)
    parts = [
        np.concatenate([getattr(recipe.given, name)[stay], getattr(made, name)])
        for name in ("index", "rows", "bias", "bias_mean")
    ]
    order = np.argsort(parts[0])
    return RowRecipe(kept, recipe.n_source, Given(*(part[order] for part in parts)), fills)
