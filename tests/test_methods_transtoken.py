"""Trans-tokenization: counts of aligned words to weights, against its rules by hand."""

from collections import Counter

import pytest
from polyvocab import methods
from polyvocab.errors import FormatError, PolyvocabError
from polyvocab.methods.transtoken.aligned_words import read_aligned_words
from polyvocab.methods.transtoken.pair_counts import pair_counts
from polyvocab.methods.transtoken.smooth import smooth
from polyvocab.overlap import overlap
from polyvocab.recipe import Fill, Origin
from test_pieces import metaspace


def test_words_of_one_piece_count_whole_and_rare_ones_not():
    assert pair_counts([([4], [7], 10), ([4], [7], 15), ([5], [7], 9), ([], [7], 50), ([5], [], 50)], 10) == {7: {4: 25}}


def test_one_half_goes_to_all_pieces_and_one_to_those_at_the_same_place():
    # Two old pieces, one new: half of 100 over two, twice: to all, and to both places.
    assert pair_counts([([1, 2], [9], 100)], 10) == {9: {1: 50, 2: 50}}
    # As many pieces: 50 // 2 to all pairs, 50 to each pair at one place.
    assert pair_counts([([1, 2], [8, 9], 100)], 10) == {8: {1: 75, 2: 25}, 9: {1: 25, 2: 75}}
    # Two and three stretch to six places: 50 // 2 to all pairs, 50 // 2 for each place.
    assert pair_counts([([1, 2], [7, 8, 9], 100)], 10) == {7: {1: 75, 2: 25}, 8: {1: 50, 2: 50}, 9: {1: 25, 2: 75}}


def test_tokens_without_counts_take_those_of_longer_tokens_and_of_their_parts():
    spelled = [b"ab", b"abc", b"abcd", b"b", b"xaby", b"q"]
    counts = {1: Counter({0: 30, 1: 10}), 3: Counter({2: 5})}
    begins = [True, False, False]
    smooth(counts, spelled, range(6), begins)
    # "ab": the longer "abc" and the part "b".
    assert counts[0] == {0: 2 * 1000 * 30 // 40, 1: 250, 2: 1000}
    # "abcd": parts "abc", "ab", "b": the first holds the others.
    assert counts[2] == {0: 1500, 1: 250}
    # "xaby": "ab" has counts by now, and holds "b".
    total = sum(counts[0].values())
    assert counts[4] == {0: 2000 * 1500 // total, 1: 1000 * 250 // total, 2: 1000 * 1000 // total}
    assert 5 not in counts


@pytest.fixture
def two():
    source = metaspace(["<unk>", "▁house", "▁old", "▁ho", "use", "▁7", "7"])
    target = metaspace(["<unk>", "▁haus", "▁alt", "▁hau", "s", "▁7", "7", "▁x"])
    return source, target


def test_rows_are_means_of_what_a_token_translates_to(two):
    source, target = two
    aligned = [("house", "haus", 20), ("old", "alt", 30), ("house", "alt", 10), ("<unk>", "x", 0)]
    transfer = methods.initialize("transtoken", source, target, alignments=aligned)
    recipe = transfer.input
    weights = {
        target.vocabulary.tokens[i]: dict(
            zip(
                recipe.weights.indices[recipe.weights.indptr[i] : recipe.weights.indptr[i + 1]].tolist(),
                recipe.weights.weights[recipe.weights.indptr[i] : recipe.weights.indptr[i + 1]].tolist(),
                strict=True,
            )
        )
        for i in range(len(recipe))
    }
    assert weights["▁haus"] == {1: 1.0}
    assert weights["▁alt"] == pytest.approx({1: 0.25, 2: 0.75})
    assert weights["▁hau"] == {1: 1.0}  # the longer "haus"
    assert weights["▁7"] == {5: 1.0} and weights["7"] == {6: 1.0}
    assert weights["<unk>"] == {0: 1.0} and recipe.origins[0] == Origin.COPIED
    assert transfer.provenance[0]["method"] == "transtoken"


def test_what_nothing_tells_of_is_the_unknown_token_or_drawn(two, sample, swahili):
    source, target = two
    drawn = methods.initialize("transtoken", source, target, alignments=[], missing="normal", seed=2).input
    assert drawn.fills[1] == Fill("normal", 2, "▁haus")
    aligned = [("na", "na", 100)]
    recipe = methods.initialize("transtoken", sample, swahili, alignments=aligned).input
    unknown = sample.role_ids["unk_token"]
    found = overlap(sample, swahili)
    rows = [i for i in found.unmatched.tolist() if recipe.copied_from[i] == unknown]
    assert rows and not recipe.fills.keys() & set(rows)
    skipped = int(found.source[found.matched[20]])
    without = methods.initialize("transtoken", sample, swahili, alignments=aligned, untrained=[skipped]).input
    assert skipped in recipe.weights.indices and skipped not in without.weights.indices


def test_files_of_alignments(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("house\thaus\t-0.5\t20.6\n<eps>\tx\t-1\t5\n\nold\talt\t30\n", "utf-8")
    assert list(read_aligned_words(path)) == [("house", "haus", 20), ("old", "alt", 30)]
    for line in ("house haus 3", "a\tb", "a\tb\tmany", "a\tb\tinf", "a\tb\t1\t2\t3"):
        path.write_text(f"x\ty\t5\n{line}\n", "utf-8")
        with pytest.raises(FormatError, match="line 2: expected source, target and count"):
            list(read_aligned_words(path))
    path.write_bytes(b"x\ty\t5\n\xff\ty\t5\n")
    with pytest.raises(FormatError, match="line 2: byte 0 is not UTF-8"):
        list(read_aligned_words(path))


def test_alignments_are_needed(two):
    with pytest.raises(PolyvocabError, match="transtoken needs alignments"):
        methods.initialize("transtoken", *two)
