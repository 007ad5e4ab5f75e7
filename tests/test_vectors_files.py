"""Files of vectors: what other programs write, what we write, and what is broken."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from polyvocab import vectors
from polyvocab.corpus import Corpus
from polyvocab.errors import FormatError
from polyvocab.vectors import SubwordVectors
from tiny import word_files

MADE = {"▁a": np.array([1.5, -2.25e-8, 3], np.float32), "b": np.array([0.1, 3.0, -1], np.float32)}
UNSEEN = ["unseen", "läuft", "", "x", "ab", "日本語"]


@pytest.fixture(scope="module")
def twin():
    models = pytest.importorskip("gensim.models")
    text = [["der", "Hund", "läuft", "schnell"], ["die", "Katze", "läuft", "langsam"], ["日本", "の", "本"]] * 20
    return models.FastText(text, vector_size=12, min_count=1, bucket=300, min_n=2, max_n=4, epochs=3, negative=3)


@pytest.fixture(scope="module")
def binary(twin, tmp_path_factory):
    from gensim.models.fasttext import save_facebook_model

    path = tmp_path_factory.mktemp("bin") / "model.bin"
    save_facebook_model(twin, str(path))
    return path


# -- fastText's .bin ---------------------------------------------------------------------------------------------------


def test_a_fasttext_model_reads_as_gensim_reads_it(binary):
    from gensim.models.fasttext import load_facebook_vectors

    ours, theirs = vectors.read_fasttext_bin(binary), load_facebook_vectors(str(binary))
    assert ours.words == theirs.index_to_key and (ours.min_n, ours.max_n, ours.buckets) == (2, 4, 300)
    for word in [*ours.words, "unseen", "läuftschnell", "日本語"]:
        assert np.allclose(ours.vector(word), theirs[word], atol=1e-6), word
    assert np.allclose(ours.matrix, theirs.vectors, atol=1e-6)
    assert vectors.read_vectors(binary, wanted={"der"}).keys() == {"der"}


def test_n_grams_are_cut_and_hashed_as_gensim_does(twin):
    from gensim.models.fasttext_inner import compute_ngrams_bytes, ft_hash_bytes
    from polyvocab.vectors.native import subwords

    words = ["a", "der", "日本語", "naïve", "𝔘nicode", "zu\u0308", "", "<s>", "longerwordthanusual"]
    for low, high in ((3, 6), (1, 3), (2, 2)):
        indptr, rows, buckets = subwords(words, low, high, 1000)
        for i, word in enumerate(words):
            expected = [ft_hash_bytes(n) % 1000 for n in compute_ngrams_bytes(word, low, high)]
            assert buckets[rows[indptr[i] : indptr[i + 1]]].tolist() == expected, word
    assert sorted(set(buckets.tolist())) == sorted(buckets.tolist())


def test_the_end_of_a_sentence_has_no_n_grams():
    rows = np.eye(4, dtype=np.float32)
    made = SubwordVectors(["</s>"], rows[:1], rows[1:], np.arange(3, dtype=np.uint32), 3, 6, 3, whole=frozenset(["</s>"]))
    assert made.vector("</s>").tolist() == [1, 0, 0, 0] and made.vector("</t>")[0] == 0 and made.vector("</t>").any()


def test_every_truncation_of_a_fasttext_model_is_an_error(binary, tmp_path):
    data = binary.read_bytes()
    cuts = {*range(0, 700, 7), *range(700, len(data), 997), len(data) - 1}
    for cut in sorted(cuts):
        (tmp_path / "cut.bin").write_bytes(data[:cut])
        with pytest.raises(FormatError, match=r"cut.bin: byte \d+: .*(cut off|magic)"):
            vectors.read_fasttext_bin(tmp_path / "cut.bin")


@pytest.mark.parametrize(
    ("at", "kind", "value", "message"),
    [
        (0, "<i", 1, "byte 0: this is no fastText model"),
        (4, "<i", 13, "byte 4: version 13 of the format is not known"),
        (8, "<i", 0, "byte 8: 0 dimensions"),
        (8, "<i", 11, "is 3.. x 12, vectors have 11 dimensions"),
        (8 + 4 * 8, "<i", 301, "300 rows of n-grams for 301 buckets"),
        (64, "<i", 99999, "cut off"),
        (68, "<i", 99999, "make no sense"),
        (84, "<q", 5, "byte 64: the model was pruned"),
    ],
)
def test_broken_fasttext_models(binary, tmp_path, at, kind, value, message):
    data = bytearray(binary.read_bytes())
    struct.pack_into(kind, data, at, value)
    (tmp_path / "broken.bin").write_bytes(data)
    with pytest.raises(FormatError, match=message):
        vectors.read_fasttext_bin(tmp_path / "broken.bin")


def test_quantized_models_are_refused_by_name(binary, tmp_path):
    data = bytearray(binary.read_bytes())
    flag = len(data) - 2 * 17 - 4 * 12 * (310 + 10)  # words: 10
    assert data[flag] == 0
    data[flag] = 1
    (tmp_path / "model.ftz").write_bytes(data)
    with pytest.raises(FormatError, match=rf"byte {flag}: the input matrix is quantized"):
        vectors.read_fasttext_bin(tmp_path / "model.ftz")


def test_absent_files():
    for read in (vectors.read_fasttext_bin, vectors.read_word2vec_binary, vectors.read_vec):
        with pytest.raises(FormatError, match="no such file"):
            read("absent.bin")
    for name in ("absent.bin", "absent.npz", "absent.safetensors", "absent.vec"):
        with pytest.raises(FormatError, match="no such file"):
            vectors.read_vectors(name)


# -- words that the text does not have ---------------------------------------------------------------------------------


def test_trained_words_compose_others():
    text = ["der hund läuft", "die katze läuft langsam", "der hunde lauf"] * 30
    made = vectors.train_words(Corpus(text), dim=8, min_count=1, buckets=5000, epochs=2)
    assert made.matrix.shape == (len(made.words), 8) and set(made) == set(" ".join(text).split())
    for word in made:
        assert np.array_equal(made[word], made.vector(word)) and np.isfinite(made[word]).all()
    assert made.vector("hunden").any() and not made.vector("qqq").any()  # n-grams that the text has, and none that it has
    assert "hunden" not in made
    with pytest.raises(KeyError):
        made["hunden"]
    # Of "hundx" only those n-grams count that have a row.
    rows = {int(b): r for b, r in zip(made.row_buckets, made.subword_rows, strict=True)}
    from polyvocab.vectors.native import subwords

    _, at, buckets = subwords(["hundx"], 3, 6, 5000)
    found = [rows[b] for b in buckets[at].tolist() if b in rows]
    assert 0 < len(found) < len(at) and np.allclose(made.vector("hundx"), np.mean(found, axis=0), atol=1e-6)
    assert made.vectors(["hund", "hundx", "qqq"]).shape == (3, 8)


def test_without_n_grams_a_word_is_its_row():
    made = vectors.train_words(Corpus(["a b a c"] * 30), dim=4, min_count=1, buckets=0, sample=0)
    assert np.array_equal(made.matrix, made.word_rows) and not len(made.subword_rows) and not made.vector("d").any()


# -- word2vec's binary, and our own files ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.vec", "a.bin", "a.npz", "a.safetensors"])
def test_round_trips(tmp_path, name):
    vectors.write_vectors(tmp_path / name, MADE)
    read = vectors.read_vectors(tmp_path / name)
    assert list(read) == list(MADE) and all(np.array_equal(read[k], MADE[k]) for k in MADE)
    assert vectors.read_vectors(tmp_path / name, wanted={"b"}).keys() == {"b"}
    vocabulary = word_files(["b", "c", "▁a"]).vocabulary
    aligned = vectors.TokenVectors.of(tmp_path / name, vocabulary)
    assert aligned.known.tolist() == [True, False, True]
    assert aligned.by_token(vocabulary).keys() == MADE.keys()


def test_word2vec_files_of_gensim(twin, tmp_path):
    twin.wv.save_word2vec_format(str(tmp_path / "theirs.bin"), binary=True)
    read = vectors.read_word2vec_binary(tmp_path / "theirs.bin")
    assert list(read) == twin.wv.index_to_key
    assert all(np.array_equal(read[word], twin.wv[word]) for word in read)
    with_ends = (tmp_path / "theirs.bin").read_bytes()
    rows = b"".join(f"{w} ".encode() + twin.wv[w].tobytes() + b"\n" for w in twin.wv.index_to_key)
    (tmp_path / "lines.bin").write_bytes(with_ends.partition(b"\n")[0] + b"\n" + rows)  # as word2vec itself writes them
    assert vectors.read_word2vec_binary(tmp_path / "lines.bin").keys() == read.keys()
    from gensim.models import KeyedVectors

    vectors.write_vectors(tmp_path / "ours.bin", read)
    assert np.array_equal(KeyedVectors.load_word2vec_format(str(tmp_path / "ours.bin"), binary=True).vectors, twin.wv.vectors)


def test_broken_word2vec_files(tmp_path):
    vectors.write_word2vec_binary(tmp_path / "a.bin", MADE)
    data = (tmp_path / "a.bin").read_bytes()
    for cut in range(len(data)):
        (tmp_path / "cut.bin").write_bytes(data[:cut])
        with pytest.raises(FormatError, match=r"byte \d+: (expected the number|the vector of word \d of 2 is cut off)"):
            vectors.read_word2vec_binary(tmp_path / "cut.bin")
    (tmp_path / "long.bin").write_bytes(data + b"more")
    with pytest.raises(FormatError, match=f"byte {len(data)}: 4 bytes follow the last of 2 vectors"):
        vectors.read_word2vec_binary(tmp_path / "long.bin")
    with pytest.raises(FormatError, match="holds a space"):
        vectors.write_word2vec_binary(tmp_path / "b.bin", {"a b": [1.0]})


def test_files_that_hold_something_else(tmp_path):
    np.savez(tmp_path / "a.npz", other=np.zeros(3))
    with pytest.raises(FormatError, match="has no array 'matrix'"):
        vectors.read_vectors(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes(b"PK no")
    with pytest.raises(FormatError, match="cannot be read"):
        vectors.read_vectors(tmp_path / "b.npz")
    with pytest.raises(FormatError, match="written as .vec, .bin"):
        vectors.write_vectors(tmp_path / "a.txt", MADE)
