"""Configurations after the surgery, and what modules keep of them: vocabulary sizes, tying and token ids."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING

from ..errors import SurgeryError
from .ids import IdMap, is_module_id
from .plan import Plan
from .probe import vocabulary_fields
from .treatment import Operation, set_tied

if TYPE_CHECKING:
    import torch
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


def configs_of(model: PreTrainedModel, rows: int) -> list[PretrainedConfig]:
    """The model's configuration first, then those of its parts that are objects of their own (T5 copies its own)."""
    found = [model.config]
    inside = {id(model.config), id(model.config.get_text_config())}
    for module in model.modules():
        config = getattr(module, "config", None)
        if config is None or id(config) in inside or not hasattr(config, "get_text_config"):
            continue
        if any(getattr(owner, name) == rows for owner, name in vocabulary_fields(config)):
            found.append(config)
            inside |= {id(config), id(config.get_text_config())}
    return found


def module_ids(
    model: PreTrainedModel, ids: IdMap, old_pad: int | None, new_pad: int | None
) -> list[tuple[torch.nn.Module, str, int | None]]:
    """(module, attribute, new value) of all ids that modules keep for themselves."""
    found = []
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                continue
            if name == "padding_idx" and value == old_pad:
                found.append((module, name, new_pad))
            elif is_module_id(name):
                setting = name.replace("_index", "_token_id")
                found.append((module, name, ids.special(value, setting, f"{type(model).__name__}.{path}")))
    return found


def write_config(mine: PretrainedConfig, changed: PretrainedConfig) -> None:
    """The modules share the configuration objects: write the values into those, so that all of them see the change."""
    for target, new in ((mine, changed), (mine.get_text_config(), changed.get_text_config())):
        known = target.to_dict()
        for name, value in new.to_dict().items():
            if name in known and known[name] != value and (not isinstance(value, dict) or name == "task_specific_params"):
                setattr(target, name, value)


def _configs(config: PretrainedConfig) -> list[PretrainedConfig]:
    """The configuration and those inside it that speak of the text's vocabulary."""
    text = config.get_text_config()
    return [config] if text is config else [config, text]
