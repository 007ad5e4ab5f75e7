"""The recipe kernel and its torch twin. The twin runs everywhere; the kernel where a GPU is."""

import numpy as np
import pytest
import torch
from hypothesis import given
from polyvocab import _core
from polyvocab.surgery.tensors import combine, combine_with_torch
from strategies import matrix, recipes

DTYPES = [torch.float32, torch.bfloat16, torch.float16]
needs_gpu = pytest.mark.skipif(
    not (torch.cuda.is_available() and _core.cuda_device_count()), reason="no GPU, or a build without kernels"
)


@pytest.mark.parametrize("dtype", DTYPES)
@given(recipe=recipes())
def test_the_torch_twin_equals_the_core_bit_for_bit(dtype, recipe):
    weight = torch.from_numpy(matrix(recipe.n_source + 1)).to(dtype)
    assert torch.equal(combine_with_torch(recipe, weight), combine(recipe, weight))


def test_a_build_without_kernels_says_how_to_get_them():
    if _core.cuda_compiled():
        assert _core.cuda_device_count() >= 0
        return
    with pytest.raises(RuntimeError, match="POLYVOCAB_CUDA=ON"):
        _core.cuda_combine_rows(1, 0, 0, 0, 0, 0, 0, 0, 1, "float32", 0)


@needs_gpu
@pytest.mark.parametrize("dtype", DTYPES)
@given(recipe=recipes())
def test_the_kernel_equals_the_core_bit_for_bit(dtype, recipe):
    weight = torch.from_numpy(matrix(recipe.n_source + 1)).to(dtype)
    assert torch.equal(combine(recipe, weight.cuda()).cpu(), combine(recipe, weight))


@needs_gpu
def test_the_kernel_on_many_wide_rows():
    from polyvocab.recipe import Csr, RowRecipe

    rng = np.random.default_rng(0)
    rows = np.repeat(np.arange(3000), 40)
    csr = Csr.from_entries(3000, rows, rng.integers(0, 5000, len(rows)), rng.random(len(rows)))
    weight = torch.randn(5000, 777, dtype=torch.bfloat16)
    recipe = RowRecipe(csr, 5000)
    assert torch.equal(combine(recipe, weight.cuda()).cpu(), combine(recipe, weight))
