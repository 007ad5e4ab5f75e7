"""Generation settings of a model whose head produces only the first ids."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SurgeryError

if TYPE_CHECKING:
    from transformers import GenerationConfig

_MUST_BE_PRODUCED = ("eos_token_id", "forced_bos_token_id", "forced_eos_token_id", "force_words_ids", "forced_decoder_ids")
_TOKENS = ("suppress_tokens", "begin_suppress_tokens")
_SEQUENCES = ("bad_words_ids", "sequence_bias")


def restrict_generation(generation: GenerationConfig, outputs: int, old_ids: np.ndarray) -> None:
    """Change the settings, in new ids, so that they ask nothing of ids from `outputs` on.

    A rule about a token that cannot be produced goes. Raises `SurgeryError` with the old id of a token that must be produced,
    and of one in the midst of a sequence: `generate` takes no rule about an id that has no logit.
    """
    for name in _MUST_BE_PRODUCED:
        for i in _ids_in(getattr(generation, name, None), name):
            if i >= outputs:
                raise SurgeryError(f"generation_config: {name} has the token {old_ids[i]}, which is not kept: keep it")
    for name in _TOKENS:
        if value := getattr(generation, name, None):
            setattr(generation, name, [i for i in value if i < outputs] or None)
    for name in _SEQUENCES:
        if value := getattr(generation, name, None):
            setattr(generation, name, _completable(value, name, outputs, old_ids) or None)


def _ids_in(value: Any, name: str) -> list[int]:
    """All ids of a setting: an id, or lists of them in any depth; forced_decoder_ids has [position, id] pairs."""
    if value is None:
        return []
    if isinstance(value, int):
        return [value]
    items = [pair[1] for pair in value] if name == "forced_decoder_ids" else value
    return [i for item in items for i in _ids_in(item, "")]


def _completable(value: Any, name: str, outputs: int, old_ids: np.ndarray) -> Any:
    """The sequences whose last token can be produced: bad words [[id, ...], ...], or biases in one of their three forms."""

    def stays(sequence: Sequence[int] | str) -> bool:
        ids = ast.literal_eval(sequence) if isinstance(sequence, str) else sequence
        if ids[-1] >= outputs:
            return False
        if beyond := [i for i in ids if i >= outputs]:
            raise SurgeryError(f"generation_config: {name} has the token {old_ids[beyond[0]]}, which is not kept: keep it")
        return True

    if isinstance(value, dict):
        return {sequence: bias for sequence, bias in value.items() if stays(sequence)}
    if name == "sequence_bias":
        return [[sequence, bias] for sequence, bias in value if stays(sequence)]
    return [sequence for sequence in value if stays(sequence)]
