"""SentencePiece models against the library: the same ids and the same ranges of bytes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from polyvocab._core import components as core
from polyvocab.formats import gguf, sentencepiece
from polyvocab.tokenizer import Tokenizer

spm = pytest.importorskip("sentencepiece")

MODELS = (
    "t5/spiece.model",
    "llama2/tokenizer.model",
    "mistral-v1/tokenizer.model",
    "mistral-v3/tokenizer.model",
    "sp-test/test_model.model",
    "sp-test-ja/test_ja_model.model",
    "blingfire-bpe/m.model",
    "laser100k/laser_100k.model",
    "xlm-roberta/sentencepiece.rebuilt.model",
)
SPACES = (" ", "  ", "▁", "▁▁", "\t", "\n", "\0", "\u00a0", "\u3000", "\u200b")
RULES = ("\u0301", "ﬁ", "ｱﾞ", "①", "½", "ᄀ", "한", "é", "漢", "😀")
WORDS = ("<s>", "<unk>", "<0x41>", "[INST]", "a", "B", "7", "hello", "Wörter", "...", ",")
ODD = SPACES + RULES + WORDS


def texts_of(shared: Path) -> list[str]:
    """A sample of all text files by line, a few paragraphs of several lines, and strings of odd characters."""
    out = []
    for file in sorted((shared / "text").glob("*.txt")):
        lines = file.read_bytes().decode("utf-8").split("\n")
        out += lines[:: max(1, len(lines) // 12)]
        out.append("\n".join(lines[:7]))
    rng = random.Random(11)
    return out + ["".join(rng.choices(ODD, k=rng.randint(0, 25))) for _ in range(1500)]


def split(ids, offsets) -> list[list[int]]:
    return [ids[a:b].tolist() for a, b in zip(offsets, offsets[1:], strict=False)]


@pytest.mark.parametrize("name", MODELS)
def test_ids_and_ranges_are_those_of_the_library(shared, name):
    data = (shared / "tokenizers" / name).read_bytes()
    native = Tokenizer(sentencepiece.read_definition(data, name))
    library = spm.SentencePieceProcessor(model_proto=data)
    texts = texts_of(shared)
    assert split(*native.encode_batch(texts)) == library.encode(texts)
    for text in texts[::7]:
        expected = library.encode(text, return_type="offset_mapping", return_bytes=True)
        ids, spans, *_ = native.encode_aligned(text)
        assert ids.tolist() == expected["ids"]
        assert [tuple(span) for span in spans.tolist()] == expected["offsets"]


@pytest.mark.parametrize("name", ["llama2/tokenizer.model", "t5/spiece.model"])
def test_a_long_text_is_one_sentence(shared, name):
    data = (shared / "tokenizers" / name).read_bytes()
    native = Tokenizer(sentencepiece.read_definition(data, name))
    text = (shared / "text" / "eng_Latn.botchan.txt").read_text("utf-8")
    library = spm.SentencePieceProcessor(model_proto=data)
    assert split(*native.encode_batch([text])) == [library.encode(text)]


@pytest.mark.parametrize("vocabulary", ["llama-spm", "phi-3"])
def test_a_llama_vocabulary_gives_what_llama_cpp_gives(shared, vocabulary):
    data = (shared / "tokenizers" / "gguf" / "ggml-vocab-llama-spm.gguf").read_bytes()
    native = Tokenizer(gguf.read_definition(data, "gguf"))
    folder = shared / "vectors" / "llama.cpp"
    texts = (folder / f"ggml-vocab-{vocabulary}.gguf.inp").read_bytes().decode("utf-8").split("\n__ggml_vocab_test__\n")
    lines = (folder / f"ggml-vocab-{vocabulary}.gguf.out").read_text().split("\n")
    ids = split(*native.encode_batch(texts))
    assert len(texts) > 40
    assert ids == [[int(i) for i in line.split()] for line in lines[: len(texts)]]


def test_the_normalizer_gives_the_library_s_own_examples(shared):
    """All are for the rule nmt_nfkc, whose table is in T5's model."""
    definition = sentencepiece.read_definition((shared / "tokenizers/t5/spiece.model").read_bytes(), "t5")
    lines = (shared / "vectors/sentencepiece/normalizer_test.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 44
    for case in map(json.loads, lines):
        normalizer = core.sentencepiece_normalizer(
            b"",
            np.zeros(1, np.uint64),
            charsmap=definition.model.charsmap,
            add_dummy_prefix=case["add_dummy_prefix"],
            remove_extra_whitespaces=case["remove_extra_whitespaces"],
            escape_whitespaces=case["escape_whitespaces"],
            treat_whitespace_as_suffix=case["treat_whitespace_as_suffix"],
        )
        assert normalizer.normalize(case["input"]) == case["expected"], case
