"""What methods want to know of a model's rows: the matrices themselves, or which rows training never reached."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SurgeryError
from ..formats.safetensors import DTYPE_NAMES
from ..matrices import SourceMatrices
from ..recipe import untrained_rows
from ..recipe.rows import decode
from .checkpoint import architecture
from .kept_apart import kept_apart
from .plan import Claim, Plan, Role, plan
from .probe import shapes
from .stored import StoredTensors
from .tensors import row_bytes

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def read_matrices(source: PreTrainedModel | str | Path, tokens: int) -> SourceMatrices:
    """The input and output rows of the first `tokens` ids of a model in memory, or of a checkpoint on the disk.

    The rows come as float32, those of bfloat16 and float16 models exactly. Raises `SurgeryError` where the model has fewer
    rows, and `RecipeError` for matrices of other dtypes.
    """
    found = _token_rows(source, tokens)
    hashes = {which: hashlib.sha256(rows.data).hexdigest() for which, (rows, _) in found.items()}
    read = {which: np.ascontiguousarray(decode(np.ascontiguousarray(rows), dtype)) for which, (rows, dtype) in found.items()}
    return SourceMatrices(read["input"], read.get("output"), hashes)


def untrained_tokens(source: PreTrainedModel | str | Path, tokens: int) -> frozenset[int]:
    """Those of the first `tokens` ids whose row in one of the two matrices is all zero or the same as another's: nothing can be
    learned from them (`untrained_rows`). A checkpoint's rows are read a block at a time."""
    found = [untrained_rows(rows) for rows, _ in _token_rows(source, tokens).values()]
    return frozenset(np.concatenate(found).tolist())


def _token_rows(source: PreTrainedModel | str | Path, tokens: int) -> dict[str, tuple[np.ndarray, str]]:
    """The matrices' bytes, uint8 [tokens, bytes of a row], and their dtypes: "input" and, where it is another, "output"."""
    if isinstance(source, str | Path):
        model, _ = architecture(Path(source))
        stored = StoredTensors(Path(source), shapes(model), model.base_model_prefix)
        claims = _claims(kept_apart(plan(model), stored))
        tensors = {which: stored.of_claim(claim) for which, claim in claims.items()}
        if missing := [claim.name for which, claim in claims.items() if tensors[which] is None]:
            raise SurgeryError(f"{source}: {missing[0]} is in none of its files")
        found = {w: (stored.rows(t), DTYPE_NAMES.get(t.info.dtype, t.info.dtype)) for w, t in tensors.items()}
    else:
        claims = _claims(plan(source))
        parameters = dict(source.named_parameters(remove_duplicate=False))
        found = {which: (row_bytes(parameters[claim.name]), claim.dtype) for which, claim in claims.items()}
    for which, (rows, _) in found.items():
        if len(rows) < tokens:
            raise SurgeryError(f"{claims[which].name} has {len(rows)} rows, the tokenizer {tokens} tokens")
    return {which: (rows[:tokens], dtype) for which, (rows, dtype) in found.items()}


def _claims(found: Plan) -> dict[str, Claim]:
    """The claims of the input matrix and, where it is another one, of the output matrix."""
    output = [claim for claim in found.claims if claim.role is Role.OUTPUT]
    return {"input": found.claim(found.input)} | ({"output": output[0]} if output else {})
