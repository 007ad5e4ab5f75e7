"""`apply(transfer, model)`: the surgery on a model in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import SurgeryError
from ..transfer import TokenizerTransfer
from .ids import IdMap
from .plan import Plan, Role, plan
from .settings import changed_config, changed_generation, check_positions
from .tensors import combine, combine_bias, rows_hash
from .treatment import Operation, Treatment, operation, row_count

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def apply(
    transfer: TokenizerTransfer,
    model: PreTrainedModel,
    *,
    pad_to_multiple_of: int | None = None,
    pad_to: int | None = None,
    special_ids: Mapping[str, Any] | None = None,
) -> PreTrainedModel:
    """Give a `transformers` model the transfer's vocabulary, in place, and return it.

    Every tensor of `plan(model)` gets its new rows, in its own dtype and on its own device; sizes, tying, padding
    indices and the ids in `config` and `generation_config` follow. `pad_to_multiple_of` and `pad_to` add rows after the
    last token. `special_ids` sets id settings, {"eos_token_id": 5}, that the transfer cannot derive.

    All new tensors are made before the first is put in place: an error leaves the model as it was.
    Raises `SurgeryError` for a model that the transfer does not fit, or that cannot be changed whole.
    """
    found = plan(model)
    _check_origin(transfer, model, found)
    work = operation(transfer, model, found, row_count(len(transfer.target.vocabulary), pad_to_multiple_of, pad_to))
    ids = IdMap(transfer, special_ids)
    config = changed_config(model.config, work, ids)
    generation = changed_generation(getattr(model, "generation_config", None), ids)
    ids.check_overrides()
    old_pad = getattr(model.config.get_text_config(), "pad_token_id", None)
    new_pad = getattr(config.get_text_config(), "pad_token_id", None)
    check_positions(model, found.input, old_pad, new_pad)
    tensors = dict([*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)])
    made = [(treatment, _make(treatment, tensors)) for treatment in work.treatments]
    for treatment, tensor in made:
        _put(model, treatment, tensor, tensors)
    _update_modules(model, found, work, ids, old_pad, new_pad)
    _replace_config(model, config)
    if generation is not None:
        model.generation_config = generation
    if work.tied is not None:
        model.all_tied_weights_keys = model.get_expanded_tied_weights_keys(all_submodels=True)
    return model


def _check_origin(transfer: TokenizerTransfer, model: PreTrainedModel, found: Plan) -> None:
    """A recipe that was derived from weights fits those weights alone."""
    tensors = dict(model.named_parameters(remove_duplicate=False))
    names = {"input": found.input, "output": next(iter(found.head), found.input)}
    for which, expected in transfer.derived_from.items():
        if rows_hash(transfer.source.size, tensors[names[which]]) != expected:
            raise SurgeryError(
                f"{found.model}: {names[which]} is not the matrix that this transfer's {which} recipe was derived from"
            )


def _make(treatment: Treatment, tensors: Mapping[str, torch.Tensor]) -> torch.Tensor:
    one = combine_bias if treatment.is_bias else combine
    if treatment.is_plain:
        return one(treatment.terms[0].recipe, tensors[treatment.terms[0].claim.name])
    parts = [term.factor * one(term.recipe, tensors[term.claim.name]).float() for term in treatment.terms]
    return sum(parts[1:], parts[0]).to(tensors[treatment.terms[0].claim.name].dtype)


def _put(model: PreTrainedModel, treatment: Treatment, tensor: torch.Tensor, old: Mapping[str, torch.Tensor]) -> None:
    import torch

    first = old[treatment.terms[0].claim.name]
    is_parameter = isinstance(first, torch.nn.Parameter)
    value = torch.nn.Parameter(tensor, requires_grad=first.requires_grad) if is_parameter else tensor
    if is_parameter:
        value._is_hf_initialized = True  # nothing may draw these rows again
    for name in treatment.names:
        owner, _, attribute = name.rpartition(".")
        module = model.get_submodule(owner)
        (module._parameters if attribute in module._parameters else module._buffers)[attribute] = value


def _update_modules(
    model: PreTrainedModel, found: Plan, work: Operation, ids: IdMap, old_pad: int | None, new_pad: int | None
) -> None:
    import torch

    weights = {name for c in found.claims if c.role is not Role.BIAS for name in c.names}
    for name, module in model.named_modules(remove_duplicate=False):
        if getattr(module, "vocab_size", None) == found.rows:
            module.vocab_size = work.rows
        if f"{name}.weight" in weights:
            if isinstance(module, torch.nn.Embedding):
                module.num_embeddings = work.rows
                module.padding_idx = _new_padding(module.padding_idx, ids, old_pad, new_pad)
            else:
                module.out_features = work.rows


def _new_padding(index: int | None, ids: IdMap, old_pad: int | None, new_pad: int | None) -> int | None:
    if index is None or index == old_pad:
        return new_pad if index is not None else None
    return ids.transfer.new_id(index)


def _replace_config(model: PreTrainedModel, config: Any) -> None:
    """The modules share the configuration objects: write the values into those, so that all of them see the change."""
    for mine, new in [(model.config, config), (model.config.get_text_config(), config.get_text_config())]:
        for name, value in new.to_dict().items():
            if not isinstance(value, dict) and getattr(mine, name, None) != value and name in mine.to_dict():
                setattr(mine, name, value)
