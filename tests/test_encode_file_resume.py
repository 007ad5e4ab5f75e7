"""Files of ids whose writing was interrupted: by kills, changed inputs, other settings and full disks."""

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from encoding_files import AWKWARD, command, content, expected, lists, write
from polyvocab import Tokenizer
from polyvocab.corpus import Corpus
from polyvocab.encoded.sources import source_of
from polyvocab.errors import CorpusError, PolyvocabError


@pytest.fixture(scope="module")
def text(sample_text) -> Path:
    return sample_text / "swh_Latn.heldout.txt"


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
    other = write(tmp_path / "b.txt.gz", gzip.compress(AWKWARD.encode(), mtime=0))
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
