"""A small vocabulary for as long as a model is trained, and the whole one afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SurgeryError
from ..recipe import Origin
from ..transfer import TokenizerTransfer
from .apply import apply
from .plan import plan
from .settings import configs_of
from .treatment import Treatment, flagged_configs, operation, row_count

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel


@contextmanager
def trimmed_for_training(
    transfer: TokenizerTransfer,
    model: PreTrainedModel,
    *,
    offload: bool = False,
    pad_to_multiple_of: int | None = None,
    special_ids: Mapping[str, Any] | None = None,
) -> Iterator[PreTrainedModel]:
    """Inside the block `model` has the vocabulary of a trim; afterwards, also after an error, it has its own again.

        with trimmed_for_training(trim, model):
            optimizer = torch.optim.AdamW(model.parameters())  # made inside: the small matrices are other parameters
            ...                                                # text of the trimmed tokenizer, loss over the kept tokens

    On leaving, trained rows and biases go to their old ids and all other rows are what they were, bit for bit. The model's own
    parameters come back as the same objects, without gradients, on the device and in the dtype that the small ones have by
    then, and frozen or not as those are; so do its configurations, generation settings and padding indices. Rows that
    `pad_to_multiple_of` adds are dropped. An optimizer made outside does not see the small matrices; one made inside ends with
    the block.

    `offload` keeps the whole matrices in the memory of the CPU meanwhile. Memory: the small matrices on top of the model.

    Raises `SurgeryError` where a row of the transfer is not a copy of a row of its own, where the transfer unties or joins, and
    on leaving where the small matrices were replaced by others inside: the modules that held them then have the whole ones
    again, as they were before the block.
    """
    _check_is_trim(transfer)
    found = plan(model)
    tokens = len(transfer.target.vocabulary)
    work = operation(transfer, model, found, row_count(tokens, pad_to_multiple_of, None))
    whole = [_Whole.of(model, treatment, tokens, work.rows) for treatment in work.treatments]
    before = _attributes(model, [part for config in configs_of(model, found.rows) for part in flagged_configs(config)])
    apply(transfer, model, pad_to_multiple_of=pad_to_multiple_of, special_ids=special_ids)
    changed = [(owner, name, value) for owner, name, value in before if getattr(owner, name) is not value]
    try:
        if offload:
            for matrix in whole:
                matrix.tensor.data = matrix.tensor.data.cpu()
        yield model
    finally:
        replaced = [matrix.names[0] for matrix in whole if matrix.trained() is None]
        for matrix in whole:
            matrix.put_back(take_trained=not replaced)
        for owner, name, value in changed:
            setattr(owner, name, value)
        if replaced:
            raise SurgeryError(
                f"{found.model}: {replaced[0]} is no longer the matrix of {work.rows} rows that the block began with, so what "
                "was trained was not taken over; change the vocabulary, the tying or the modules before the block or after it"
            )


@dataclass(frozen=True)
class _Whole:
    """One tensor of the whole vocabulary, where it belongs, and which of its rows the small one has."""

    tensor: torch.Tensor
    model: PreTrainedModel
    names: tuple[str, ...]
    slots: tuple[tuple[torch.nn.Module, str], ...]  # the module and the attribute of each name
    old_ids: np.ndarray  # int64 [tokens]
    axis: int
    small_shape: tuple[int, ...]
    device: torch.device

    @classmethod
    def of(cls, model: PreTrainedModel, treatment: Treatment, tokens: int, rows: int) -> _Whole:
        slots = [(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in treatment.names]
        term = treatment.terms[0]
        shape = tuple(rows if axis == term.claim.axis else size for axis, size in enumerate(term.claim.shape))
        tensor, old_ids = getattr(*slots[0]), term.recipe.copied_from[:tokens]
        return cls(tensor, model, treatment.names, tuple(slots), old_ids, term.claim.axis, shape, tensor.device)

    def trained(self) -> torch.Tensor | None:
        """The small tensor; None where the names do not share one of its shape any more, in the modules that they had."""
        modules = dict(self.model.named_modules(remove_duplicate=False))
        if any(modules.get(n.rpartition(".")[0]) is not m for n, (m, _) in zip(self.names, self.slots, strict=True)):
            return None
        held = [getattr(module, attribute, None) for module, attribute in self.slots]
        is_small = held[0] is not None and all(t is held[0] for t in held) and tuple(held[0].shape) == self.small_shape
        return held[0] if is_small else None

    def put_back(self, take_trained: bool) -> None:
        import torch

        small = self.trained() if take_trained else None
        if small is None:
            self.tensor.data = self.tensor.data.to(self.device)
        else:
            data = self.tensor.data.to(small.device, small.dtype)
            order = torch.from_numpy(self.old_ids).to(small.device)
            data.index_copy_(self.axis, order, small.detach().narrow(self.axis, 0, len(order)))
            self.tensor.data = data
            if isinstance(self.tensor, torch.nn.Parameter):
                self.tensor.requires_grad_(small.requires_grad)
        self.tensor.grad = None  # of values that the tensor had before
        for module, attribute in self.slots:
            setattr(module, attribute, self.tensor)


def _check_is_trim(transfer: TokenizerTransfer) -> None:
    if transfer.tying.kind != "keep":
        raise SurgeryError(f"the transfer's tying is '{transfer.tying.kind}': only a trim can be put back")
    tokens = transfer.target.vocabulary.tokens
    for recipe in (transfer.input, transfer.output_or_input):
        if (bad := np.flatnonzero(recipe.origins != Origin.COPIED)).size:
            origin = Origin(int(recipe.origins[bad[0]])).name.lower()
            raise SurgeryError(f"the row of {tokens[bad[0]]!r} is {origin}, no copy: it has no place in the whole matrix")
        _, first = np.unique(recipe.copied_from, return_index=True)
        if (bad := np.setdiff1d(np.arange(len(recipe)), first)).size:
            raise SurgeryError(f"the row of {tokens[bad[0]]!r} is a second copy of one row: there is one place for both")


def _attributes(model: PreTrainedModel, configs: list[PretrainedConfig]) -> list[tuple[Any, str, Any]]:
    """(owner, name, value) of everything that modules and configurations hold besides tensors."""
    return [(owner, name, value) for owner in (*model.modules(), *configs) for name, value in list(vars(owner).items())]
