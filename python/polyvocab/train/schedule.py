"""Which parameters learn when: the vocabulary first, then everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Stage:
    """A run of steps with one set of learning parameters, its own optimizer and its own learning-rate schedule."""

    name: Literal["embeddings", "all"]
    steps: int
    learning_rate: float

    def prepare(self, model: PreTrainedModel) -> None:
        """Freeze what does not learn. `embeddings`: the input matrix, the output matrix and its bias learn."""
        if self.name == "all":
            model.requires_grad_(True)
            return
        model.requires_grad_(False)
        head = model.get_output_embeddings()
        for module in (model.get_input_embeddings(), head):
            if module is not None:
                module.requires_grad_(True)


def embeddings_first(steps: int, *, share: float = 0.2, embeddings_rate: float = 1e-3, rate: float = 2e-4) -> tuple[Stage, ...]:
    """A `share` of the steps for the vocabulary alone, at the higher rate that a frozen body allows, then all parameters.

    On short budgets a long first stage costs more than it brings; with share 0 there is only the second.
    """
    first = round(steps * share)
    stages = (Stage("embeddings", first, embeddings_rate), Stage("all", steps - first, rate))
    return tuple(stage for stage in stages if stage.steps > 0)
