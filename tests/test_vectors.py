"""Auxiliary vectors: files, mappings, and training that can be repeated."""

import numpy as np
import pytest
from polyvocab import vectors
from polyvocab.corpus import Corpus
from polyvocab.encoded import EncodedCorpus
from polyvocab.errors import FormatError, PolyvocabError
from polyvocab.tokenizer import Tokenizer
from tiny import word_files

VOCABULARY = word_files(["a", "b", "c", "d", "<unk>"])
TEXT = ["a b a c", "b a d a b", "c c a b"] * 40
SMALL = {"dim": 8, "buckets": 1000, "min_count": 2}


def test_training_is_reproducible_and_skips_rare_tokens():
    tokenizer = Tokenizer(VOCABULARY)
    one = vectors.train(Corpus(TEXT), tokenizer, **SMALL)
    two = vectors.train(Corpus(TEXT), tokenizer, **SMALL)
    assert np.array_equal(one.matrix, two.matrix) and one.known.tolist() == [True, True, True, True, False]
    rare = vectors.train(Corpus([*TEXT]), tokenizer, **{**SMALL, "min_count": 60})
    assert rare.known.tolist() == [True, True, True, False, False]
    with pytest.raises(PolyvocabError, match="no token occurs 9999 times"):
        vectors.train(Corpus(TEXT), tokenizer, **{**SMALL, "min_count": 9999})


def test_training_is_reproducible_across_processes(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_vectors import *\n"
        "print(vectors.train(Corpus(TEXT), Tokenizer(VOCABULARY), **SMALL).matrix.tobytes().hex())\n"
    )
    here = str(__file__).rpartition("/")[0]
    runs = {
        subprocess.run([sys.executable, "-c", code, here], check=True, capture_output=True, text=True).stdout for _ in range(2)
    }
    assert len(runs) == 1


def test_the_cache_is_keyed_by_content(tmp_path):
    tokenizer, cache = Tokenizer(VOCABULARY), tmp_path / "cache"
    (tmp_path / "text.txt").write_text("\n".join(TEXT))
    first = vectors.train(Corpus(tmp_path / "text.txt"), tokenizer, cache=cache, **SMALL)
    again = vectors.train(Corpus(TEXT), tokenizer, cache=cache, **SMALL)  # another path, the same content
    assert len(list(cache.iterdir())) == 1 and np.array_equal(first.matrix, again.matrix)
    (tmp_path / "text.txt").write_text("\n".join([*TEXT, "d d d"]))
    changed = vectors.train(Corpus(tmp_path / "text.txt"), tokenizer, cache=cache, **SMALL)
    assert len(list(cache.iterdir())) == 2 and not np.array_equal(first.matrix, changed.matrix)


def test_the_cache_knows_what_decides_about_the_bytes(tmp_path):
    pytest.importorskip("gensim")
    tokenizer = Tokenizer(VOCABULARY)

    def entries(**options):
        vectors.train(Corpus(TEXT), tokenizer, cache=tmp_path, **SMALL, **options)
        return len(list(tmp_path.iterdir()))

    assert [entries(threads=1), entries(threads=2), entries()] == [1, 1, 1]
    assert [entries(model="skipgram"), entries(sample=0.1)] == [2, 3]
    assert [entries(trainer="gensim"), entries(trainer="gensim", threads=1), entries(trainer="gensim", threads=2)] == [4, 4, 5]


def test_encoded_corpora_are_trained_on_without_their_text(tmp_path):
    tokenizer = Tokenizer(VOCABULARY)
    (tmp_path / "text.txt").write_text("\n".join(TEXT))
    tokenizer.encode_file(tmp_path / "text.txt", tmp_path / "encoded")
    encoded = EncodedCorpus.open(tmp_path / "encoded")
    from_ids = vectors.train(encoded, tokenizer, cache=tmp_path / "cache", **SMALL)
    assert np.array_equal(from_ids.matrix, vectors.train(Corpus(TEXT), tokenizer, **SMALL).matrix)
    part = vectors.train(encoded[10:90], tokenizer, cache=tmp_path / "cache", **SMALL)
    assert np.array_equal(part.matrix, vectors.train(Corpus(TEXT[10:90]), tokenizer, **SMALL).matrix)
    other = Tokenizer(word_files(["b", "a", "c", "d", "<unk>"]))
    with pytest.raises(PolyvocabError, match="its ids are those of the tokenizer"):
        vectors.train(encoded, other, **SMALL)


def test_text_format_round_trip(tmp_path):
    made = {"▁a": np.array([1.5, -2.25e-8], np.float32), "b": np.array([0.1, 3.0], np.float32)}
    vectors.write_vec(tmp_path / "a.vec", made)
    read = vectors.read_vec(tmp_path / "a.vec")
    assert read.keys() == made.keys() and all(np.array_equal(read[k], made[k]) for k in made)
    assert vectors.read_vec(tmp_path / "a.vec", wanted={"b"}).keys() == {"b"}


def test_real_fasttext_vectors_are_read(shared):
    read = vectors.read_vec(
        shared / "wordvectors" / "gensim-translation" / "EN.1-10.cbow1_wind5_hs0_neg10_size300_smpl1e-05.txt"
    )
    assert "one" in read and read["one"].shape == (300,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected the number"),
        ("2 2\na 1 2\n", "announces 2 vectors, 1 follow"),
        ("1 2\na 1\n", "line 2: expected a token and 2 numbers"),
        ("1 2\na 1 x\n", "line 2: could not convert"),
    ],
)
def test_damaged_vector_files(tmp_path, text, message):
    (tmp_path / "a.vec").write_text(text)
    with pytest.raises(FormatError, match=message):
        vectors.read_vec(tmp_path / "a.vec")


def test_mappings():
    made = vectors.TokenVectors.of({"a": [1, 0], "c": [0, 0], "other": [1, 1]}, VOCABULARY.vocabulary)
    assert made.known.tolist() == [True, False, False, False, False]
    with pytest.raises(PolyvocabError, match="token 'b' has 1 numbers, others have 2"):
        vectors.TokenVectors.of({"a": [1, 0], "b": [1]}, VOCABULARY.vocabulary)
    with pytest.raises(PolyvocabError, match="vectors for 1 tokens, the vocabulary has 5"):
        vectors.TokenVectors.of(vectors.TokenVectors(np.zeros((1, 2)), np.zeros(1, bool)), VOCABULARY.vocabulary)
