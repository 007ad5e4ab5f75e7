"""An embedding and a head whose `weight` are coordinates, with the directions that they are multiplied by."""

from __future__ import annotations

import torch
from torch.nn import functional


class FactorizedEmbedding(torch.nn.Embedding):
    """Looks up [.., rank] coordinates and multiplies them by the directions [rank, dim]."""

    def __init__(self, plain: torch.nn.Embedding, coordinates: torch.nn.Parameter, directions: torch.nn.Parameter) -> None:
        super().__init__(*coordinates.shape, padding_idx=plain.padding_idx, _weight=coordinates, device="meta")
        self.weight, self.directions = coordinates, directions
        self.train(plain.training)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return super().forward(ids) @ self.directions

    def whole(self, weight: torch.nn.Parameter) -> torch.nn.Embedding:
        """The stock module with these rows."""
        plain = torch.nn.Embedding(*weight.shape, padding_idx=self.padding_idx, _weight=weight, device="meta")
        plain.weight = weight
        return plain.train(self.training)


class FactorizedHead(torch.nn.Linear):
    """Takes hidden states [.., dim] into the space of the directions and from there to logits."""

    def __init__(self, plain: torch.nn.Linear, coordinates: torch.nn.Parameter, directions: torch.nn.Parameter) -> None:
        super().__init__(coordinates.shape[1], coordinates.shape[0], bias=plain.bias is not None, device="meta")
        self.weight, self.directions, self.bias = coordinates, directions, plain.bias
        self.train(plain.training)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return functional.linear(hidden @ self.directions.T, self.weight, self.bias)

    def whole(self, weight: torch.nn.Parameter) -> torch.nn.Linear:
        """The stock module with these rows."""
        plain = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=self.bias is not None, device="meta")
        plain.weight, plain.bias = weight, self.bias
        return plain.train(self.training)
