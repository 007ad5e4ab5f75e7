"""Files of ids, read again."""

import json
import pickle
from pathlib import Path

import pytest
from encoding_files import content, expected, lists
from polyvocab import EncodedCorpus, Tokenizer
from polyvocab.corpus import Corpus
from polyvocab.errors import FormatError, PolyvocabError


@pytest.fixture(scope="module")
def text(sample_text) -> Path:
    return sample_text / "swh_Latn.heldout.txt"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, tokenizer, text) -> EncodedCorpus:
    tokenizer.encode_file(text, tmp_path_factory.mktemp("corpus") / "out")
    return EncodedCorpus.open(tmp_path_factory.getbasetemp() / "corpus0" / "out")


def test_documents_and_slices(corpus, tokenizer, text):
    wanted = expected(tokenizer, Corpus(text))
    assert corpus[0].tolist() == wanted[0] and corpus[-1].tolist() == wanted[-1] and len(corpus) == len(wanted)
    part = corpus[5:-3]
    assert lists(part) == wanted[5:-3] and lists(part[2:9]) == wanted[7:14] and part[-1].tolist() == wanted[-4]
    assert len(corpus[9:3]) == 0 and len(corpus[len(corpus) :]) == 0
    first, last = int(part.offsets[0]), int(part.offsets[-1])
    assert part.ids[first:last].tolist() == sum(wanted[5:-3], [])
    assert tokenizer.decode(corpus[3]) == tokenizer.decode(wanted[3])
    for wrong in (len(corpus), -len(corpus) - 1):
        with pytest.raises(IndexError):
            corpus[wrong]
    with pytest.raises(IndexError):
        part[len(part)]
    with pytest.raises(ValueError, match="has the step 1, not 2"):
        corpus[::2]
    with pytest.raises(ValueError, match="read-only"):
        corpus[0][0] = 1


def test_pickling_maps_the_file_again(corpus):
    part = corpus[3:9]
    data = pickle.dumps(part)
    assert len(data) < 1000 and lists(pickle.loads(data)) == lists(part)


def test_the_tokenizer_is_checked(corpus, tokenizer):
    corpus.check(tokenizer.fingerprint)
    with pytest.raises(PolyvocabError, match="its ids are those of the tokenizer tokenizer.json"):
        corpus.check("0" * 64)


def test_fingerprints(tokenizer, sample_model):
    data = (sample_model / "tokenizer.json").read_bytes()
    document = json.loads(data)
    spaced = Tokenizer.from_json(json.dumps(document, indent=3).encode(), "elsewhere")
    assert spaced.fingerprint == tokenizer.fingerprint
    document["truncation"] = {"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0}
    assert Tokenizer.from_json(json.dumps(document).encode()).fingerprint == tokenizer.fingerprint
    seen = {tokenizer.fingerprint}
    for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        seen.add(Tokenizer.from_json(json.dumps({**document, part: None}).encode()).fingerprint)
    seen.add(tokenizer.with_added_tokens(tokenizer.definition.added_tokens[1:]).fingerprint)
    assert len(seen) == 2 + sum(document[p] is not None for p in ("normalizer", "pre_tokenizer", "post_processor", "decoder"))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("corpus.json", lambda d: None, "is no encoded corpus: corpus.json cannot be read"),
        ("corpus.json", lambda d: d[:-9], "is not JSON"),
        ("corpus.json", lambda d: b"[]", "does not belong to an encoded corpus"),
        (
            "corpus.json",
            lambda d: d.replace(b'"version": 1', b'"version": 9'),
            "is of version 9; this polyvocab reads version 1",
        ),
        ("corpus.json", lambda d: d.replace(b'"dtype"', b'"type"'), "lacks a field"),
        ("corpus.json", lambda d: d.replace(b'"uint16"', b'"int8"'), "has ids of type 'int8'"),
        ("ids.bin", lambda d: d[:-2], "ids.bin: has .* bytes instead of"),
        ("ids.bin", lambda d: None, "ids.bin: cannot be read"),
        ("offsets.bin", lambda d: d + bytes(8), "offsets.bin: has .* bytes instead of"),
        ("offsets.bin", lambda d: bytes(len(d)), "offsets.bin: runs from 0 to 0 instead of from 0 to"),
    ],
)
def test_files_that_do_not_belong_together(tmp_path, corpus, name, change, message):
    for file, data in content(corpus.path).items():
        changed = change(data) if file == name else data
        if changed is not None:
            (tmp_path / file).write_bytes(changed)
    with pytest.raises(FormatError, match=message):
        EncodedCorpus.open(tmp_path)
