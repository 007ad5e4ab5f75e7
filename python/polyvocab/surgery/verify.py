"""Whether a trimmed model computes what the whole one does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SurgeryError

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class SameOutputs:
    """`hidden`: whether all hidden states were equal bit for bit. `logits`: the largest difference of logits of kept tokens,
    and `relative`, the largest one relative to the logit, where that is above 1; 0 for a model without logits."""

    texts: int
    hidden: bool
    logits: float
    relative: float


def compare_outputs(
    before: PreTrainedModel, after: PreTrainedModel, kept: np.ndarray, texts: Iterable[Sequence[int]]
) -> SameOutputs:
    """Run both models on texts. `kept`: int64, the old id of each token of the trimmed model; `texts`: old ids, all kept.

    Raises `SurgeryError` for a text with a token that is not kept.
    """
    import torch

    new_ids = {old: new for new, old in enumerate(kept.tolist())}
    columns = torch.from_numpy(kept)
    count, hidden, logits, relative = 0, True, 0.0, 0.0
    for old in texts:
        missing = [i for i in old if i not in new_ids]
        if missing:
            raise SurgeryError(f"text {count} has the token {missing[0]}, which the trimmed model does not have")
        with torch.no_grad():
            one = before(torch.tensor([list(old)]), output_hidden_states=True)
            other = after(torch.tensor([[new_ids[i] for i in old]]), output_hidden_states=True)
        hidden = hidden and all(torch.equal(a, b) for a, b in zip(_states(one), _states(other), strict=True))
        if "logits" in one:
            is_head = one.logits.shape != other.logits.shape  # else those of classes, or of all tokens
            expected = (one.logits[..., columns] if is_head else one.logits).float()
            difference = (expected - other.logits[..., : expected.shape[-1]].float()).abs()
            logits = max(logits, float(difference.max()))
            relative = max(relative, float((difference / expected.abs().clamp(min=1)).max()))
        count += 1
    return SameOutputs(count, hidden, logits, relative)


def _states(output) -> tuple:
    return output.hidden_states if "hidden_states" in output else output.decoder_hidden_states
