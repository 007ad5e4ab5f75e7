"""The command line: what it prints, its exit codes, and errors without tracebacks."""

import subprocess
import sys

import pytest
from polyvocab import __version__


def run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "polyvocab", *map(str, arguments)], capture_output=True, text=True)


def test_version_and_help():
    assert run("--version").stdout.strip() == __version__
    shown = run("--help")
    assert shown.returncode == 0 and all(c in shown.stdout for c in ("adapt", "apply", "plan", "describe", "initialize"))
    assert "focus" in run("methods").stdout


def test_misuse_exits_with_2():
    assert run("adapt").returncode == 2
    assert run("no-such-command").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plan", "/absent"), "has no readable config.json"),
        (("describe", "/absent/transfer"), "neither a local directory nor a repository of the hub"),
        (("adapt", "MODEL", "-c", "/absent.txt", "-o", "OUT", "--vocab-size", "500"), "/absent.txt: no such file"),
        (("adapt", "MODEL", "-c", "TEXT", "-o", "OUT"), "give either a tokenizer or a vocabulary size"),
        (("adapt", "/absent", "-c", "TEXT", "-o", "OUT", "--vocab-size", "500"), "neither a directory nor a model"),
        (("adapt", "MODEL", "-c", "TEXT", "-o", "OUT", "--vocab-size", "500", "--eval", "x"), "write NAME=FILE"),
        (("adapt", "MODEL", "-c", "EMPTY", "-o", "OUT", "--vocab-size", "500"), "too small to hold text out"),
        (("adapt", "MODEL", "-c", "BAD", "-o", "OUT", "--vocab-size", "500"), "line 1: invalid UTF-8 at byte 3"),
        (("adapt", "MODEL", "-c", "TEXT", "-o", "MODEL", "--vocab-size", "500"), "exists already"),
    ],
)
def test_errors_of_users_are_one_line_and_exit_with_1(tmp_path, sample_model, sample_text, arguments, message):
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "bad.txt").write_bytes(b"abc\xff\n")
    names = {
        "MODEL": sample_model,
        "TEXT": sample_text / "swh_Latn.heldout.txt",
        "OUT": tmp_path / "out",
        "EMPTY": tmp_path / "empty.txt",
        "BAD": tmp_path / "bad.txt",
    }
    done = run(*(names.get(a, a) for a in arguments))
    assert done.returncode == 1, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("polyvocab: error: ") and message in last and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_initialize_describe_plan_apply(tmp_path, sample_model):
    made = run("initialize", sample_model, sample_model, "-o", tmp_path / "t", "--method", "subword_mean")
    assert made.returncode == 0, made.stderr
    assert "copied" in made.stdout and run("describe", tmp_path / "t").stdout == made.stdout
    assert "roberta.embeddings.word_embeddings.weight" in run("plan", sample_model).stdout
    applied = run("apply", tmp_path / "t", sample_model, tmp_path / "m", "--pad-to-multiple-of", "64")
    assert applied.returncode == 0 and (tmp_path / "m" / "model.safetensors").is_file(), applied.stderr
    again = run("apply", tmp_path / "t", sample_model, tmp_path / "m")
    assert again.returncode == 1 and "exists already" in again.stderr


def test_ctrl_c_exits_with_1_and_leaves_no_output(tmp_path, sample_model, sample_text):
    import signal
    import time

    command = [
        sys.executable,
        "-m",
        "polyvocab",
        "adapt",
        str(sample_model),
        "-c",
        str(sample_text / "swh_Latn.heldout.txt"),
        "-o",
        str(tmp_path / "out"),
        "--vocab-size",
        "400",
        "--steps",
        "500",
        "--batch",
        "2",
        "--block",
        "32",
        "--method",
        "random",
        "--quiet",
    ]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 120
    while not (tmp_path / "out.work" / "random-stage-embeddings").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    errors = child.communicate()[1]
    assert child.returncode == 1 and "polyvocab: interrupted" in errors, errors
    assert "Traceback" not in errors
    assert [p.name for p in tmp_path.iterdir()] == ["out.work"]  # what the next run goes on from


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("adapt", "MODEL", "-c", "TEXT", "-o", "FILE", "--vocab-size", "500"), "exists already"),
        (("adapt", "MODEL", "-c", "TEXT", "-o", "OUT", "--vocab-size", "500", "--accumulate", "0"), "accumulate is 0"),
        (("adapt", "MODEL", "-c", "TEXT", "-o", "OUT", "--vocab-size", "500", "--eval", "x=EMPTY"), "--eval x: its files hold"),
        (("initialize", "MODEL", "MODEL", "-o", "OUT", "--method", "random", "--vectors", "x"), "has no option 'vectors'"),
    ],
)
def test_more_errors_of_users(tmp_path, sample_model, sample_text, arguments, message):
    (tmp_path / "empty.txt").write_bytes(b"\n")
    (tmp_path / "file").write_bytes(b"")
    names = {
        "MODEL": str(sample_model),
        "TEXT": str(sample_text / "swh_Latn.heldout.txt"),
        "OUT": str(tmp_path / "out"),
        "x=EMPTY": f"x={tmp_path / 'empty.txt'}",
        "FILE": str(tmp_path / "file"),
    }
    done = run(*(names.get(a, a) for a in arguments))
    assert done.returncode == 1 and message in done.stderr and "Traceback" not in done.stderr, done.stderr
