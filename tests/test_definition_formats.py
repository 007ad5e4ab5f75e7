"""The formats other than tokenizer.json as definitions, against the libraries that own them."""

import base64
import io
import json
import shutil
from dataclasses import asdict, replace

import numpy as np
import pytest
import transformers
from polyvocab.errors import FormatError
from polyvocab.formats import gguf, sentencepiece, tiktoken, vocab_merges, vocab_txt
from polyvocab.formats.byte_alphabet import CHARACTER_OF_BYTE
from polyvocab.formats.directory import read_definition
from polyvocab.formats.sentencepiece import PieceType, SentencePiece

COMPONENTS = ("normalizer", "pre_tokenizer", "post_processor", "decoder", "truncation", "padding")
CLASSES = {"gpt2": "GPT2Tokenizer", "qwen2": "Qwen2Tokenizer", "clip": "CLIPTokenizer", "openai-gpt": "OpenAIGPTTokenizer"}
ROLE = {"__type": "AddedToken", "content": "<|endoftext|>", "lstrip": True, "normalized": True}


def assert_equal_to_transformers(definition, directory, name: str) -> None:
    """The definition is what the class builds from the same directory."""
    built = json.loads(getattr(transformers, name).from_pretrained(directory).backend_tokenizer.to_str())
    assert {key: getattr(definition, key) for key in COMPONENTS} == {key: built[key] for key in COMPONENTS}
    assert [asdict(token) for token in definition.added_tokens] == built["added_tokens"]
    model, expected = definition.model, built["model"]
    assert dict(zip(model.tokens.texts(), model.ids.tolist(), strict=True)) == expected["vocab"]
    for key in expected.keys() - {"type", "vocab", "merges"}:
        assert getattr(model, key) == expected[key], key
    if "merges" in expected:
        pairs = [[expected["vocab"][left], expected["vocab"][right]] for left, right in expected["merges"]]
        assert model.merges.tolist() == pairs


def written(directory, files: dict):
    for name, content in files.items():
        data = content if isinstance(content, str) else json.dumps(content)
        (directory / name).write_text(data, "utf-8", newline="")
    return directory


# -- vocab.txt ---------------------------------------------------------------------------------------------------------

WORDS = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nab \nc\x1c\n##d\u3000\r\nab\né"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"tokenizer_config.json": {"do_lower_case": False, "tokenize_chinese_chars": False, "strip_accents": True}},
        {"tokenizer_config.json": {"cls_token": "[SEP]", "mask_token": "<m>", "additional_special_tokens": ["ab", "new"]}},
        {"added_tokens.json": {"new": 10, "[MASK]": 4}, "special_tokens_map.json": {"mask_token": "[MASK]"}},
    ],
)
def test_vocab_txt_makes_what_transformers_makes(tmp_path, files):
    written(tmp_path, {"vocab.txt": WORDS, **files})
    assert_equal_to_transformers(read_definition(tmp_path), tmp_path, "BertTokenizer")


def test_real_vocab_txt(shared):
    for name in ("bert-base-uncased", "bert-base-multilingual-cased"):
        directory = shared / "tokenizers" / name
        assert_equal_to_transformers(read_definition(directory), directory, "BertTokenizer")


def test_vocab_txt_that_is_not_one(tmp_path):
    with pytest.raises(FormatError, match="invalid UTF-8 at byte 1"):
        vocab_txt.read_definition({"vocab.txt": b"a\xff"})
    with pytest.raises(FormatError, match="no tokens"):
        vocab_txt.read_definition({"vocab.txt": b""})
    with pytest.raises(FormatError, match="tokenizer_config.json: has a lone surrogate"):
        vocab_txt.read_definition({"vocab.txt": b"a", "tokenizer_config.json": rb'{"mask_token": "\ud800"}'})
    with pytest.raises(FormatError, match="tokenizer_config.json: cls_token is empty, but stands before or behind a text"):
        vocab_txt.read_definition({"vocab.txt": b"a", "tokenizer_config.json": b'{"cls_token": ""}'})
    assert vocab_txt.read_definition({"vocab.txt": b"a"}, lowercase=False).normalizer["lowercase"] is False


# -- vocab.json and merges.txt -----------------------------------------------------------------------------------------

MERGES = "#version: 0.2\na b\nab c</w>\n"
VOCAB = {t: i for i, t in enumerate(["a", "b", "c</w>", "ab", "abc</w>", "<|endoftext|>", "<|startoftext|>", "<unk>"])}


@pytest.mark.parametrize("family", CLASSES)
@pytest.mark.parametrize(
    "files",
    [
        {},
        {"tokenizer_config.json": {"add_prefix_space": True, "add_bos_token": True, "bos_token": "<s>", "pad_token": "a"}},
        {"tokenizer_config.json": {"eos_token": ROLE, "add_eos_token": True, "image_token": "<img>"}},
        {"tokenizer_config.json": {"extra_special_tokens": ["<e>", {**ROLE, "content": "<f>"}]}},
        {"tokenizer_config.json": {"extra_special_tokens": {"video_token": "<video>"}}},
        {
            "tokenizer_config.json": {"bos_token": {**ROLE, "normalized": False}},
            "special_tokens_map.json": {"mask_token": {"content": "<m>", "lstrip": True}},
            "added_tokens.json": {"<new>": 8, "<m>": 9},
        },
        {
            "tokenizer_config.json": {
                "added_tokens_decoder": {
                    "12": {"content": "hello", "special": False},
                    "11": {"content": "there", "lstrip": True, "single_word": True, "special": True},
                    "5": {"content": "<|endoftext|>", "normalized": True},
                }
            }
        },
    ],
)
def test_vocab_and_merges_make_what_transformers_makes(tmp_path, family, files):
    written(tmp_path, {"vocab.json": VOCAB, "merges.txt": MERGES, **files})
    assert_equal_to_transformers(read_definition(tmp_path, family=family), tmp_path, CLASSES[family])


def test_real_vocab_and_merges(shared, tmp_path):
    for family, name in CLASSES.items():
        directory = tmp_path / family  # the two files alone: beside GPT-2's lies a tokenizer.json
        directory.mkdir()
        for file in ("vocab.json", "merges.txt"):
            shutil.copy(shared / "tokenizers" / family / file, directory)
        assert_equal_to_transformers(read_definition(directory, family=family), directory, name)


def test_vocab_and_merges_that_are_none(tmp_path):
    files = {"vocab.json": json.dumps(VOCAB).encode(), "merges.txt": MERGES.encode()}
    with pytest.raises(FormatError, match="do not say their family"):
        vocab_merges.read_definition(files)
    with pytest.raises(FormatError, match="of RobertaTokenizer: only gpt2"):
        vocab_merges.read_definition(files | {"tokenizer_config.json": b'{"tokenizer_class": "RobertaTokenizer"}'})
    with pytest.raises(FormatError, match="merges.txt: merge 1: '' needs two parts"):
        vocab_merges.read_definition(files | {"merges.txt": b"a b\n\n"}, family="gpt2")
    for vocabulary, message in {
        b'{"a": 0': "line 1, column 8: cut off",
        b'{"a":\n -1}': "line 2, column 2: an id must be",
        b'[["a", 1]]': "must be an object",
        b'{"a": 0}},"x":{"y":{}': "must be an object",
        b'{"a": 0, "b": 0}': "'a' and 'b' share the id 0",
    }.items():
        with pytest.raises(FormatError, match=f"vocab.json: {message}"):
            vocab_merges.read_definition(files | {"vocab.json": vocabulary}, family="gpt2")
    with pytest.raises(FormatError, match="eos_token must be a string or an AddedToken"):
        vocab_merges.read_definition(files | {"tokenizer_config.json": b'{"eos_token": 3}'}, family="gpt2")
    empty = files | {"tokenizer_config.json": b'{"bos_token": "", "add_bos_token": true}'}
    for family in ("gpt2", "clip"):
        with pytest.raises(FormatError, match="bos_token is empty, but stands before or behind a text"):
            vocab_merges.read_definition(empty, family=family)


# -- SentencePiece -----------------------------------------------------------------------------------------------------


def trained(sample_text, **options) -> bytes:
    import sentencepiece as library

    out = io.BytesIO()
    lines = (sample_text / "eng_Latn.train.txt").read_text("utf-8").splitlines()[:500]
    settings = {"vocab_size": 400, "minloglevel": 2, "character_coverage": 0.99, "hard_vocab_limit": False}
    library.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=out, **settings | options)
    return out.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {"model_type": "unigram", "pad_id": 3},
        {"model_type": "bpe", "byte_fallback": True, "normalization_rule_name": "identity", "add_dummy_prefix": False},
        {"model_type": "char", "remove_extra_whitespaces": False, "bos_id": -1, "unk_surface": "?"},
        {"model_type": "word", "treat_whitespace_as_suffix": True, "unk_piece": "[unk]", "eos_piece": "[end]"},
    ],
    ids=lambda options: options["model_type"],
)
def test_a_sentencepiece_model(sample_text, options):
    import sentencepiece as library
    from sentencepiece import sentencepiece_model_pb2

    data = trained(sample_text, **options)
    model = sentencepiece.read_definition(data).model
    processor = library.SentencePieceProcessor(model_proto=data)
    proto = sentencepiece_model_pb2.ModelProto.FromString(data)
    assert model.tokens.texts() == [p.piece for p in proto.pieces] and model.types.tolist() == [p.type for p in proto.pieces]
    assert model.scores.tolist() == [p.score for p in proto.pieces]
    roles = [-1 if i is None else i for i in (model.unk_id, model.bos_id, model.eos_id, model.pad_id)]
    assert roles == [processor.unk_id(), processor.bos_id(), processor.eos_id(), processor.pad_id()]
    spec = proto.normalizer_spec
    assert (model.normalizer_name, model.charsmap) == (spec.name, spec.precompiled_charsmap)
    for name in ("add_dummy_prefix", "remove_extra_whitespaces", "escape_whitespaces"):
        assert getattr(model, name) == getattr(spec, name)
    assert model.algorithm == options["model_type"] and model.unk_surface == proto.trainer_spec.unk_surface
    assert model.byte_fallback == proto.trainer_spec.byte_fallback
    assert model.treat_whitespace_as_suffix == proto.trainer_spec.treat_whitespace_as_suffix


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda pieces: pieces.append(SentencePiece("", 0.0)), "is empty"),
        (lambda pieces: pieces.append(SentencePiece("a\0", 0.0)), "has a NUL"),
        (lambda pieces: pieces.append(SentencePiece(pieces[9].piece, 0.0)), "the pieces 9 and"),
        (lambda pieces: pieces.append(SentencePiece("<two>", 0.0, PieceType.UNKNOWN)), "2 unknown pieces"),
        (lambda pieces: pieces.pop(0), "0 unknown pieces"),
        (lambda pieces: pieces.append(SentencePiece("<0x41>", 0.0, PieceType.BYTE)), "no byte fallback"),
        (lambda pieces: pieces.append(SentencePiece("nan", float("nan"))), "is not finite"),
        (lambda pieces: pieces.__setitem__(slice(3, None), ()), "no pieces that text is cut into"),
    ],
)
def test_a_sentencepiece_model_that_the_library_refuses(sample_text, change, message):
    import dataclasses

    import sentencepiece as library

    model = sentencepiece.parse(trained(sample_text))
    pieces = list(model.pieces)
    change(pieces)
    data = dataclasses.replace(model, pieces=tuple(pieces)).to_bytes()
    with pytest.raises(FormatError, match=message):
        sentencepiece.read_definition(data)
    with pytest.raises(RuntimeError):
        library.SentencePieceProcessor(model_proto=data)


def test_a_length_that_is_not_there_is_not_allocated():
    claim = b"\x0a" + b"\xff\xff\xff\xff\x7f"  # a piece of 34 GB
    with pytest.raises(FormatError, match="byte 0 reaches beyond the end"):
        sentencepiece.read_definition(claim)


# -- tiktoken ----------------------------------------------------------------------------------------------------------

TOKENS = [bytes([b]) for b in range(256)] + [b"ab", b"abc", b"\xff\xfe"]
RANKS = b"".join(base64.b64encode(t) + b" %d\n" % i for i, t in enumerate(TOKENS))


def test_a_rank_file():
    assert tiktoken.looks_like_ranks(RANKS) and not tiktoken.looks_like_ranks(b"\x0a\x0e<unk>")
    definition = tiktoken.read_definition(RANKS, pattern=r"\S+|\s+", special_tokens={"<|e|>": 300})
    assert list(definition.model.tokens) == TOKENS and definition.model.ids.tolist() == list(range(259))
    assert definition.engine == "tiktoken" and definition.pre_tokenizer["pattern"] == {"Regex": r"\S+|\s+"}
    assert [(t.id, t.content, t.special) for t in definition.added_tokens] == [(300, "<|e|>", True)]


def test_packed_ranks():
    packed = ["! 2 " + " ".join(base64.b64encode(t).decode() for t in TOKENS[:100])]
    packed += ["x 102 " + " ".join(base64.b64encode(t).decode() for t in TOKENS[100:])]
    document = {"pat_str": ".", "special_tokens": {"<e>": 0}, "bpe_ranks": "\n".join(packed), "explicit_n_vocab": 1}
    definition = tiktoken.read_js_definition(json.dumps(document).encode())
    assert list(definition.model.tokens) == TOKENS and definition.model.ids.tolist() == list(range(2, 261))
    with pytest.raises(FormatError, match="bpe_ranks line 1 has no tokens"):
        tiktoken.read_js_definition(json.dumps({**document, "bpe_ranks": "! 2"}).encode())


def test_real_rank_files(shared):
    library = pytest.importorskip("tiktoken.load")
    for name in ("cl100k_base", "o200k_base", "r50k_base"):
        path = shared / "tokenizers" / name / f"{name}.tiktoken"
        ranks = read_definition(path).model
        assert dict(zip(ranks.tokens, ranks.ids.tolist(), strict=True)) == library.load_tiktoken_bpe(str(path))
    llama3 = read_definition(shared / "tokenizers/llama3", encoding="llama3")
    assert len(llama3.added_tokens) == 256 and {t.content: t.id for t in llama3.added_tokens}["<|eot_id|>"] == 128009


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (RANKS, {}, "does not say how text is split"),
        (RANKS, {"name": "markov"}, "the encoding 'markov' is not known: gpt2"),
        (RANKS, {"name": "cl100k_base"}, "holds 259 ranks, but cl100k_base has 100256"),
        (RANKS + b"YQ==\n", {"pattern": "."}, "line 260 is b'YQ=='"),
        (RANKS + b"Y!== 300\n", {"pattern": "."}, "line 260 .*not a token in base64"),
        (RANKS + b"YWI= -1\n", {"pattern": "."}, "line 260: '-1' is no rank"),
        (RANKS + b"YWI= 300\n", {"pattern": "."}, "the token b'ab' comes twice"),
        (RANKS + b"YWJjZA== 3\n", {"pattern": "."}, "the rank 3 comes twice"),
        (RANKS[7:], {"pattern": "."}, "1 bytes have no token, the first is b'.x00'"),
        (RANKS, {"pattern": ".", "special_tokens": {"<e>": 7}}, "'<e>' has the id 7, which another token has"),
    ],
)
def test_rank_files_that_are_refused(data, options, message):
    with pytest.raises(FormatError, match=message):
        tiktoken.read_definition(data, **options)


# -- GGUF --------------------------------------------------------------------------------------------------------------


def gguf_file(tmp_path, **members) -> bytes:
    """A file of the library's own writer; `tokens`, `scores`, `token_type`, `merges` and numbers by their key."""
    library = pytest.importorskip("gguf")
    writer = library.GGUFWriter(tmp_path / "written.gguf", "llama")
    writer.add_float64("other.number", 1.5)
    writer.add_array("other.strings", ["one", "two"])
    for key, value in members.items():
        add = {bool: writer.add_bool, int: writer.add_uint32, str: writer.add_string, list: writer.add_array}[type(value)]
        add(f"tokenizer.ggml.{key}", value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return (tmp_path / "written.gguf").read_bytes()


BYTE_TOKENS = [CHARACTER_OF_BYTE[b] for b in range(256)]
GPT2 = {"model": "gpt2", "pre": "llama-bpe", "tokens": [*BYTE_TOKENS, "ab", "<|e|>"], "merges": ["a b"]}
GPT2 |= {"token_type": [1] * 257 + [3], "bos_token_id": 257, "add_bos_token": True}


def test_gguf_of_a_byte_level_vocabulary(tmp_path):
    definition = gguf.read_definition(gguf_file(tmp_path, **GPT2))
    assert definition.model.tokens.texts() == GPT2["tokens"] and definition.model.ignore_merges
    ids = {t: i for i, t in enumerate(GPT2["tokens"])}
    assert definition.model.merges.tolist() == [[ids["a"], ids["b"]]] and definition.model.merged.tolist() == [256]
    assert definition.pre_tokenizer["pretokenizers"][0]["pattern"]["Regex"] == tiktoken.ENCODINGS["llama3"].pattern
    assert [(t.id, t.content, t.special) for t in definition.added_tokens] == [(257, "<|e|>", True)]
    assert definition.post_processor["special_tokens"] == {"<|e|>": {"id": "<|e|>", "ids": [257], "tokens": ["<|e|>"]}}


def test_real_gguf_files_equal_the_originals(shared):
    files = shared / "tokenizers"
    words, original = read_definition(files / "gguf/ggml-vocab-bert-bge.gguf"), read_definition(files / "bert-base-uncased")
    assert words.model.tokens.texts() == original.model.tokens.texts() and words.added_tokens == original.added_tokens
    assert words.post_processor == original.post_processor and words.model.unk_id == original.model.unk_id
    pieces = read_definition(files / "gguf/ggml-vocab-llama-spm.gguf").model
    original = read_definition(files / "llama2").model
    assert original.trainer.split_digits and pieces.trainer is None  # such a file does not say how it was trained
    for name, value in vars(replace(original, trainer=None)).items():
        same = getattr(pieces, name)
        if isinstance(value, np.ndarray):
            assert (same == value).all() and same.dtype == value.dtype
        else:
            assert same.texts() == value.texts() if name == "tokens" else same == value, name


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"model": "rwkv"}, "the kind 'rwkv' is not supported"),
        ({"pre": "tekken"}, "the split 'tekken' .* is not known: gpt-2"),
        ({"merges": ["a zz"]}, "merge 0: 'zz' is not in the vocabulary"),
        ({"tokens": ["a", "a"]}, "has a token twice"),
        ({"token_type": [1]}, "must give one of the types"),
        ({"bos_token_id": 9999}, "bos_token_id is 9999, but there are 258 tokens"),
        ({"model": "llama"}, "tokenizer.ggml.scores is missing"),
        (
            {"model": "llama", "scores": [0.0] * 258, "token_type": [6] * 256 + [1, 2]},
            "the byte token '!' is not named <0x00> to <0xFF>",
        ),
        ({"model": "bert"}, "tokenizer.ggml.unknown_token_id is missing"),
        ({"model": 5}, "tokenizer.ggml.model is of a wrong type"),
    ],
)
def test_gguf_files_that_are_refused(tmp_path, members, message):
    with pytest.raises(FormatError, match=message):
        gguf.read_definition(gguf_file(tmp_path, **GPT2 | members))


def test_a_gguf_file_that_is_cut_off_or_changed_is_refused_or_read(tmp_path):
    data = gguf_file(tmp_path, **GPT2)
    with pytest.raises(FormatError, match="does not begin with GGUF"):
        gguf.read_definition(b"GGML" + data[4:])
    with pytest.raises(FormatError, match="big-endian"):
        gguf.read_definition(data[:4] + b"\0\0\0\3" + data[8:])
    rng = np.random.default_rng(0)
    for size in rng.integers(4, len(data), 100):
        with pytest.raises(FormatError, match=r"byte \d+"):
            gguf.read_definition(data[:size])
    for at in rng.integers(8, len(data), 300):
        for byte in (0, 9, 255):
            try:
                gguf.read_definition(data[:at] + bytes([byte]) + data[at + 1 :])
            except FormatError as error:
                assert str(error).startswith("model.gguf: ")


# -- directories and files ---------------------------------------------------------------------------------------------


def test_the_right_reader_is_picked(tmp_path, sample_text, sample_model):
    assert read_definition(sample_model).model.kind == "unigram"
    assert read_definition(sample_model / "tokenizer.json").engine == "hf"
    (tmp_path / "one.model").write_bytes(trained(sample_text))
    for path in (tmp_path, tmp_path / "one.model"):
        assert read_definition(path).engine == "sentencepiece"
    (tmp_path / "two.model").write_bytes(RANKS)
    with pytest.raises(FormatError, match="found one.model, two.model"):
        read_definition(tmp_path)
    with pytest.raises(FormatError, match="holds 259 ranks"):
        read_definition(tmp_path / "two.model", encoding="llama3")
    (tmp_path / "cl100k_base.tiktoken").write_bytes(RANKS)
    with pytest.raises(FormatError, match="cl100k_base has 100256"):
        read_definition(tmp_path / "cl100k_base.tiktoken")
    (tmp_path / "b.gguf").write_bytes(gguf_file(tmp_path, **GPT2))
    assert read_definition(tmp_path / "b.gguf").model.kind == "bpe"
    (tmp_path / "empty.gguf").write_bytes(b"")
    for name, message in {"empty.gguf": "is empty", "absent": "no such file", "words.doc": "of no known format"}.items():
        (tmp_path / "words.doc").write_bytes(b"a")
        with pytest.raises(FormatError, match=message):
            read_definition(tmp_path / name)
