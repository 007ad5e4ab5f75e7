"""`apply(transfer, model)`: the surgery on a model in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import SurgeryError
from ..transfer import TokenizerTransfer
from .ids import IdMap
from .plan import Plan, Role, plan
from .settings import (
    changed_config,
    changed_generation,
    check_positions,
    configs_of,
    module_ids,
    padding_ids,
    write_config,
)
from .tensors import combine, combine_bias, combine_float, rows_hash
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

    Everything new is made before the first part is put in place: an error leaves the model as it was.
    Raises `SurgeryError` for a model that the transfer does not fit, or that cannot be changed whole.
    """
    found = plan(model)
    _check_origin(transfer, model, found)
    work = operation(transfer, model, found, row_count(len(transfer.target.vocabulary), pad_to_multiple_of, pad_to))
    ids = IdMap.of(transfer, special_ids)
    configs = [(c, changed_config(c, found, work, ids)) for c in configs_of(model, found.rows)]
    generation = changed_generation(getattr(model, "generation_config", None), ids)
    ids.check_overrides()
    old_pad, new_pad = padding_ids(*configs[0])
    check_positions(model, old_pad, new_pad)
    attributes = module_ids(model, ids, old_pad, new_pad)
    tensors = dict([*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)])
    made = [(treatment, _make(treatment, tensors)) for treatment in work.treatments]

    for treatment, tensor in made:
        _put(model, treatment, tensor, tensors)
    for module, name, value in attributes:
        setattr(module, name, value)
    _update_sizes(model, found, work)
    for mine, changed in configs:
        write_config(mine, changed)
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
    term = treatment.terms[0]
    if treatment.is_bias:
        return combine_bias(term.recipe, tensors[term.claim.name])
    if treatment.is_plain:
        return combine(term.recipe, tensors[term.claim.name])
    parts = [term.factor * combine_float(term.recipe, tensors[term.claim.name]) for term in treatment.terms]
    return sum(parts[1:], parts[0]).to(tensors[term.claim.name].dtype)


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


def _update_sizes(model: PreTrainedModel, found: Plan, work: Operation) -> None:
    import torch

    weights = {name for c in found.claims if c.role is not Role.BIAS for name in c.names}
    for name, module in model.named_modules(remove_duplicate=False):
        if getattr(module, "vocab_size", None) == found.rows:
            module.vocab_size = work.rows
        if f"{name}.weight" in weights:
            setattr(module, "num_embeddings" if isinstance(module, torch.nn.Embedding) else "out_features", work.rows)
