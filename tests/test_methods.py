"""The methods against their definitions, on real tokenizers of different families."""

import numpy as np
import pytest
from polyvocab import focus, methods, random, subword_mean
from polyvocab.errors import PolyvocabError
from polyvocab.formats import TokenizerFiles
from polyvocab.overlap import overlap
from polyvocab.recipe import Fill, Origin, apply
from polyvocab.transfer import Tying
from reference.selection import cosine_rows
from test_pieces import byte_level, metaspace, spelled


def vectors_for(files, seed=0, dim=16, missing=0.2):
    rng = np.random.default_rng(seed)
    return {t: rng.normal(size=dim) + 1 for t in files.vocabulary.tokens if rng.random() > missing}


def test_the_folder_is_the_list_of_methods():
    assert {"focus", "subword_mean", "random"} <= set(methods.names())
    with pytest.raises(PolyvocabError, match="unknown method 'magic': use one of .*focus"):
        methods.initialize("magic", None, None)


def test_focus_equals_its_definition_in_float64(sample, swahili):
    vectors = vectors_for(swahili)
    vectors[swahili.vocabulary.tokens[50]] = np.zeros(16)  # a zero vector counts as none
    transfer = focus(sample, swahili, vectors=vectors, seed=3)
    tokens = swahili.vocabulary.tokens
    source_of = {t: i for i, t in enumerate(sample.vocabulary.tokens)}  # one family: equal strings are equal tokens
    matrix = np.random.default_rng(1).normal(size=(len(sample.vocabulary), 24)).astype(np.float32)
    made = apply(transfer.input, matrix)
    has = {t for t, v in vectors.items() if v.any()}
    pool = [t for t in tokens if t in source_of and t in has]
    new = [t for t in tokens if t not in source_of and t in has]
    assert len(pool) > 100 and len(new) > 50
    weights = cosine_rows(np.stack([vectors[t] for t in new]), np.stack([vectors[t] for t in pool]))
    mixed = weights @ matrix[[source_of[t] for t in pool]].astype(np.float64)
    for i, token in enumerate(tokens):
        origin = Origin(int(transfer.input.origins[i]))
        if token in source_of:
            assert origin is Origin.COPIED and np.array_equal(made[i], matrix[source_of[token]])
        elif token in has:
            np.testing.assert_allclose(made[i], mixed[new.index(token)], atol=2e-5)
        else:
            assert origin is Origin.FILLED and transfer.input.fills[i] == Fill("normal", 3, token)
    assert transfer.output is None and transfer.provenance[0]["pool"] == len(pool)


def test_focus_weights_equal_the_reference_to_1e_5(sample, swahili):
    vectors = vectors_for(swahili, missing=0.0)
    recipe = focus(sample, swahili, vectors=vectors).input
    tokens = swahili.vocabulary.tokens
    pool = recipe.copied_from >= 0
    pooled = [t for t, p in zip(tokens, pool, strict=True) if p]
    new = np.flatnonzero(~pool)
    expected = cosine_rows(np.stack([vectors[tokens[i]] for i in new]), np.stack([vectors[t] for t in pooled]))
    column = {int(s): k for k, s in enumerate(recipe.copied_from[pool])}
    for row, i in enumerate(new):
        entries = slice(recipe.weights.indptr[i], recipe.weights.indptr[i + 1])
        got = np.zeros(len(pooled))
        got[[column[int(s)] for s in recipe.weights.indices[entries]]] = recipe.weights.weights[entries]
        np.testing.assert_allclose(got, expected[row], atol=1e-5)


def test_focus_across_families_and_in_its_published_form():
    source = byte_level([spelled(" der"), spelled("é")[:1], spelled("é")[1:], spelled(" die")], ["<|end|>"])
    target = metaspace(["<unk>", "▁der", "▁die", "▁das", "▁ein"])
    vectors = {"▁der": [1.0, 0.0], "▁die": [0.0, 1.0], "▁das": [1.0, 1.0]}
    recipe = focus(source, target, vectors=vectors).input
    assert recipe.counts() == {"copied": 2, "combined": 1, "filled": 2}
    start = recipe.weights.indptr[3]
    assert recipe.weights.indices[start : start + 2].tolist() == [0, 3]
    np.testing.assert_allclose(recipe.weights.weights[start : start + 2], [0.5, 0.5], atol=1e-6)
    published = focus(
        byte_level([spelled("é")[:1], spelled("€")[:1]]),
        byte_level([spelled("€")[:1]]),
        vectors={spelled("€")[:1]: [1.0]},
        canonical="decoded",
    ).input
    assert published.copied_from.tolist() == [0]  # the wrong row: what the byte-exact form avoids


def test_pool_tokens_that_share_a_source_row_add_up():
    source, target = metaspace(["<unk>", "▁7"]), metaspace(["<unk>", "▁7", "7", "▁x"])
    vectors = {"▁7": [1.0, 0.2], "7": [1.0, -0.2], "▁x": [1.0, 0.0]}
    recipe = focus(source, target, vectors=vectors, symbols=True).input
    assert recipe.copied_from[1:3].tolist() == [1, 1]
    assert recipe.weights.indices[recipe.weights.indptr[3] :].tolist() == [1]
    assert recipe.weights.weights[recipe.weights.indptr[3] :].tolist() == pytest.approx([1.0])


def test_focus_is_the_same_for_any_number_of_threads(sample, swahili):
    one, many = (focus(sample, swahili, vectors=vectors_for(swahili), threads=n) for n in (1, 3))
    assert one == many


def test_focus_without_vectors_or_text_says_what_it_needs(sample, swahili):
    with pytest.raises(PolyvocabError, match="needs auxiliary vectors, or a corpus"):
        focus(sample, swahili)
    with pytest.raises(PolyvocabError, match="no token of the target vocabulary has an auxiliary vector"):
        focus(sample, swahili, vectors={"absent": [1.0]})


def test_subword_mean_is_the_mean_of_the_pieces(sample, swahili, sample_model):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(sample_model)
    recipe = subword_mean(sample, swahili).input
    checked = 0
    for i, token in enumerate(swahili.vocabulary.tokens):
        if recipe.origins[i] != Origin.COMBINED or not token.startswith("▁"):
            continue
        pieces = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(token[1:]))
        pieces = [p for p in pieces if p != tokenizer.unk_token_id]
        entries = slice(recipe.weights.indptr[i], recipe.weights.indptr[i + 1])
        expected = {p: pieces.count(p) / len(pieces) for p in pieces}
        got = dict(zip(recipe.weights.indices[entries].tolist(), recipe.weights.weights[entries].tolist(), strict=True))
        assert got == pytest.approx(expected), token
        checked += 1
    assert checked > 50


def test_subword_mean_of_pieces_inside_words_does_not_invent_word_starts(sample, swahili):
    recipe = subword_mean(sample, swahili).input
    starts = np.array([bool(t and t.startswith("▁")) for t in sample.vocabulary.tokens])
    inside = [
        i for i, t in enumerate(swahili.vocabulary.tokens) if recipe.origins[i] == Origin.COMBINED and not t.startswith("▁")
    ]
    assert inside
    for i in inside:
        assert not starts[recipe.weights.indices[recipe.weights.indptr[i] : recipe.weights.indptr[i + 1]]].any()


def test_subword_mean_fills_what_the_old_tokenizer_cannot_spell():
    recipe = subword_mean(metaspace(["<unk>", "▁", "a", "b"]), metaspace(["<unk>", "aab", "ж"])).input
    assert recipe.origins[1:].tolist() == [Origin.COMBINED, Origin.FILLED]
    entries = slice(recipe.weights.indptr[1], recipe.weights.indptr[2])
    assert recipe.weights.indices[entries].tolist() == [2, 3]
    assert recipe.weights.weights[entries].tolist() == pytest.approx([2 / 3, 1 / 3])


def weights_of(recipe, row):
    entries = slice(recipe.weights.indptr[row], recipe.weights.indptr[row + 1])
    return dict(zip(recipe.weights.indices[entries].tolist(), recipe.weights.weights[entries].tolist(), strict=True))


@pytest.mark.parametrize(
    ("weighting", "expected"),
    [
        ("uniform", {1: 1 / 4, 2: 1 / 4, 3: 1 / 4, 4: 1 / 4}),
        ("characters", {2: 3 / 5, 3: 1 / 5, 4: 1 / 5}),
        ("bytes", {2: 3 / 6, 3: 1 / 6, 4: 2 / 6}),
        ("first", {2: 1}),
        ("last", {4: 1}),
    ],
)
def test_weightings_of_the_pieces(weighting, expected):
    """The word-start mark is a piece here, and has no length."""
    source, target = metaspace(["<unk>", "▁", "aaa", "b", "ж"]), metaspace(["<unk>", "▁aaabж"])
    assert weights_of(subword_mean(source, target, weighting=weighting).input, 1) == pytest.approx(expected)


def test_the_output_may_have_a_weighting_of_its_own(sample, swahili):
    transfer = subword_mean(sample, swahili, output="first")
    plain, first = subword_mean(sample, swahili), subword_mean(sample, swahili, weighting="first")
    assert transfer.input == plain.input and transfer.output == first.input and plain.output is None
    combined = plain.input.origins == Origin.COMBINED
    assert set(transfer.output.origins[combined]) == {Origin.COPIED}
    with pytest.raises(PolyvocabError, match="weighting 'longest': use one of uniform"):
        subword_mean(sample, swahili, output="longest")


def test_random_copies_specials_and_fills_the_rest(sample, swahili):
    transfer = random(sample, swahili, seed=5)
    for role, i in swahili.role_ids.items():
        assert transfer.input.copied_from[i] == sample.role_ids[role]
    assert transfer.input.counts()["copied"] == len(set(swahili.role_ids.values()))
    assert {f.seed for f in transfer.input.fills.values()} == {5}
    assert random(sample, swahili, copy="overlap").input.counts()["copied"] > 100


@pytest.mark.parametrize(("join", "parts"), [("input", (1, 0)), ("output", (0, 1)), ("mean", (0.5, 0.5))])
def test_zip_tie_is_the_mean_of_pieces_with_matrices_that_become_one(sample, swahili, join, parts):
    transfer = methods.initialize("zip_tie", sample, swahili, join=join)
    assert transfer.input == subword_mean(sample, swahili).input and transfer.output is None
    assert transfer.tying == Tying.join(*parts) and transfer.provenance[0]["method"] == "zip_tie"
    with pytest.raises(PolyvocabError, match="say how with join, one of input, output, mean"):
        methods.initialize("zip_tie", sample, swahili)


@pytest.mark.parametrize(("name", "policy"), [("mean", "mean"), ("normal", "multivariate")])
def test_baselines_copy_what_both_have_and_fill_the_rest(sample, swahili, name, policy):
    recipe = methods.initialize(name, sample, swahili, seed=4).input
    assert recipe.copied_from.tolist() == overlap(sample, swahili).source.tolist()
    assert {(fill.policy, fill.seed) for fill in recipe.fills.values()} == {(policy, 4)}
    assert set(methods.initialize(name, sample, swahili, copy="special").input.fills) > set(recipe.fills)


@pytest.mark.parametrize("target", ["gpt2", "focus-sw-xlmr-unigram-50k", "model2vec-test"])
@pytest.mark.parametrize("source", ["gpt2", "focus-ar-xlmr-unigram-50k", "model2vec-test"])
def test_all_families_to_all_families(shared, source, target):
    a, b = (TokenizerFiles.from_directory(shared / "tokenizers" / n) for n in (source, target))
    mean = subword_mean(a, b).input
    vectors = {t: np.random.default_rng(i).normal(size=4) for i, t in enumerate(b.vocabulary.tokens[:2000]) if t}
    for recipe in (mean, focus(a, b, vectors=vectors).input, random(a, b).input):
        assert len(recipe) == len(b.vocabulary)
    if source == target:
        assert mean.counts() == {"copied": len(b.vocabulary)}


def test_untrained_rows_are_kept_out_of_supports_and_means(sample, swahili):
    found = overlap(sample, swahili)
    plain = focus(sample, swahili, vectors=vectors_for(swahili, missing=0))
    untrained = set(found.source[found.matched[10:200]].tolist())
    transfer = focus(sample, swahili, vectors=vectors_for(swahili, missing=0), untrained=untrained)
    assert np.array_equal(transfer.input.copied_from, plain.input.copied_from)  # what is copied stays a copy
    for made, expected in ((plain, True), (transfer, False)):
        mixed = made.input.origins[made.input.weights.entry_rows] == Origin.COMBINED
        assert bool(untrained & set(made.input.weights.indices[mixed].tolist())) == expected
    pieces = subword_mean(sample, swahili).input
    first = int(pieces.weights.indices[pieces.weights.indptr[int(found.unmatched[-1])]])
    without = subword_mean(sample, swahili, untrained=[first]).input
    mixed = without.origins[without.weights.entry_rows] == Origin.COMBINED
    assert first not in without.weights.indices[mixed]
    assert len(without.fills) >= len(pieces.fills)
