"""`read_matrices(model)`: what methods read that derive rows from weights."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SurgeryError
from ..formats.safetensors import DTYPE_NAMES
from ..matrices import SourceMatrices
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
    rows, and for matrices of other dtypes.
    """
    if isinstance(source, str | Path):
        model, _ = architecture(Path(source))
        stored = StoredTensors(Path(source), shapes(model), model.base_model_prefix)
        found = kept_apart(plan(model), stored)

        def rows_of(claim: Claim) -> tuple[np.ndarray, str]:
            tensor = stored.of_claim(claim)
            if tensor is None:
                raise SurgeryError(f"{source}: {claim.name} is in none of its files")
            return stored.rows(tensor), DTYPE_NAMES.get(tensor.info.dtype, tensor.info.dtype)
    else:
        found = plan(source)
        tensors = dict(source.named_parameters(remove_duplicate=False)) | dict(source.named_buffers())

        def rows_of(claim: Claim) -> tuple[np.ndarray, str]:
            return row_bytes(tensors[claim.name]), claim.dtype

    found_rows, hashes = {}, {}
    for which, claim in _matrices(found).items():
        rows, dtype = rows_of(claim)
        if len(rows) < tokens:
            raise SurgeryError(f"{claim.name} has {len(rows)} rows, the tokenizer {tokens} tokens")
        hashes[which] = hashlib.sha256(rows[:tokens].data).hexdigest()
        found_rows[which] = np.ascontiguousarray(decode(np.ascontiguousarray(rows[:tokens]), dtype))
    return SourceMatrices(found_rows["input"], found_rows.get("output"), hashes)


def _matrices(found: Plan) -> dict[str, Claim]:
    """The claims of the input matrix and, where it is another one, of the output matrix."""
    claims = {"input": found.claim(found.input)}
    output = [claim for claim in found.claims if claim.role is Role.OUTPUT]
    return claims | ({"output": output[0]} if output else {})
