"""A recipe applied to torch tensors: the core on the CPU, our kernel on a GPU, or plain torch on any device."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SurgeryError
from ..recipe import RowMaker, RowRecipe, apply_bias
from ..recipe.rows import COMBINABLE, cuda_available, cuda_combine_rows

if TYPE_CHECKING:
    import torch


def combine(recipe: RowRecipe, weight: torch.Tensor) -> torch.Tensor:
    """Target rows [targets, dim] of a matrix [rows, dim], on its device and in its dtype."""
    if weight.is_cuda:
        return _combine_on_gpu(recipe, weight)
    return _from_bytes(_maker(recipe, weight).rows(0, len(recipe)), weight).to(weight.device)


def combine_float(recipe: RowRecipe, weight: torch.Tensor) -> torch.Tensor:
    """Target rows in float32, before they are cast: for sums of several matrices, which are rounded once."""
    import torch

    return torch.from_numpy(_maker(recipe, weight).float_rows(0, len(recipe))).to(weight.device)


def combine_bias(recipe: RowRecipe, bias: torch.Tensor) -> torch.Tensor:
    """The head's bias in the shape of the source's ([rows] or [1, rows])."""
    import torch

    new = apply_bias(recipe, bias.detach().reshape(-1).float().cpu().numpy())
    out = torch.from_numpy(new).to(bias.dtype)
    copied = torch.from_numpy(recipe.copied_from)
    moved = copied >= 0
    out[moved] = bias.detach().reshape(-1).cpu()[copied[moved]]
    return out.to(bias.device).reshape(*bias.shape[:-1], len(recipe))


def combine_with_torch(recipe: RowRecipe, weight: torch.Tensor) -> torch.Tensor:
    """The same in plain torch: the kernel's twin. Sums run in the same order, entry by entry, in float32."""
    import torch

    rows, device = weight.detach(), weight.device
    lengths = torch.from_numpy(recipe.weights.row_lengths).to(device)
    starts = torch.from_numpy(recipe.weights.indptr[:-1].copy()).to(device)
    indices = torch.from_numpy(recipe.weights.indices).to(device)
    weights = torch.from_numpy(recipe.weights.weights).to(device)
    total = torch.zeros(len(recipe), rows.shape[1], dtype=torch.float32, device=device)
    if recipe.given is not None:
        total[torch.from_numpy(recipe.given.index).to(device)] = torch.from_numpy(recipe.given.rows).to(device)
    for entry in range(int(lengths.max()) if len(recipe) else 0):
        active = torch.nonzero(lengths > entry).flatten()
        at = starts[active] + entry
        # Two operations: a fused multiply-add would round once where the kernel rounds twice.
        total[active] = total[active] + weights[at, None] * rows[indices[at]].float()
    out = total.to(rows.dtype)
    copied = torch.from_numpy(recipe.copied_from).to(device)
    moved = copied >= 0
    out[moved] = rows[copied[moved]]
    return _fill(recipe, weight, out)


def rows_hash(recipe_rows: int, weight: torch.Tensor) -> str:
    """SHA-256 of the bytes of the token rows of a matrix: what a recipe derived from weights is bound to."""
    return hashlib.sha256(row_bytes(weight)[:recipe_rows].data).hexdigest()


def _combine_on_gpu(recipe: RowRecipe, weight: torch.Tensor) -> torch.Tensor:
    import torch

    dtype = str(weight.dtype).removeprefix("torch.")
    if not cuda_available() or dtype not in COMBINABLE:
        return combine_with_torch(recipe, weight)
    _check(recipe, weight)
    source = weight.detach().contiguous()
    out = torch.empty(len(recipe), source.shape[1], dtype=source.dtype, device=source.device)
    arrays = [
        torch.from_numpy(a).to(source.device) for a in (recipe.weights.indptr, recipe.weights.indices, recipe.weights.weights)
    ]
    slots = given = None
    if recipe.given is not None:
        slots = torch.full((len(recipe),), -1, dtype=torch.int64)
        slots[torch.from_numpy(recipe.given.index)] = torch.arange(len(recipe.given.index))
        slots, given = slots.to(source.device), torch.from_numpy(recipe.given.rows).to(source.device)
    with torch.cuda.device(source.device):
        cuda_combine_rows(
            len(recipe),
            indptr=arrays[0].data_ptr(),
            indices=arrays[1].data_ptr(),
            weights=arrays[2].data_ptr(),
            given_slot=0 if slots is None else slots.data_ptr(),
            given=0 if given is None else given.data_ptr(),
            source=source.data_ptr(),
            target=out.data_ptr(),
            dim=source.shape[1],
            dtype=dtype,
            stream=torch.cuda.current_stream().cuda_stream,
        )
        torch.cuda.current_stream().synchronize()  # the arrays above are freed when this function returns
    return _fill(recipe, weight, out)


def _fill(recipe: RowRecipe, weight: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    if not recipe.fills:
        return out
    moments = _maker(recipe, weight.detach().cpu()).moments
    import torch

    rows = list(recipe.fills)
    values = torch.from_numpy(np.stack([recipe.fills[row].row(moments) for row in rows]))
    out[torch.tensor(rows, device=out.device)] = values.to(out.device, out.dtype)
    return out


def _maker(recipe: RowRecipe, weight: torch.Tensor) -> RowMaker:
    return RowMaker(recipe, row_bytes(weight), str(weight.dtype).removeprefix("torch."))


def _check(recipe: RowRecipe, weight: torch.Tensor) -> None:
    """What `RowMaker` checks on the CPU."""
    if len(weight) < recipe.n_source:
        raise SurgeryError(f"the recipe reads {recipe.n_source} source rows, the matrix has {len(weight)}")
    if recipe.given is not None and recipe.given.dim != weight.shape[1]:
        raise SurgeryError(f"given rows have {recipe.given.dim} dimensions, the matrix {weight.shape[1]}")


def row_bytes(weight: torch.Tensor) -> np.ndarray:
    """uint8 [rows, bytes of a row] of a matrix; a copy where it is not on the CPU."""
    import torch

    if weight.device.type == "meta":
        raise SurgeryError("the model is on the meta device: its rows have no values")
    flat = weight.detach().cpu().contiguous()
    return flat.view(torch.uint8).numpy().reshape(len(flat), -1)


def _from_bytes(rows: np.ndarray, like: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.from_numpy(rows).view(like.dtype).reshape(len(rows), -1)
