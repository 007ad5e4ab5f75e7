"""Configurations after the surgery: vocabulary sizes, tying and token ids."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING

from ..errors import SurgeryError
from .ids import IdMap
from .plan import Plan
from .probe import vocabulary_fields
from .treatment import Operation, set_tied

if TYPE_CHECKING:
    from transformers import GenerationConfig, PretrainedConfig, PreTrainedModel


def changed_config(config: PretrainedConfig, found: Plan, operation: Operation, ids: IdMap) -> PretrainedConfig:
    """A copy with the new sizes, flag and ids."""
    config = copy.deepcopy(config)
    for owner, name in vocabulary_fields(config):
        setattr(owner, name, operation.rows)
    if operation.tied is not None:
        set_tied(config, operation.tied)
    elif found.head and not found.tied and config.tie_word_embeddings:
        # The tensors are untied and the flag says otherwise. It follows the tensors, where the class lets it.
        with contextlib.suppress(SurgeryError):
            set_tied(config, False)
    for owner in _configs(config):
        for name, value in ids.settings(owner.to_dict(), type(owner).__name__).items():
            setattr(owner, name, value)
    return config


def changed_generation(generation: GenerationConfig | None, ids: IdMap) -> GenerationConfig | None:
    """A copy with the new ids; lists are rewritten."""
    if generation is None:
        return None
    generation = copy.deepcopy(generation)
    for name, value in ids.settings(generation.to_dict(), "generation_config").items():
        setattr(generation, name, value)
    return generation


def check_positions(model: PreTrainedModel, old_pad: int | None, new_pad: int | None) -> None:
    """RoBERTa and its kin count positions from the id of <pad>: another id would shift every position."""
    if old_pad == new_pad or old_pad is None:
        return
    embedding = model.get_input_embeddings()
    for name, module in model.named_modules():
        if module is not embedding and getattr(module, "padding_idx", None) == old_pad and "position" in name:
            raise SurgeryError(
                f"{type(model).__name__}: {name} counts positions from the id of the padding token, which would "
                f"change from {old_pad} to {new_pad}; give the target's padding token the id {old_pad}"
            )


def padding_ids(*configs: PretrainedConfig) -> list[int | None]:
    """The padding id of each configuration."""
    return [getattr(config.get_text_config(), "pad_token_id", None) for config in configs]


def _configs(config: PretrainedConfig) -> list[PretrainedConfig]:
    """The configuration and those inside it that speak of the text's vocabulary."""
    text = config.get_text_config()
    return [config] if text is config else [config, text]
