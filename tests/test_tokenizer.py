"""Encoding, and the ids that spell a piece of another tokenizer."""

import base64
import json
import threading

import numpy as np
import pytest
from forks import forks, in_a_fork
from polyvocab.errors import UnsupportedComponent
from polyvocab.formats import TokenizerFiles, tiktoken
from polyvocab.pieces import Piece, Pieces, Role
from polyvocab.tokenizer import Tokenizer
from test_pieces import byte_level, metaspace, spelled, wordpiece


def piece(text: str | bytes, start: bool = False) -> Piece:
    return Piece(text if isinstance(text, bytes) else text.encode(), start, Role.NORMAL)


def test_batches_are_flat_ids_with_offsets(sample_model):
    from transformers import AutoTokenizer

    texts = ["Hello world", "", "你好 world"]
    ids, offsets = Tokenizer(TokenizerFiles.from_directory(sample_model)).encode_batch(texts)
    reference = AutoTokenizer.from_pretrained(sample_model)(texts, add_special_tokens=False)["input_ids"]
    assert [ids[a:b].tolist() for a, b in zip(offsets, offsets[1:], strict=False)] == reference


def test_aligned_tokens_say_what_they_stand_for(sample_model):
    tokenizer = Tokenizer.from_pretrained(sample_model)
    text = "Hello 😀 <s>  world"
    aligned = tokenizer.encode_aligned(text)
    assert aligned.ids.tolist() == tokenizer.encode(text) and (aligned.ids.dtype, aligned.spans.dtype) == (np.uint32, np.uint32)
    pieces = [text.encode()[begin:end].decode() for begin, end in aligned.spans]
    assert pieces == ["He", "l", "lo", "😀", "😀", "<s>", "world"]
    assert aligned.words.tolist() == [0, 0, 0, 1, 1, 2, 3] and aligned.surfaces == {4: "😀", 5: "<s>"}
    assert all(np.array_equal(a, b) for a, b in zip(aligned[:3], tokenizer.encode_aligned(text.encode())[:3], strict=True))
    empty = tokenizer.encode_aligned("")
    assert empty.ids.shape == (0,) and empty.spans.shape == (0, 2) and empty.words.shape == (0,) and empty.surfaces == {}


def ranks_of(*tokens: bytes, special: dict[str, int]) -> Tokenizer:
    table = [bytes([byte]) for byte in range(256)] + list(tokens)
    lines = b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(table))
    return Tokenizer(tiktoken.read_definition(lines, pattern=r"\S+|\s+", special_tokens=special))


def test_tokens_of_ranks_are_their_own_bytes():
    """Not the characters that byte-level vocabularies spell them with."""
    tokenizer = ranks_of(b" a", "é".encode(), b"\xff\xfe", special={"<|é Ġ|>": 300})
    assert tokenizer.id_to_token(256) == " a" and tokenizer.id_to_token(257) == "é" and tokenizer.id_to_token(300) == "<|é Ġ|>"
    assert tokenizer.id_to_token(258) is None and tokenizer.id_to_token(299) is None and tokenizer.id_to_token(301) is None
    assert {token: i for i in range(302) if (token := tokenizer.id_to_token(i)) is not None} == dict(tokenizer.vocab)
    assert tokenizer.encode(" a<|é Ġ|>é") == [32, 97, 300, 257]
    assert tokenizer.decode([256, 300, 257, 258, 10]) == " a<|é Ġ|>é��\n"
    assert tokenizer.decode([256, 300, 257], skip_special_tokens=True) == " aé"


def test_ids_far_apart_take_no_memory():
    model = {"type": "WordLevel", "vocab": {"a": 0, "b": 2**32 - 1}, "unk_token": "a"}
    tokenizer = Tokenizer.from_json(json.dumps({"model": model}).encode(), "here.json")
    assert tokenizer.encode("b") == [2**32 - 1] and tokenizer.vocab["b"] == 2**32 - 1
    for call in (lambda: tokenizer.decode([0]), lambda: tokenizer.id_to_token(0)):
        with pytest.raises(UnsupportedComponent, match="^here.json: a table of 2 tokens with ids up to 4294967295"):
            call()


@forks
def test_threads_in_a_process_that_was_forked_from_busy_ones(sample_model):
    """The core keeps no threads between calls, and no lock: there is nothing that a fork could leave behind."""
    tokenizer = Tokenizer.from_pretrained(sample_model)
    texts = [f"Hello world {n}, 你好 wörld " * (n % 5) for n in range(400)]
    expected = tokenizer.encode_batch(texts)[0].tobytes()
    stop = threading.Event()

    def encodes_with_threads():
        ids, offsets = tokenizer.encode_batch(texts, threads=4)
        return ids.tobytes() == expected and len(tokenizer.decode_batch(ids, offsets, threads=4)) == len(texts)

    def busy():
        while not stop.is_set():
            tokenizer.encode_batch(texts, threads=2)

    workers = [threading.Thread(target=busy) for _ in range(3)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(5):
            assert in_a_fork(encodes_with_threads)
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def test_segments_by_family():
    byte = Tokenizer(byte_level([spelled(c) for c in "ab é"[:3]] + [spelled("é")[0], spelled("é")[1]]))
    assert byte.segment(piece("ab", True)) == [2, 0, 1]
    assert byte.segment(piece("é")) == [3, 4] and byte.segment(piece(b"\xc3")) == [3]
    meta = Tokenizer(metaspace(["<unk>", "▁", "a", "b", "▁a", "<0xC3>"]))
    assert meta.segment(piece("ab", True)) == [4, 3] and meta.segment(piece("ab")) == [2, 3]
    assert meta.segment(piece(b"\xc3")) == [5]
    word = Tokenizer(wordpiece(["[UNK]", "ab", "##ab", "##c"]))
    assert word.segment(piece("abc", True)) == [1, 3] and word.segment(piece("abc")) == [2, 3]
    assert word.segment(piece("ж", True)) == []


def test_every_token_of_a_vocabulary_spells_itself(shared):
    for name in ("gpt2", "focus-sw-xlmr-unigram-50k", "model2vec-test"):
        files = TokenizerFiles.from_directory(shared / "tokenizers" / name)
        tokenizer, pieces = Tokenizer(files), Pieces.of(files.vocabulary)
        ordinary = [i for i in range(1000, 3000) if pieces.role[i] == Role.NORMAL]
        spelled_back = [b"".join(pieces.spelled[j] for j in tokenizer.segment(pieces[i])) for i in ordinary]
        joined = sum(a == pieces.spelled[i] for a, i in zip(spelled_back, ordinary, strict=True))
        assert joined > 0.97 * len(ordinary), name  # what a normalizer rewrites is spelled in its own way


def test_a_lone_sentencepiece_model_spells_no_pieces(shared):
    tokenizer = Tokenizer(TokenizerFiles.from_directory(shared / "tokenizers" / "t5"))
    assert tokenizer.encode("Hello") == Tokenizer.from_pretrained(shared / "tokenizers" / "t5").encode("Hello")
    with pytest.raises(UnsupportedComponent, match="lone SentencePiece .model"):
        tokenizer.segment(Piece(b"a", False, Role.NORMAL))


def normalized(files, normalizer):
    document = json.loads(files.files["tokenizer.json"])
    document["normalizer"] = normalizer
    return Tokenizer(TokenizerFiles.from_files({"tokenizer.json": json.dumps(document).encode()}))


def test_a_normalizer_does_not_swallow_spaces():
    byte = normalized(byte_level([spelled(" "), spelled("a")]), {"type": "NFC"})
    assert byte.segment(piece("   ", True)) == [0, 0, 0, 0] and byte.segment(piece("  a", True)) == [0, 0, 0, 1]
    llama = normalized(metaspace(["<unk>", "▁", "a", "▁a"]), {"type": "Prepend", "prepend": "▁"})
    assert llama.segment(piece("a")) == [2] and llama.segment(piece("a", True)) == [3]


def test_wordpieces_inside_a_piece_follow_berts_words():
    document = json.loads(wordpiece(["[UNK]", "foo", "##foo", ",", "##,", "日", "本", "##本", "a"]).files["tokenizer.json"])
    document["pre_tokenizer"] = {"type": "BertPreTokenizer"}
    word = Tokenizer(TokenizerFiles.from_files({"tokenizer.json": json.dumps(document).encode()}))
    assert word.segment(piece("foo,", True)) == [1, 3] and word.segment(piece(",")) == [3]
    assert word.segment(piece("foo")) == [2]
