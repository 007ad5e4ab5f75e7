"""Every tokenizer beside the checkout opens natively and gives the ids of the library that it was made for."""

import itertools
import random

import pytest
from polyvocab.tokenizer import Tokenizer
from shared_tokenizers import READING, tokenizer_file
from strategies_text import hard_texts

_TRANSFORMERS = {
    "bert-base-uncased": ("BertTokenizer", {"do_lower_case": True}),
    "bert-base-multilingual-cased": ("BertTokenizer", {"do_lower_case": False}),
    "clip": ("CLIPTokenizer", {}),
    "openai-gpt": ("OpenAIGPTTokenizer", {}),
    "qwen2": ("Qwen2Tokenizer", {}),
}
_SENTENCEPIECE = (
    *("blingfire-bpe", "laser100k", "llama2", "mistral-v1", "mistral-v3", "sp-test", "sp-test-ja", "t5", "xlm-roberta"),
)
_TIKTOKEN = ("cl100k_base", "claude-js", "llama3", "o200k_base", "r50k_base")
_JSON = (
    *("focus-ar-bpe-50k", "focus-ar-xlmr-unigram-50k", "focus-sw-bpe-50k", "focus-sw-xlmr-unigram-50k"),
    *("gpt-neox-20b", "gpt2", "model2vec-test"),
)


@pytest.fixture(scope="module")
def texts(shared) -> list[str]:
    lines = []
    for path in sorted((shared / "text").glob("*.txt")):
        lines += path.read_text("utf-8").split("\n")[:8]
    return lines + hard_texts(800, seed=6)


def _assert_equal(ours: Tokenizer, texts: list[str], expected: list[list[int]]) -> None:
    ids, offsets = ours.encode_batch(texts)
    got = [ids[a:b].tolist() for a, b in zip(offsets, offsets[1:], strict=False)]
    different = [text for text, a, b in zip(texts, got, expected, strict=True) if a != list(b)]
    assert not different, (len(different), different[:3])


def test_no_tokenizer_is_left_out(shared):
    listed = {*_TRANSFORMERS, *_SENTENCEPIECE, *_TIKTOKEN, *_JSON, "gguf"}
    assert {path.name for path in (shared / "tokenizers").iterdir()} == listed


def _of_transformers(folder):
    """What transformers builds of vocabulary files."""
    transformers = pytest.importorskip("transformers")
    kind, options = _TRANSFORMERS[folder.name]
    files = {
        key: str(folder / file) for key, file in (("vocab", "vocab.json"), ("merges", "merges.txt")) if (folder / file).exists()
    }
    files = files or {"vocab": str(folder / "vocab.txt")}
    return getattr(transformers, kind)(**files, **options).backend_tokenizer


@pytest.mark.parametrize("name", _TRANSFORMERS)
def test_vocabulary_files(shared, texts, name):
    folder = shared / "tokenizers" / name
    expected = [e.ids for e in _of_transformers(folder).encode_batch(texts, add_special_tokens=False)]
    _assert_equal(Tokenizer.from_pretrained(folder, **READING.get(name, {})), texts, expected)


def _chunks(step, ids: list[int]) -> list[str | None]:
    """What a stream gives out, up to the first text that it refuses (the words of the refusal differ)."""
    chunks = []
    for i in ids:
        try:
            chunks.append(step(i))
        except Exception as error:
            return [*chunks, str(error)[:26]]
    return chunks


@pytest.mark.parametrize("name", [*_JSON, *_TRANSFORMERS])
def test_streams(shared, texts, name):
    tokenizers = pytest.importorskip("tokenizers")
    folder, rng = shared / "tokenizers" / name, random.Random(0)
    is_json = (folder / "tokenizer.json").exists()
    reference = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json")) if is_json else _of_transformers(folder)
    ours = Tokenizer.from_hf(reference)
    special, size = list(reference.get_added_tokens_decoder()), reference.get_vocab_size()
    sequences = [encoding.ids for encoding in reference.encode_batch(rng.sample(texts, 40))]
    sequences += [[rng.randrange(size) for _ in range(60)] for _ in range(20)]
    sequences += [[rng.choice([*special, *range(200)]) for _ in range(60)] for _ in range(10)]
    for ids, skip in itertools.product(sequences, (False, True)):
        stream, expected = ours.decode_stream(skip_special_tokens=skip), tokenizers.decoders.DecodeStream([], skip)
        got = _chunks(lambda i, stream=stream: stream.step([i]), ids)
        assert got == _chunks(lambda i, stream=expected: stream.step(reference, i), ids)


@pytest.mark.parametrize("name", _SENTENCEPIECE)
def test_sentencepiece_models(shared, texts, name):
    sentencepiece = pytest.importorskip("sentencepiece")
    file = tokenizer_file(shared / "tokenizers" / name)
    reference = sentencepiece.SentencePieceProcessor(model_file=str(file))
    _assert_equal(Tokenizer.from_pretrained(file), texts, [reference.encode(text) for text in texts])


@pytest.mark.parametrize("name", _TIKTOKEN)
def test_rank_files(shared, texts, name):
    tiktoken = pytest.importorskip("tiktoken")
    ours = Tokenizer.from_pretrained(tokenizer_file(shared / "tokenizers" / name), **READING.get(name, {}))
    definition = ours.definition
    reference = tiktoken.Encoding(
        name,
        pat_str=_pattern(definition.pre_tokenizer),
        mergeable_ranks=dict(zip(definition.model.tokens, definition.model.ids.tolist(), strict=True)),
        special_tokens={token.content: token.id for token in definition.added_tokens},
    )
    _assert_equal(ours, texts, [reference.encode(text, allowed_special="all") for text in texts])


def _pattern(node) -> str:
    if node["type"] == "Sequence":
        return _pattern(node["pretokenizers"][0])
    return node["pattern"]["Regex"]


@pytest.mark.parametrize(("file", "twin"), [("ggml-vocab-bert-bge", "bert-base-uncased"), ("ggml-vocab-llama-spm", "llama2")])
def test_gguf_vocabularies(shared, texts, file, twin):
    ours = Tokenizer.from_pretrained(shared / "tokenizers" / "gguf" / f"{file}.gguf")
    ids, offsets = Tokenizer.from_pretrained(tokenizer_file(shared / "tokenizers" / twin)).encode_batch(texts)
    _assert_equal(ours, texts, [ids[a:b].tolist() for a, b in zip(offsets, offsets[1:], strict=False)])


def test_the_vectors_of_llama_cpp(shared):
    vectors = shared / "vectors" / "llama.cpp"
    for name, folder in (("gpt-2", "gpt2"), ("bert-bge", "bert-base-uncased"), ("qwen2", "qwen2"), ("llama-spm", "llama2")):
        ours = Tokenizer.from_pretrained(tokenizer_file(shared / "tokenizers" / folder))
        cases = (vectors / f"ggml-vocab-{name}.gguf.inp").read_bytes().decode("utf-8").split("\n__ggml_vocab_test__\n")
        lines = (vectors / f"ggml-vocab-{name}.gguf.out").read_text("utf-8").split("\n")
        for text, line in zip(cases, lines, strict=False):
            assert ours.encode(text) == [int(i) for i in line.split()], (name, text)
