"""What a Unigram expects of counted words, against all segmentations; and which pieces a trainer gave their scores."""

import dataclasses
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polyvocab import PolyvocabError, Tokenizer, count_words
from polyvocab._core import mixture as core
from polyvocab.formats.definition import AddedToken, SentencePieces, Strings
from polyvocab.formats.sentencepiece import PieceType
from polyvocab.mixture.expected_pieces import UnigramPieces, count_expected, expected_pieces
from polyvocab.mixture.words import training_tokenizer
from reference.expected_pieces import expected

PIECES = st.dictionaries(st.text("abß한", min_size=1, max_size=4), st.floats(-20, -0.5), min_size=1, max_size=12)
WORDS = st.dictionaries(st.text("abß한𐍈", max_size=9), st.lists(st.integers(0, 1000), min_size=3, max_size=3), max_size=5)


def run(scores: dict[str, float], words: dict[str, list[int]], unknown: float, threads: int = 1, blocks: int = 3):
    """{piece: counts by block}, with None for unknown characters."""
    pieces, texts = Strings.of(scores), Strings.of(words)
    table = np.array(list(words.values()), np.uint64).reshape(-1, blocks)
    rows, columns = np.nonzero(table)
    indptr = np.searchsorted(rows, np.arange(len(words) + 1)).astype(np.uint64)
    ids, counts, missing = core.expected_pieces(
        pieces.data,
        pieces.offsets,
        np.array(list(scores.values())),
        np.ones(len(pieces), bool),
        texts.data,
        texts.offsets,
        indptr,
        columns.astype(np.uint32),
        table[rows, columns],
        unknown_score=unknown,
        blocks=blocks,
        threads=threads,
    )
    names = list(scores)
    found = {names[i]: row for i, row in zip(ids.tolist(), counts.reshape(-1, blocks), strict=True)}
    return found | {None: missing}


@settings(max_examples=200)
@given(PIECES, WORDS)
def test_expectations_are_those_over_all_segmentations(scores, words):
    unknown = min(scores.values()) - 10
    wanted = defaultdict(lambda: np.zeros(3))
    for word, counts in words.items():
        for piece, times in expected(word, scores, unknown).items():
            wanted[piece] += times * np.array(counts)
    found = run(scores, words, unknown)
    for piece in {*wanted, *found}:
        np.testing.assert_allclose(found.get(piece, np.zeros(3)), wanted[piece], rtol=1e-9, atol=1e-12)


def test_words_whose_probabilities_leave_the_range_of_a_double():
    """By hand: a word of so many times the same two halves has so many times their expectations."""
    scores = {"a": -700.0, "b": -30.0, "ab": -735.0, "c": -1.0}
    times = 400
    whole = np.exp(-735.0 + 730.0) / (1 + np.exp(-735.0 + 730.0))
    found = run(scores, {"abc" * times: [1, 0, 2]}, -800.0)
    np.testing.assert_allclose(found["ab"], np.array([1, 0, 2]) * times * whole, rtol=1e-9)
    np.testing.assert_allclose(found["c"], np.array([1, 0, 2]) * times, rtol=1e-9)
    unknown = run(scores, {"z" * 500 + "c": [1, 1, 1]}, -800.0)
    np.testing.assert_allclose(unknown[None], 500.0)


def test_the_number_of_threads_changes_no_bit(tokenizer, sample_text):
    pieces = UnigramPieces.of(tokenizer.definition)
    words = count_words(training_tokenizer(tokenizer, joins_spaces=False), sorted(sample_text.iterdir()), blocks=7)
    one, many = (expected_pieces(pieces, words, threads=threads) for threads in (1, 5))
    assert len(words.words) > 2048
    assert np.array_equal(one.pieces, many.pieces)
    assert one.counts.tobytes() == many.counts.tobytes() and one.unknown.tobytes() == many.unknown.tobytes()


def test_every_byte_of_the_words_is_expected_once(tokenizer, sample_text):
    pieces = UnigramPieces.of(tokenizer.definition)
    words = count_words(training_tokenizer(tokenizer, joins_spaces=False), sorted(sample_text.iterdir()))
    found = expected_pieces(pieces, words)
    characters = found.counts[:, 0] @ pieces.characters[found.pieces] + found.unknown[0]
    lengths = [len(text) for text in words.words.texts()]
    np.testing.assert_allclose(characters, np.dot(lengths, words.totals.astype(float)), rtol=1e-9)


def test_pieces_that_no_trainer_scored_are_left_out(tokenizer):
    definition = tokenizer.definition
    pieces = UnigramPieces.of(definition)
    texts = definition.model.tokens.texts()
    special = [texts.index(name) for name in ("<s>", "</s>", "<unk>", "<pad>") if name in texts]
    assert special and not pieces.trained[special].any()
    assert (pieces.scores[pieces.trained] < 0).all()
    learned = int(np.flatnonzero(pieces.trained)[-1])
    added = dataclasses.replace(definition, added_tokens=(AddedToken(learned, texts[learned]),))
    assert not UnigramPieces.of(added).trained[learned]


def test_a_sentencepiece_model_and_the_pieces_it_was_told(shared):
    tokenizer = Tokenizer.from_pretrained(shared / "tokenizers/t5/spiece.model")
    definition, model = tokenizer.definition, tokenizer.definition.model
    assert isinstance(model, SentencePieces)
    types = model.types.copy()
    types[[100, 200, 300]] = [PieceType.USER_DEFINED, PieceType.UNUSED, PieceType.CONTROL]
    told = UnigramPieces.of(dataclasses.replace(definition, model=dataclasses.replace(model, types=types)))
    assert told.in_text[[100, 200, 300]].tolist() == [True, False, False]
    assert not told.trained[[100, 200, 300]].any() and told.trained[101]


def test_what_cannot_be_counted_is_refused(tokenizer, tmp_path):
    definition = tokenizer.definition
    model = dataclasses.replace(definition.model, scores=np.zeros_like(definition.model.scores))
    with pytest.raises(PolyvocabError, match="none of them was learned"):
        UnigramPieces.of(dataclasses.replace(definition, model=model))
    with pytest.raises(ValueError, match="no such block"):
        core.expected_pieces(
            b"a",
            np.array([0, 1], np.uint64),
            np.zeros(1),
            np.ones(1, bool),
            b"a",
            np.array([0, 1], np.uint64),
            np.array([0, 1], np.uint64),
            np.array([1], np.uint32),
            np.array([1], np.uint64),
            unknown_score=-1.0,
            blocks=1,
        )


def test_blocks_add_up(tokenizer, sample_text):
    files = sorted(sample_text.iterdir())
    whole = count_expected(tokenizer, {"all": files}, blocks=1)["all"]
    parts = count_expected(tokenizer, {"all": files}, blocks=6)["all"]
    np.testing.assert_allclose(parts.counts.sum(axis=1), whole.counts[:, 0], rtol=1e-9)
    rest = parts.without_block(2)
    np.testing.assert_allclose(rest.counts[:, 0] + parts.counts[:, 2], whole.counts[:, 0], rtol=1e-9)
    assert rest.bytes[0] + parts.bytes[2] == whole.bytes[0]
