"""Accelerated `transformers` tokenizers: every form of call, and every change, as the original."""

import itertools
import json
import pickle

import numpy as np
import polyvocab
import pytest
import tokenizers
import torch
from accelerated_calls import BATCH, FEW, OTHER, TEXT, assert_equal, load, outcome, plain, some_calls
from polyvocab.errors import UnsupportedComponent
from transformers import AutoTokenizer, PreTrainedTokenizerFast


@pytest.fixture
def original(sample_model):
    return load(sample_model)


@pytest.fixture
def native(sample_model):
    return polyvocab.accelerate_tokenizer(load(sample_model))


def test_every_form_of_call(native, original):
    assert native.polyvocab_fallback is None
    assert_equal(native, original, some_calls(500))


def test_a_backend_with_methods_of_its_own_is_asked(native, original):
    """As CLIP's is, whose class replaces the method decode of the one backend that it has."""
    ids = original(TEXT)["input_ids"]
    for tokenizer in (native, original):
        backend = tokenizer.backend_tokenizer
        backend.decode = lambda *args, method=backend.decode, **options: method(*args, **options).upper()
    assert native.decode(ids) == original.decode(ids) != original.decode(ids).lower()
    assert native.batch_decode([ids, ids]) == original.batch_decode([ids, ids])
    assert native.polyvocab_fallback == "the backend's method decode is replaced"
    for tokenizer in (native, original):
        backend = tokenizer.backend_tokenizer
        backend.encode_batch = lambda texts, *args, method=backend.encode_batch, **options: method(texts[:1], *args, **options)
    assert outcome(native, ([TEXT, TEXT],), {}) == outcome(original, ([TEXT, TEXT],), {})
    assert len(native([TEXT, TEXT])["input_ids"]) == 1
    assert native.polyvocab_fallback == "the backend's method encode_batch is replaced"


@pytest.mark.parametrize("name", ["gpt2", "gpt-neox-20b", "model2vec-test"])
def test_real_tokenizers(shared, name):
    path = shared / "tokenizers" / name
    native, original = polyvocab.accelerate_tokenizer(load(path)), load(path)
    assert native.polyvocab_fallback is None
    assert_equal(native, original, some_calls(150, seed=1))
    assert_decodes(native, original)


def assert_decodes(native, original):
    ids = original(BATCH)["input_ids"]
    values = [
        ids,
        tuple(ids[0]),
        ids[0],
        np.array(ids[0]),
        torch.tensor(ids[:1]),
        np.array(ids[:1]),
        ids[0][0],
        [],
        [[]],
        [[], [1]],
    ]
    for value, skip, clean in itertools.product(values, (True, False), (None, True, False)):
        options = {"skip_special_tokens": skip, "clean_up_tokenization_spaces": clean}
        assert native.decode(value, **options) == original.decode(value, **options)
        assert native.batch_decode(value, **options) == original.batch_decode(value, **options)


def test_decoding(native, original):
    assert_decodes(native, original)
    for bad in ([-1], [[-1]], [[2**40]]):
        for tokenizer in (native, original):
            with pytest.raises(OverflowError):
                tokenizer.decode(bad)


def test_plain_types(native):
    batch = native(["Hello", "you all"])
    assert all(type(row) is list and {type(i) for i in row} == {int} for column in batch.values() for row in column)
    padded = native(["Hello", "you all"], padding=True, return_tensors="pt")
    assert {column.dtype for column in padded.values()} == {torch.int64}
    assert batch.tokens(1) == batch.encodings[1].tokens and batch[0].ids == batch["input_ids"][0]
    assert batch.char_to_token(1, 0) is not None and batch.word_ids(1)[0] is None
    again = pickle.loads(pickle.dumps(batch))
    assert again.data == batch.data and again.tokens(1) == batch.tokens(1)


def test_other_ways_to_call(native, original):
    assert native.tokenize(TEXT, add_special_tokens=True) == original.tokenize(TEXT, add_special_tokens=True)
    assert native.encode(TEXT, OTHER) == original.encode(TEXT, OTHER)
    target = {"text_target": ["a b"], "padding": "max_length", "max_length": 8, "max_target_length": 5}
    assert native(["c"], **target).data == original(["c"], **target).data
    chat = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "you"}]
    for tokenizer in (native, original):
        tokenizer.chat_template = "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}</s>{% endfor %}"
    for options in ({}, {"tokenize": False}, {"return_tensors": "pt"}, {"return_dict": True}):
        got, expected = (t.apply_chat_template(chat, **options) for t in (native, original))
        assert str(got) == str(expected)
    batch = native(["a", "b c d"])
    padded = native.pad(batch, return_tensors="pt")
    assert padded["input_ids"].tolist() == original.pad(original(["a", "b c d"]), return_tensors="pt")["input_ids"].tolist()


def test_long_texts_are_warned_of_alike(native, original, caplog):
    import transformers

    transformers.utils.logging.set_verbosity_warning()
    transformers.utils.logging.enable_propagation()
    messages = []
    for tokenizer in (original, native):
        tokenizer.model_max_length = 5
        caplog.clear()
        for _ in range(2):
            tokenizer(["a", "a b c d e f g", "a b c d e f g h i j"])
        messages.append([record.getMessage() for record in caplog.records])
    assert messages[0] == messages[1] and "maximum sequence length for this model (" in messages[0][0]
    transformers.utils.logging.set_verbosity_error()


def test_every_change_is_followed(native, original):
    def change(edit):
        for tokenizer in (native, original):
            edit(tokenizer)
        assert_equal(native, original, FEW)
        assert native.polyvocab_fallback is None

    change(lambda t: t.add_tokens(["lead", tokenizers.AddedToken("wor", lstrip=True)]))
    change(lambda t: t.add_special_tokens({"additional_special_tokens": ["here", "<new>"]}))
    change(lambda t: setattr(t, "pad_token", "<new>"))
    change(lambda t: setattr(t, "padding_side", "left"))
    change(lambda t: setattr(t, "truncation_side", "left"))
    change(lambda t: setattr(t, "model_input_names", ["input_ids", "token_type_ids"]))
    change(lambda t: setattr(t, "split_special_tokens", True))
    change(lambda t: setattr(t, "split_special_tokens", False))
    change(lambda t: setattr(t, "add_bos_token", True))
    change(lambda t: setattr(t, "add_eos_token", True))
    change(lambda t: setattr(t, "add_bos_token", False))
    change(lambda t: t._tokenizer.add_tokens(["tést"]))
    change(lambda t: setattr(t._tokenizer, "post_processor", tokenizers.processors.ByteLevel()))
    change(lambda t: setattr(t.backend_tokenizer, "normalizer", tokenizers.normalizers.Lowercase()))
    change(lambda t: setattr(t._tokenizer, "pre_tokenizer", tokenizers.pre_tokenizers.Metaspace(prepend_scheme="never")))
    change(lambda t: setattr(t._tokenizer, "decoder", tokenizers.decoders.Fuse()))
    change(lambda t: setattr(t, "_tokenizer", tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0, "<new>": 1}, "a"))))
    assert_decodes(native, original)


def test_dropout_that_is_set_later_is_left_to_the_original(tmp_path):
    model = tokenizers.models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizers.Tokenizer(model))
    native = polyvocab.accelerate_tokenizer(tokenizer)
    assert native("abab")["input_ids"] == [2, 2] and native.polyvocab_fallback is None
    native._tokenizer.model.dropout = 1.0
    assert native("abab")["input_ids"] == [0, 1, 0, 1] and native.polyvocab_fallback is not None
    native._tokenizer.model.dropout = None
    assert native("abab")["input_ids"] == [2, 2] and native._native.reason is None


def test_what_is_not_native_says_why(native, original):
    class Splitter:
        def pre_tokenize(self, text):
            text.split(lambda i, part: part.split(" ", "removed"))

    for tokenizer in (native, original):
        tokenizer._tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.PreTokenizer.custom(Splitter())
    assert_equal(native, original, FEW)
    assert "Custom" in native.polyvocab_fallback
    with pytest.raises(UnsupportedComponent, match="a dict"):
        polyvocab.accelerate_tokenizer({})

    class Local(PreTrainedTokenizerFast):
        pass

    with pytest.raises(UnsupportedComponent, match="top of a module"):
        polyvocab.accelerate_tokenizer(Local(tokenizer_object=original._tokenizer.__class__(tokenizers.models.BPE())))


class OwnDecoding(PreTrainedTokenizerFast):
    """A class from outside transformers that rewrote a method."""

    def _decode(self, token_ids, **options):
        return "own"


def test_a_class_of_ones_own(sample_model):
    native = polyvocab.accelerate_tokenizer(OwnDecoding.from_pretrained(sample_model))
    assert native.decode([5]) == "own" and native.decode([[5]]) == ["own"]
    assert "its own _decode" in native.polyvocab_fallback
    assert_equal(native, OwnDecoding.from_pretrained(sample_model), FEW)
    again = pickle.loads(pickle.dumps(native))
    assert type(again) is type(native) and isinstance(again, OwnDecoding) and again("a").data == native("a").data


def test_what_is_saved_after_a_call_with_options(native, original, tmp_path):
    """The original keeps the options of the last call in its backend, and so in its files."""
    for number, options in enumerate(
        (
            {"truncation": True, "max_length": 4, "stride": 1, "padding": "max_length"},
            {"truncation": "only_first", "max_length": 7, "split_special_tokens": True},
            {"padding": True, "pad_to_multiple_of": 4, "padding_side": "left"},
            {},
        )
    ):
        saved = []
        for name, tokenizer in (("original", original), ("native", native), ("copy", native)):
            tokenizer(BATCH, **options)
            if name == "copy":
                tokenizer = pickle.loads(pickle.dumps(tokenizer))
            folder = tmp_path / f"{name}{number}"
            tokenizer.save_pretrained(folder)
            saved.append({path.name: path.read_bytes() for path in folder.iterdir()})
            again = polyvocab.accelerate_tokenizer(AutoTokenizer.from_pretrained(folder))
            assert_equal(again, AutoTokenizer.from_pretrained(folder), FEW)
        assert saved[0] == saved[1] == saved[2]
        backends = native.backend_tokenizer, original.backend_tokenizer
        for name in ("truncation", "padding", "encode_special_tokens"):
            assert getattr(backends[0], name) == getattr(backends[1], name)


def test_only_who_may_change_the_backend_makes_it_watched(native, original, tmp_path):
    assert native.convert_tokens_to_string(["▁Hello", "x"]) == original.convert_tokens_to_string(["▁Hello", "x"])
    native.save_pretrained(tmp_path)
    native.decode([5, 6], clean_up_tokenization_spaces=True)
    assert not native._native.watched
    assert native.backend_tokenizer is native._tokenizer and native._native.watched


def test_all_that_can_be_read(native, original):
    """Public attributes that are no methods."""
    names = [name for name in dir(original) if not name.startswith("_") and name not in ("backend_tokenizer", "decoder")]
    compared = 0
    for name in names:
        values = []
        for tokenizer in (native, original):
            try:
                values.append(getattr(tokenizer, name))
            except AttributeError as error:
                values.append(str(error))
        if not callable(values[1]):
            compared += 1
            assert values[0] == values[1] or str(values[0]) == str(values[1]), name
    assert compared > 30
    for name, args in (
        ("convert_tokens_to_ids", (["▁Hello", "nope", "<s>"],)),
        ("convert_tokens_to_ids", ("<mask>",)),
        ("convert_ids_to_tokens", ([0, 5, 7], True)),
        ("convert_ids_to_tokens", (5,)),
        ("get_added_vocab", ()),
        ("get_vocab", ()),
        ("num_special_tokens_to_add", (True,)),
        ("get_special_tokens_mask", ([0, 5, 2], None, True)),
        ("__len__", ()),
        ("__bool__", ()),
    ):
        assert getattr(native, name)(*args) == getattr(original, name)(*args), name


def test_chat_templates_with_a_mask_of_what_the_model_says(native, original):
    template = "{% for m in messages %}<s>{{ m.role }}: {% if m.role == 'assistant' %}{% generation %}{{ m.content }}"
    template += "{% endgeneration %}{% else %}{{ m.content }}{% endif %}</s>{% endfor %}"
    chats = [[{"role": "user", "content": TEXT}, {"role": "assistant", "content": f"you all {n}"}] for n in range(3)]
    for options in (
        {"return_dict": True, "return_assistant_tokens_mask": True},
        {"return_dict": True, "return_assistant_tokens_mask": True, "truncation": True, "max_length": 9, "padding": True},
        {"tokenizer_kwargs": {"return_offsets_mapping": True}, "return_dict": True, "return_tensors": "np", "padding": True},
    ):
        for conversation in (chats, chats[0]):
            got, expected = (t.apply_chat_template(conversation, chat_template=template, **options) for t in (native, original))
            assert {k: plain(v) for k, v in got.items()} == {k: plain(v) for k, v in expected.items()}
    assert native.polyvocab_fallback is None


def test_slow_tokenizers_are_refused():
    from transformers import ByT5Tokenizer

    with pytest.raises(UnsupportedComponent, match="ByT5Tokenizer.*fast"):
        polyvocab.accelerate_tokenizer(ByT5Tokenizer())


def test_a_truncation_that_was_saved_does_not_hold(native, original, tmp_path):
    document = json.loads(original._tokenizer.to_str())
    document["truncation"] = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    for tokenizer in (native, original):
        tokenizer._tokenizer = tokenizers.Tokenizer.from_str(json.dumps(document))
    assert_equal(native, original, FEW)
