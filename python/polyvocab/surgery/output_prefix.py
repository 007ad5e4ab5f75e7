"""A head with fewer tokens than the input: read everything, write one language. In memory, for serving.

The ids are laid out anew, so that the tokens which can be produced are a prefix: logit i belongs to id i, and what is
generated can be fed back as it is. No stock configuration can say that a head is shorter than the embedding, so such a model
is not saved: keep the original checkpoint and the list of ids, and make it again after loading.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

from ..errors import SurgeryError
from .ids import IdMap
from .output_rules import restrict_generation
from .plan import Claim, Plan, Role, plan
from .settings import changed_generation, check_positions, configs_of, module_ids, padding_ids, write_config
from .treatment import flagged_configs, untied_scale

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel

_Ids = TypeVar("_Ids", "np.ndarray", "torch.Tensor")
_OUTPUT_SIZES = ("vocab_size", "decoder_vocab_size")  # what losses and generation take for the width of the logits


@dataclass(frozen=True)
class ShortHead:
    """A model that speaks new ids, and the way between them and those of its tokenizer."""

    model: PreTrainedModel
    old_ids: np.ndarray  # int64 [rows]: the tokenizer's id of each new id
    outputs: int  # the new ids below this one can be produced: the width of the logits

    @cached_property
    def new_ids(self) -> np.ndarray:
        """int64 [rows]: the new id of each id of the tokenizer."""
        return _inverse(self.old_ids)

    def to_new(self, ids: _Ids) -> _Ids:
        """The model's ids for ids of the tokenizer: integers of any shape, a numpy array or a torch tensor."""
        return _lookup(self.new_ids, ids)

    def to_old(self, ids: _Ids) -> _Ids:
        """The tokenizer's ids for ids of the model: what to decode."""
        return _lookup(self.old_ids, ids)


def shorten_head(model: PreTrainedModel, kept_output_ids: Sequence[int] | np.ndarray) -> ShortHead:
    """Leave only these tokens (ids of the model's tokenizer) in the output head, in place.

    The input keeps every row; rows move, so that the kept outputs come first, each group in its old order. Hidden states stay
    bit for bit, logits are those of the kept tokens: `logits[..., to_new(t)]` is what the logit of t was. Probabilities are
    those among the kept tokens. A tied head becomes a matrix of its own, with the scale that some architectures apply only
    when tied. Ids in configurations, in generation settings and in modules follow; rules about tokens that can no longer be
    produced go. `vocab_size` becomes the width of the logits. Needed besides the model: one more input matrix while its rows
    move.

    An error leaves the model as it was. Raises `SurgeryError` where the model has no head, where its positions are counted
    from a padding id that would move, and where a token that must be produced, such as the end of the text, is not kept.
    """
    found = plan(model)
    if not found.head:
        raise SurgeryError(f"{found.model} has no output head that could be shortened")
    kept = _checked(kept_output_ids, found)
    old_ids = np.concatenate([kept, np.setdiff1d(np.arange(found.rows), kept)])
    new_ids = _inverse(old_ids)
    ids = IdMap(lambda old: int(new_ids[old]) if old < found.rows else None, found.rows)
    scale = untied_scale(model) if any(c.tie_word_embeddings for c in flagged_configs(model.config)) else 1.0
    configs = [(c, _changed_config(c, ids, len(kept))) for c in configs_of(model, found.rows)]
    generation = changed_generation(getattr(model, "generation_config", None), ids)
    if generation is not None:
        restrict_generation(generation, len(kept), old_ids)
    old_pad, new_pad = padding_ids(*configs[0])
    check_positions(model, old_pad, new_pad)
    attributes = module_ids(model, ids, old_pad, new_pad)
    tensors = dict([*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)])
    if tensors[found.input].is_meta:
        raise SurgeryError("the model is on the meta device: its rows have no values")
    made = [part for claim in found.claims for part in _parts(claim, found, tensors[claim.name], old_ids, len(kept), scale)]

    for names, tensor in made:
        _put(model, names, tensor, tensors[names[0]])
    for module, name, value in attributes:
        setattr(module, name, value)
    _update_sizes(model, len(kept))
    for mine, changed in configs:
        write_config(mine, changed)
    if generation is not None:
        model.generation_config = generation
    if model.all_tied_weights_keys:
        model.all_tied_weights_keys = model.get_expanded_tied_weights_keys(all_submodels=True)
    model.save_pretrained = model.push_to_hub = _refuse_saving
    return ShortHead(model, old_ids, len(kept))


def _checked(kept: Sequence[int] | np.ndarray, found: Plan) -> np.ndarray:
    ids = np.asarray(kept)
    if ids.ndim != 1 or not len(ids) or ids.dtype.kind not in "iu":
        raise SurgeryError("the kept outputs must be a list of token ids, and not an empty one")
    ids = np.sort(ids.astype(np.int64))
    if ids[0] < 0 or ids[-1] >= found.rows:
        raise SurgeryError(f"the id {ids[0] if ids[0] < 0 else ids[-1]} is none of the {found.rows} rows of {found.model}")
    if (twice := np.flatnonzero(np.diff(ids) == 0)).size:
        raise SurgeryError(f"the id {ids[twice[0]]} is listed twice among the kept outputs")
    return ids


def _inverse(permutation: np.ndarray) -> np.ndarray:
    inverse = np.empty_like(permutation)
    inverse[permutation] = np.arange(len(permutation))
    return inverse


def _lookup(table: np.ndarray, ids: _Ids) -> _Ids:
    if isinstance(ids, np.ndarray):
        lowest, highest = (ids.min(), ids.max()) if ids.size else (0, 0)
    else:
        lowest, highest = (int(ids.min()), int(ids.max())) if ids.numel() else (0, 0)
    if lowest < 0 or highest >= len(table):
        raise SurgeryError(f"the id {lowest if lowest < 0 else highest} is none of the model's {len(table)} rows")
    if isinstance(ids, np.ndarray):
        return table[ids]
    import torch

    return torch.from_numpy(table).to(ids.device)[ids.long()]


def _parts(
    claim: Claim, found: Plan, tensor: torch.Tensor, old_ids: np.ndarray, outputs: int, scale: float
) -> list[tuple[tuple[str, ...], torch.Tensor]]:
    """(names, new tensor) of what one tensor becomes: a tied one becomes two."""
    import torch

    order = torch.from_numpy(old_ids).to(tensor.device)
    values = tensor.detach()
    if claim.role is Role.BIAS:
        return [(claim.names, values[..., order[:outputs]])]
    head = tuple(name for name in claim.names if name in found.head)
    rest = tuple(name for name in claim.names if name not in found.head)
    parts = []
    if head:
        rows = values[order[:outputs]]
        parts.append((head, rows if scale == 1.0 else (rows.float() * scale).to(rows.dtype)))
    if rest:
        parts.append((rest, values[order]))
    return parts


def _put(model: PreTrainedModel, names: tuple[str, ...], tensor: torch.Tensor, old: torch.Tensor) -> None:
    import torch

    is_parameter = isinstance(old, torch.nn.Parameter)
    value = torch.nn.Parameter(tensor, requires_grad=old.requires_grad) if is_parameter else tensor
    for name in names:
        owner, _, attribute = name.rpartition(".")
        module = model.get_submodule(owner)
        (module._parameters if is_parameter else module._buffers)[attribute] = value


def _update_sizes(model: PreTrainedModel, outputs: int) -> None:
    """The head and the modules around it, which compute losses; embeddings keep their sizes."""
    import torch

    head = model.get_output_embeddings()
    rows = model.get_input_embeddings().weight.shape[0]
    setattr(head, "num_embeddings" if isinstance(head, torch.nn.Embedding) else "out_features", outputs)
    for module in model.modules():
        if getattr(module, "vocab_size", None) == rows and any(part is head for part in module.modules()):
            module.vocab_size = outputs


def _changed_config(config: PretrainedConfig, ids: IdMap, outputs: int) -> PretrainedConfig:
    """A copy with the new ids, the width of the logits, and a flag that says what the tensors are.

    The flag is written past classes that force it: what they would do on reloading does not matter here, and a flag that
    stayed would let `tie_weights` put the whole matrix back.
    """
    config = copy.deepcopy(config)
    for owner in flagged_configs(config):
        for name, value in ids.settings(owner.to_dict(), type(owner).__name__).items():
            setattr(owner, name, value)
        for name in _OUTPUT_SIZES:
            if getattr(owner, name, None) is not None:
                setattr(owner, name, outputs)
        owner.tie_word_embeddings = False
    return config


def _refuse_saving(*_: Any, **__: Any) -> NoReturn:
    raise SurgeryError(
        "this model's head is shorter than its input, which no stock configuration can say: it would not load again. Save the "
        "original model and the list of kept outputs, and call shorten_head after loading"
    )
