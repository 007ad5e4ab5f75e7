"""Files of text to files of ids: equal to encoding in memory, whatever the blocks and the threads."""

import gzip
import json
import os
import random
import subprocess
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from encoding_files import AWKWARD, command, content, expected, lists, write
from polyvocab import EncodedCorpus, Tokenizer
from polyvocab.corpus import Corpus
from polyvocab.errors import CorpusError, PolyvocabError
from test_pieces import byte_level, spelled


@pytest.fixture(scope="module")
def text(sample_text) -> Path:
    return sample_text / "swh_Latn.heldout.txt"


def test_ids_are_those_of_encode_batch(tmp_path, tokenizer, text):
    made = tokenizer.encode_file(text, tmp_path / "out")
    documents = list(Corpus(text))
    assert lists(made) == expected(tokenizer, documents) and len(made) == len(documents)
    header = made.header
    assert header.bytes == sum(len(d.encode()) for d in documents) and header.ids == len(made.ids) == made.offsets[-1]
    assert (header.dtype, made.ids.dtype, made.offsets.dtype) == ("uint16", np.uint16, np.uint64)
    assert header.tokenizer.fingerprint == tokenizer.fingerprint and header.tokenizer.name == "tokenizer.json"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert sorted(content(tmp_path / "out")) == ["corpus.json", "ids.bin", "offsets.bin"]
    raw = np.fromfile(tmp_path / "out" / "ids.bin", "<u2")
    assert raw.tolist() == sum(lists(made), [])


def test_special_tokens_and_an_end_of_text(tmp_path, tokenizer, text):
    wanted = expected(tokenizer, Corpus(text), add_special_tokens=True)
    framed = tokenizer.encode_file(text, tmp_path / "a", add_special_tokens=True)
    assert lists(framed) == wanted and wanted[0][0] == tokenizer.token_to_id("<s>")
    pad = tokenizer.token_to_id("<pad>")
    ended = tokenizer.encode_file(text, tmp_path / "b", add_special_tokens=True, eos="<pad>", block_bytes=999)
    assert lists(ended) == [[*ids, pad] for ids in wanted] and ended.header.eos_id == pad
    assert content(tmp_path / "b") == content(
        tokenizer.encode_file(text, tmp_path / "c", add_special_tokens=True, eos=pad).path
    )
    for wrong in ("<no such token>", 10**6, -1):
        with pytest.raises(PolyvocabError, match="is no token of"):
            tokenizer.encode_file(text, tmp_path / "d", eos=wrong)


def test_a_post_processor_that_does_more_than_frame(tmp_path, sample_model, text):
    document = json.loads((sample_model / "tokenizer.json").read_text())
    twice = [{"SpecialToken": {"id": "</s>", "type_id": 0}}, *[{"Sequence": {"id": "A", "type_id": 0}}] * 2]
    tokens = {"</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}
    document["post_processor"] = {"type": "TemplateProcessing", "single": twice, "pair": twice, "special_tokens": tokens}
    tokenizer = Tokenizer.from_json(json.dumps(document).encode())
    made = tokenizer.encode_file(text, tmp_path / "out", add_special_tokens=True)
    assert lists(made) == expected(tokenizer, Corpus(text), add_special_tokens=True)
    assert made[0].tolist() == [2, *tokenizer.encode(next(iter(Corpus(text)))) * 2]


def test_large_vocabularies_take_uint32(tmp_path):
    wide = byte_level([spelled(chr(97 + i)) if i < 26 else f"t{i}" for i in range((1 << 16) + 1)])
    tokenizer = Tokenizer(wide)
    made = tokenizer.encode_file(write(tmp_path / "a.txt", "abc\nz\n"), tmp_path / "out")
    assert made.ids.dtype == np.uint32 and lists(made) == [[0, 1, 2], [25]]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1 << 20])
@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_and_threads_do_not_matter(tmp_path, tokenizer, size, threads):
    path = write(tmp_path / "a.txt", AWKWARD)
    made = tokenizer.encode_file(path, tmp_path / "out", block_bytes=size, threads=threads, save_every=0)
    assert lists(made) == expected(tokenizer, Corpus(path))
    assert content(tmp_path / "out") == content(tokenizer.encode_file(path, tmp_path / "all", threads=1).path)


@pytest.mark.parametrize("separator", ["<|end|>", "\n\n", "\0", "aa", "aba", "é"])
def test_separators(tmp_path, tokenizer, separator):
    draw = random.Random(separator)
    for n in range(30):
        data = "".join(draw.choice(["a", "b", "aa", "\n", "\r\n", "你", separator, separator[:-1]]) for _ in range(40))
        path = write(tmp_path / "a.txt", "\ufeff" + data)
        wanted = expected(tokenizer, filter(None, data.split(separator)))
        for size in (1, 5, 1000):
            made = tokenizer.encode_file(path, tmp_path / f"{n}-{size}", separator=separator, block_bytes=size, threads=1)
            assert lists(made) == wanted


@pytest.mark.parametrize("size", [1, 50, 1 << 20])
def test_every_container(tmp_path, tokenizer, size):
    documents = ["Habari ya asubuhi", "你好", "zwei\nWörter ", "x" * 3000, *[f"document {i}" for i in range(1500)]]
    objects = "".join(json.dumps({"text": d, "n": 1}, ensure_ascii=False) + "\n\n" for d in documents).encode()
    table = pa.table({"body": [None, *documents, ""]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=700)
    flat = [d.replace("\n", " ") for d in documents]
    lines = "\n".join(flat).encode()
    cases = [
        ([write(tmp_path / "a.jsonl", objects)], {}, documents),
        ([write(tmp_path / "a.jsonl.zst", zstandard.compress(objects))], {}, documents),
        ([tmp_path / "a.parquet"], {"field": "body"}, documents),
        ([write(tmp_path / "a.txt.gz", gzip.compress(lines, mtime=0))], {}, flat),
        ([write(tmp_path / "a.txt", lines), write(tmp_path / "e.txt", ""), tmp_path / "a.jsonl"], {}, flat + documents),
    ]
    for n, (paths, options, wanted) in enumerate(cases):
        if size == 1 and paths[0].suffix == ".txt":
            continue
        made = tokenizer.encode_file(
            paths, tmp_path / f"out{n}", block_bytes=size * 20, save_every=0 if size > 1 else 9, **options
        )
        assert lists(made) == expected(tokenizer, wanted), paths


@pytest.mark.parametrize("data", ["", "\n", "\n\r\n\n", "\ufeff"])
def test_nothing_to_encode(tmp_path, tokenizer, data):
    made = tokenizer.encode_file(write(tmp_path / "a.txt", data), tmp_path / "out")
    assert len(made) == 0 and lists(made) == [] and made.ids.size == 0 and made.offsets.tolist() == [0]


def test_one_document_longer_than_any_block(tmp_path, tokenizer):
    words = " ".join(random.Random(1).choices(["habari", "你好", "abc"], k=60_000))
    path = write(tmp_path / "a.txt", words)
    made = tokenizer.encode_file(path, tmp_path / "out", block_bytes=1000, threads=2)
    assert lists(made) == expected(tokenizer, [words])


def test_a_pipe(tmp_path, tokenizer, text):
    os.mkfifo(tmp_path / "pipe.txt")
    feeder = threading.Thread(target=lambda: (tmp_path / "pipe.txt").write_bytes(text.read_bytes()))
    feeder.start()
    made = tokenizer.encode_file(tmp_path / "pipe.txt", tmp_path / "out", block_bytes=1000, save_every=0)
    feeder.join()
    assert lists(made) == expected(tokenizer, Corpus(text))


@pytest.mark.parametrize("size", [1, 10, 1 << 20])
@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"good\n\r\nbad \xff\n\xff", r"a.txt: line 3: invalid UTF-8 at byte 11; convert the file"),
        ("a.txt", b"\xef\xbb\xbfgood\nb\xed\xa0\x80", r"a.txt: line 2: invalid UTF-8 at byte 9"),
        ("a.txt", b"a\nb\nc\xe4\xbd", r"a.txt: line 3: invalid UTF-8 at byte 5"),
        ("a.jsonl", b'{"text": "x"}\n{"text": "\xff"}\n', r"a.jsonl: line 2: invalid UTF-8 at byte 24"),
        ("a.jsonl", b'{"text": "x"}\n\n{"te\n\xff', "a.jsonl: line 3 is not JSON"),
        ("a.jsonl", b'{"txt": "x"}\n', r"line 1 has no text in the field 'text'; it has \['txt'\]"),
        ("a.jsonl", b'{"text": "x"}\n{"text": "\\ud83d"}\n', "line 2: half of a surrogate pair"),
        ("a.txt.gz", gzip.compress(b"x\n" * 500, mtime=0)[:-9], "a.txt.gz: cannot be read"),
        ("a.txt.zst", b"no zstd", "a.txt.zst: cannot be unpacked"),
        ("a.parquet", b"no parquet", "a.parquet: is no readable parquet file"),
    ],
    ids=range(10),
)
def test_the_place_of_what_cannot_be_read(tmp_path, tokenizer, name, data, message, size):
    path = write(tmp_path / name, data)
    with pytest.raises(CorpusError, match=message):
        tokenizer.encode_file(path, tmp_path / "out", block_bytes=size, threads=2)
    assert not (tmp_path / "out").exists()


def test_wrong_calls(tmp_path, tokenizer, text):
    for path, message in ((tmp_path / "absent.txt", "no such file"), (tmp_path, "is a directory"), ([], "a file is needed")):
        with pytest.raises(CorpusError, match=message):
            tokenizer.encode_file(path, tmp_path / "out")
    with pytest.raises(CorpusError, match="a separator is for files of plain text"):
        tokenizer.encode_file(write(tmp_path / "a.jsonl", "{}"), tmp_path / "out", separator="\n\n")
    for options, message in (({"separator": ""}, "empty separator"), ({"block_bytes": 0}, "block_bytes is 0")):
        with pytest.raises(PolyvocabError, match=message):
            tokenizer.encode_file(text, tmp_path / "out", **options)
    with pytest.raises(PolyvocabError, match="exists already"):
        tokenizer.encode_file(text, text)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl"]


def test_what_the_model_refuses_is_named_by_its_document(tmp_path, sample_model):
    document = json.loads((sample_model / "tokenizer.json").read_text())
    document["model"] |= {"unk_id": None}
    tokenizer = Tokenizer.from_json(json.dumps(document).encode())
    path = write(tmp_path / "a.txt", "a\n\nb\nc \U000130d7\n")
    with pytest.raises(CorpusError, match=r"a.txt: document 2 \(6 bytes\): "):
        tokenizer.encode_file(path, tmp_path / "out", block_bytes=1)


def test_the_command(tmp_path, tokenizer, sample_model, text):
    out = tmp_path / "out"
    done = subprocess.run(
        command(sample_model, out, text, "--add-special-tokens", "--eos", "<pad>"), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    made = EncodedCorpus.open(out)
    assert lists(made) == [[*ids, 1] for ids in expected(tokenizer, Corpus(text), add_special_tokens=True)]
    shown = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if not line.startswith(("bytes per", "written")))
    assert shown["documents"] == f"{len(made):,}" and shown["ids"] == f"{len(made.ids):,} (uint16)"
    assert f"bytes per token  {made.header.bytes / len(made.ids):.3f}" in done.stdout and "MB/s" in shown["speed"]
    assert "encode:" in done.stderr
    bad = write(tmp_path / "bad.txt", b"good\nbad \xff\n")
    failed = subprocess.run(command(sample_model, tmp_path / "b", bad, "--quiet"), capture_output=True, text=True)
    assert failed.returncode == 1 and "Traceback" not in failed.stderr
    assert failed.stderr.startswith(f"polyvocab: error: {bad}: line 2: invalid UTF-8 at byte 9"), failed.stderr
