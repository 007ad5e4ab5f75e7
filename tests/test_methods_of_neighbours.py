"""WECHSEL and OFA against their formulas in float64."""

import numpy as np
import pytest
from polyvocab import methods
from polyvocab.errors import FormatError, PolyvocabError
from polyvocab.methods.ofa import forms_of
from polyvocab.methods.wechsel import procrustes, read_dictionary
from polyvocab.overlap import overlap
from polyvocab.pieces import Pieces
from polyvocab.recipe import Fill, Origin
from polyvocab.tokenizer import Tokenizer
from polyvocab.vectors import SubwordVectors, means_of_words
from test_pieces import byte_level, metaspace, spelled

DIM, NEIGHBOURS, TEMPERATURE = 12, 10, 0.1
BUCKETS = 5000


def subword_vectors(words, seed):
    """Random rows for words and for every bucket."""
    rng = np.random.default_rng(seed)
    rows = [rng.normal(size=(n, DIM)).astype(np.float32) for n in (len(words), BUCKETS)]
    return SubwordVectors(words, *rows, np.arange(BUCKETS, dtype=np.uint32), 2, 4, BUCKETS)


def nearest(theirs, ours, skipped=()):
    """{source token: weight} for one target vector: the softmax of the ten largest cosines."""
    known = [i for i, v in enumerate(theirs) if v.any() and i not in skipped]
    unit = theirs[known] / np.linalg.norm(theirs[known], axis=1, keepdims=True)
    cosines = unit @ (ours / np.linalg.norm(ours))
    best = np.argsort(-cosines, kind="stable")[:NEIGHBOURS]
    weights = np.exp(cosines[best] / TEMPERATURE - cosines[best].max() / TEMPERATURE)
    return dict(zip(np.array(known)[best].tolist(), weights / weights.sum(), strict=True))


def check_row(recipe, i, expected):
    part = slice(recipe.weights.indptr[i], recipe.weights.indptr[i + 1])
    got = dict(zip(recipe.weights.indices[part].tolist(), recipe.weights.weights[part].tolist(), strict=True))
    assert got.keys() == expected.keys()
    np.testing.assert_allclose([got[j] for j in expected], list(expected.values()), atol=1e-5)


# -- WECHSEL -----------------------------------------------------------------------------------------------------------

SOURCE_WORDS = [
    "house",
    "House",
    "old",
    "dog",
    "water",
    "tree",
    "sun",
    "moon",
    "stone",
    "bread",
    "fish",
    "bird",
    "milk",
    "salt",
]
TARGET_WORDS = ["nyumba", "Nyumba", "zee", "mbwa", "maji", "mti", "jua", "mwezi", "jiwe", "mkate", "samaki", "ndege", "maziwa"]
PAIRS = [*zip(SOURCE_WORDS[2:], TARGET_WORDS[2:], strict=False), ("house", "nyumba"), ("unknown", "words")]


@pytest.fixture(scope="module")
def spaces():
    return subword_vectors(SOURCE_WORDS, 1), subword_vectors(TARGET_WORDS, 2)


def test_the_rotation_is_the_best_orthogonal_one(spaces):
    theirs, ours = spaces
    rotation, used = procrustes(theirs, ours, PAIRS)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(DIM), atol=1e-9)
    # "house" is known in two cases and so is "nyumba": three forms a side, of which lower case stands for two.
    assert used == 4 * (len(PAIRS) - 2) + 9
    one, other = subword_vectors(SOURCE_WORDS, 1), subword_vectors(SOURCE_WORDS, 1)
    turned = np.linalg.qr(np.random.default_rng(5).normal(size=(DIM, DIM)))[0]
    other.word_rows, other.subword_rows = (rows @ turned for rows in (one.word_rows, one.subword_rows))
    found, _ = procrustes(one, other, [(w, w) for w in SOURCE_WORDS])
    np.testing.assert_allclose(found, turned, atol=1e-5)


def test_wechsel_weights_are_the_softmax_of_ten_neighbours(sample, swahili, spaces):
    theirs, ours = spaces
    transfer = methods.initialize(
        "wechsel", sample, swahili, source_vectors=theirs, target_vectors=ours, dictionary=PAIRS, seed=3
    )
    rotation, _ = procrustes(theirs, ours, PAIRS)
    texts = [[piece.decode("utf-8").strip() for piece in Pieces.of(files.vocabulary).spelled] for files in (sample, swahili)]
    vectors = [
        np.stack([space.vector(text).astype(np.float64) if text else np.zeros(DIM) for text in side])
        for space, side in zip(spaces, texts, strict=True)
    ]
    vectors[0] = vectors[0] @ rotation
    found = overlap(sample, swahili)
    special = set(np.flatnonzero((found.kind > 0) & (found.kind <= found.kinds.index("special"))).tolist())
    combined = 0
    for i in range(0, len(swahili.vocabulary), 3):
        if i in special:
            assert transfer.input.copied_from[i] == found.source[i]
        elif vectors[1][i].any():
            check_row(transfer.input, i, nearest(vectors[0], vectors[1][i]))
            combined += 1
        else:
            assert transfer.input.fills[i] == Fill("normal", 3, swahili.vocabulary.tokens[i])
    assert combined > 100 and transfer.output is None


def test_wechsel_copies_what_both_have_on_request_and_leaves_out_untrained_rows(sample, swahili, spaces):
    theirs, ours = spaces
    options = {"source_vectors": theirs, "target_vectors": ours, "dictionary": PAIRS}
    untrained = set(range(100, 300))
    made = methods.initialize("wechsel", sample, swahili, copy="overlap", untrained=untrained, **options).input
    found = overlap(sample, swahili)
    assert np.array_equal(made.copied_from[found.matched], found.source[found.matched])
    mixed = made.origins[made.weights.entry_rows] == Origin.COMBINED
    assert mixed.any() and not untrained & set(made.weights.indices[mixed].tolist())


def test_parts_of_characters_have_no_vector_unless_as_published(spaces):
    theirs, ours = spaces
    source = byte_level(["a", spelled("é")[:1], spelled(" dog")])
    target = byte_level([spelled("ж")[:1], spelled("ж")[1:], spelled(" mbwa")])
    options = {"source_vectors": theirs, "target_vectors": ours, "dictionary": PAIRS}
    made = methods.initialize("wechsel", source, target, **options).input
    assert list(made.fills) == [0, 1] and not np.isin(1, made.weights.indices)
    published = methods.initialize("wechsel", source, target, canonical="decoded", **options).input
    assert not published.fills and published.weights.row_lengths.tolist() == [3, 3, 3]


def test_dictionaries(tmp_path):
    path = tmp_path / "d.txt"
    path.write_text("house\tnyumba\nold zee\nice cream\taiskrimu\n", "utf-8")
    assert read_dictionary(path) == [("house", "nyumba"), ("old", "zee"), ("ice cream", "aiskrimu")]
    for content, message in ((b"a b\n\nc d\n", "line 2"), (b"a b c\n", "line 1"), (b"a \xff\n", "byte 2 is not UTF-8")):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=message):
            read_dictionary(path)
    with pytest.raises(FormatError, match="cannot be read"):
        read_dictionary(tmp_path / "absent")


def test_what_wechsel_needs_is_said(sample, swahili, spaces):
    theirs, ours = spaces
    with pytest.raises(PolyvocabError, match="wechsel needs source_vectors and target_vectors"):
        methods.initialize("wechsel", sample, swahili)
    with pytest.raises(PolyvocabError, match="the vectors know no pair of the dictionary"):
        procrustes(theirs, ours, [("no", "hapana")])
    narrow = SubwordVectors(["a"], np.ones((1, 3), np.float32), np.zeros((0, 3), np.float32), np.zeros(0, np.uint32), 2, 4, 0)
    with pytest.raises(PolyvocabError, match="source vectors of width 12, target vectors of width 3"):
        procrustes(theirs, narrow, PAIRS)


# -- OFA ---------------------------------------------------------------------------------------------------------------


def test_forms_of_words():
    assert forms_of("house") == ["house", " house", " House"]
    assert forms_of("deu:$haus$") == [" haus ", "  haus ", "Haus "]
    assert forms_of("deu:$haus$", {"eng"}) == [] and forms_of("house", {"eng"}) == forms_of("eng:house")
    assert forms_of("deu:$$") == []


def test_means_of_words_by_hand(sample):
    tokenizer = Tokenizer(sample)
    words = {"habari": [1.0, 0.0], "ya": [0.0, 1.0], "habari ya": [2.0, 2.0]}
    forms = [[word, f" {word}"] for word in words]
    matrix = np.array(list(words.values()), np.float32)
    for counts in (None, [1.0, 5.0, 2.0]):
        made = means_of_words(tokenizer, forms, matrix, counts)
        for i in range(len(sample.vocabulary)):
            hits = [
                (vector, 1 if counts is None else counts[k])
                for k, vector in enumerate(matrix)
                for text in forms[k]
                if i in tokenizer.encode(text)
            ]
            assert made.known[i] == bool(hits)
            if hits:
                expected = sum(v * c for v, c in hits) / sum(c for _, c in hits)
                np.testing.assert_allclose(made.matrix[i], expected, rtol=1e-6)


def test_ofa_weights_are_the_softmax_of_ten_neighbours(sample, swahili, sample_text):
    rng = np.random.default_rng(0)
    text = (sample_text / "swh_Latn.train.txt").read_text("utf-8").split()
    words = {word: rng.normal(size=DIM) for word in dict.fromkeys(text[:3000])}
    transfer = methods.initialize("ofa", sample, swahili, word_vectors=words, seed=1)
    forms, matrix = [forms_of(word) for word in words], np.stack(list(words.values())).astype(np.float32)
    theirs, ours = (means_of_words(Tokenizer(files), forms, matrix) for files in (sample, swahili))
    found = overlap(sample, swahili)
    assert np.array_equal(transfer.input.copied_from[found.matched], found.source[found.matched])
    combined = 0
    for i in found.unmatched.tolist()[::3]:
        if not ours.known[i]:
            assert transfer.input.fills[i] == Fill("normal", 1, swahili.vocabulary.tokens[i])
            continue
        check_row(transfer.input, i, nearest(theirs.matrix.astype(np.float64), ours.matrix[i].astype(np.float64)))
        combined += 1
    assert combined > 50


def test_what_ofa_needs_is_said():
    source, target = metaspace(["<unk>", "▁a"]), metaspace(["<unk>", "▁b"])
    with pytest.raises(PolyvocabError, match="ofa needs word_vectors"):
        methods.initialize("ofa", source, target)
    with pytest.raises(PolyvocabError, match="no word vector is of the languages swh"):
        methods.initialize("ofa", source, target, word_vectors={"a": [1.0]}, target_languages=["swh"])
