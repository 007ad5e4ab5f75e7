"""Ids of SentencePiece models to text against the library, for ids that encoding never gives too."""

from __future__ import annotations

import dataclasses
import io
import random
from pathlib import Path

import numpy as np
import pytest
from polyvocab.errors import UnsupportedComponent
from polyvocab.formats import sentencepiece
from polyvocab.formats.definition import AddedToken
from polyvocab.tokenizer import Tokenizer

spm = pytest.importorskip("sentencepiece")

UNKNOWN = {"unk_surface": " ⁇ ", "unk_piece": "<unk>"}
ODD_PIECES = {"user_defined_symbols": ["▁▁", "▁x▁", "a▁", " ", "<u>"], "control_symbols": ["<c>", "▁c"]}
KINDS = {
    "unigram": {"add_dummy_prefix": True, "remove_extra_whitespaces": True},
    "prefix": {"add_dummy_prefix": True, "remove_extra_whitespaces": False},
    "removes": {"add_dummy_prefix": False, "remove_extra_whitespaces": True, "unk_surface": ""},
    "plain": {"add_dummy_prefix": False, "remove_extra_whitespaces": False, "unk_surface": "▁�"},
    "suffix": {"treat_whitespace_as_suffix": True, "unk_piece": "▁unk", "unk_surface": ""},
    "unknown": {"remove_extra_whitespaces": False, "unk_piece": "▁unk", "unk_surface": ""},
    "bpe": {"model_type": "bpe"},
    "char": {"model_type": "char", "byte_fallback": False},
    "word": {"model_type": "word", "byte_fallback": False},
}


@pytest.fixture(scope="module", params=KINDS)
def trained(request, sample_text) -> bytes:
    lines = (sample_text / "eng_Latn.train.txt").read_text("utf-8").splitlines()[:100]
    options = {"vocab_size": 350, "byte_fallback": True, "hard_vocab_limit": False, "minloglevel": 2}
    out = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=out, **options | UNKNOWN | ODD_PIECES | KINDS[request.param]
    )
    return out.getvalue()


def random_ids(library, count: int) -> list[list[int]]:
    """Sequences of all kinds of pieces: those with a ▁ in front, those that show nothing, and bytes of texts and of none."""
    every = range(library.get_piece_size())
    marked = [i for i in every if library.id_to_piece(i).startswith("▁")][:50]
    marks = [i for i in every if set(library.id_to_piece(i)) == {"▁"}]
    hidden = [i for i in every if library.is_control(i) or library.is_unknown(i) or library.is_unused(i)][:50]
    any_byte = [i for i in every if library.is_byte(i)]
    text = [any_byte[byte] for byte in "é中😀▁\0a".encode()] if any_byte else marked
    rng = random.Random(len(every))

    def some() -> list[int]:
        start = rng.randrange(len(text))
        kinds = [marked, marks or marked, hidden, any_byte or marked]
        return rng.choice(
            [[rng.randrange(len(every))], *([rng.choice(kind)] for kind in kinds), text[start : start + rng.randint(1, 6)]]
        )

    return [[i for _ in range(rng.randint(0, 9)) for i in some()] for _ in range(count)]


def assert_equal_to_the_library(data: bytes, count: int) -> None:
    native = Tokenizer(sentencepiece.read_definition(data))
    library = spm.SentencePieceProcessor(model_proto=data)
    all_ids = random_ids(library, count)
    expected = library.decode(all_ids)
    offsets = np.cumsum([0, *map(len, all_ids)])
    assert native.decode_batch([i for ids in all_ids for i in ids], offsets, threads=2) == expected
    for ids, text in zip(all_ids[:150], expected, strict=False):
        assert native.decode(ids) == native.decode(ids, skip_special_tokens=True) == text
        assert_stream(native, ids, text)


def assert_stream(native: Tokenizer, ids: list[int], text: str) -> None:
    stream = native.decode_stream()
    chunks = [stream.step([i]) for i in ids]
    given = "".join(chunk for chunk in chunks if chunk)
    assert text.startswith(given)
    assert given == text or text.endswith("�")  # a character may still become complete


def test_random_ids_of_trained_models(trained):
    assert_equal_to_the_library(trained, 1000)


@pytest.mark.parametrize("name", ["t5", "llama2", "mistral-v1", "mistral-v3", "sp-test", "sp-test-ja", "blingfire-bpe"])
def test_random_ids_of_real_models(shared: Path, name):
    (file,) = (shared / "tokenizers" / name).glob("*.model")
    assert_equal_to_the_library(file.read_bytes(), 600)


def test_texts_come_back(shared: Path):
    file = shared / "tokenizers" / "llama2" / "tokenizer.model"
    native = Tokenizer.from_pretrained(file)
    text = (shared / "text" / "eng_Latn.botchan.txt").read_text("utf-8")[:5000] + " 漢字 👩‍👩‍👧 \t\0 "
    assert (
        native.decode(native.encode(text))
        == text
        == spm.SentencePieceProcessor(model_file=str(file)).decode(native.encode(text))
    )


def test_an_id_that_is_none_is_refused_with_its_place(trained):
    native = Tokenizer(sentencepiece.read_definition(trained))
    size = len(native.definition.model.ids)
    with pytest.raises(ValueError, match=f"id {size} at position 2 is none of the model's {size} pieces"):
        native.decode([5, 6, size])
    with pytest.raises(IndexError):
        spm.SentencePieceProcessor(model_proto=trained).decode([5, 6, size])
    stream, other = native.decode_stream(), native.decode_stream()
    with pytest.raises(ValueError, match="position 1"):
        stream.step([7, size])
    assert [stream.step([i]) for i in (7, 8, 9)] == [other.step([i]) for i in (7, 8, 9)]


def test_added_tokens_are_refused(trained):
    definition = sentencepiece.read_definition(trained)
    added = AddedToken(len(definition.model.ids), "<new>")
    native = Tokenizer(dataclasses.replace(definition, added_tokens=(added,)))
    with pytest.raises(UnsupportedComponent, match="added to a SentencePiece model"):
        native.decode([0])
