"""Methods that read a model's matrices, or a helper's: omp, clp, script, lep; against their formulas in float64."""

import numpy as np
import pytest
from polyvocab import methods, subword_mean
from polyvocab.errors import PolyvocabError, TransferError
from polyvocab.matrices import SourceMatrices, factors
from polyvocab.methods.script import categories
from polyvocab.overlap import overlap
from polyvocab.recipe import Fill, Origin, apply
from polyvocab.recipe.fill import Moments
from polyvocab.scripts import scripts_of
from polyvocab.transfer import TokenizerTransfer
from reference import recipe as reference_recipe
from reference.pursuit import pursue
from test_pieces import byte_level, metaspace, spelled

DIM = 24


def rows(count, dim=DIM, seed=0):
    return np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)


@pytest.fixture(scope="module")
def matrices(sample):
    n = len(sample.vocabulary)
    return SourceMatrices.of(rows(n, seed=1), rows(n, seed=2))


# -- omp ---------------------------------------------------------------------------------------------------------------


def test_omp_writes_new_tokens_with_those_that_both_have(sample, swahili, matrices):
    n, k = len(swahili.vocabulary), 6
    donor = SourceMatrices.of(rows(n, 40, 3), rows(n, 40, 4))
    transfer = methods.initialize("omp", sample, swahili, donor=donor, k=k)
    found = overlap(sample, swahili)
    shared = found.matched[np.argsort(found.source[found.matched])]
    for recipe, matrix, theirs in (
        (transfer.input, matrices.input, donor.input),
        (transfer.output, matrices.output, donor.output),
    ):
        made = apply(recipe, matrix)
        for i in found.unmatched[:40].tolist():
            expected = pursue(theirs[i], theirs[shared], k)
            row = sum(c * matrix[found.source[shared[j]]].astype(np.float64) for j, c in expected.items())
            np.testing.assert_allclose(made[i], row, atol=1e-4)
        assert np.array_equal(made[found.matched], matrix[found.source[found.matched]])


def test_omp_leaves_out_rows_that_training_never_reached(sample, swahili):
    found = overlap(sample, swahili)
    donor = rows(len(swahili.vocabulary), 40, 3)
    zero, new = int(found.matched[5]), found.unmatched[[0, 1, 2]]
    donor[zero] = 0
    donor[new] = donor[new[0]]  # the same row for all three
    source_id = int(found.source[found.matched[8]])
    transfer = methods.initialize("omp", sample, swahili, donor=SourceMatrices.of(donor), k=40, untrained=[source_id], seed=7)
    assert transfer.output is None
    mixed = np.flatnonzero(transfer.input.origins == Origin.COMBINED)
    entries = np.isin(transfer.input.weights.entry_rows, mixed)
    used = set(transfer.input.weights.indices[entries].tolist())
    assert used and not used & {source_id, int(found.source[zero])}
    tokens = swahili.vocabulary.tokens
    assert all(transfer.input.fills[int(i)] == Fill("normal", 7, tokens[i]) for i in new)


# -- clp ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [0.0, 1.0])  # cosines of both signs, and positive ones
def test_clp_is_the_mean_weighted_by_cosines(sample, swahili, matrices, shift):
    helper = rows(len(swahili.vocabulary), 12, 5) + np.float32(shift)
    transfer = methods.initialize("clp", sample, swahili, matrices=matrices, helper=helper)
    found = overlap(sample, swahili)
    unit = helper.astype(np.float64) / np.linalg.norm(helper.astype(np.float64), axis=1, keepdims=True)
    cosines = unit[found.unmatched] @ unit[found.matched].T
    for recipe, matrix in ((transfer.input, matrices.input), (transfer.output, matrices.output)):
        expected = cosines / cosines.sum(axis=1, keepdims=True) @ matrix[found.source[found.matched]].astype(np.float64)
        made = apply(recipe, matrix)
        given = [i for i in found.unmatched.tolist() if i not in recipe.fills]
        at = np.searchsorted(found.unmatched, given)
        scale = np.abs(expected[at]).max(axis=1, keepdims=True)
        np.testing.assert_allclose(made[given] / scale, expected[at] / scale, atol=1e-5)
    assert len(given) > 0.95 * len(found.unmatched)
    assert transfer.derived_from == matrices.hashes


def test_clp_draws_a_row_whose_cosines_sum_to_nothing():
    source, target = metaspace(["<unk>", "▁a", "▁b"]), metaspace(["<unk>", "▁a", "▁b", "▁c", "▁d"])
    helper = np.array([[0, 1], [1, 0], [-1, 0], [1, 0], [0, 0]], np.float32)  # <unk> is across, a and b are opposite
    transfer = methods.initialize("clp", source, target, matrices=SourceMatrices.of(rows(3)), helper=helper)
    assert list(transfer.input.fills) == [3, 4]


# -- script ------------------------------------------------------------------------------------------------------------


def test_script_draws_from_the_rows_of_the_same_script_and_position(sample, swahili, matrices):
    transfer = methods.initialize("script", sample, swahili, matrices=matrices, seed=4)
    old, new = categories(sample, True), categories(swahili, True)
    found = overlap(sample, swahili)
    tokens = swahili.vocabulary.tokens
    drawn = 0
    for i in found.unmatched.tolist():
        members = [j for j, category in old.items() if category == new.get(i)]
        if len(members) < 2:
            assert transfer.input.fills[i] == Fill("normal", 4, tokens[i])
            continue
        for recipe, matrix in ((transfer.input, matrices.input), (transfer.output, matrices.output)):
            given = recipe.given.rows[np.searchsorted(recipe.given.index, i)].astype(np.float64)
            rows = matrix[members].astype(np.float64)
            z = (given - rows.mean(0)) / rows.std(0, ddof=1)
            noise = Fill("normal", 4, tokens[i]).row(Moments(np.zeros(DIM), np.ones(DIM), lambda: np.eye(DIM)))
            np.testing.assert_allclose(z, noise, atol=1e-4)
        drawn += 1
    assert drawn > 100


def test_categories_are_the_majority_script_and_the_first_of_several():
    files = metaspace(["<unk>", "▁der", "der", "▁1", "a1", "1a", "aб", "बa", "▁", "1,5", "<0xFF>"])
    assert categories(files, False) == {
        i: (name, None)
        for i, name in enumerate(
            ["Latin", "Latin", "Latin", "Common", "Latin", "Common", "Latin", "Devanagari", "Common", "Common"]
        )
    }
    assert [begins for _, begins in categories(files, True).values()] == [False, True, False, True, *[False] * 4, True, False]
    assert scripts_of("ā") == {"ā": "Latin"}


def test_bytes_of_a_byte_level_vocabulary_are_characters_first():
    """The letters that stand for bytes are no Latin: a part of a character has no script."""
    files = byte_level([spelled(" дом"), spelled("ж"), spelled("ж")[:1]])
    assert categories(files, False) == {0: ("Cyrillic", None), 1: ("Cyrillic", None)}


# -- lep ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def family(sample, swahili):
    """(base, instruct, adapted base): the instruct rows are the base's, turned and moved a little."""
    n, m = len(sample.vocabulary), len(swahili.vocabulary)
    turn = np.eye(DIM) + 0.1 * rows(DIM, DIM, 9)
    base = SourceMatrices.of(rows(n, seed=10), rows(n, seed=11))
    instruct = SourceMatrices.of(*((m @ turn).astype(np.float32) + 0.01 * rows(n, seed=12) for m in (base.input, base.output)))
    return base, instruct, SourceMatrices.of(rows(m, seed=13), rows(m, seed=14))


@pytest.mark.parametrize("variant", ["swap", "overlap", "conversion"])
def test_lep_carries_learned_rows_over(sample, swahili, family, variant):
    base, instruct, adapted = family
    begun = subword_mean(sample, swahili)
    made = methods.initialize(
        "lep", sample, swahili, matrices=instruct, base=base, adapted=adapted, variant=variant, transfer=begun
    )
    found = overlap(sample, swahili)
    for recipe, old, new, learned in (
        (made.input, base.input, instruct.input, adapted.input),
        (made.output, base.output, instruct.output, adapted.output),
    ):
        if variant == "swap":
            through = np.eye(DIM)
        else:
            pick = found.source[found.matched] if variant == "overlap" else None
            weights = None if pick is not None else reference_recipe.dense(begun.input)
            if weights is not None:
                weights = weights[begun.input.origins != Origin.FILLED]
            a, b = ((m[pick] if pick is not None else weights @ m).astype(np.float64) for m in (old, new))
            through = np.linalg.lstsq(a, b, rcond=None)[0]
        np.testing.assert_allclose(apply(recipe, new), learned.astype(np.float64) @ through, atol=1e-5)
    assert made.derived_from == instruct.hashes


def test_lep_of_tied_models_and_what_it_refuses(sample, swahili, family):
    base, instruct, adapted = family
    tied = [SourceMatrices.of(m.input) for m in family]
    options = dict(zip(("base", "matrices", "adapted"), tied, strict=True))
    made = methods.initialize("lep", sample, swahili, variant="overlap", **options)
    assert made.output is None and made.input.counts() == {"given": len(swahili.vocabulary)}
    for change, message in (
        ({"variant": "magic"}, "variant 'magic': use one of swap, overlap, conversion"),
        ({"variant": "conversion"}, "conversion needs transfer"),
        ({"base": base, "variant": "swap"}, "some have one matrix and some two"),
        ({"base": None}, "lep needs matrices"),
        ({"adapted": SourceMatrices.of(np.ones((3, DIM)))}, "has 3 rows, the source tokenizer|the input matrix has 3 rows"),
    ):
        with pytest.raises(PolyvocabError, match=message):
            methods.initialize("lep", sample, swahili, **{**options, "variant": "overlap", **change})


# -- matrix factorization ----------------------------------------------------------------------------------------------


def test_factors_are_the_best_of_their_rank(matrices):
    left, right = factors(matrices.input, 7)
    u, s, vt = np.linalg.svd(matrices.input.astype(np.float64), full_matrices=False)
    np.testing.assert_allclose(left @ right, (u[:, :7] * s[:7]) @ vt[:7], atol=1e-9)
    whole = factors(matrices.input, 500)
    np.testing.assert_allclose(whole[0] @ whole[1], matrices.input, atol=1e-6)


def test_new_rows_of_a_factorization_stay_in_its_directions(sample, swahili, matrices):
    made = methods.initialize("matrix_factorization", sample, swahili, matrices=matrices, rank=5, seed=3)
    found = overlap(sample, swahili)
    for recipe, matrix in ((made.input, matrices.input), (made.output, matrices.output)):
        coordinates, directions = factors(matrix, 5)
        new = apply(recipe, matrix)
        shared = found.matched[recipe.copied_from[found.matched] < 0]
        np.testing.assert_allclose(new[shared], coordinates[found.source[shared]] @ directions, atol=1e-5)
        given = recipe.given.rows
        np.testing.assert_allclose(given @ directions.T @ directions, given, atol=1e-5)
    with pytest.raises(PolyvocabError, match="rank 0"):
        methods.initialize("matrix_factorization", sample, swahili, matrices=matrices, rank=0)


# -- what all of them need -------------------------------------------------------------------------------------------


def test_a_transfer_of_matrices_fits_these_alone(sample, swahili, matrices, tmp_path):
    transfer = methods.initialize("script", sample, swahili, matrices=matrices)
    transfer.save_pretrained(tmp_path / "t")
    assert TokenizerTransfer.from_pretrained(tmp_path / "t") == transfer
    with pytest.raises(TransferError, match="derived from the weights"):
        methods.initialize("subword_mean", sample, sample).then(transfer)


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("omp", {}, "omp needs donor"),
        ("clp", {}, "clp needs helper"),
        ("clp", {"helper": np.ones((3, 4))}, "the helper has 3 rows, the target tokenizer"),
        ("script", {}, "script makes rows of the model's own"),
        ("script", {"matrices": SourceMatrices.of(np.ones((3, 4)))}, "the input matrix has 3 rows, the source tokenizer"),
        ("omp", {"donor": SourceMatrices.of(np.ones((3, 4)))}, "the input matrix has 3 rows"),
    ],
)
def test_what_is_missing_is_said(sample, swahili, method, options, message):
    with pytest.raises(PolyvocabError, match=message):
        methods.initialize(method, sample, swahili, **options)
