"""Recipes against their dense twin, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyvocab.errors import RecipeError
from polyvocab.recipe import Csr, Fill, Given, Origin, RowMaker, RowRecipe, apply, apply_bias, assemble, untrained_rows
from polyvocab.recipe.fill import Moments
from reference import recipe as reference
from strategies import DIM, matrix, recipes


@given(recipes(), st.integers(0, 99))
def test_apply_equals_the_dense_twin(recipe, seed):
    source = matrix(recipe.n_source + 2, seed)  # two padding rows, which nothing may read
    np.testing.assert_allclose(apply(recipe, source), reference.apply(recipe, source), rtol=1e-5, atol=1e-5)


@given(recipes(), st.integers(0, 99))
def test_bias_moves_and_mixes_with_its_rows(recipe, seed):
    bias = matrix(recipe.n_source, seed)[:, 0]
    np.testing.assert_allclose(apply_bias(recipe, bias), reference.apply_bias(recipe, bias), rtol=1e-5, atol=1e-5)


@given(recipes())
def test_every_row_has_exactly_one_origin(recipe):
    assert sum(recipe.counts().values()) == len(recipe)
    for row, origin in enumerate(recipe.origins):
        entries = recipe.weights.row_lengths[row]
        is_given = recipe.given is not None and row in recipe.given.index
        assert (origin == Origin.FILLED) == (row in recipe.fills)
        assert (origin in (Origin.GIVEN, Origin.AFFINE)) == is_given
        assert (origin == Origin.AFFINE) == (is_given and entries > 0)
        assert (recipe.copied_from[row] >= 0) == (origin == Origin.COPIED)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@given(recipe=recipes(), seed=st.integers(0, 99))
def test_copied_rows_are_moved_bit_for_bit(dtype, recipe, seed):
    item = 4 if dtype == "float32" else 2
    source = np.random.default_rng(seed).integers(0, 256, (recipe.n_source, DIM * item), np.uint8)  # NaN patterns too
    copied = np.flatnonzero(recipe.copied_from >= 0)
    only = RowRecipe.select(recipe.copied_from[copied], recipe.n_source) if len(copied) else None
    if only is not None:
        made = RowMaker(only, source, dtype).rows(0, len(only))
        assert np.array_equal(made, source[recipe.copied_from[copied]])


@given(recipes(), st.integers(1, 4))
def test_blocks_and_threads_do_not_change_the_bytes(recipe, step):
    source = matrix(recipe.n_source).view(np.uint8).reshape(recipe.n_source, -1)
    whole = RowMaker(recipe, source, "float32", threads=1).rows(0, len(recipe))
    many = RowMaker(recipe, source, "float32", threads=4)
    parts = [many.rows(s, min(len(recipe), s + step)) for s in range(0, len(recipe), step)]
    assert np.array_equal(whole, np.concatenate(parts))


def test_any_dtype_can_be_copied_but_not_mixed():
    source = np.arange(30, dtype=np.uint8).reshape(3, 10)
    assert np.array_equal(RowMaker(RowRecipe.select([2, 0], 3), source, "float8_e4m3fn").rows(0, 2), source[[2, 0]])
    mixed = RowRecipe(Csr([0, 2], [0, 1], [0.5, 0.5]), 3)
    with pytest.raises(RecipeError, match=r"row 0 is combined.*float8_e4m3fn can only be copied"):
        RowMaker(mixed, source, "float8_e4m3fn")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: RowRecipe(Csr([0, 1, 1], [0], [1.0]), 3), "row 1 has no origin"),
        (lambda: RowRecipe(Csr([0, 1], [0], [1.0]), 3, None, {0: Fill("mean", 0, "a")}), "row 0 is filled and has another"),
        (lambda: RowRecipe(Csr([0, 1], [3], [1.0]), 3), "row 0 reads source row 3 of 3"),
        (lambda: RowRecipe(Csr([0, 1], [0], [np.nan]), 3), "row 0 has the weight nan"),
        (lambda: RowRecipe(Csr([0, 2], [1, 0], [0.5, 0.5]), 3), "do not ascend"),
        (lambda: RowRecipe(Csr([0, 0], [], []), 3, None, {4: Fill("mean", 0, "a")}), "names row 4"),
        (lambda: RowRecipe(Csr([0, 0], [], []), 3, Given.of({0: [np.inf]})), "given row 0 is not finite"),
        (lambda: assemble(np.array([-1, -1]), 1, (np.array([1, 0]), Csr.selection([0, 0]))), "ascend, but 0 comes after 1"),
        (lambda: Given.of({0: [1.0]}, {1: 2.0}), "row 1 brings a bias but no row"),
        (lambda: Fill("gaussian", 0, "tok"), "fill policy 'gaussian' of token 'tok'"),
        (lambda: apply(RowRecipe.identity(4), matrix(3)), "reads 4 source rows, the matrix has 3"),
        (lambda: apply(RowRecipe(Csr([0, 0], [], []), 3, Given.of({0: [1.0]})), matrix(3)), "given rows have 1 dimensions"),
    ],
)
def test_refusals_say_where(build, message):
    with pytest.raises(RecipeError, match=message):
        build()


def test_a_fill_depends_on_its_token_and_seed_alone():
    moments = Moments(np.zeros(8), np.ones(8), lambda: np.eye(8))
    for policy in ("normal", "multivariate"):
        row = Fill(policy, 1, "a").row(moments)
        assert np.array_equal(row, Fill(policy, 1, "a").row(moments))
        assert not np.array_equal(row, Fill(policy, 1, "b").row(moments))
        assert not np.array_equal(row, Fill(policy, 2, "a").row(moments))


def test_many_normal_fills_have_the_moments_of_the_source():
    source = matrix(50) * 3 + 1
    recipe = RowRecipe(Csr(np.zeros(4001), [], []), 50, None, {i: Fill("normal", 0, str(i)) for i in range(4000)})
    made = apply(recipe, source)
    np.testing.assert_allclose(made.mean(0), source.mean(0), atol=0.2)
    np.testing.assert_allclose(made.std(0), source.std(0), atol=0.2)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_rows_that_training_never_reached_do_not_count(dtype):
    source = (matrix(30) + 2).astype(dtype)
    source[[3, 4, 29]] = 0
    source[[7, 11, 12]] = source[7]
    assert untrained_rows(source.view(np.uint8)).tolist() == [3, 4, 7, 11, 12, 29]
    kept = np.delete(source, [3, 4, 7, 11, 12, 29], axis=0)
    policies = ("mean", "normal", "multivariate")
    fills = {i: Fill(policy, 0, "a") for i, policy in enumerate(policies)}
    made = apply(RowRecipe(Csr(np.zeros(4), [], []), 30, None, fills), source)
    alone = apply(RowRecipe(Csr(np.zeros(4), [], []), 24, None, fills), kept)
    np.testing.assert_allclose(made, alone, rtol=1e-2 if dtype == "float16" else 1e-5)


def test_where_no_row_was_trained_all_count():
    source = np.ones((5, 3), np.float32)
    made = apply(RowRecipe(Csr(np.zeros(2), [], []), 5, None, {0: Fill("mean", 0, "a")}), source)
    assert np.array_equal(made, np.ones((1, 3)))


def test_untrained_rows_of_odd_bytes_and_of_few_rows():
    assert untrained_rows(np.array([[1, 2, 3], [1, 2, 4], [1, 2, 3], [0, 0, 0]], np.uint8)).tolist() == [0, 2, 3]
    assert untrained_rows(np.zeros((1, 4), np.uint8)).tolist() == [0]
    assert untrained_rows(np.ones((1, 4), np.uint8)).tolist() == []
    assert untrained_rows(np.zeros((0, 4), np.uint8)).tolist() == []


def test_rows_that_only_begin_alike_were_trained():
    source = np.zeros((6, 40), np.float32)
    source[0, 39], source[1, 39] = 1, 2  # begin with zeros, as the untrained 2
    source[3, :39] = source[4, :39] = source[5, :39] = 3
    source[4, 39] = 4
    assert untrained_rows(source.view(np.uint8)).tolist() == [2, 3, 5]


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_many_multivariate_fills_have_the_covariance_of_the_source(dtype):
    source = (matrix(50) @ np.random.default_rng(2).normal(size=(matrix(50).shape[1],) * 2) + 1).astype(dtype)
    recipe = RowRecipe(Csr(np.zeros(8001), [], []), 50, None, {i: Fill("multivariate", 0, str(i)) for i in range(8000)})
    made, old = apply(recipe, source).astype(np.float64), source.astype(np.float64)
    covariance = np.cov(old.T, bias=True)
    np.testing.assert_allclose(np.cov(made.T), covariance, atol=0.1 * np.abs(covariance).max())
    np.testing.assert_allclose(made.mean(0), old.mean(0), atol=0.05 * np.sqrt(covariance.max()))


def test_a_covariance_without_full_rank_is_drawn_from():
    """Fewer rows than dimensions: draws stay in the space of the rows."""
    source = np.random.default_rng(3).normal(size=(3, 8)).astype(np.float32)
    recipe = RowRecipe(Csr(np.zeros(21), [], []), 3, None, {i: Fill("multivariate", 0, str(i)) for i in range(20)})
    made = apply(recipe, source) - source.mean(0)
    basis = np.linalg.svd(source - source.mean(0))[2][:2]
    np.testing.assert_allclose(made @ basis.T @ basis, made, atol=1e-4)
