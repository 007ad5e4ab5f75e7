"""Files of text to files of ids: equal to encoding in memory, whatever the blocks, the threads and the interruptions."""

import gzip
import json
import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from polyvocab import EncodedCorpus, Tokenizer
from polyvocab.corpus import Corpus
from polyvocab.encoded.sources import source_of
from polyvocab.errors import CorpusError, FormatError, PolyvocabError
from test_pieces import byte_level, spelled

AWKWARD = "\ufeffone\r\n\n\n  two \nthr\ree\r\r\n\u2028\u00a0é 你好\n" + "x" * 5000 + "\n\r\nno end\r"


@pytest.fixture(scope="module")
def tokenizer(sample_model) -> Tokenizer:
    return Tokenizer.from_pretrained(sample_model)


@pytest.fixture(scope="module")
def text(sample_text) -> Path:
    return sample_text / "swh_Latn.heldout.txt"


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def expected(tokenizer, documents, **options) -> list[list[int]]:
    return tokenizer.encode_batch(list(documents), as_arrays=False, **options)


def lists(corpus) -> list[list[int]]:
    return [document.tolist() for document in corpus]


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


# -- what is written ---------------------------------------------------------------------------------------------------


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
        ([write(tmp_path / "a.txt.gz", gzip.compress(lines))], {}, flat),
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


# -- what cannot be read -----------------------------------------------------------------------------------------------


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
        ("a.txt.gz", gzip.compress(b"x\n" * 500)[:-9], "a.txt.gz: cannot be read"),
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


# -- interruptions -----------------------------------------------------------------------------------------------------

_KILLED = """
import os, signal, sys
from polyvocab import Tokenizer

model, out, *paths = sys.argv[1:]
tokenizer = Tokenizer.from_pretrained(model)

def run(at):
    # A process that kills itself when it touches the disk durably for the `at`th time.
    calls = 0
    def killing(function):
        def call(*arguments):
            nonlocal calls
            calls += 1
            if calls == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments)
        return call
    os.fsync, os.replace, os.ftruncate = killing(os.fsync), killing(os.replace), killing(os.ftruncate)
    tokenizer.encode_file(paths, out, block_bytes=3000, threads=2, save_every=0, eos="</s>")
    os._exit(0)

for at in range(1, 1000):
    child = os.fork()
    if child == 0:
        run(at)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        print(at, os.WEXITSTATUS(status))
        break
"""


def test_kill_9_wherever_the_disk_is_touched(tmp_path, tokenizer, sample_model, text):
    other = write(tmp_path / "b.txt.gz", gzip.compress(AWKWARD.encode()))
    arguments = [str(sample_model), str(tmp_path / "out"), str(text), str(other)]
    done = subprocess.run([sys.executable, "-c", _KILLED, *arguments], capture_output=True, text=True, timeout=300)
    runs, status = map(int, done.stdout.split())
    assert runs > 8 and status == 0, done.stderr
    whole = tokenizer.encode_file([text, other], tmp_path / "whole", eos="</s>")
    assert content(tmp_path / "out") == content(whole.path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.txt.gz", "out", "whole"]


@pytest.fixture
def long_text(tmp_path, text) -> Path:
    return write(tmp_path / "long.txt", text.read_bytes() * 100)


def command(sample_model, out, *arguments) -> list[str]:
    return [sys.executable, "-m", "polyvocab", "encode", str(sample_model), "-o", str(out), *map(str, arguments)]


def start_and_stop(command, out, sign) -> tuple[int, str]:
    """Run until a journal is there, then send the signal. Exit code and error output."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    journal = out.with_name(out.name + ".work") / "journal.json"
    deadline = time.monotonic() + 60
    while not journal.exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    child.send_signal(sign)
    errors = child.communicate()[1]
    return child.returncode, errors


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_signals_from_outside(tmp_path, tokenizer, sample_model, text, sign):
    out, files = tmp_path / "out", [text] * 60  # a block each, and each is made durable
    run = command(sample_model, out, *files, "--save-every", "0", "--threads", "1")
    code, errors = start_and_stop([*run, "--quiet"], out, sign)
    assert code == (-signal.SIGKILL if sign == signal.SIGKILL else 1), errors
    assert not out.exists()
    if sign == signal.SIGINT:
        assert "polyvocab: interrupted" in errors and "Traceback" not in errors
    kept = json.loads((tmp_path / "out.work" / "journal.json").read_text())["progress"]["documents"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0 and f"goes on after {kept:,} documents" in done.stderr, done.stderr
    assert content(out) == content(tokenizer.encode_file(files, tmp_path / "whole").path)


def interrupted(tokenizer, paths, out, **options) -> None:
    """A run that ends at the first text that cannot be read: the last file."""
    bad = write(out.with_name("zzz.txt"), b"\xff")
    with pytest.raises(CorpusError, match="zzz.txt: line 1: invalid"):
        tokenizer.encode_file([*paths, bad], out, **options)
    bad.unlink()


def test_a_changed_input_is_said_and_encoded_again(tmp_path, tokenizer, text, capfd):
    first, second = write(tmp_path / "1.txt", "one\ntwo\n"), write(tmp_path / "2.txt", "three\n")
    out = tmp_path / "out"
    interrupted(tokenizer, [first, second], out)
    journal = json.loads((tmp_path / "out.work" / "journal.json").read_text())
    assert journal["progress"]["documents"] == 3 and len(journal["sources"]) == 2
    write(second, "four\nfive\n")
    made = tokenizer.encode_file([first, second, text], out, progress=True)
    said = capfd.readouterr().err
    assert "2.txt: is not as it was when" in said and "goes on after the 2 documents before it" in said
    assert lists(made) == expected(tokenizer, ["one", "two", "four", "five", *Corpus(text)])
    assert made.header.sources == ("1.txt", "2.txt", text.name)


def test_another_first_file_begins_anew(tmp_path, tokenizer, text):
    first = write(tmp_path / "1.txt", "one\ntwo\n")
    interrupted(tokenizer, [first], tmp_path / "out")
    assert lists(tokenizer.encode_file(text, tmp_path / "out")) == expected(tokenizer, Corpus(text))
    assert not (tmp_path / "out.work").exists()


def test_a_file_that_changes_while_it_is_read(tmp_path, tokenizer, monkeypatch):
    path = write(tmp_path / "a.txt", "one\ntwo\n")
    encode = tokenizer.encode_flat

    def encode_and_append(data, offsets, **options):
        write(path, "one\ntwo\nthree\n")
        return encode(data, offsets, **options)

    monkeypatch.setattr(tokenizer, "encode_flat", encode_and_append, raising=False)
    blocks = source_of(path, "text", b"\n")
    write(path, "one\ntwo and more\n")
    assert blocks.has_changed()
    with pytest.raises(CorpusError, match="a.txt: was changed while it was read"):
        tokenizer.encode_file(path, tmp_path / "out", block_bytes=1, threads=1)
    monkeypatch.undo()
    assert lists(tokenizer.encode_file(path, tmp_path / "out")) == expected(tokenizer, ["one", "two", "three"])


def test_other_settings_are_refused_by_name(tmp_path, tokenizer, sample_model, text):
    interrupted(tokenizer, [text], tmp_path / "out")
    with pytest.raises(PolyvocabError, match=r"out.work: holds unfinished work with other settings \(add_special_tokens\)"):
        tokenizer.encode_file(text, tmp_path / "out", add_special_tokens=True)
    document = json.loads((sample_model / "tokenizer.json").read_text())
    document["model"]["vocab"][500][1] -= 1e-9
    other = Tokenizer.from_json(json.dumps(document).encode())
    with pytest.raises(PolyvocabError, match=r"other settings \(tokenizer\)"):
        other.encode_file(text, tmp_path / "out")
    made = tokenizer.encode_file(text, tmp_path / "out")
    assert lists(made) == expected(tokenizer, Corpus(text))


def test_a_journal_that_does_not_fit_its_files(tmp_path, tokenizer, text):
    interrupted(tokenizer, [text], tmp_path / "out")
    os.truncate(tmp_path / "out.work" / "data" / "ids.bin", 10)
    with pytest.raises(PolyvocabError, match=r"ids.bin: is shorter than the journal says; remove .*out.work"):
        tokenizer.encode_file(text, tmp_path / "out")
    write(tmp_path / "out.work" / "journal.json", "{")
    with pytest.raises(PolyvocabError, match=r"journal.json: cannot be read .*; remove .*out.work to begin anew"):
        tokenizer.encode_file(text, tmp_path / "out")


def test_two_processes_do_not_share_a_target(tmp_path, tokenizer, text):
    from polyvocab.atomic import lock

    (tmp_path / "out.work").mkdir()
    held = lock(tmp_path / "out.work")
    with pytest.raises(PolyvocabError, match=r"out.work: another process is writing there"):
        tokenizer.encode_file(text, tmp_path / "out")
    os.close(held)
    assert len(tokenizer.encode_file(text, tmp_path / "out")) > 0


def test_a_full_disk(tmp_path, tokenizer, long_text):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(
            PolyvocabError, match=r"out.work/data: cannot be written: File too large; nothing is left at .*out;"
        ):
            tokenizer.encode_file(long_text, tmp_path / "out", block_bytes=1 << 17)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "out").exists()
    kept = json.loads((tmp_path / "out.work" / "journal.json").read_text())["progress"]["documents"]
    assert kept > 0
    made = tokenizer.encode_file(long_text, tmp_path / "out")
    assert content(made.path) == content(tokenizer.encode_file(long_text, tmp_path / "whole").path)


def test_a_kill_between_the_rename_and_the_cleaning(tmp_path, tokenizer, text, monkeypatch):
    from polyvocab.encoded.work import Work

    monkeypatch.setattr(Work, "clear", lambda self: None)
    made = tokenizer.encode_file(text, tmp_path / "out")
    monkeypatch.undo()
    assert (tmp_path / "out.work").exists()
    again = tokenizer.encode_file(text, tmp_path / "out")
    assert lists(again) == lists(made) and not (tmp_path / "out.work").exists()
    with pytest.raises(PolyvocabError, match="exists already"):
        tokenizer.encode_file(text, tmp_path / "out")


# -- reading -----------------------------------------------------------------------------------------------------------


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


# -- the command line --------------------------------------------------------------------------------------------------


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
