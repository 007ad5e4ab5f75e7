"""What is selected of cosine similarities, against float64, on random and on adversarial rows, on every kernel."""

import entmax as entmax_package
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from polyvocab import _core
from polyvocab.errors import PolyvocabError
from polyvocab.similarity import Entmax, Sparsemax, TopK, cosine_rows
from reference import selection as reference

SELECTIONS = [Sparsemax(), Entmax(), TopK(1), TopK(10), TopK(10, 0.1), TopK(300, 1.0)]
KERNELS = _core.tile_kernels()


def dense(csr, columns):
    out = np.zeros((len(csr), columns))
    out[csr.entry_rows, csr.indices] = csr.weights
    return out


def expected(queries, pool, selection):
    match selection:
        case TopK(k, temperature):
            return reference.cosine_rows(queries, pool, reference.top_k(k, temperature))
        case Entmax():
            return reference.cosine_rows(queries, pool, reference.entmax)
    return reference.cosine_rows(queries, pool)


def check(queries, pool, selection):
    made = cosine_rows(queries, pool, selection)
    made.check(len(pool))
    weights, twin = dense(made, len(pool)), expected(queries, pool, selection)
    if isinstance(selection, TopK):  # which of two that float32 cannot tell apart is taken is not what it says
        z = reference.cosine_rows(queries, pool, np.asarray)
        least = np.sort(z, axis=1)[:, -min(selection.k, z.shape[1])]
        assert np.all(made.row_lengths == min(selection.k, z.shape[1]))
        assert np.all(z[made.entry_rows, made.indices] > least[made.entry_rows] - 1e-5)
        weights, twin = np.sort(weights, axis=1), np.sort(twin, axis=1)
    np.testing.assert_allclose(weights, twin, atol=1e-5)
    return made


@given(st.integers(1, 40), st.integers(1, 80), st.integers(1, 33), st.integers(0, 2**32), st.sampled_from(SELECTIONS))
def test_random_rows(n, m, dim, seed, selection):
    rng = np.random.default_rng(seed)
    check(rng.normal(size=(n, dim)) + 1e-3, rng.normal(size=(m, dim)) + 1e-3, selection)


@pytest.mark.parametrize("selection", [Sparsemax(), Entmax()])
@given(seed=st.integers(0, 2**32), values=st.integers(1, 6))
def test_ties(selection, seed, values):
    rng = np.random.default_rng(seed)
    pool = rng.integers(1, values + 1, (60, 3)).astype(np.float32)  # many equal directions
    check(rng.integers(1, values + 1, (20, 3)).astype(np.float32), pool, selection)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("k", [1, 7, 400, 5000])
def test_of_equal_rows_the_first_k_are_taken(kernel, k):
    pool = np.repeat(np.eye(3), 1000, axis=0)
    made = cosine_rows(np.eye(3), pool, TopK(k), kernel=kernel)
    best = min(k, 1000)
    rows = np.split(made.indices, made.indptr[1:-1])
    assert all(set(range(1000 * i, 1000 * i + best)) <= set(row.tolist()) for i, row in enumerate(rows))
    assert made.row_lengths.tolist() == [min(k, 3000)] * 3


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 1000])
@pytest.mark.parametrize("selection", [Sparsemax(), Entmax()])
def test_all_equal_rows_share_the_weight(size, selection):
    made = check(np.ones((3, 7)), np.ones((size, 7)), selection)
    np.testing.assert_allclose(dense(made, size), 1.0 / size, rtol=1e-4)


def test_one_hot_rows():
    made = check(np.eye(16), np.eye(16), Sparsemax())
    assert np.array_equal(made.indices, np.arange(16)) and np.array_equal(made.weights, np.ones(16, np.float32))


@pytest.mark.parametrize("selection", SELECTIONS)
def test_rising_and_falling_similarities(selection):
    angles = np.linspace(0, 1.5, 3000)
    pool = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for order in (pool, pool[::-1]):
        check(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), order, selection)


@pytest.mark.parametrize("selection", SELECTIONS)
def test_wide_supports_like_those_of_real_vectors(selection):
    rng = np.random.default_rng(0)
    centre = rng.normal(size=300)
    queries, pool = (centre + 0.15 * rng.normal(size=(n, 300)) for n in (50, 3000))
    made = check(queries, pool, selection)
    if selection == Sparsemax():
        assert made.row_lengths.mean() > 100


@pytest.mark.parametrize(("selection", "function"), [(Sparsemax(), "sparsemax"), (Entmax(), "entmax15")])
def test_the_package_entmax_says_the_same(selection, function):
    rng = np.random.default_rng(5)
    queries, pool = rng.normal(size=(40, 24)), rng.normal(size=(900, 24))
    units = [torch.from_numpy(rows / np.linalg.norm(rows, axis=1, keepdims=True)) for rows in (queries, pool)]
    theirs = getattr(entmax_package, function)(units[0] @ units[1].T, dim=1)
    np.testing.assert_allclose(dense(cosine_rows(queries, pool, selection), 900), theirs.numpy(), atol=1e-6)


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("dim", [1, 2, 29, 32, 67, 300, 800])
def test_the_bytes_depend_neither_on_threads_nor_on_the_kernel(selection, dim):
    rng = np.random.default_rng(1)
    n, m = (333, 777) if dim <= 300 else (70, 150)
    queries, pool = rng.normal(size=(n, dim)) + 0.5, rng.normal(size=(m, dim)) + 0.5
    alone = cosine_rows(queries, pool, selection, threads=1, kernel="generic")
    for kernel in KERNELS:
        for threads in (1, 2, 5):
            assert cosine_rows(queries, pool, selection, threads=threads, kernel=kernel) == alone, (kernel, threads)


@pytest.mark.parametrize("kernel", KERNELS)
def test_near_ties_are_told_apart_on_every_kernel(kernel):
    """Differences far below what bfloat16 can see."""
    rng = np.random.default_rng(2)
    base = rng.normal(size=64)
    pool = base + 1e-5 * rng.normal(size=(2000, 64))
    queries = base + 1e-5 * rng.normal(size=(20, 64))
    for selection in SELECTIONS:
        assert cosine_rows(queries, pool, selection, kernel=kernel) == cosine_rows(queries, pool, selection, kernel="generic")


def test_what_rounds_to_zero_or_has_tiny_parts():
    rng = np.random.default_rng(3)
    pool = rng.normal(size=(300, 20)) * 10.0 ** rng.integers(-38, 1, size=(300, 20))
    queries = rng.normal(size=(50, 20)) * 10.0 ** rng.integers(-38, 1, size=(50, 20))
    alone = cosine_rows(queries, pool, Sparsemax(), kernel="generic")
    for kernel in KERNELS:
        assert cosine_rows(queries, pool, Sparsemax(), kernel=kernel) == alone


def test_the_plain_kernels_are_everywhere():
    assert {"generic", "bf16"} <= set(KERNELS) and KERNELS[0] != "bf16"
    with pytest.raises(ValueError, match="no tile kernel 'sse9'"):
        _core.PackedPool(np.ones((1, 1), np.float32), "sse9")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_with_their_row(bad):
    rows = np.ones((20_000, 3))
    rows[[17_321, 19_700], 1] = bad
    with pytest.raises(PolyvocabError, match="pool: row 17321 holds a value that is not finite"):
        cosine_rows(np.ones((1, 3)), rows, Sparsemax())
    with pytest.raises(PolyvocabError, match="queries: row 17321"):
        cosine_rows(rows, np.ones((1, 3)), Sparsemax())


def test_zero_rows_shapes_and_settings_are_refused():
    with pytest.raises(PolyvocabError, match="pool: row 1 is zero"):
        cosine_rows(np.ones((2, 2)), np.array([[1.0, 0.0], [0.0, 0.0]]), Sparsemax())
    with pytest.raises(PolyvocabError, match="queries: row 1 is zero"):
        cosine_rows(np.array([[1.0, 0.0], [0.0, 0.0]]), np.ones((2, 2)), Sparsemax())
    for pool in (np.ones((2, 3)), np.ones((0, 2))):
        with pytest.raises(PolyvocabError, match="same width"):
            cosine_rows(np.ones((2, 2)), pool, Sparsemax())
    with pytest.raises(PolyvocabError, match="k must be 1 at least"):
        TopK(0)
    for temperature in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(PolyvocabError, match="must be above 0"):
            TopK(3, temperature)


def test_no_queries_give_no_rows():
    assert len(cosine_rows(np.ones((0, 3)), np.ones((2, 3)), Sparsemax())) == 0
