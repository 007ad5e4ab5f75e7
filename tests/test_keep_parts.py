"""What of a tokenizer names tokens or ids, part by part, and what is refused."""

import base64
import json

import numpy as np
import pytest
from polyvocab.errors import FormatError, PolyvocabError
from polyvocab.formats import TokenizerFiles, sentencepiece
from polyvocab.formats.protobuf import encode_field, encode_varint, fields
from polyvocab.formats.sentencepiece import PieceType
from polyvocab.tokenizer import Tokenizer

FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
WORDS = ["<unk>", "<s>", "</s>", "<pad>", "a", "b", "c", "ab", "bc", "abc"]


def added(**ids: int) -> list[dict]:
    return [{"id": i, "content": token, **FLAGS} for token, i in ids.items()]


def document(**members) -> dict:
    base = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None}
    base |= {"pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None}
    model = {"type": "WordLevel", "vocab": {t: i for i, t in enumerate(WORDS)}, "unk_token": "<unk>"}
    return base | {"model": model} | members


def bpe(merges: list, vocab: dict | None = None, **members) -> dict:
    vocab = vocab or {t: i for i, t in enumerate(WORDS)}
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None}
    model |= {"end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False}
    return document(model=model | {"vocab": vocab, "merges": merges} | members)


def unigram(**members) -> dict:
    pieces = [[token, -float(i)] for i, token in enumerate(WORDS)]
    return document(model={"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": False} | members)


def files_of(main: dict | None, **others) -> TokenizerFiles:
    """`others`: contents by name, "__" for a dot."""
    files = {} if main is None else {"tokenizer.json": json.dumps(main).encode()}
    for name, content in others.items():
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        files[name.replace("__", ".")] = data
    return TokenizerFiles.from_files(files)


def kept_json(files: TokenizerFiles, ids, name: str = "tokenizer.json"):
    return json.loads(files.keep(np.array(ids)).files[name])


def refused(files: TokenizerFiles, ids, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        files.keep(np.array(ids))


# -- which ids ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([], "must be a list of integers"),
        ([0.5], "must be a list of integers"),
        ([[0]], "must be a list of integers"),
        ([1, 0], "must be sorted"),
        ([0, 0], "must be sorted"),
        ([-1, 0], "go from -1 to 0, the vocabulary has 10 tokens"),
        ([0, 10], "go from 0 to 10"),
    ],
)
def test_ids_that_are_none(ids, message):
    with pytest.raises(PolyvocabError, match=message):
        files_of(document()).keep(np.array(ids))


def test_a_hole_vanishes_and_cannot_be_kept():
    files = files_of(document(model={"type": "WordLevel", "vocab": {"<unk>": 0, "a": 2, "b": 5}, "unk_token": "<unk>"}))
    assert kept_json(files, [0, 2, 5])["model"]["vocab"] == {"<unk>": 0, "a": 1, "b": 2}
    with pytest.raises(PolyvocabError, match="the id 1 is to be kept, but no token has it"):
        files.keep(np.array([0, 1]))


# -- tokenizer.json ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spell", [lambda a, b: f"{a} {b}", lambda a, b: [a, b]], ids=["lines", "pairs"])
def test_merges(spell):
    merges = [spell("a", "b"), spell("ab", "c"), spell("b", "c"), spell("a", "bc")]
    files = files_of(bpe(merges))
    assert kept_json(files, range(10))["model"]["merges"] == merges
    assert kept_json(files, [4, 5, 6, 8, 9])["model"]["merges"] == merges[2:]  # without ab
    assert kept_json(files, [4, 5, 6, 9])["model"]["merges"] == []
    assert kept_json(files, [4, 6, 7, 9])["model"]["merges"] == [merges[1]]


def test_merges_below_a_version_and_with_a_prefix():
    files = files_of(bpe(["#version: 0.2", "a b", "b c", "ab c"]))
    assert kept_json(files, [4, 5, 6, 8])["model"]["merges"] == ["#version: 0.2", "b c"]
    vocab = {t: i for i, t in enumerate(["a", "##b", "##c", "ab", "##bc", "abc"])}
    files = files_of(bpe([["a", "##b"], ["##b", "##c"], ["ab", "##c"]], vocab, continuing_subword_prefix="##"))
    assert kept_json(files, [1, 2, 3, 4, 5])["model"]["merges"] == [["##b", "##c"], ["ab", "##c"]]


def test_components_are_renumbered():
    template = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {
            "<s>": {"id": "<s>", "ids": [1, 4], "tokens": ["<s>", "a"]},
            "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]},
        },
    }
    ends = {"type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1]}
    padding = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None}
    padding |= {"pad_id": 3, "pad_type_id": 0, "pad_token": "<pad>"}
    sequence = {"type": "Sequence", "processors": [template, {"type": "ByteLevel", "trim_offsets": True}]}
    files = files_of(unigram() | {"post_processor": sequence, "padding": padding, "added_tokens": added(**{"<s>": 1})})
    new = kept_json(files, [0, 1, 3, 4])
    assert new["model"]["unk_id"] == 0 and new["padding"]["pad_id"] == 2 and new["added_tokens"] == added(**{"<s>": 1})
    assert new["post_processor"]["processors"][0]["special_tokens"] == {
        "<s>": {"id": "<s>", "ids": [1, 3], "tokens": ["<s>", "a"]}  # the other one is not in the template
    }
    refused(files, [1, 3, 4], "the unknown token needs the token '<unk>' .id 0., which is not kept: keep it")
    refused(files, [0, 3, 4], "template of post_processor, '<s>', needs the token '<s>'")
    refused(files, [0, 1, 3], "template of post_processor, '<s>', needs the token 'a'")
    refused(files, [0, 1, 4], "padding.pad_id needs the token '<pad>'")
    files = files_of(document(post_processor=ends))
    assert kept_json(files, [0, 1, 2, 9])["post_processor"] == ends
    refused(files, [0, 1, 9], "post_processor.sep needs the token '</s>'")
    files = files_of(document(post_processor={**ends, "cls": ["<s>", 99]}))
    refused(files, [0, 1, 2], "post_processor.cls is 99, an id that no token has")
    refused(files_of(document(post_processor={"type": "BertProcessing"})), [0], "is malformed: KeyError")


@pytest.mark.parametrize("main", [document(), bpe([], unk_token="<unk>"), unigram()], ids=["words", "bpe", "unigram"])
def test_the_unknown_token_stays(main):
    assert files_of(main).keep(np.array([0, 5])).vocabulary.tokens == ("<unk>", "b")
    refused(files_of(main), [4, 5], "the unknown token needs the token '<unk>'")


def test_added_tokens_behind_the_model():
    files = files_of(document(added_tokens=added(**{"<s>": 1, "<new>": 10, "<mask>": 11})))
    small = files.keep(np.array([0, 1, 7, 11]))
    assert [(t.id, t.content) for t in Tokenizer(small).definition.added_tokens] == [(1, "<s>"), (3, "<mask>")]
    assert kept_json(files, [0, 7, 10])["added_tokens"] == added(**{"<new>": 2})


def test_ids_that_loading_does_not_give():
    files = files_of(document(added_tokens=added(**{"<new>": 12})))  # what a file declares does not matter
    assert kept_json(files, [0, 10])["added_tokens"] == added(**{"<new>": 1})
    vocab = {"<unk>": 0, "a": 1, "b": 5}  # three tokens: the library gives <new> the id 3
    files = files_of(
        document(model={"type": "WordLevel", "vocab": vocab, "unk_token": "<unk>"}, added_tokens=added(**{"<new>": 3}))
    )
    assert kept_json(files, [0, 1, 3])["added_tokens"] == added(**{"<new>": 2})
    refused(files, [0, 3, 5], "the added token '<new>' .id 3. would get the id 2, not 1")


def test_a_token_named_twice():
    text = json.dumps(document()).replace('"abc": 9', '"abc": 7, "abc": 9')
    files = TokenizerFiles.from_files({"tokenizer.json": text.encode()})
    refused(files, [0, 7], "model.vocab names a token twice with different ids")


# -- the files beside --------------------------------------------------------------------------------------------------


def test_settings():
    config = {
        "bos_token": "<s>",
        "pad_token": {"content": "<pad>", "__type": "AddedToken"},
        "mask_token": "<never>",
        "eos_token_id": 2,
        "additional_special_tokens": ["abc", "bc", "<other>"],
        "extra_special_tokens": {"image_token": "a"},
        "added_tokens_decoder": {"1": {"content": "<s>"}, "9": {"content": "abc"}, "8": {"content": "bc"}},
        "chat_template": "{{ '<s>' }}",
        "model_max_length": 1e30,
    }
    names = {"bos_token": "<s>", "additional_special_tokens": ["abc", {"content": "bc"}]}
    files = files_of(document(), tokenizer_config__json=config, special_tokens_map__json=names, added_tokens__json={"bc": 8})
    small = files.keep(np.array([0, 1, 2, 3, 4, 8]))
    assert json.loads(small.files["tokenizer_config.json"]) == config | {
        "additional_special_tokens": ["bc", "<other>"],
        "added_tokens_decoder": {"1": {"content": "<s>"}, "5": {"content": "bc"}},
    }
    assert json.loads(small.files["special_tokens_map.json"])["additional_special_tokens"] == [{"content": "bc"}]
    assert json.loads(small.files["added_tokens.json"]) == {"bc": 5}
    assert json.loads(files.keep(np.array([0, 1, 2, 3, 4])).files["added_tokens.json"]) == {}
    for ids, message in {
        (0, 2, 3, 4): "tokenizer_config.json: bos_token needs the token '<s>'",
        (0, 1, 3, 4): "tokenizer_config.json: eos_token_id needs the token '</s>'",
        (0, 1, 2, 4): "tokenizer_config.json: pad_token needs the token '<pad>'",
        (0, 1, 2, 3): "tokenizer_config.json: image_token needs the token 'a'",
    }.items():
        refused(files, ids, message)
    for entry, message in {"7": "gives the id 7 to '<s>', tokenizer/tokenizer.json to 'ab'", "x": "is malformed"}.items():
        config = {"added_tokens_decoder": {entry: {"content": "<s>"}}}
        refused(files_of(document(), tokenizer_config__json=config), [0, 1], message)
    config = {"added_tokens_decoder": {"10": {"content": "<new>"}}}
    refused(files_of(document(), tokenizer_config__json=config), [0], "declares '<new>' .id 10., which .* does not have")


def test_the_sentinels_of_t5():
    words = {t: i for i, t in enumerate(["<unk>", "a", "<extra_id_2>", "<extra_id_1>", "<extra_id_0>"])}
    main = document(model={"type": "WordLevel", "vocab": words, "unk_token": "<unk>"})
    files = files_of(main, tokenizer_config__json={"extra_ids": 3})
    assert kept_json(files, [0, 3, 4], "tokenizer_config.json") == {"extra_ids": 2}
    assert kept_json(files, range(5), "tokenizer_config.json") == {"extra_ids": 3}
    refused(files, [0, 2, 4], "of the tokens <extra_id_0>, ... the first must be kept")
    listed = {"extra_ids": 3, "extra_special_tokens": [f"<extra_id_{i}>" for i in range(3)]}
    files = files_of(main, tokenizer_config__json=listed)
    expected = {"extra_ids": 2, "extra_special_tokens": ["<extra_id_0>", "<extra_id_2>"]}
    assert kept_json(files, [0, 2, 4], "tokenizer_config.json") == expected


def test_chat_templates_name_no_token_that_goes():
    main = document(added_tokens=[*added(**{"<s>": 1, "</s>": 2}), {**added(abc=9)[0], "content": " ", "id": 10}])
    templates = {
        "chat_template__jinja": b"{{ bos }} </s>",
        "additional_chat_templates/rag__jinja": b"</s>",
        "chat_template__json": {"chat_template": [{"name": "x", "template": "</s>"}]},
        "tokenizer_config__json": {"chat_template": [{"name": "x", "template": "</s>"}]},
    }
    for name, content in templates.items():
        files = files_of(main, **{name: content})
        small = files.keep(np.array([0, 2]))  # neither <s>, which is not named, nor a space, which is everywhere
        assert small.files.items() - {("tokenizer.json", small.files["tokenizer.json"])} <= files.files.items()
        refused(files, [0, 1], f"{name.replace('__', '.')}: writes '</s>', which is not kept")


def test_files_of_other_vocabularies():
    files = files_of(document(), vocab__json={"<unk>": 0, "b": 4})
    refused(files, [0], "vocab.json: gives the id 4 to 'b', tokenizer/tokenizer.json to 'a': remove what is stale")
    files = files_of(document(), vocab__txt=b"<unk>\nb\n")
    refused(files, [0], "vocab.txt: gives the id 1 to 'b', .* to '<s>'")
    for name in ("source.spm", "tekken.json", "vocab.bpe"):
        files = TokenizerFiles.from_files({**files_of(document()).files, name: b"x", "README.md": b"carried"})
        refused(files, [0], f"{name}: a vocabulary in a format that is not written back")
    assert files_of(document(), **{"notes__md": b"carried"}).keep(np.array([0])).files["notes.md"] == b"carried"
    refused(files_of(document(), **{"a__model": b"\x0a\x03abc"}), [0], "a.model: ")
    refused(
        files_of(document(), **{"merges__txt": b"a b"}), [0], "merges.txt: the tokenizer beside it has no merges, .* wordlevel"
    )


# -- vocabulary files --------------------------------------------------------------------------------------------------


def test_vocab_txt_keeps_its_lines():
    lines = b"[PAD]\n[UNK]\n[CLS] \n[SEP]\n[MASK]\na\r\nb\n##a\xe3\x80\x80\nc"
    files = TokenizerFiles.from_files({"vocab.txt": lines}, lowercase=False)
    assert json.loads(files.files["tokenizer_config.json"]) == {"do_lower_case": False}
    assert files.definition.normalizer["lowercase"] is False and files.vocabulary.tokens[7] == "##a"
    small = files.keep(np.array([0, 1, 2, 3, 4, 5, 7]))
    assert small.files["vocab.txt"] == b"[PAD]\n[UNK]\n[CLS] \n[SEP]\n[MASK]\na\r\n##a\xe3\x80\x80"
    assert files.keep(np.arange(9)).files["vocab.txt"] == lines
    refused(files, [0, 1, 2, 3, 5], "the id 5 would be '.MASK.' instead of None: the class of this tokenizer brings it back")
    refused(files, [0, 2, 3, 4, 5], "would be '.UNK.'|would be '.CLS.'")


def test_vocab_txt_with_a_token_in_another_file():
    lines = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n"
    files = TokenizerFiles.from_files({"vocab.txt": lines, "added_tokens.json": b'{"<new>": 6}'})
    small = files.keep(np.array([0, 1, 2, 3, 4, 6]))
    assert small.files == {"vocab.txt": lines[:-2], "added_tokens.json": b'{"<new>": 5}'}
    assert small.vocabulary.tokens[5] == "<new>" and small.vocabulary.literal == {0, 1, 2, 3, 4, 5}


def test_merges_txt_keeps_its_lines():
    vocab = {t: i for i, t in enumerate(["a", "b", "c", "ab", "abc", "<|endoftext|>"])}
    files = {"vocab.json": json.dumps(vocab, indent=1).encode(), "merges.txt": b"#version: 0.2\r\na b\r\nab c\r\n"}
    one = TokenizerFiles.from_files(files, family="gpt2")
    assert one.files["tokenizer_config.json"] == b'{\n  "tokenizer_class": "GPT2Tokenizer"\n}\n'
    small = one.keep(np.array([0, 1, 3, 5]))
    assert small.files["merges.txt"] == b"#version: 0.2\r\na b\r\n"
    assert small.files["vocab.json"] == b'{\n "a": 0,\n "b": 1,\n "ab": 2,\n "<|endoftext|>": 3\n}'
    with pytest.raises(FormatError, match="do not say their family"):
        TokenizerFiles.from_files(files)
    with pytest.raises(FormatError, match="vocab.json and merges.txt of gpt9: only gpt2"):
        TokenizerFiles.from_files(files, family="gpt9")
    with pytest.raises(FormatError, match="needs a merges.txt beside it"):
        TokenizerFiles.from_files({"vocab.json": files["vocab.json"]}, family="gpt2")


def test_a_rank_file_is_described_beside():
    tokens = [bytes([b]) for b in range(256)] + [b"ab", b"abc"]
    ranks = b"".join(base64.b64encode(t) + b" %d\n" % i for i, t in enumerate(tokens))
    config = {"pat_str": r"\S+|\s+", "added_tokens_decoder": {"260": {"content": "<e>"}, "300": {"content": "<f>"}}}
    files = {"r.tiktoken": ranks, "tokenizer_config.json": json.dumps(config).encode()}
    one = TokenizerFiles.from_files(files)
    assert one.files == files and len(one.vocabulary.holes) == 41
    small = one.keep(np.array([*range(256), 257, 300]))
    assert small.files["r.tiktoken"] == ranks[: ranks.index(b"YWI= ")] + b"YWJj 256\n"
    assert json.loads(small.files["tokenizer_config.json"])["added_tokens_decoder"] == {"257": {"content": "<f>"}}
    assert small.vocabulary.tokens[32] == "Ġ" and Tokenizer(small).encode("abc<f>") == [256, 257]
    refused(one, range(1, 256), "1 bytes have no token, the first is b'.x00'")
    for encoding, message in {
        None: "the encoding 'r' is not known: name one of gpt2",
        "gpt2": "holds 258 ranks, but gpt2 has",
    }.items():
        with pytest.raises(FormatError, match=message):
            TokenizerFiles.from_files({"r.tiktoken": ranks}, encoding=encoding)


# -- SentencePiece -----------------------------------------------------------------------------------------------------

NORMAL, UNKNOWN, CONTROL, BYTE = PieceType.NORMAL, PieceType.UNKNOWN, PieceType.CONTROL, PieceType.BYTE
PIECES = [
    ("<unk>", UNKNOWN),
    ("<s>", CONTROL),
    ("</s>", CONTROL),
    ("<x>", CONTROL),
    ("▁", NORMAL),
    ("a", NORMAL),
    ("b", NORMAL),
]


def number(field: int, value: int) -> bytes:
    return encode_varint(field << 3) + encode_varint(value)


def model(pieces=tuple(PIECES), trainer: bytes = b"", extra: bytes = b"") -> bytes:
    entries = [sentencepiece.SentencePiece(text, -float(i), kind) for i, (text, kind) in enumerate(pieces)]
    return sentencepiece.SentencePieceModel(tuple(entries), encode_field(2, trainer), extra, "", False, False).to_bytes()


def spec_of(data: bytes) -> dict[int, int]:
    begin, end = next((value, end) for n, _, value, _, end in fields(data, 0, len(data), "") if n == 2)
    return {n: value for n, kind, value, _, _ in fields(data, begin, end, "") if kind == 0}


def test_what_a_sentencepiece_model_cannot_do_without():
    files = TokenizerFiles.from_files({"a.model": model()})
    assert files.keep(np.array([0, 1, 2, 4])).vocabulary.tokens == ("<unk>", "<s>", "</s>", "▁")  # a control piece may go
    refused(files, [1, 2, 4], "piece 0, '<unk>', is its unknown piece and is not kept: keep it")
    refused(files, [0, 1, 4], "piece 2, '</s>', is its eos piece")
    refused(files, [0, 1, 2], "no piece that text is cut into is kept")
    pieces = [PIECES[0], *((f"<0x{b:02X}>", BYTE) for b in range(256)), *PIECES[4:]]
    files = TokenizerFiles.from_files({"a.model": model(pieces, number(35, 1))})
    refused(files, [0, *range(2, 260)], "piece 1, '<0x00>', is a piece of its byte fallback")


def test_the_specification_follows():
    trainer = number(40, 0) + number(4, 7) + number(41, 1) + number(42, 2) + number(43, 2**64 - 1) + number(3, 1) + b"\x0a\x01x"
    pieces = [PIECES[0], ("early", NORMAL), *PIECES[1:]]
    files = TokenizerFiles.from_files({"a.model": model(pieces, trainer, extra=b"\xfa\x01\x02hi")})
    small = files.keep(np.array([0, 2, 3, 5, 6])).files["a.model"]
    assert spec_of(small) == {40: 0, 4: 5, 41: 1, 42: 2, 43: 2**64 - 1, 3: 1}
    assert small.endswith(b"\xfa\x01\x02hi") and b"\x0a\x01x" in small
    named = number(40, 0) + number(4, 8) + number(41, 2) + number(42, 3)
    files = TokenizerFiles.from_files({"a.model": model(pieces, named)})
    assert spec_of(files.keep(np.array([0, 2, 3, 5])).files["a.model"]) == {40: 0, 4: 4, 41: 1, 42: 2}
    assert files.keep(np.arange(8)).files == files.files


def test_samples_that_a_model_tests_itself_with():
    """The library refuses a model whose samples fail, in versions up to 0.2.0."""
    pieces = [*PIECES, ("ab", NORMAL)]
    samples = [
        encode_field(1, encode_field(1, text) + encode_field(2, expected.encode()))
        for text, expected in ((b"a", "▁ a"), (b"ab", "▁ ab"))
    ]
    for algorithm, left in ((1, samples[:1]), (2, [])):
        data = model(pieces, number(3, algorithm), encode_field(4, b"".join(samples)))
        files = TokenizerFiles.from_files({"a.model": data})
        assert files.keep(np.arange(7)).files["a.model"].endswith(encode_field(4, b"".join(left)))
        assert files.keep(np.arange(8)).files["a.model"] == data


def test_a_model_beside_keeps_its_distance():
    vocab = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "<mask>"]
    main = document(model={"type": "Unigram", "unk_id": 3, "vocab": [[t, 0.0] for t in vocab], "byte_fallback": False})
    data = model([PIECES[0], PIECES[1], PIECES[2], *PIECES[4:]])
    files = files_of(main, **{"a__model": data})
    small = files.keep(np.array([0, 1, 2, 3, 5, 6, 7]))
    assert sentencepiece.read(small.files["a.model"]).tokens == ("<unk>", "<s>", "</s>", "a", "b")
    refused(files, [0, 2, 3, 5], "a piece's id is 1 less than its token's .* 'a' would be piece 3 and token 3")
    refused(files, [1, 2, 3, 4], "a.model: piece 1, '<s>', is its bos piece")
    other = model([*PIECES[:3], *PIECES[4:], ("only here", NORMAL)])
    assert "only here" in sentencepiece.read(files_of(main, **{"a__model": other}).keep(np.arange(8)).files["a.model"]).tokens
