"""Ids to texts, many at once: what the strings of Python are made of, and where a batch is cut."""

import base64
import random
import sys

import numpy as np
import pytest
from polyvocab import _core
from polyvocab.formats import tiktoken
from polyvocab.tokenizer import Tokenizer

# All bytes; characters of each width and a long text; pieces of characters.
TOKENS = [bytes([byte]) for byte in range(256)]
TOKENS += [s.encode() for s in (" the", "é", "ÿ", "Ā", "Привет", " मित्र", "世界", "\uffff", "😀", "\U0010ffff", " long" * 30)]
TOKENS += [
    " é".encode()[:2],
    "世".encode()[:2],
    "世".encode()[2:] + b"a",
    "😀".encode()[:3],
    "😀".encode()[3:] + b"!",
    b"\xed\xa0",
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    lines = b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(TOKENS))
    return Tokenizer(tiktoken.read_definition(lines, pattern=r"\S+|\s+", special_tokens={}))


def lists_of(rng: random.Random, lengths: list[int]) -> list[list[int]]:
    """Each list of tokens of one sort: ASCII, some width, anything that is text, anything."""
    sorts = [range(128), [32, 257, 258], [32, 259, 260, 261, 262, 263], [32, 97, 264, 265], range(256, 267)]
    return [rng.choices(rng.choice([*sorts, range(len(TOKENS))]), k=length) for length in lengths]


def expected(ids: list[int]) -> str:
    return b"".join([TOKENS[i] for i in ids]).decode("utf-8", "replace")


def flat(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([i for ids in lists for i in ids], np.uint32), np.cumsum([0, *map(len, lists)])


def test_texts_are_those_of_their_bytes_and_as_small_as_pythons_own(tokenizer):
    rng = random.Random(1)
    lists = lists_of(rng, [rng.randrange(80) for _ in range(3000)])
    wanted = [expected(ids) for ids in lists]
    assert {len(max(text, default="").encode()) for text in wanted} >= {1, 2, 3, 4}
    texts = tokenizer.decode_batch(*flat(lists))
    assert texts == wanted
    # Python keeps the shortest ones for good, with what was once computed from them.
    fresh = [i for i, text in enumerate(wanted) if len(text) > 1]
    assert [sys.getsizeof(texts[i]) for i in fresh] == [sys.getsizeof(wanted[i]) for i in fresh]
    assert list(map(hash, texts)) == list(map(hash, wanted))
    for ids, text in zip(lists[:500], wanted, strict=False):
        own = tokenizer.decode(ids)
        assert own == text and (len(text) < 2 or sys.getsizeof(own) == sys.getsizeof(text))


@pytest.mark.parametrize("threads", [1, 3])
def test_a_batch_of_any_size_is_cut_without_a_trace(tokenizer, threads):
    rng = random.Random(2)
    lists = lists_of(rng, [0, 5, 300_000, 0, 1, *[rng.randrange(9000) for _ in range(150)], 0])
    assert tokenizer.decode_batch(*flat(lists), threads=threads) == [expected(ids) for ids in lists]


def test_offsets_need_not_take_all_ids(tokenizer):
    ids = np.arange(97, 107, dtype=np.uint32)
    assert tokenizer.decode_batch(ids, [3, 3, 5, 9]) == ["", "de", "fghi"]
    assert tokenizer.decode_batch(ids, [3]) == []
    for offsets in ([], [0, 11], [0, 5, 4], [-1, 3]):
        with pytest.raises(ValueError, match="^(the )?offsets of texts"):
            tokenizer.decode_batch(ids, offsets)


def test_strings_that_are_no_utf8_are_refused():
    """Nothing that comes later would see it."""
    data, offsets = "aé".encode(), np.array([0, 2, 3], np.uint64)
    with pytest.raises(ValueError, match="^the string 0 is no valid UTF-8"):
        _core.ChainDecoder([_core.components.fuse_decoder()], data, offsets, np.ones(2, np.uint8))
    with pytest.raises(ValueError, match="^the string 0 is no valid UTF-8"):
        types = np.ones(2, np.uint8)
        _core.SentencePieceDecoder(
            data, offsets, types, unknown_surface="", add_dummy_prefix=True, remove_extra_whitespaces=True
        )
