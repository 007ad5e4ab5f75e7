"""The class with the interface of `tiktoken.Encoding`, call by call against the real one."""

import pickle
import random

import numpy as np
import pytest
from polyvocab.errors import FormatError, UnsupportedComponent
from polyvocab.integrations.tiktoken import Encoding
from strategies_text import hard_texts

tiktoken = pytest.importorskip("tiktoken")

SPECIAL = {"<|endoftext|>": 300, "<|fim|>": 301, "<|other|>": 303}
PATTERN = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s+(?!\S)|\s"


def parameters() -> dict:
    ranks = {bytes([b]): b for b in range(256)}
    for pair in ("th", "he", "in", " t", "the", " the", "ing", "é", "你", " a", "on", "er"):
        ranks[pair.encode()] = len(ranks)
    return {"name": "tiny", "pat_str": PATTERN, "mergeable_ranks": ranks, "special_tokens": SPECIAL}


@pytest.fixture(scope="module")
def both():
    return Encoding(**parameters()), tiktoken.Encoding(**parameters())


def outcome(call, *args, **options):
    try:
        result = call(*args, **options)
    except Exception as error:
        return type(error)
    return result.tolist() if isinstance(result, np.ndarray) else result


CALLS = [
    {},
    {"allowed_special": "all"},
    {"disallowed_special": ()},
    {"allowed_special": {"<|fim|>"}},
    {"allowed_special": {"<|other|>"}, "disallowed_special": ()},
    {"disallowed_special": {"<|endoftext|>"}},
    {"allowed_special": {"<|fim|>"}, "disallowed_special": ["thing"]},
]


def assert_equal(ours, reference, texts):
    for text in texts:
        for options in CALLS:
            expected = outcome(reference.encode, text, **options)
            assert outcome(ours.encode, text, **options) == expected, (text, options)
        ids = reference.encode(text, allowed_special="all")
        assert ours.encode_ordinary(text) == reference.encode_ordinary(text)
        assert ours.decode(ids) == reference.decode(ids)
        assert ours.decode(ids[1:]) == reference.decode(ids[1:])
        assert ours.decode_tokens_bytes(ids) == reference.decode_tokens_bytes(ids)
        for method in ("decode_with_offsets", "decode_bytes"):
            assert outcome(getattr(ours, method), ids) == outcome(getattr(reference, method), ids)
    texts = [text for text in texts if text.isprintable()]
    for method in ("encode_batch", "encode_ordinary_batch"):
        options = {"disallowed_special": ()} if method == "encode_batch" else {}
        assert getattr(ours, method)(texts, **options) == getattr(reference, method)(texts, **options)
    batch = [reference.encode_ordinary(text) for text in texts]
    assert ours.decode_batch(batch) == reference.decode_batch(batch)
    assert ours.decode_bytes_batch(batch) == reference.decode_bytes_batch(batch)


def test_calls(both):
    rng = random.Random(0)
    texts = [
        text[: len(text) // 2] + rng.choice([*SPECIAL, "", ""]) + text[len(text) // 2 :] for text in hard_texts(300, seed=3)
    ]
    texts += ["", "the thing", *SPECIAL, "<|fim|><|other|>", "a <|endoftext|> the", "\ud83d\ude00 x \ud800"]
    assert_equal(*both, texts)


def test_arrays(both):
    got, expected = (e.encode_to_numpy("the <|fim|> thing", allowed_special="all") for e in both)
    assert got.dtype == expected.dtype == np.uint32 and got.tolist() == expected.tolist()


def test_vocabulary(both):
    ours, reference = both
    assert ours.token_byte_values() == reference.token_byte_values()
    for name in ("name", "n_vocab", "max_token_value", "eot_token", "special_tokens_set"):
        assert getattr(ours, name) == getattr(reference, name), name
    assert repr(ours) == repr(reference)
    for token in ("the", b"\xff", "<|fim|>", "nope"):
        assert outcome(ours.encode_single_token, token) == outcome(reference.encode_single_token, token)
    for i in (0, 256, 300, 302, 10**6):
        assert ours.is_special_token(i) == reference.is_special_token(i)
        for method in ("decode_single_token_bytes", "decode"):
            one = i if method != "decode" else [i]
            assert outcome(getattr(ours, method), one) == outcome(getattr(reference, method), one)


def test_the_error_says_what_to_do(both):
    for encoding in both:
        with pytest.raises(ValueError, match="disallowed special token '<|endoftext|>'(.|\n)*disallowed_special=()"):
            encoding.encode("a <|endoftext|>")
    with pytest.raises(UnsupportedComponent, match="encode_with_unstable"):
        both[0].encode_with_unstable("the")
    with pytest.raises(FormatError, match="268 tokens|271 tokens"):
        Encoding(**parameters(), explicit_n_vocab=5)
    with pytest.raises(FormatError, match="1 bytes have no token"):
        Encoding(**parameters() | {"mergeable_ranks": {bytes([b]): b for b in range(255)}})


def test_copies(both):
    ours, reference = both
    for copy in (pickle.loads(pickle.dumps(ours)), Encoding.from_tiktoken(reference)):
        assert copy.encode("the <|fim|> thing", allowed_special="all") == reference.encode(
            "the <|fim|> thing", allowed_special="all"
        )


def test_a_real_file(shared):
    ours = Encoding.from_file(shared / "tokenizers" / "cl100k_base" / "cl100k_base.tiktoken")
    reference = tiktoken.Encoding(
        "cl100k_base",
        pat_str=ours._pat_str,
        mergeable_ranks=ours._mergeable_ranks,
        special_tokens=ours._special_tokens,
    )
    assert_equal(ours, reference, hard_texts(200, seed=8))
