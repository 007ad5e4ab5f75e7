"""Vocabulary formats: read, written back, and refused where malformed."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polyvocab.errors import FormatError
from polyvocab.formats import Spelling, TokenizerFiles, sentencepiece, tokenizer_json
from polyvocab.formats.protobuf import encode_field
from polyvocab.formats.sentencepiece import PieceType
from tiny import word_files


def document(**model):
    return {"version": "1.0", "added_tokens": [], "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a", **model}}


def encoded(doc) -> bytes:
    return json.dumps(doc).encode()


# -- tokenizer.json ----------------------------------------------------------------------------------------------------


def test_ids_equal_those_of_the_reference_library(shared):
    from tokenizers import Tokenizer

    for path in sorted(shared.glob("tokenizers/*/tokenizer.json")):
        vocabulary = tokenizer_json.read(path.read_bytes(), path)
        try:
            reference = Tokenizer.from_file(str(path)).get_vocab(with_added_tokens=True)
        except Exception as error:  # files of older versions, which today's library does not read
            assert "data did not match" in str(error), path
            continue
        assert dict(vocabulary.ids) == reference, path
        assert len(vocabulary) == max(reference.values()) + 1


def test_a_document_is_written_as_it_was_read(shared):
    for path in sorted(shared.glob("tokenizers/focus-*/tokenizer.json")):
        data = path.read_bytes()
        assert tokenizer_json.dump(json.loads(data)) == data


def test_what_is_written_loads_in_the_reference_library(sample_model):
    from tokenizers import Tokenizer

    data = (sample_model / "tokenizer.json").read_bytes()
    written = tokenizer_json.dump(json.loads(data))
    text = "Na Mungo akasema, Iwe nuru; ikawa nuru. Բարև 你好"
    one, two = (Tokenizer.from_str(d.decode()).encode(text).ids for d in (data, written))
    assert one == two


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1, column 1"),
        (b'{"model": {"vocab"', "line 1, column 19.*cut off"),
        (b"\xff", "line 1, column 1: invalid UTF-8"),
        (b"[]", r"must be an object, not \[\]"),
        (b"{}", "model is missing"),
        (encoded(document(type="Markov")), "model.type is 'Markov'"),
        (encoded(document(vocab=[1])), r"column \d+: expected \[piece, score\]"),
        (encoded(document(vocab={"a": -1})), r"column \d+: an id must be a whole number"),
        (encoded(document(vocab={"a": 4_000_000})), "leaves 4000000 holes"),
        (encoded(document(vocab={"a": 1, "b": 1})), "'a' and 'b' share the id 1"),
        (encoded(document(type="Unigram", vocab=[["a"]])), r"column \d+: expected ','"),
        (encoded({**document(), "added_tokens": [{"content": "x"}]}), r"added_tokens\[0\]\.single_word is missing"),
    ],
)
def test_malformed_documents_are_named(data, message):
    with pytest.raises(FormatError, match=message):
        tokenizer_json.read(data, "here.json")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    for read in (tokenizer_json.read, sentencepiece.read):
        try:
            read(data, "x")
        except FormatError as error:
            assert str(error).startswith("x: ")


def test_holes_and_spellings():
    files = encoded(document(vocab={"a": 0, "c": 3}))
    vocabulary = tokenizer_json.read(files)
    assert len(vocabulary) == 4 and vocabulary.holes == (1, 2) and vocabulary.spelling is Spelling.WORDS
    kinds = {
        Spelling.BYTE_LEVEL: {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]}},
        Spelling.METASPACE: {
            "normalizer": {
                "type": "Sequence",
                "normalizers": [
                    {"type": "Prepend", "prepend": "▁"},
                    {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
                ],
            }
        },
        Spelling.UNKNOWN: {},
    }
    for spelling, extra in kinds.items():
        doc = {**document(type="BPE", merges=[]), **extra}
        assert tokenizer_json.read(encoded(doc)).spelling is spelling
    assert (
        tokenizer_json.read(
            encoded(document(type="WordPiece", continuing_subword_prefix="##", max_input_chars_per_word=100))
        ).spelling
        is Spelling.WORDPIECE
    )


# -- SentencePiece -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def trained(request, sample_text) -> bytes:
    """A model that SentencePiece trained on the sample, with byte fallback and unusual pieces."""
    import io

    import sentencepiece as library

    out = io.BytesIO()
    lines = (sample_text / "eng_Latn.train.txt").read_text("utf-8").splitlines()[:2000]
    library.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=out,
        vocab_size=700,
        model_type=request.param,
        byte_fallback=True,
        control_symbols=["<ctrl>"],
        user_defined_symbols=["<user>"],
        minloglevel=2,
    )
    return out.getvalue()


def test_pieces_equal_those_of_the_reference_library(trained):
    import sentencepiece as library

    processor = library.SentencePieceProcessor(model_proto=trained)
    model, vocabulary = sentencepiece.parse(trained), sentencepiece.read(trained)
    assert [p.piece for p in model.pieces] == [processor.id_to_piece(i) for i in range(processor.get_piece_size())]
    assert [p.score for p in model.pieces] == [processor.get_score(i) for i in range(processor.get_piece_size())]
    assert vocabulary.bytes == {i for i in range(len(vocabulary)) if processor.is_byte(i)} and len(vocabulary.bytes) == 256
    assert vocabulary.control == {i for i in range(len(vocabulary)) if processor.is_control(i) or processor.is_unknown(i)}
    assert vocabulary.unknown == processor.unk_id() and model.byte_fallback


def test_an_unchanged_model_is_written_byte_for_byte(trained):
    assert sentencepiece.parse(trained).to_bytes() == trained


def test_every_real_model_is_written_byte_for_byte(shared):
    models = [p for p in sorted(shared.glob("tokenizers/*/*.model")) if p.parent.name != "llama3"]  # that one is tiktoken's
    assert len(models) >= 8
    for path in models:
        assert sentencepiece.parse(path.read_bytes(), path).to_bytes() == path.read_bytes()


def test_pieces_are_read_alike_as_objects_and_as_arrays(trained):
    assert read_as_arrays(trained) == read_as_objects(trained)


def test_real_pieces_are_read_alike(shared):
    for name in ("t5/spiece.model", "mistral-v3/tokenizer.model"):
        data = (shared / "tokenizers" / name).read_bytes()
        assert read_as_arrays(data) == read_as_objects(data)


def test_a_broken_model_is_refused_alike(trained):
    """One byte is changed, left out or put in, or the end is cut off: the same pieces, or the same error."""
    pieces = [encode_field(1, p.encoded) for p in sentencepiece.parse(trained).pieces[:8]]
    trainer = encode_field(2, b"\x18\x01" + encode_field(45, b"<unk>"))
    model = b"".join([*pieces[:4], trainer, *pieces[4:], ODD_MEMBERS, encode_field(1, encode_field(1, "é▁".encode()))])
    rng = random.Random(5)
    refused = 0
    for _ in range(4000):
        at = rng.randrange(len(model))
        byte = bytes([rng.choice([0, 1, 8, 9, 10, 13, 21, 24, 0x7F, 0x80, 0xFF, rng.randrange(256)])])
        data = model[:at] + rng.choice([b"", byte + model[at + 1 :], byte + model[at:], model[at + 1 :]])
        expected = read_as_objects(data)
        refused += isinstance(expected, str)
        assert read_as_arrays(data) == expected
    assert 1000 < refused < 3500


# Every wire type, a number of ten bytes, a number that is written longer than it need be, and pieces that are none.
ODD_MEMBERS = b"\x09" + bytes(8) + b"\x75" + bytes(4) + b"\x48" + b"\xff" * 9 + b"\x01" + b"\x0a\x84\x00\x0a\x02hi\x08\x05"


def read_as_objects(data: bytes):
    try:
        return [(p.piece, repr(p.score), int(p.type)) for p in sentencepiece.parse(data).pieces]
    except FormatError as error:
        return str(error)


def read_as_arrays(data: bytes):
    try:
        model = sentencepiece.scan(data, "model")
    except FormatError as error:
        return str(error)
    return list(zip(model.pieces.texts(), map(repr, model.scores.tolist()), model.types.tolist(), strict=True))


def test_a_changed_piece_is_read_by_the_reference_library(trained):
    import dataclasses

    import sentencepiece as library

    model = sentencepiece.parse(trained)
    pieces = list(model.pieces)
    at = next(i for i, p in enumerate(pieces) if p.piece == "▁the")
    pieces[at] = pieces[at].with_score(-3.25)
    processor = library.SentencePieceProcessor(model_proto=dataclasses.replace(model, pieces=tuple(pieces)).to_bytes())
    assert processor.get_score(at) == -3.25 and processor.id_to_piece(at) == "▁the"
    assert pieces[at].type == PieceType.NORMAL


def test_a_model_that_is_cut_off_names_the_byte(trained):
    for size in (len(trained) - 1, len(trained) // 2, 5):
        with pytest.raises(FormatError, match=r"tok.model: .*byte \d+"):
            sentencepiece.parse(trained[:size], "tok.model")
    with pytest.raises(FormatError, match="no pieces"):
        sentencepiece.parse(b"", "tok.model")


# -- directories -------------------------------------------------------------------------------------------------------


def test_directories(tmp_path, trained, sample_model):
    with pytest.raises(FormatError, match="no such directory"):
        TokenizerFiles.from_directory(tmp_path / "absent")
    with pytest.raises(FormatError, match="found nothing"):
        TokenizerFiles.from_directory(tmp_path)
    (tmp_path / "a.model").write_bytes(trained)
    assert len(TokenizerFiles.from_directory(tmp_path).vocabulary) == 700
    (tmp_path / "b.model").write_bytes(trained)
    with pytest.raises(FormatError, match="found a.model, b.model"):
        TokenizerFiles.from_directory(tmp_path)
    sample = TokenizerFiles.from_directory(sample_model)
    assert sample.role_ids["mask_token"] == len(sample.vocabulary) - 1 and sample.roles["bos_token"] == "<s>"
    (tmp_path / "copy").mkdir()
    sample.write(tmp_path / "copy")
    assert TokenizerFiles.from_directory(tmp_path / "copy") == sample


def test_fingerprints_tell_ids_apart():
    one, two = word_files(["a", "b", "c"]), word_files(["a", "c", "b"])
    assert one.vocabulary.fingerprint != two.vocabulary.fingerprint
    assert word_files(["ab", "c"]).vocabulary.fingerprint != word_files(["a", "bc"]).vocabulary.fingerprint
