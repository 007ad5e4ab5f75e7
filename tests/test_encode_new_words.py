"""Words that are met for the first time, many at once, and texts whose characters are of any width."""

import random

import numpy as np
import pytest
from polyvocab.tokenizer import Tokenizer
from strategies_text import hard_texts

tokenizers = pytest.importorskip("tokenizers")


@pytest.fixture(scope="module")
def byte_level(tmp_path_factory, sample_text):
    """A byte-level BPE and the library's own."""
    reference = tokenizers.Tokenizer(tokenizers.models.BPE())
    reference.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=3000, initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    reference.train([str(path) for path in sorted(sample_text.glob("*.txt"))], trainer)
    path = tmp_path_factory.mktemp("bpe") / "tokenizer.json"
    reference.save(str(path))
    return path, reference


def words_of(rng: random.Random, count: int) -> str:
    """Words of up to 80 letters; some of them are met again soon."""
    words = []
    for _ in range(count):
        if words and rng.random() < 0.3:
            words.append(rng.choice(words[-200:]))
        else:
            letters = rng.choice(["abcdefghijklmnopqrstuvwxyz", "etaoin", "абвгдеж", "一丁七万", "éàü"])
            words.append("".join(rng.choices(letters, k=rng.choice([1, 3, 8, 14, 16, 31, 39, 63, 80]))))
    return " ".join(words)


def split(ids: np.ndarray, offsets: np.ndarray) -> list[list[int]]:
    return [ids[a:b].tolist() for a, b in zip(offsets, offsets[1:], strict=False)]


@pytest.mark.parametrize("threads", [1, 2])
def test_new_words_among_known_ones(byte_level, threads):
    path, reference = byte_level
    rng = random.Random(4)
    texts = [words_of(rng, rng.choice([1, 20, 300, 2000])) for _ in range(60)]
    expected = [encoding.ids for encoding in reference.encode_batch(texts, add_special_tokens=False)]
    tokenizer = Tokenizer.from_pretrained(path)
    for _ in range(2):  # the second time all are known
        assert split(*tokenizer.encode_batch(texts, threads=threads)) == expected
    assert [tokenizer.encode(text) for text in texts] == expected


def test_more_new_words_than_are_remembered_at_once(byte_level):
    """The tables of a thread grow, and words that were left out are found in them wherever they were moved."""
    path, reference = byte_level
    rng = random.Random(5)
    texts = [" ".join(f"w{rng.randrange(rng.choice([2000, 200000]))}" for _ in range(500)) for _ in range(200)]
    expected = [encoding.ids for encoding in reference.encode_batch(texts, add_special_tokens=False)]
    assert split(*Tokenizer.from_pretrained(path).encode_batch(texts, threads=1)) == expected


def test_texts_of_every_width(byte_level):
    tokenizer = Tokenizer.from_pretrained(byte_level[0])
    rng = random.Random(6)
    texts = hard_texts(300, seed=7)
    for alphabet in ("ab ", "aé ÿ", "aя一 ", "a😀é一 𐀀"):
        texts += ["".join(rng.choices(alphabet, k=size)) for size in (0, 1, 15, 16, 17, 33, 300)]
    expected = split(*tokenizer.encode_batch([text.encode() for text in texts]))
    for threads in (1, 2):
        assert split(*tokenizer.encode_batch(texts, threads=threads)) == expected
    assert tokenizer.count(texts).tolist() == [len(ids) for ids in expected]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("text", ["a\ud800", "\udfff", "一" * 40 + "\udc00", "😀" * 70 + "\ud912 "])
def test_half_a_surrogate_pair_is_no_text(byte_level, text, threads):
    tokenizer = Tokenizer.from_pretrained(byte_level[0])
    texts = ["good " * 20000, "и хорошо " * 9000, text, "good"]
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed") as raised:
        tokenizer.encode_batch(texts, threads=threads)
    assert raised.value.object == text
    with pytest.raises(UnicodeEncodeError):
        tokenizer.count(texts, threads=threads)
    assert split(*tokenizer.encode_batch(texts[:1], threads=threads)) == [tokenizer.encode(texts[0])]
