"""What learns while a stage runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ..errors import TrainingError
from ..transfer import TokenizerTransfer
from .new_rows import join, split
from .schedule import Rows, Stage

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def new_rows(transfer: TokenizerTransfer) -> np.ndarray:
    """int64, ascending: target tokens that are no copies of a source token."""
    return np.flatnonzero(transfer.input.copied_from < 0)


@contextmanager
def learning(model: PreTrainedModel, stage: Stage, rows: np.ndarray | None = None) -> Iterator[None]:
    """The model with the parameters that `stage` lets learn, and no others, for as long as the block runs; then whole again.
    Of a body with an adapter (`add_adapter`) that alone learns.

    `rows`: the new rows, for stages that tell them apart (`new_rows`). Raises `TrainingError` where a tied matrix would have to
    learn as input and not as output, and where new rows are wanted and none are given.
    """
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    tied = head is not None and head.weight is embedding.weight
    if tied and stage.input != stage.output:
        raise TrainingError(
            f"the stage {stage.name!r} has {stage.input} input rows and {stage.output} output rows learn, but they are one "
            "matrix in this model: use the stages for a tied model"
        )
    if "new" in (stage.input, stage.output) and (rows is None or not len(rows)):
        raise TrainingError(f"the stage {stage.name!r} trains new rows, and there are none: was every token copied?")
    model.requires_grad_(False)
    for parameter in _body(model):
        parameter.requires_grad_(stage.body)
    done: list[tuple[list[torch.nn.Module], str]] = []

    def part(modules: list[torch.nn.Module], name: str, which: Rows) -> None:
        getattr(modules[0], name).requires_grad_(which == "all")
        if which == "new":
            split(modules, name, np.asarray(rows, np.int64))
            done.append((modules, name))

    try:
        part([embedding, head] if tied else [embedding], "weight", stage.input)
        if head is not None and not tied:
            part([head], "weight", stage.output)
        if getattr(head, "bias", None) is not None:
            part(_with_bias(model, head.bias), "bias", stage.output)
        yield
    finally:
        for modules, name in reversed(done):
            join(modules, name)
        model.requires_grad_(True)


def _body(model: PreTrainedModel) -> list[torch.nn.Parameter]:
    """What learns where the body does: the adapter, where there is one (`add_adapter`). Some architectures have parameters of
    their own that are named after LoRA, so the name alone does not tell."""
    if not hasattr(model, "peft_config"):
        return list(model.parameters())
    return [parameter for name, parameter in model.named_parameters() if "lora_" in name and ".default." in name]


def _with_bias(model: PreTrainedModel, bias: torch.nn.Parameter) -> list[torch.nn.Module]:
    """The modules that hold this bias: some heads have it under two names."""
    return [module for module in model.modules() if module._parameters.get("bias") is bias]
