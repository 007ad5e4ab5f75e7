"""Encodings and post-processors, equal to those of Hugging Face `tokenizers` in every field."""

import copy
import json
import pickle

import numpy as np
import pytest
from encoding_fields import fields, lookups
from polyvocab._core import Encoding, Padding, Truncation
from polyvocab.errors import FormatError, UnsupportedComponent
from polyvocab.tokenizer import Tokenizer

tokenizers = pytest.importorskip("tokenizers")

PAIRS = [
    ("Hello world  again", "Second one"),
    ("", "x"),
    ("你好 wörld ", ""),
    ("a b c d e f", None),
    (" lead", " lead  trail "),
]
LONG = ("one two three four five six seven", "eight nine ten eleven twelve")


def words_document(post_processor: dict | None, vocab=("[UNK]", "[CLS]", "[SEP]", "Ġa", "a", "b", "Ġb")) -> dict:
    """Whole words, some with spaces at their ends."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Split", "pattern": {"String": "|"}, "behavior": "Removed", "invert": False},
        "post_processor": post_processor,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": {word: i for i, word in enumerate(vocab)}, "unk_token": "[UNK]"},
    }


def template(single: str, pair: str) -> dict:
    made = tokenizers.processors.TemplateProcessing(single=single, pair=pair, special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    return json.loads(made.__getstate__())


BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
PROCESSORS = [
    None,
    template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"),
    template("$A:3 [SEP]:2", "$B:1 [SEP] $A"),
    {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
    {"type": "RobertaProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1], "trim_offsets": True, "add_prefix_space": False},
    {"type": "RobertaProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1], "trim_offsets": False, "add_prefix_space": True},
    BYTE_LEVEL,
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    {"type": "Sequence", "processors": [BYTE_LEVEL, template("[CLS] $A", "[CLS] $A $B")]},
]


@pytest.mark.parametrize("node", PROCESSORS, ids=lambda node: node and node["type"])
def test_post_processors(node):
    text = json.dumps(words_document(node))
    ours, reference = Tokenizer.from_json(text.encode()), tokenizers.Tokenizer.from_str(text)
    pairs = [("Ġa|a|Ġb", "b|Ġa"), ("a", None), ("", "b"), ("Ġa|b|x|a|b|Ġa|b", "a|b|b|Ġb|a")]
    for options in (None, (3, 0), (6, 1), (8, 2)):
        truncation = None
        if options:
            reference.enable_truncation(options[0], stride=options[1])
            truncation = Truncation(*options)
        for special in (True, False):
            for first, second in pairs:
                try:
                    expected = reference.encode(first, second, add_special_tokens=special)
                except BaseException as error:  # the reference panics where a stride is too long
                    assert "stride" in str(error)
                    with pytest.raises(ValueError, match="stride"):
                        ours.assembler.encodings([(first, second)], add_special_tokens=special, truncation=truncation)
                    continue
                (got,) = ours.assembler.encodings([(first, second)], add_special_tokens=special, truncation=truncation)
                assert fields(got) == fields(expected), (first, second, options, special)
    assert [ours.assembler.added_tokens(pair) for pair in (False, True)] == [
        reference.num_special_tokens_to_add(pair) for pair in (False, True)
    ]


def test_a_malformed_post_processor_is_refused_by_name():
    with pytest.raises(UnsupportedComponent, match="the post-processor Magic"):
        _ = Tokenizer.from_json(json.dumps(words_document({"type": "Magic"})).encode()).assembler
    with pytest.raises(FormatError, match="post_processor is malformed: 'sep'"):
        _ = Tokenizer.from_json(json.dumps(words_document({"type": "BertProcessing"})).encode()).assembler


@pytest.fixture(scope="module")
def both(sample_model):
    path = sample_model / "tokenizer.json"
    return Tokenizer.from_pretrained(path).assembler, tokenizers.Tokenizer.from_file(str(path))


def test_fields_and_lookups(both):
    ours, reference = both
    for got, (first, second) in zip(ours.encodings(PAIRS), PAIRS, strict=True):
        expected = reference.encode(first, second)
        assert fields(got) == fields(expected)
        assert lookups(got) == lookups(expected)
        assert repr(got) == repr(expected)
        assert fields(pickle.loads(pickle.dumps(got))) == fields(expected)
    words = (["Hello", "wörld foo", ""], ["x"])
    (got,) = ours.encodings([words], is_pretokenized=True)
    expected = reference.encode(*words, is_pretokenized=True)
    assert fields(got) == fields(expected) and lookups(got) == lookups(expected)


def test_changes_in_place(both):
    ours, reference = both

    def changed(change):
        (got,), expected = ours.encodings([LONG]), reference.encode(*LONG)
        assert change(got) == change(expected)
        assert fields(got) == fields(expected)
        return got

    changed(lambda e: e.pad(40, direction="left", pad_id=3, pad_type_id=2, pad_token="[P]"))
    changed(lambda e: e.pad(30))
    changed(lambda e: e.pad(3))
    for arguments in ((5,), (5, 2), (5, 2, "left"), (0,), (100,)):
        changed(lambda e, arguments=arguments: e.truncate(*arguments))
    changed(lambda e: (e.truncate(5, 1), e.pad(8)))
    changed(lambda e: e.set_sequence_id(3))
    for bad in (lambda e: e.pad(50, direction="up"), lambda e: e.truncate(3, 0, "up")):
        with pytest.raises(ValueError):
            bad(ours.encodings([LONG])[0])
    for growing in (True, False):
        got = Encoding.merge(ours.encodings([LONG, ("a", None)]), growing)
        expected = tokenizers.Encoding.merge([reference.encode(*LONG), reference.encode("a")], growing)
        assert fields(got) == fields(expected)
    mixed = Encoding.merge([ours.encodings([LONG])[0], pickle.loads(pickle.dumps(ours.encodings([("a", None)])[0]))])
    assert mixed.tokens[-2:] == ours.encodings([("a", None)])[0].tokens[-2:]
    assert len(Encoding()) == 0


def test_matrices_and_lists_are_the_rows_of_encodings(both):
    ours, reference = both
    texts = ["Hello world again and again", "", "你好", "a b c"]
    ids, offsets = ours.engine.encode(texts)
    names = ("attention_mask", "type_ids", "special_tokens_mask")
    for special in (True, False):
        for length in (None, 0, 2, 3, 5):
            for side in ("left", "right"):
                reference.no_truncation()
                if length is not None:
                    reference.enable_truncation(length, direction=side)
                reference.enable_padding(length=9, direction=side, pad_id=7, pad_type_id=3, pad_to_multiple_of=4)
                expected = reference.encode_batch(texts, add_special_tokens=special)
                truncation = None if length is None else Truncation(length, direction=side)
                padding = Padding(9, side, 4, 7, 3)
                wanted = dict.fromkeys(("attention_mask", "token_type_ids", "special_tokens_mask"), True)
                rows = [[getattr(e, name) for e in expected] for name in ("ids", *names)]
                arguments = ids, offsets, ours.frame(special), truncation, padding, wanted
                assert list(ours.lists(*arguments)) == rows
                for dtype in ("int64", "int32"):
                    got = ours.matrices(*arguments, dtype=dtype)
                    assert all(m.dtype == dtype for m in got) and [m.tolist() for m in got] == rows
    only_ids = ours.matrices(ids[:0], offsets[:1], ours.frame(True), None, None, dict.fromkeys(wanted, False))
    assert only_ids[0].shape == (0, 0) and only_ids[1:] == (None, None, None)
    with pytest.raises(ValueError, match="the longest row has"):
        ours.matrices(ids, offsets, ours.frame(True), None, None, wanted)
    with pytest.raises(ValueError, match="offsets of sequences"):
        ours.lists(ids, offsets[::-1].copy(), ours.frame(True), None, None, wanted)


def test_the_tokenizer_adds_special_tokens_and_knows_its_vocabulary(sample_model, tmp_path):
    path = sample_model / "tokenizer.json"
    ours, reference = Tokenizer.from_pretrained(path), tokenizers.Tokenizer.from_file(str(path))
    texts = ["Hello world", "", "你好"]
    for special in (True, False):
        expected = [e.ids for e in reference.encode_batch(texts, add_special_tokens=special)]
        ids, offsets = ours.encode_batch(texts, add_special_tokens=special)
        assert [row.tolist() for row in np.split(ids, offsets[1:-1])] == expected
        lists = ours.encode_batch(texts, add_special_tokens=special, as_arrays=False)
        assert lists == expected and type(lists[0][0]) is int
        assert ours.encode(texts[0], add_special_tokens=special) == expected[0]
    assert ours.vocab == reference.get_vocab()
    assert [ours.id_to_token(i) for i in range(-1, len(ours.vocab) + 2)] == [None] + [
        reference.id_to_token(i) for i in range(len(ours.vocab) + 2)
    ]
    assert ours.token_to_id("nope nope") is None and ours.merges == ()
    stream, chunks = ours.decode_stream(), tokenizers.decoders.DecodeStream()
    ids = ours.encode("Hello 你好 wörld 🤗")
    for i in ids[:3]:
        assert stream.step([i]) == chunks.step(reference, i)
    rest = [chunks.step(reference, i) for i in ids[3:]]
    for other in (copy.copy(stream), stream):
        assert [other.step([i]) for i in ids[3:]] == rest
    for saved in (ours, Tokenizer.from_hf(reference), Tokenizer.from_json(path.read_bytes())):
        saved.save(tmp_path / "tokenizer.json")
        assert tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json")).to_str() == reference.to_str()


def test_a_template_that_does_more_than_frame():
    node = template("$A [SEP] $A", "$A $B")
    text = json.dumps(words_document(node))
    ours, reference = Tokenizer.from_json(text.encode()), tokenizers.Tokenizer.from_str(text)
    assert ours.assembler.frame(True) is None
    assert ours.encode("a|b", add_special_tokens=True) == reference.encode("a|b").ids
