"""Which tensors have a vocabulary dimension? Ask the architecture: build it twice, with vocabularies of two sizes.

Equal sizes prove nothing (a hidden size can equal the vocabulary's). So the model is built from its configuration on
the meta device, where tensors have shapes and no memory, with another vocabulary size: what changes its shape has a
vocabulary dimension.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel


def vocabulary_fields(config: PretrainedConfig) -> list[tuple[PretrainedConfig, str]]:
    """The integer fields that hold vocabulary sizes of the text: `vocab_size`, `decoder_vocab_size`, ..."""
    configs = [config]
    text = config.get_text_config()
    if text is not config:
        configs.append(text)
    return [
        (c, name)
        for c in configs
        for name, value in sorted(c.to_dict().items())
        if _is_vocabulary_size(name) and isinstance(value, int)
    ]


def _is_vocabulary_size(name: str) -> bool:
    """Not `type_vocab_size`, which counts segments."""
    return name in ("vocab_size", "decoder_vocab_size") or name.startswith("vocab_size_")


def build_on_meta(model_class: type[PreTrainedModel], config: PretrainedConfig) -> PreTrainedModel:
    """The architecture with shapes and without memory."""
    import torch

    with torch.device("meta"):
        return model_class(copy.deepcopy(config))


def shapes(model: PreTrainedModel) -> dict[str, tuple[int, ...]]:
    """The shapes of all parameters and buffers, by every name that they have."""
    tensors = [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]
    return {name: tuple(tensor.shape) for name, tensor in tensors}


def with_vocabulary_dimension(model: PreTrainedModel) -> set[str] | None:
    """The names of all tensors whose shape depends on the vocabulary size; None where the model cannot be rebuilt."""
    config = copy.deepcopy(model.config)
    try:
        before = shapes(build_on_meta(type(model), config))
        for c, name in vocabulary_fields(config):
            setattr(c, name, getattr(c, name) + 8)
        after = shapes(build_on_meta(type(model), config))
    except Exception:  # a class that needs more than its configuration, or whose configuration forbids the change
        return None
    return {name for name in before if before[name] != after.get(name, before[name])}
