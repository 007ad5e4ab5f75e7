"""Similarity + sparsemax against the float64 reference, on random and on adversarial rows, on every kernel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyvocab import _core
from polyvocab.errors import PolyvocabError
from polyvocab.similarity import cosine_sparsemax
from reference.sparsemax import cosine_sparsemax as reference


def dense(csr, columns):
    out = np.zeros((len(csr), columns))
    out[csr.entry_rows, csr.indices] = csr.weights
    return out


def check(queries, pool, **options):
    made = cosine_sparsemax(queries, pool, **options)
    made.check(len(pool))
    np.testing.assert_allclose(dense(made, len(pool)), reference(queries, pool), atol=1e-5)
    return made


@given(st.integers(1, 40), st.integers(1, 80), st.integers(1, 33), st.integers(0, 2**32))
def test_random_rows(n, m, dim, seed):
    rng = np.random.default_rng(seed)
    check(rng.normal(size=(n, dim)) + 1e-3, rng.normal(size=(m, dim)) + 1e-3)


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_ties(seed, values):
    rng = np.random.default_rng(seed)
    pool = rng.integers(1, values + 1, (60, 3)).astype(np.float32)  # many equal directions
    check(rng.integers(1, values + 1, (20, 3)).astype(np.float32), pool)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 1000])
def test_all_equal_rows_share_the_weight(size):
    made = check(np.ones((3, 7)), np.ones((size, 7)))
    np.testing.assert_allclose(dense(made, size), 1.0 / size, rtol=1e-4)


def test_one_hot_rows():
    made = check(np.eye(16), np.eye(16))
    assert np.array_equal(made.indices, np.arange(16)) and np.array_equal(made.weights, np.ones(16, np.float32))


def test_rising_and_falling_similarities():
    angles = np.linspace(0, 1.5, 3000)
    pool = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for order in (pool, pool[::-1]):
        check(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), order)


def test_wide_supports_like_those_of_real_vectors():
    rng = np.random.default_rng(0)
    centre = rng.normal(size=300)
    made = check(centre + 0.15 * rng.normal(size=(50, 300)), centre + 0.15 * rng.normal(size=(3000, 300)))
    assert made.row_lengths.mean() > 100


def test_the_bytes_depend_neither_on_threads_nor_on_the_kernel():
    rng = np.random.default_rng(1)
    queries, pool = rng.normal(size=(333, 29)) + 0.5, rng.normal(size=(777, 29)) + 0.5
    expected = cosine_sparsemax(queries, pool, threads=1, kernel="generic")
    for kernel in _core.tile_kernels():
        for threads in (1, 2, 5):
            assert cosine_sparsemax(queries, pool, threads=threads, kernel=kernel) == expected, (kernel, threads)


def test_the_generic_kernel_is_everywhere():
    assert _core.tile_kernels()[-1] == "generic"
    with pytest.raises(ValueError, match="no tile kernel 'sse9'"):
        _core.PackedPool(np.ones((1, 1), np.float32), "sse9")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_with_their_row(bad):
    rows = np.ones((5000, 3))
    rows[[4321, 4700], 1] = bad
    with pytest.raises(PolyvocabError, match="pool: row 4321 holds a value that is not finite"):
        cosine_sparsemax(np.ones((1, 3)), rows)
    with pytest.raises(PolyvocabError, match="queries: row 4321"):
        cosine_sparsemax(rows, np.ones((1, 3)))


def test_zero_rows_and_shapes_are_refused():
    with pytest.raises(PolyvocabError, match="pool: row 1 is zero"):
        cosine_sparsemax(np.ones((2, 2)), np.array([[1.0, 0.0], [0.0, 0.0]]))
    with pytest.raises(PolyvocabError, match="same width"):
        cosine_sparsemax(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(PolyvocabError, match="same width"):
        cosine_sparsemax(np.ones((2, 2)), np.ones((0, 2)))


def test_no_queries_give_no_rows():
    assert len(cosine_sparsemax(np.ones((0, 3)), np.ones((2, 3)))) == 0
