"""A matrix of which some rows learn: a frozen part and a new one, put together where the model reads it.

A mask on the gradients does not keep the other rows: weight decay and the optimizer's memory move them all the same, and a
sharded gradient has no rows. Here what does not learn is no parameter that an optimizer sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def split(modules: list[torch.nn.Module], name: str, rows: np.ndarray) -> None:
    """Let only these rows of the tensor `name` learn, which the modules share: int64, ascending."""
    import torch
    from torch.nn.utils import parametrize

    class RowsOverFrozen(torch.nn.Module):
        """The learning rows [new, ...] to the whole tensor."""

        def __init__(self, whole: torch.Tensor) -> None:
            super().__init__()
            self.frozen = torch.nn.Parameter(whole.clone(), requires_grad=False)
            self.register_buffer("rows", torch.from_numpy(rows).to(whole.device))

        def forward(self, new: torch.Tensor) -> torch.Tensor:
            return self.frozen.index_copy(0, self.rows, new)

        def right_inverse(self, whole: torch.Tensor) -> torch.Tensor:
            return whole.detach()[self.rows].clone()

    whole = getattr(modules[0], name).detach()
    over = RowsOverFrozen(whole)
    for module in modules:
        setattr(module, name, torch.nn.Parameter(whole))  # each its own: registering changes the parameter where it is
        parametrize.register_parametrization(module, name, over, unsafe=True)  # the shapes differ
    learning = modules[0].parametrizations[name]
    learning.original.requires_grad_(True)
    for module in modules[1:]:
        module.parametrizations[name].original = learning.original


def join(modules: list[torch.nn.Module], name: str) -> None:
    """Put back one tensor, the frozen rows with their bits and the others as they learned."""
    import torch
    from torch.nn.utils import parametrize

    whole = torch.nn.Parameter(getattr(modules[0], name).detach().clone())
    for module in modules:
        parametrize.remove_parametrizations(module, name, leave_parametrized=False)
        setattr(module, name, whole)
