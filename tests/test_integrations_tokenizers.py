"""The class with the interface of `tokenizers.Tokenizer`, call by call against the real one."""

import asyncio
import copy
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from encoding_fields import fields
from polyvocab.integrations.tokenizers import DecodeStream, Tokenizer

tokenizers = pytest.importorskip("tokenizers")

TEXTS = ["Hello world", "", "你好 <s> wörld  ", ("a pair", "of texts"), ["another", "pair"], " lead <mask> x"]
WORDS = [["Hello", "wörld foo"], [], (["two", "parts"], ["of", "it"]), ["x"]]


@pytest.fixture
def both(sample_model):
    path = str(sample_model / "tokenizer.json")
    return Tokenizer.from_file(path), tokenizers.Tokenizer.from_file(path)


def assert_equal(ours, reference):
    for special in (True, False):
        for batch, is_pretokenized in ((TEXTS, False), (WORDS, True), ([], False)):
            got = ours.encode_batch(batch, is_pretokenized, special)
            assert list(map(fields, got)) == list(map(fields, reference.encode_batch(batch, is_pretokenized, special)))
            fast = ours.encode_batch_fast(batch, is_pretokenized, special)
            assert [e.ids for e in fast] == [e.ids for e in got]
            assert [e.offsets for e in fast] == [
                e.offsets for e in reference.encode_batch_fast(batch, is_pretokenized, special)
            ]
    assert fields(ours.encode("Hello", "you")) == fields(reference.encode("Hello", "you"))
    words = dict(pair=["c"], is_pretokenized=True, add_special_tokens=False)
    assert fields(ours.encode(["a", "b"], **words)) == fields(reference.encode(["a", "b"], **words))
    ids = [e.ids for e in reference.encode_batch(TEXTS)]
    for skip in (True, False):
        assert ours.decode_batch(ids, skip_special_tokens=skip) == reference.decode_batch(ids, skip_special_tokens=skip)
        assert ours.decode(ids[0], skip) == reference.decode(ids[0], skip)
    assert ours.decode(tuple(ids[2])) == reference.decode(ids[2])
    assert ours.get_vocab() == reference.get_vocab() and ours.get_vocab_size() == reference.get_vocab_size()
    assert ours.get_added_tokens_decoder() == reference.get_added_tokens_decoder()
    assert ours.to_str() == reference.to_str()
    assert ours.polyvocab_fallback is None


def test_calls(both):
    assert_equal(*both)


def test_truncation_and_padding(both):
    for tokenizer in both:
        tokenizer.enable_truncation(4, stride=1, strategy="longest_first", direction="left")
    assert_equal(*both)
    for tokenizer in both:
        tokenizer.enable_padding(direction="left", pad_id=2, pad_type_id=1, pad_token="</s>", pad_to_multiple_of=4)
    assert both[0].truncation == both[1].truncation and both[0].padding == both[1].padding
    assert_equal(*both)
    for tokenizer in both:
        tokenizer.no_truncation()
        tokenizer.enable_padding(length=6)
    assert_equal(*both)
    for tokenizer in both:
        tokenizer.no_padding()
    assert_equal(*both)


def test_every_change_is_followed(both):
    def change(edit):
        results = [edit(tokenizer) for tokenizer in both]
        assert results[0] == results[1]
        assert_equal(*both)

    def assign(name, value):
        change(lambda tokenizer: setattr(tokenizer, name, value))

    change(lambda tokenizer: tokenizer.add_tokens(["lead", tokenizers.AddedToken("wör", single_word=True), "Hello"]))
    change(lambda tokenizer: tokenizer.add_special_tokens(["<new>", "of"]))
    assign("encode_special_tokens", True)
    assign("encode_special_tokens", False)
    assign(
        "post_processor", tokenizers.processors.TemplateProcessing(single="$A <s>", pair="$A $B", special_tokens=[("<s>", 0)])
    )
    assign("post_processor", None)
    assign("normalizer", tokenizers.normalizers.Lowercase())
    assign("pre_tokenizer", tokenizers.pre_tokenizers.Metaspace(prepend_scheme="never"))
    assign("decoder", tokenizers.decoders.Fuse())
    ours, reference = both
    assert (ours.token_to_id("<new>"), ours.id_to_token(5)) == (reference.token_to_id("<new>"), reference.id_to_token(5))
    assert ours.num_special_tokens_to_add(True) == reference.num_special_tokens_to_add(True)


def test_components_in_other_hands_are_watched(both):
    for tokenizer in both:
        held = tokenizer.pre_tokenizer
        assert_equal(*both)
        held.prepend_scheme = "never"
    assert_equal(*both)


def test_post_process(both):
    ours, reference = both
    for options in ({}, {"add_special_tokens": False}):
        bare = [[t.encode(text, add_special_tokens=False) for text in ("Hello", "you all")] for t in both]
        reference.post_processor, kept = reference.post_processor, reference.post_processor
        assert fields(ours.post_process(*bare[0], **options)) == fields(reference.post_process(*bare[1], **options))
        assert fields(ours.post_process(bare[0][0])) == fields(reference.post_process(bare[1][0]))
        assert kept is not None


def test_copies_are_independent_and_pickles_whole(both, tmp_path):
    ours, reference = both
    ours.enable_truncation(3)
    reference.enable_truncation(3)
    for other in (pickle.loads(pickle.dumps(ours)), copy.deepcopy(ours), Tokenizer.from_str(ours.to_str())):
        assert_equal(other, reference)
        other.add_tokens(["zzz"])
        other.no_truncation()
    assert_equal(ours, reference)
    assert_equal(copy.copy(ours), reference)
    ours.save(str(tmp_path / "a.json"))
    assert_equal(Tokenizer.from_buffer((tmp_path / "a.json").read_bytes()), reference)


def test_what_the_library_refuses_is_refused_alike(both):
    for bad in (3, b"bytes", ["a"], "a\ud800", None):
        errors = []
        for tokenizer in both:
            with pytest.raises(Exception) as error:
                tokenizer.encode_batch([bad])
            errors.append((error.type, str(error.value)))
        assert errors[0] == errors[1]
    ours, reference = both
    for call in (lambda t: t.decode([-1]), lambda t: t.encode(["a", "b"]), lambda t: t.enable_truncation(3, stride=3)):
        with pytest.raises(Exception) as expected:
            call(reference)
        with pytest.raises(expected.type):
            call(ours)


INPUTS = [
    (np.array(["Hello", "wörld"]), False),
    (np.array([["Hello", "wörld"], ["a", "pair"]]), False),
    (np.array([("Hello", "wörld"), ("a", "pair")], object), False),
    (np.array([["Hello", "wörld"], ["x", "y"]]), True),  # the library reads UTF-32 as UTF-8 here
    (np.array([["Hello", "wörld"], ["x", "y"]], object), True),
    (([np.array(["Hello"]), ["wörld"]],), True),
    ((("a", "b"), (("a",), ["b"])), True),
    ([["a"]], False),
    ([["a", "b", "c"]], False),
    ([{"a", "b"}], False),
    ([{"a": 1, "b": 2}], True),
    (["a", "b"], True),
    ([("a", "b")], False),
    ([["a", ["b"]]], True),
    ([(["a"], "b")], True),
    ("ab", False),
    ("ab", True),
    (3, False),
    ({"a", "b"}, False),
    ({"a": 1}, False),
    ([(text for text in "ab")], False),
    ((text for text in "ab"), False),
]


def outcome(call, *args):
    try:
        return call(*args)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("number", range(len(INPUTS)))
def test_every_form_of_input(both, number):
    texts, is_pretokenized = INPUTS[number]
    ours, reference = (outcome(lambda t=t: list(map(fields, t.encode_batch(texts, is_pretokenized)))) for t in both)
    assert ours == reference
    for text in texts if isinstance(texts, list | tuple | np.ndarray) else ():
        ours, reference = (outcome(lambda t=t, x=text: fields(t.encode(x, None, is_pretokenized))) for t in both)
        assert ours == reference


@pytest.mark.parametrize("flags", [(1, True), (False, None), ("yes", False), (False, np.True_)])
def test_flags_that_are_no_bool(both, flags):
    for name, text in (("encode", "Hello"), ("encode_batch", ["Hello"]), ("encode_batch_fast", ["Hello"])):
        middle = (None,) if name == "encode" else ()
        results = [outcome(getattr(t, name), text, *middle, *flags) for t in both]
        if isinstance(results[1], tuple):
            assert results[0] == results[1]
        else:
            assert len(results[0]) == len(results[1])


def test_coroutines(both):
    async def results(tokenizer):
        return (
            fields(await tokenizer.async_encode("Hello", "you", add_special_tokens=False)),
            list(map(fields, await tokenizer.async_encode_batch(TEXTS))),
            [e.ids for e in await tokenizer.async_encode_batch_fast(TEXTS[:3])],
            await tokenizer.async_decode_batch([[5, 6], [0, 7]], skip_special_tokens=False),
        )

    ours, reference = (asyncio.run(results(tokenizer)) for tokenizer in both)
    assert ours == reference and both[0].polyvocab_fallback is None


def test_words_are_deprecated(both):
    with pytest.warns(DeprecationWarning, match="word_ids"):
        assert both[0].encode("Hello you").words == both[1].encode("Hello you").word_ids


def stream_outcome(stream, tokenizer, ids):
    try:
        return stream.step(tokenizer, ids)
    except Exception as error:
        return type(error) if isinstance(error, TypeError) else str(error)[:26]


def assert_streams_are_equal(ours, reference, ids, skip, given=()):
    """One token at a time, or several; by ours and by the library."""
    rng, native = random.Random(0), DecodeStream(list(given), skip)
    expected, handed_over = tokenizers.decoders.DecodeStream(list(given), skip), DecodeStream(list(given), skip)
    while ids:
        count = rng.choice((1, 1, 1, 1, 2, 5))
        step = ids[0] if count == 1 else ids[:count]
        chunk = stream_outcome(expected, reference, step)
        assert stream_outcome(native, ours, step) == chunk == stream_outcome(handed_over, reference, step)
        ids = ids[count:]


def test_streams(both):
    ours, reference = both
    rng, size = random.Random(1), reference.get_vocab_size()
    texts = " ".join(text for text in TEXTS if isinstance(text, str)) + " 🤗🏳️‍🌈"
    for skip in (False, True, None):
        assert_streams_are_equal(ours, reference, reference.encode(texts).ids, skip)
        assert_streams_are_equal(ours, reference, [rng.randrange(size + 3) for _ in range(300)], skip)
        assert_streams_are_equal(ours, reference, [0, 5, 2, 7], skip, given=[0, 9])
    stream = DecodeStream(ids=None)
    for bad in ("a", None, [1.5], -1, [2**32], {}):
        with pytest.raises(TypeError):
            stream.step(ours, bad)
    assert stream.step(ours, np.int64(9)) == ours.decode([9])


def test_a_copy_of_a_stream_goes_its_own_way(both):
    ours, reference = both
    ids = reference.encode("Hello 你好 wörld").ids
    stream, whole = DecodeStream(), tokenizers.decoders.DecodeStream()
    expected = [whole.step(reference, i) for i in ids]
    assert [stream.step(ours, i) for i in ids[:3]] == expected[:3]
    for other in (copy.copy(stream), copy.deepcopy(stream), stream):
        assert [other.step(ours, i) for i in ids[3:]] == expected[3:]


def test_a_stream_follows_a_tokenizer_that_is_changed(both):
    for tokenizer in both:
        tokenizer.add_tokens(["wör"])
    ids = both[1].encode("Hello wör").ids
    ours, expected = DecodeStream(), tokenizers.decoders.DecodeStream()
    for i in ids:
        assert ours.step(both[0], i) == expected.step(both[1], i)
        for tokenizer in both:
            tokenizer.decoder = tokenizers.decoders.Metaspace(prepend_scheme="never")
    for tokenizer in both:
        tokenizer.decoder = tokenizers.decoders.Decoder.custom(Upper())
    ours, expected = DecodeStream(), tokenizers.decoders.DecodeStream()
    assert [ours.step(both[0], i) for i in ids] == [expected.step(both[1], i) for i in ids]
    assert both[0].polyvocab_fallback is not None


class Upper:
    """A decoder written in Python, which has no native twin."""

    def decode_chain(self, tokens):
        return [token.upper() for token in tokens]


def test_a_component_without_a_native_twin_falls_back(both):
    class Splitter:
        def pre_tokenize(self, text):
            text.split(lambda i, part: part.split(" ", "removed"))

    ours, reference = both
    custom = tokenizers.pre_tokenizers.PreTokenizer.custom(Splitter())
    for tokenizer in both:
        tokenizer.pre_tokenizer = custom
    assert ours.encode("Hello you").ids == reference.encode("Hello you").ids
    assert "Custom" in ours.polyvocab_fallback


def test_threads_change_nothing(both):
    ours, reference = both
    texts = [f"Hello world {i} " * (i % 7) for i in range(200)]
    expected = [e.ids for e in reference.encode_batch(texts)]
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda _: [e.ids for e in ours.encode_batch(texts)], range(8)):
            assert got == expected
