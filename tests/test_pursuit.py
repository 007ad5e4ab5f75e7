"""Orthogonal matching pursuit against its definition, and where it is not well posed."""

import itertools

import numpy as np
import pytest
from polyvocab import _core
from polyvocab.errors import PolyvocabError
from polyvocab.pursuit import orthogonal_matching_pursuit
from reference.pursuit import pursue

KERNELS = _core.tile_kernels()


def row(weights, i):
    part = slice(weights.indptr[i], weights.indptr[i + 1])
    return dict(zip(weights.indices[part].tolist(), weights.weights[part].tolist(), strict=True))


@pytest.mark.parametrize(("n", "m", "dim", "k"), [(30, 90, 24, 8), (7, 40, 64, 40), (50, 500, 33, 1), (3, 2, 5, 64)])
def test_atoms_and_coefficients_are_those_of_the_definition(n, m, dim, k):
    rng = np.random.default_rng(n)
    atoms = rng.normal(size=(m, dim)) * rng.uniform(0.3, 3, (m, 1))
    targets = rng.normal(size=(n, dim))
    made = orthogonal_matching_pursuit(targets, atoms, k)
    made.check(m)
    for i in range(n):
        expected = pursue(targets[i], atoms, min(k, m, dim))
        got = row(made, i)
        assert got.keys() == expected.keys()
        np.testing.assert_allclose([got[j] for j in expected], list(expected.values()), rtol=1e-3, atol=1e-4)


def test_the_bytes_depend_neither_on_threads_nor_on_the_kernel():
    rng = np.random.default_rng(1)
    targets, atoms = rng.normal(size=(70, 37)), rng.normal(size=(200, 37))
    alone = orthogonal_matching_pursuit(targets, atoms, 12, threads=1, kernel="generic")
    for kernel in KERNELS:
        for threads in (1, 2, 3):
            assert orthogonal_matching_pursuit(targets, atoms, 12, threads=threads, kernel=kernel) == alone


def test_nearly_equal_products_are_told_apart():
    rng = np.random.default_rng(4)
    targets = rng.normal(size=(60, 900)).astype(np.float32)
    atoms = (rng.normal(size=900) + 1e-5 * rng.normal(size=(300, 900))).astype(np.float32)
    best = np.abs(targets.astype(np.float64) @ atoms.astype(np.float64).T).argmax(axis=1)
    for kernel in KERNELS:
        assert orthogonal_matching_pursuit(targets, atoms, 1, kernel=kernel).indices.tolist() == best.tolist()


def test_a_target_of_few_atoms_is_found_and_ends():
    rng = np.random.default_rng(2)
    atoms = rng.normal(size=(50, 40))
    made = orthogonal_matching_pursuit(2 * atoms[[7]] - atoms[[30]], atoms, 20)
    assert {7, 30} <= row(made, 0).keys()
    np.testing.assert_allclose(made.weights @ atoms[made.indices], 2 * atoms[7] - atoms[30], atol=1e-4)
    exact = orthogonal_matching_pursuit(np.eye(5)[:2] * 3, np.eye(5), 5)
    assert [row(exact, i) for i in range(2)] == [{0: 3.0}, {1: 3.0}]


def test_equal_and_dependent_atoms_get_no_coefficients_without_bounds():
    rng = np.random.default_rng(3)
    atoms = rng.normal(size=(12, 6)).astype(np.float32)
    atoms[5] = atoms[2]
    atoms[9] = atoms[2] + atoms[3]
    made = orthogonal_matching_pursuit(rng.normal(size=(40, 6)), atoms, 64)
    assert np.abs(made.weights).max() < 1e3 and made.row_lengths.max() <= 6


def test_zero_rows_get_nothing():
    made = orthogonal_matching_pursuit(np.zeros((2, 3)), np.vstack([np.zeros(3), np.eye(3)]), 3)
    assert made.row_lengths.tolist() == [0, 0]
    assert orthogonal_matching_pursuit(np.ones((1, 3)), np.zeros((2, 3)), 2).row_lengths.tolist() == [0]
    assert len(orthogonal_matching_pursuit(np.ones((0, 3)), np.eye(3), 2)) == 0


def test_bad_input_is_refused():
    with pytest.raises(PolyvocabError, match="atoms: row 1 holds a value that is not finite"):
        orthogonal_matching_pursuit(np.ones((1, 2)), np.array([[1.0, 2.0], [np.nan, 0.0]]), 1)
    with pytest.raises(PolyvocabError, match="targets: row 0 holds a value that is not finite"):
        orthogonal_matching_pursuit(np.array([[np.inf, 1.0]]), np.eye(2), 1)
    for kernel, value in itertools.product(KERNELS, (np.inf, -np.inf, np.nan)):
        atoms = np.ones((40, 70))
        atoms[33, 69] = value
        with pytest.raises(PolyvocabError, match="atoms: row 33 holds a value that is not finite"):
            orthogonal_matching_pursuit(np.ones((1, 70)), atoms, 1, kernel=kernel)
    with pytest.raises(PolyvocabError, match="rows of the same width"):
        orthogonal_matching_pursuit(np.ones((1, 2)), np.ones((3, 3)), 1)
    with pytest.raises(PolyvocabError, match="must be 1 at least"):
        orthogonal_matching_pursuit(np.ones((1, 2)), np.ones((3, 2)), 0)
