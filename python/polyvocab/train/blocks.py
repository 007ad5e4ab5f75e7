"""Text packed into blocks of equal length: what a training step reads."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from ..corpus import Corpus
from ..errors import TrainingError

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerBase


class Objective(Enum):
    """What the model is trained for; its architecture decides."""

    CAUSAL = "causal"
    MASKED = "masked"


def objective_of(config: PretrainedConfig) -> Objective:
    """Raises `TrainingError` for an architecture without a language-modelling head."""
    name = (config.architectures or ["?"])[0]
    if name.endswith("ForMaskedLM"):
        return Objective.MASKED
    if name.endswith("ForCausalLM") or name == "GPT2LMHeadModel":
        return Objective.CAUSAL
    raise TrainingError(
        f"{name} is neither a causal nor a masked language model, so there is nothing to train or measure; make a transfer "
        "with `polyvocab initialize` and apply it"
    )


def blocks(
    corpus: Corpus, tokenizer: PreTrainedTokenizerBase, length: int, objective: Objective, limit: int, seed: int
) -> np.ndarray:
    """int32 [n, length], at most `limit` blocks of the corpus from its beginning, shuffled by `seed`.

    Documents follow each other, separated by the end-of-text token. For a masked model each block is framed by the
    special tokens that the tokenizer adds to a text.
    """
    frame = _frame(tokenizer) if objective is Objective.MASKED else ([], [])
    inner = length - len(frame[0]) - len(frame[1])
    separator = [t for t in (tokenizer.eos_token_id, tokenizer.sep_token_id) if t is not None][:1]
    rows: list[list[int]] = []
    left: list[int] = []
    for batch in corpus.batches():
        for ids in tokenizer(batch, add_special_tokens=False, verbose=False)["input_ids"]:
            left += [*ids, *separator]
        whole = len(left) // inner * inner
        rows += [[*frame[0], *left[at : at + inner], *frame[1]] for at in range(0, whole, inner)][: limit - len(rows)]
        left = left[whole:]
        if len(rows) >= limit:
            break
    if not rows:
        raise TrainingError(f"the corpus has fewer than {inner} tokens: not one block to train on")
    packed = np.array(rows, np.int32)
    np.random.default_rng(seed).shuffle(packed)
    return packed


def _frame(tokenizer: PreTrainedTokenizerBase) -> tuple[list[int], list[int]]:
    """The special tokens before and after a text."""
    encoded = tokenizer("a", return_special_tokens_mask=True)
    mask, ids = encoded["special_tokens_mask"], encoded["input_ids"]
    content = [i for i, special in enumerate(mask) if not special]
    return ids[: content[0]], ids[content[-1] + 1 :]
