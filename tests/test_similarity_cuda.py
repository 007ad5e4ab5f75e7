"""The similarity kernels on a GPU: bytes equal to the CPU's, weights near the torch twin's. Errors and the twin run everywhere.

Where no GPU is, the same kernels run on an emulator (`tests/cpp/test_cuda_similarity.cpp`)."""

import os

import numpy as np
import pytest
import torch
from polyvocab import _core
from polyvocab.errors import PolyvocabError
from polyvocab.similarity import Entmax, Sparsemax, TopK, cosine_rows, unit_rows
from reference import selection_torch as twin

SELECTIONS = [Sparsemax(), Entmax(), TopK(1), TopK(10), TopK(10, 0.1), TopK(300, 1.0)]
needs_gpu = pytest.mark.skipif(not _core.cuda_device_count(), reason="no GPU, or a build without kernels")


@pytest.fixture
def rng():
    """Fresh numbers each time; the seed is in the failure's output."""
    seed = int.from_bytes(os.urandom(4), "little")
    print(f"seed {seed}")
    return np.random.default_rng(seed)


def wide(rng, rows, centre, noise):
    """Rows about one direction, as those of real vectors are: their supports are wide."""
    return (centre + noise * rng.normal(size=(rows, len(centre)))).astype(np.float32)


def check(queries, pool, selection, **settings):
    made = cosine_rows(queries, pool, selection, device="cuda", **settings)
    assert made == cosine_rows(queries, pool, selection)
    return made


def near_twin(made, queries, pool, selection, device):
    pool_there = torch.from_numpy(pool).to(device)
    start = 0
    for dense in twin.blocks(torch.from_numpy(queries).to(device), pool_there, selection):
        got = np.zeros(dense.shape)
        inside = slice(made.indptr[start], made.indptr[start + len(dense)])
        rows = np.repeat(np.arange(len(dense)), np.diff(made.indptr[start : start + len(dense) + 1]))
        got[rows, made.indices[inside]] = made.weights[inside]
        theirs = dense.cpu().numpy()
        if isinstance(selection, TopK):  # which of two that float32 cannot tell apart is taken is not what it says
            got, theirs = np.sort(got, axis=1), np.sort(theirs, axis=1)
        np.testing.assert_allclose(got, theirs, atol=1e-5)
        start += len(dense)
    assert start == len(made)


@pytest.mark.parametrize("selection", SELECTIONS)
def test_the_torch_twin_and_the_cpu_agree(rng, selection):
    centre = rng.normal(size=50)
    queries, pool = wide(rng, 530, centre, 0.3), wide(rng, 700, centre, 0.3)
    near_twin(cosine_rows(queries, pool, selection), queries, pool, selection, "cpu")


def test_the_margin_of_halves_is_small():
    rng = np.random.default_rng(0)
    rows = torch.from_numpy(unit_rows(rng.normal(size=(500, 300)), what="rows"))
    assert float(twin.margins(rows, rows).max()) < 4.9e-4  # of what Cauchy and Schwarz allow about a third is met


def test_what_is_missing_for_a_device_is_named(monkeypatch):
    rows = np.ones((2, 2), np.float32)
    for device in ("gpu", "cuda:", "cuda:x", "cuda:-1"):
        with pytest.raises(PolyvocabError, match="must be cpu, cuda or cuda:<number>"):
            cosine_rows(rows, rows, Sparsemax(), device=device)
    with pytest.raises(PolyvocabError, match="cannot be chosen on cuda"):
        cosine_rows(rows, rows, Sparsemax(), device="cuda", kernel="generic")
    monkeypatch.setattr(_core, "cuda_compiled", lambda: False)
    with pytest.raises(PolyvocabError, match="no CUDA kernels"):
        cosine_rows(rows, rows, Sparsemax(), device="cuda")
    monkeypatch.setattr(_core, "cuda_compiled", lambda: True)
    monkeypatch.setattr(_core, "cuda_device_count", lambda: 1)
    with pytest.raises(PolyvocabError, match="cuda:1: this machine has 1 CUDA devices"):
        cosine_rows(rows, rows, Sparsemax(), device="cuda:1")


def test_without_a_device_the_core_says_so():
    if _core.cuda_device_count():
        pytest.skip("there is a device")
    with pytest.raises(RuntimeError, match="driver|device" if _core.cuda_compiled() else "POLYVOCAB_CUDA=ON"):
        _core.DevicePool(np.ones((2, 2), np.float32))


@needs_gpu
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("dim", [1, 2, 29, 64, 300, 768])
def test_random_rows(rng, dim, selection):
    queries, pool = (rng.normal(size=(n, dim)) + 0.5 for n in (333, 5001))
    check(queries, pool, selection)


@needs_gpu
@pytest.mark.parametrize("selection", SELECTIONS)
def test_wide_supports_like_those_of_real_vectors(rng, selection):
    centre = rng.normal(size=300)
    queries, pool = wide(rng, 700, centre, 0.15), wide(rng, 20_000, centre, 0.15)
    made = check(queries, pool, selection)
    near_twin(made, queries, pool, selection, "cuda" if torch.cuda.is_available() else "cpu")


@needs_gpu
@pytest.mark.parametrize("selection", SELECTIONS)
def test_ties_and_near_ties(rng, selection):
    few = rng.integers(1, 4, (6000, 3)).astype(np.float32)  # many equal directions
    check(rng.integers(1, 4, (200, 3)).astype(np.float32), few, selection)
    base = rng.normal(size=64)
    check(wide(rng, 20, base, 1e-5), wide(rng, 3000, base, 1e-5), selection)
    pool = np.repeat(np.eye(3), 1000, axis=0)
    check(np.eye(3), pool, selection)


@needs_gpu
@pytest.mark.parametrize("selection", SELECTIONS)
def test_rows_that_do_not_fit_into_a_tiny_buffer(rng, selection):
    centre = rng.normal(size=40)
    queries = unit_rows(np.concatenate([wide(rng, 150, centre, 0.02), rng.normal(size=(150, 40))]), what="queries")
    pool = unit_rows(np.concatenate([wide(rng, 2000, centre, 0.02), rng.normal(size=(2000, 40))]), what="pool")
    device = _core.DevicePool(pool, 0, 0, 512)
    arguments = {Sparsemax: ("sparsemax",), Entmax: ("entmax",)}.get(type(selection))
    if isinstance(selection, TopK):
        arguments = ("top_k", selection.k, selection.temperature or 0.0)
    made = device.select(queries, *arguments)
    expected = _core.PackedPool(pool).select(queries, *arguments)
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(made, expected, strict=True))
    if isinstance(selection, Sparsemax):
        assert 0 < device.given_up < 300


@needs_gpu
def test_memory_is_bounded(rng):
    queries, pool = rng.normal(size=(3000, 100)), rng.normal(size=(10_000, 100))
    check(queries, pool, Sparsemax(), device_memory=16 << 20)  # several slabs
    with pytest.raises(RuntimeError, match="smallest slab"):
        cosine_rows(queries, pool, Sparsemax(), device="cuda", device_memory=7 << 20)
    with pytest.raises(RuntimeError, match="the pool needs"):
        cosine_rows(queries, pool, Sparsemax(), device="cuda", device_memory=1 << 20)


@needs_gpu
def test_what_rounds_to_zero_or_has_tiny_parts(rng):
    pool = rng.normal(size=(3000, 20)) * 10.0 ** rng.integers(-38, 1, size=(3000, 20))
    queries = rng.normal(size=(500, 20)) * 10.0 ** rng.integers(-38, 1, size=(500, 20))
    check(queries, pool, Sparsemax())
    check(queries, pool, TopK(7, 0.2))


@needs_gpu
def test_the_same_bytes_again_and_again(rng):
    centre = rng.normal(size=100)
    queries, pool = wide(rng, 2000, centre, 0.2), wide(rng, 8000, centre, 0.2)
    first = check(queries, pool, Sparsemax())
    assert all(cosine_rows(queries, pool, Sparsemax(), device="cuda") == first for _ in range(5))


@needs_gpu
def test_no_queries_give_no_rows():
    assert len(cosine_rows(np.ones((0, 3)), np.ones((2, 3)), Sparsemax(), device="cuda")) == 0
