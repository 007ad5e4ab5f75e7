"""The laws of the design, as properties. Laws 4 and 5 speak of models: test_surgery_*.py."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from polyvocab.errors import RecipeError, TransferError
from polyvocab.recipe import Csr, Fill, Given, Origin, RowRecipe, apply, apply_bias
from polyvocab.transfer import UNTIE, SourceTokenizer, TokenizerTransfer, Tying
from reference.recipe import apply as dense_apply
from strategies import matrix, recipes
from tiny import numbered, word_files


@st.composite
def chains(draw, length: int) -> list[RowRecipe]:
    """Recipes that follow each other; statistics are filled by the first alone, where all fills agree on them."""
    chain = [draw(recipes())]
    for _ in range(length - 1):
        chain.append(draw(recipes(n_source=len(chain[-1]), fills=False)))
    return chain


def compose(chain: list[RowRecipe]) -> RowRecipe:
    whole = chain[0]
    for step in chain[1:]:
        try:
            whole = whole.then(step)
        except RecipeError:
            assume(False)
    return whole


@given(chains(3), st.integers(0, 99))
def test_law_2_then_of_three_equals_three_applies(chain, seed):
    source = matrix(chain[0].n_source, seed)
    once = apply(compose(chain), source)
    in_turn = source
    for step in chain:
        in_turn = apply(step, in_turn)
    np.testing.assert_allclose(once, in_turn, rtol=1e-4, atol=1e-4)
    copied = np.flatnonzero(compose(chain).copied_from >= 0)
    all_copied = [i for i in copied if chain[2].copied_from[i] >= 0 and chain[1].copied_from[chain[2].copied_from[i]] >= 0]
    assert np.array_equal(once[all_copied], in_turn[all_copied])


@given(chains(2), st.integers(0, 99))
def test_law_2_holds_for_biases(chain, seed):
    bias = matrix(chain[0].n_source, seed)[:, 0]
    first = apply_bias(chain[0], bias)
    # A row that the second recipe gives takes the mean of the matrix that the whole chain is applied to: compare others.
    own = chain[1].given.index[chain[1].given.bias_mean != 0] if chain[1].given is not None else []
    rows = np.setdiff1d(np.arange(len(chain[1])), own)
    together = apply_bias(compose(chain), bias)
    np.testing.assert_allclose(together[rows], apply_bias(chain[1], first)[rows], rtol=1e-4, atol=1e-4)


@given(recipes())
def test_identity_is_neutral(recipe):
    assert RowRecipe.identity(recipe.n_source).then(recipe) == recipe
    assert recipe.then(RowRecipe.identity(len(recipe))) == recipe


@given(chains(3))
def test_then_is_associative(chain):
    a, b, c = chain
    left = compose([compose([a, b]), c])
    right = compose([a, compose([b, c])])
    assert np.array_equal(left.origins, right.origins)
    source = matrix(a.n_source)
    np.testing.assert_allclose(dense_apply(left, source), dense_apply(right, source), rtol=1e-4, atol=1e-4)


def test_law_2_a_fill_travels_with_a_copy_and_is_not_mixed():
    first = RowRecipe(Csr([0, 1, 1], [0], [1.0]), 2, None, {1: Fill("normal", 7, "new")})
    moved = first.then(RowRecipe.select([1], 2))
    assert moved.fills == {0: Fill("normal", 7, "new")}
    source = matrix(2)
    assert np.array_equal(apply(moved, source)[0], apply(first, source)[1])
    with pytest.raises(RecipeError, match=r"row 0 combines row 1 \(token 'new'\), which the first recipe only fills"):
        first.then(RowRecipe(Csr([0, 2], [0, 1], [0.5, 0.5]), 2))


def test_law_2_second_source_must_be_the_first_target():
    a = TokenizerTransfer.identity(numbered(range(6)))
    with pytest.raises(TransferError, match="starts from another tokenizer"):
        a.then(TokenizerTransfer.identity(numbered(range(5))))
    with pytest.raises(RecipeError, match="reads 4 rows, the first makes 3"):
        RowRecipe.identity(3).then(RowRecipe.identity(4))


def test_law_1_affine_rows_come_from_composition_alone():
    first = RowRecipe(Csr([0, 1, 1], [0], [1.0]), 1, Given.of({1: np.ones(5)}))
    second = RowRecipe(Csr([0, 2], [0, 1], [0.25, 0.75]), 2)
    both = first.then(second)
    assert both.origins.tolist() == [Origin.AFFINE]
    source = matrix(1)
    np.testing.assert_allclose(apply(both, source), 0.25 * source + 0.75, rtol=1e-6)


def test_law_3_tying_composes_or_is_refused():
    keep, join = Tying("keep"), Tying.join(0.5, 0.5)
    assert keep.then(UNTIE) == UNTIE and UNTIE.then(keep) == UNTIE and UNTIE.then(UNTIE) == UNTIE
    assert join.then(keep) == join
    with pytest.raises(TransferError, match="'untie' and then 'join' is no single change"):
        UNTIE.then(join)


def test_law_3_equal_recipes_are_one():
    files = numbered(range(6))
    source = SourceTokenizer.of(files)
    assert TokenizerTransfer(source, files, RowRecipe.identity(6), RowRecipe.identity(6)).output is None


def test_law_6_text_steps_are_concatenated():
    files = numbered(range(6))
    steps = [{"step": "uroman", "version": "1.3.1.1"}, {"step": "lower"}]
    one, two = (TokenizerTransfer(SourceTokenizer.of(files), files, RowRecipe.identity(6), text_steps=(s,)) for s in steps)
    assert one.then(two).text_steps == tuple(steps)


def test_law_7_a_recipe_derived_from_weights_is_not_composed_blindly():
    files = numbered(range(6))
    plain = TokenizerTransfer.identity(files)
    derived = TokenizerTransfer(SourceTokenizer.of(files), files, RowRecipe.identity(6), derived_from={"input": "ab"})
    assert derived.then(plain).derived_from == {"input": "ab"}
    with pytest.raises(TransferError, match="derived from the weights"):
        plain.then(derived)


def test_errors_of_a_composition_name_the_token():
    source, target = word_files(["a", "b"]), word_files(["a", "new"])
    first = TokenizerTransfer(
        SourceTokenizer.of(source), target, RowRecipe(Csr([0, 1, 1], [0], [1.0]), 2, None, {1: Fill("mean", 0, "new")})
    )
    second = TokenizerTransfer(SourceTokenizer.of(target), word_files(["mixed"]), RowRecipe(Csr([0, 2], [0, 1], [0.5, 0.5]), 2))
    with pytest.raises(RecipeError, match="target token 'mixed'.*'new'"):
        first.then(second)
