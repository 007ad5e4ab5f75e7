"""A definition that is malformed, or that needs what is not native, is refused with the name of its file."""

import json

import numpy as np
import pytest
import tokenizers
from polyvocab.errors import FormatError, UnsupportedComponent
from polyvocab.formats import tokenizer_json
from polyvocab.formats.definition import AddedToken, Ranks, Strings, TokenizerDefinition
from polyvocab.tokenizer import Tokenizer

WORDS = {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "a"}
STRIP = {"type": "Strip", "strip_left": True, "strip_right": True}
SPLIT = {"type": "Split", "pattern": {"String": "a"}, "behavior": "Isolated", "invert": False}
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}
BEHIND = {"type": "Replace", "pattern": {"Regex": "(?<=a)b"}, "content": "b"}
LENGTHS = {"type": "Strip", "content": "a", "start": 0, "stop": 1}


def document(**parts) -> str:
    return json.dumps({"version": "1.0", "model": WORDS, **parts})


def build(text: str) -> Tokenizer:
    return Tokenizer(tokenizer_json.read_definition(text.encode(), "here.json"))


def without(node: dict, name: str) -> dict:
    return {key: value for key, value in node.items() if key != name}


@pytest.mark.parametrize(
    ("part", "node", "message"),
    [
        ("normalizer", {"type": "Sequence"}, "normalizer.normalizers is missing"),
        ("normalizer", {"type": "Sequence", "normalizers": [{"type": "NFC"}, None]}, r"normalizers\[1\] must be an object"),
        ("normalizer", {"type": "Sequence", "normalizers": [without(STRIP, "strip_left")]}, r"\[0\].strip_left is missing"),
        ("normalizer", {**STRIP, "strip_right": 1}, "normalizer.strip_right must be true or false, not 1"),
        ("normalizer", {"type": ["NFC"]}, "normalizer.type must be a string"),
        ("normalizer", {"type": "Prepend"}, "normalizer.prepend is missing"),
        ("normalizer", {"type": "Replace", "pattern": "a", "content": "b"}, "normalizer.pattern must be an object"),
        ("normalizer", {"type": "Replace", "pattern": {"Glob": "a"}, "content": "b"}, "must have one member, String or Regex"),
        ("normalizer", {"type": "Replace", "pattern": {"Regex": 1}, "content": "b"}, "pattern.Regex must be a string"),
        ("normalizer", {"type": "BertNormalizer", "clean_text": True, "lowercase": True}, "handle_chinese_chars is missing"),
        ("pre_tokenizer", {"type": "Sequence"}, "pre_tokenizer.pretokenizers is missing"),
        ("pre_tokenizer", {"type": "Sequence", "pretokenizers": {}}, "pre_tokenizer.pretokenizers must be a list"),
        ("pre_tokenizer", {"type": "ByteLevel", "trim_offsets": True}, "pre_tokenizer.add_prefix_space is missing"),
        ("pre_tokenizer", {"type": "Metaspace", "replacement": "ab"}, "replacement is 'ab': it must be one character"),
        (
            "pre_tokenizer",
            {"type": "Metaspace", "replacement": "_", "add_prefix_space": False},
            "add_prefix_space is false, but prepend_scheme is always",
        ),
        ("pre_tokenizer", {**SPLIT, "behavior": "Merged"}, "behavior is 'Merged': it must be one of Removed"),
        ("pre_tokenizer", without(SPLIT, "invert"), "pre_tokenizer.invert is missing"),
        ("pre_tokenizer", {"type": "CharDelimiterSplit"}, "pre_tokenizer.delimiter is missing"),
        ("pre_tokenizer", {"type": "FixedLength", "length": -1}, "pre_tokenizer.length is -1"),
        ("decoder", {"type": "Sequence"}, "decoder.decoders is missing"),
        ("decoder", {"type": "Sequence", "decoders": [{**LENGTHS, "stop": 0.5}]}, r"decoders\[0\].stop must be a number"),
        ("decoder", {**LENGTHS, "content": ""}, "decoder.content is '': it must be one character"),
        ("decoder", {"type": "WordPiece", "prefix": "##"}, "decoder.cleanup is missing"),
    ],
)
def test_a_malformed_component_is_named_by_its_member(part, node, message):
    text = document(**{part: node})
    with pytest.raises(FormatError, match=f"^here.json: .*{message}"):
        _ = build(text).decoder
    with pytest.raises(Exception, match=r" at line 1 column \d+$"):
        tokenizers.Tokenizer.from_str(text)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"type": "Precompiled", "precompiled_charsmap": "!"}, "precompiled_charsmap cannot be read: .*base64"),
        (
            {"type": "Precompiled", "precompiled_charsmap": ""},
            "precompiled_charsmap cannot be read: charsmap: 0 bytes hold no table",
        ),
        ({"type": "Precompiled", "precompiled_charsmap": None}, "precompiled_charsmap must be a string"),
    ],
)
def test_a_charsmap_that_cannot_be_read_is_named(node, message):
    """The reference library panics."""
    with pytest.raises(FormatError, match=f"^here.json: normalizer.{message}"):
        build(document(normalizer=node))


@pytest.mark.parametrize(
    ("part", "node", "message"),
    [
        ("normalizer", {"type": "ByteLevel"}, "the normalizer ByteLevel is not supported"),
        ("normalizer", {"type": "Prepend", "prepend": ""}, "Prepend with an empty text is not supported"),
        ("normalizer", {"type": "Replace", "pattern": {"String": ""}, "content": "b"}, "Replace of an empty text"),
        ("normalizer", BEHIND, "of the pattern .* is not supported"),
        ("pre_tokenizer", {**SPLIT, "pattern": {"Regex": "^a"}}, "of the pattern .* is not supported"),
        ("pre_tokenizer", {"type": "Sequence", "pretokenizers": [BYTE_LEVEL, SPLIT]}, "ByteLevel before another one"),
        ("decoder", {"type": "Replace", "pattern": {"Regex": "a*"}, "content": ""}, "matches the empty text is not supported"),
    ],
)
def test_what_is_not_native_is_refused_by_name(part, node, message):
    text = document(**{part: node})
    tokenizers.Tokenizer.from_str(text)  # it is well formed
    with pytest.raises(UnsupportedComponent, match=f"^here.json: .*{message}"):
        _ = build(text).decoder


def added(i: int, content: str, normalized: bool = True) -> dict:
    return {"id": i, "content": content, "normalized": normalized} | dict.fromkeys(
        ("single_word", "lstrip", "rstrip", "special"), False
    )


def test_added_tokens_that_become_the_same_text_are_refused():
    """The reference library takes one or the other, differently from run to run."""
    text = document(normalizer={"type": "Lowercase"}, added_tokens=[added(2, "Low"), added(3, "LOW")])
    tokenizers.Tokenizer.from_str(text)
    with pytest.raises(UnsupportedComponent, match="^here.json: the ids 2 and 3 for added tokens .* searched for as 'low'"):
        build(text)
    apart = build(document(normalizer={"type": "Lowercase"}, added_tokens=[added(2, "Low"), added(3, "low", normalized=False)]))
    assert apart.encode("lowLOW") == [3, 2]
    with pytest.raises(UnsupportedComponent, match="^here.json: .* searched for as 'low'"):
        apart.with_added_tokens([AddedToken(2, "Low"), AddedToken(3, "lOW")])


def test_an_added_token_that_the_normalizer_removes_is_refused():
    """The reference library cuts at every byte then."""
    with pytest.raises(UnsupportedComponent, match="^here.json: the added token ' ', of which the normalizer leaves nothing"):
        build(document(normalizer=STRIP, added_tokens=[added(2, " ")]))


def test_what_only_the_core_refuses_names_the_file_too():
    ranks = Ranks(Strings.of([b"a"]), np.array([0], np.uint32))
    with pytest.raises(FormatError, match="^one: does not define a tokenizer: the byte 0 has no token"):
        Tokenizer(TokenizerDefinition(ranks, "tiktoken", origin="one"))
