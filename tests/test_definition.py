"""tokenizer.json as a definition: what the reference library holds after loading the same file, or an error."""

import json
import struct
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyvocab import _core
from polyvocab.errors import FormatError
from polyvocab.formats import tokenizer_json
from reference import tokenizer_json as slow
from tokenizers import Tokenizer

WORDS = {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "a"}
BPE = {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}
PIECES = {"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": "#"}
PIECES["max_input_chars_per_word"] = 3
UNIGRAM = {"type": "Unigram", "vocab": [["a", 0.5], ["a", -13.815511703491211]], "unk_id": 1}
TRUNCATION = {"max_length": 5, "strategy": "OnlyFirst", "stride": 0}
PADDING = {"strategy": {"Fixed": 5}, "direction": "Left", "pad_id": 0, "pad_type_id": 0, "pad_token": "x"}


def added(content, i=9, **flags):
    defaults = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), False)
    return {"id": i, "content": content, **defaults, **flags}


def untyped(model):
    return {key: value for key, value in model.items() if key != "type"}


def read(document):
    return tokenizer_json.read_definition(json.dumps(document).encode(), "here.json")


def assert_equal_to_the_reference(text: str) -> None:
    ours = tokenizer_json.read_definition(text.encode(), "here.json")
    theirs = json.loads(Tokenizer.from_str(text).to_str())
    model = theirs["model"]
    assert ours.model.kind == model["type"].lower()
    tokens = ours.model.tokens.texts()
    if ours.model.kind == "unigram":
        assert list(zip(tokens, ours.model.scores.tolist(), strict=True)) == [tuple(e) for e in model["vocab"]]
    else:
        assert dict(zip(tokens, ours.model.ids.tolist(), strict=True)) == model["vocab"]
    for name in model.keys() - {"type", "vocab", "merges", "dropout"}:
        assert getattr(ours.model, name) == model[name], name
    if model.get("dropout") is not None:  # printed in single precision
        assert np.float32(ours.model.dropout) == np.float32(model["dropout"])
    if "merges" in model:
        prefix = len(model["continuing_subword_prefix"] or "")
        expected = [(model["vocab"][a], model["vocab"][b]) for a, b in model["merges"]]
        assert [tuple(m) for m in ours.model.merges.tolist()] == expected
        assert ours.model.merged.tolist() == [model["vocab"][a + b[prefix:]] for a, b in model["merges"]]
    assert [asdict(token) for token in ours.added_tokens] == theirs["added_tokens"]
    assert ours.truncation == theirs["truncation"] and ours.padding == theirs["padding"]


@pytest.mark.parametrize(
    "document",
    [
        {"model": WORDS},
        {"version": "1.0", "model": untyped(WORDS)},
        {"model": {**WORDS, "vocab": {"a": 0, "c": 7}, "unknown": [1]}},
        {"model": PIECES},
        {"model": untyped(PIECES)},
        {"model": BPE},
        {"model": untyped(BPE)},
        {"model": {**BPE, "merges": ["#version: 0.2", "a b", "#version x"], "fuse_unk": None}},
        {"model": {**BPE, "merges": [["a", "b"]], "dropout": 0.1, "unk_token": "zz", "byte_fallback": True}},
        {"model": {**BPE, "vocab": {"a": 0, "##b": 4, "ab": 2}, "merges": ["a ##b"], "continuing_subword_prefix": "##"}},
        {"model": {**BPE, "merges": [], "end_of_word_suffix": "</w>", "ignore_merges": True}},
        {"model": UNIGRAM},
        {"model": untyped({**UNIGRAM, "unk_id": None})},
        {"model": {"type": "Unigram", "vocab": []}},
        {"model": WORDS, "added_tokens": [added("x", 7), added("y", 3), added("a", 1), added(""), added("x", special=True)]},
        {"model": {**WORDS, "vocab": {"a": 0, "b": 9}}, "added_tokens": [added("x", 5, lstrip=True, more=1)]},
        {"model": {**WORDS, "vocab": {}}, "added_tokens": [added("x", 7)]},
        {"model": WORDS, "truncation": TRUNCATION, "padding": PADDING},
        {"model": WORDS, "truncation": {**TRUNCATION, "direction": "Left"}, "padding": None},
        {"model": WORDS, "padding": {**PADDING, "strategy": "BatchLongest", "pad_to_multiple_of": 8}},
    ],
)
def test_every_form_reads_as_the_reference_library_reads_it(document):
    assert_equal_to_the_reference(json.dumps(document))


@pytest.mark.parametrize(
    "text",
    [
        '{"model":{"type":"WordLevel","unk_token":"u","vocab":{"a":0,"a":5,"\\ud83d\\ude00\\u0041/\\/":1}}}',
        '{"model":{"type":"Unigram","vocab":[["a",-0],["b",123456789012345678901234567890],["c",1e-400],["d",-5]]}} \n',
        '{"\\u006dodel":{"type":"Unigram","voca\\u0062":[["a",1E5]]}}',
    ],
)
def test_unusual_json_reads_as_the_reference_library_reads_it(text):
    assert_equal_to_the_reference(text)


def test_real_files_read_as_the_reference_library_reads_them(shared):
    for path in sorted(shared.glob("tokenizers/*/tokenizer.json")):
        assert_equal_to_the_reference(path.read_text("utf-8"))


def test_the_components_are_those_of_the_file(shared):
    path = shared / "tokenizers/gpt-neox-20b/tokenizer.json"
    ours, document = tokenizer_json.read_definition(path.read_bytes(), path), json.loads(path.read_bytes())
    for name in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        assert getattr(ours, name) == document[name]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "model is missing"),
        ({"model": None}, "model must be an object"),
        ({"model": WORDS, "more": 1}, "'more' is no member"),
        ({"model": WORDS, "version": "2.0"}, "version is '2.0'"),
        ({"model": {**WORDS, "type": "Markov"}}, "model.type is 'Markov'"),
        ({"model": {**WORDS, "type": None}}, "model.type must be a string"),
        ({"model": {"type": "WordLevel", "vocab": {}}}, "model.unk_token is missing"),
        ({"model": {**WORDS, "vocab": None}}, "model.vocab of a WordLevel must be an object"),
        ({"model": {**WORDS, "vocab": {"a": -1}}}, "line 1, column .*: an id must be"),
        ({"model": {**PIECES, "max_input_chars_per_word": -1}}, "max_input_chars_per_word is -1"),
        ({"model": {**BPE, "vocab": [["a", 1]]}}, "model.vocab of a BPE must be an object"),
        ({"model": {**BPE, "merges": None}}, "model.merges must be an array"),
        ({"model": {"type": "BPE", "vocab": {}}}, "model.merges is missing"),
        ({"model": {**BPE, "merges": ["a b c"]}}, "merge 0: 'a b c' needs two parts"),
        ({"model": {**BPE, "merges": ["ab"]}}, "merge 0: 'ab' needs two parts"),
        ({"model": {**BPE, "merges": [["a", "c"]]}}, "merge 0: 'c' is not in the vocabulary"),
        ({"model": {**BPE, "merges": ["a b", "b a"]}}, "merge 1: 'b' . 'a' is not in the vocabulary"),
        ({"model": {**BPE, "merges": ["a b", ["a", "b"]]}}, "column 81: expected a string"),
        ({"model": {**BPE, "merges": [["a", "b", "c"]]}}, "expected ']'"),
        ({"model": {**BPE, "dropout": 1.5}}, "model.dropout is 1.5"),
        ({"model": {**BPE, "fuse_unk": 1}}, "model.fuse_unk must be true or false"),
        ({"model": {**BPE, "unk_token": 3}}, "model.unk_token must be a string"),
        ({"model": {**UNIGRAM, "unk_id": 2}}, "model.unk_id is 2, but there are 2 pieces"),
        ({"model": {**UNIGRAM, "byte_fallback": None}}, "byte_fallback must be true or false"),
        ({"model": {**UNIGRAM, "vocab": [["a", "1"]]}}, "expected a number"),
        ({"model": {**UNIGRAM, "vocab": {"a": 1}}}, "must be an array of .piece, score."),
        ({"model": WORDS, "added_tokens": [{"id": 1, "content": "x"}]}, r"added_tokens\[0\].single_word is missing"),
        ({"model": WORDS, "added_tokens": [added("x", -1)]}, r"added_tokens\[0\].id is -1"),
        ({"model": WORDS, "added_tokens": None}, "added_tokens must be a list"),
        ({"model": WORDS, "truncation": {**TRUNCATION, "strategy": "longest"}}, "truncation.strategy is 'longest'"),
        ({"model": WORDS, "padding": {**PADDING, "strategy": {"Fixed": -1}}}, "padding.strategy.Fixed is -1"),
    ],
)
def test_what_the_reference_library_refuses_is_refused_by_name(document, message):
    with pytest.raises(FormatError, match=f"^here.json: .*{message}"):
        read(document)
    with pytest.raises(Exception, match=r" at line 1 column \d+$") as refusal:
        Tokenizer.from_str(json.dumps(document))
    assert refusal.type is Exception  # the reference library has no narrower one, but says where


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"model":{"vocab":{"a":0,"b":0},"unk_token":"a"}}', "model.vocab: 'a' and 'b' share the id 0"),
        ('{"version":"1.0","version":"1.0","model":{}}', "the name 'version' comes twice"),
        ('{"model":{},\n"model":{}}', "line 2, column 1: a second 'model'"),
        ('{"model":{"vocab":{},"vocab":{}}}', "column 22: a second 'vocab'"),
        (
            json.dumps({"model": {**WORDS, "vocab": {"a": 0, "c": 2}}, "added_tokens": [added("x"), added("c")]}),
            "'x' and 'c' would share the id 2",
        ),
    ],
)
def test_what_leaves_open_what_holds_is_refused(text, message):
    with pytest.raises(FormatError, match=message):
        tokenizer_json.read_definition(text.encode())


# -- the native reader and its slow twin ------------------------------------------------------------------------------


def result(function, *arguments):
    """What a function returns, arrays as bytes; or the arguments of its error."""
    try:
        returned = function(*arguments)
    except ValueError as error:
        return error.args
    return plain(returned)


def plain(value):
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    return (value.dtype.name, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value


CHANGES = [b"", b"}", b"]", b'"', b"\\", b"\\u00e9", b",", b"\xff", b"9", b"-"]
texts = st.text(st.sampled_from('ab▁é😀 "\\\n\x01\u2028'), max_size=3)
numbers = st.one_of(st.integers(-3, 2**32 + 3), st.floats(allow_nan=False))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
models = st.fixed_dictionaries(
    {
        "vocab": st.one_of(
            st.dictionaries(texts, st.integers(0, 9), max_size=5), st.lists(st.tuples(texts, numbers), max_size=4), values
        )
    },
    optional={
        "merges": st.one_of(
            st.lists(st.builds("{} {}".format, texts, texts), max_size=4), st.lists(st.tuples(texts, texts), max_size=4), values
        ),
        "x": values,
    },
)


@st.composite
def documents(draw) -> bytes:
    """A tokenizer.json in any layout, mostly whole, sometimes with a few bytes changed."""
    document = {"before": draw(values), "model": draw(models), "after": draw(values)}
    text = json.dumps(document, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    data = bytearray(text.encode())
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(st.sampled_from(CHANGES))
    return bytes(data)


@given(documents())
def test_the_native_reader_equals_the_slow_one(data):
    native = result(_core.read_tokenizer_json, data)
    assert native == result(slow.read_tokenizer_json, data)
    if len(native) == 6:
        json.loads(native[0])
        _, tokens, ids, _, merges, pairs = _core.read_tokenizer_json(data)
        if tokens is not None and merges is not None:
            assert result(_core.find_strings, *tokens, *merges) == result(slow.find_strings, *tokens, *merges)
        if ids is not None and merges is not None:
            arguments = (*tokens, ids, *merges, pairs, 1)
            assert result(_core.resolve_merges, *arguments) == result(slow.resolve_merges, *arguments)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_alike(data):
    assert result(_core.read_tokenizer_json, data) == result(slow.read_tokenizer_json, data)


decimals = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
)


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


@given(st.lists(decimals, min_size=1, max_size=50))
def test_numbers_are_those_of_the_reference_library(candidates):
    texts = [text for text in candidates if _is_in_range(text)]
    if not texts:
        return
    document = '{"model":{"type":"Unigram","vocab":[' + ",".join(f'["a",{text}]' for text in texts) + "]}}"
    theirs = [entry[1] for entry in json.loads(Tokenizer.from_str(document).to_str())["model"]["vocab"]]
    ours = tokenizer_json.read_definition(document.encode()).model.scores
    assert [bits(value) for value in ours] == [bits(value) for value in theirs]
    assert [bits(float(slow.parse_number(text))) for text in texts] == [bits(value) for value in theirs]


def _is_in_range(text: str) -> bool:
    try:
        _core.parse_json_number(text)
    except ValueError:
        with pytest.raises(OverflowError):
            slow.parse_number(text)
        return False
    return True
