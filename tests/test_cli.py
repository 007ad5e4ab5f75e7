"""The command line: what it prints, its exit codes, and errors without tracebacks."""

import subprocess
import sys
import time

import numpy as np
import pytest
from polyvocab import __version__
from polyvocab.cli import app
from typer.testing import CliRunner


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
    options = ("--method", "subword_mean", "--set", "output=first")
    made = run("initialize", sample_model, sample_model, "-o", tmp_path / "t", *options)
    assert made.returncode == 0, made.stderr
    assert "copied" in made.stdout and run("describe", tmp_path / "t").stdout == made.stdout
    assert "roberta.embeddings.word_embeddings.weight" in run("plan", sample_model).stdout
    applied = run("apply", tmp_path / "t", sample_model, tmp_path / "m", "--pad-to-multiple-of", "64")
    assert applied.returncode == 0 and (tmp_path / "m" / "model.safetensors").is_file(), applied.stderr
    again = run("apply", tmp_path / "t", sample_model, tmp_path / "m")
    assert again.returncode == 1 and "exists already" in again.stderr


def test_methods_that_read_a_model_and_transplant(tmp_path, sample_model):
    made = run("initialize", sample_model, sample_model, "-o", tmp_path / "t", "--method", "script", "--model", sample_model)
    assert made.returncode == 0 and "script" in made.stdout, made.stderr
    listed = run("methods").stdout
    assert all(f"{name} " in listed for name in ("wechsel", "ofa", "omp", "lep")) and "unverified" in listed
    done = run("transplant", sample_model, sample_model, "-o", tmp_path / "m", "--method", "subword_mean")
    assert done.returncode == 0 and (tmp_path / "m" / "model.safetensors").is_file(), done.stderr


def test_factorize_and_unfactorize(tmp_path, sample_model):
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    run("initialize", sample_model, sample_model, "-o", tmp_path / "t", "--method", "mean")
    made = run("factorize", sample_model, "-o", tmp_path / "f", "--rank", "20", "--transfer", tmp_path / "t")
    assert made.returncode == 0 and (tmp_path / "f" / "factorized.safetensors").is_file(), made.stderr
    again = run("factorize", sample_model, "-o", tmp_path / "f")
    assert again.returncode == 1 and "exists already" in again.stderr
    done = run("unfactorize", tmp_path / "f", "-o", tmp_path / "m")
    assert done.returncode == 0, done.stderr
    model = AutoModelForMaskedLM.from_pretrained(tmp_path / "m")
    assert np.linalg.matrix_rank(model.get_input_embeddings().weight.detach().numpy(), tol=1e-4) == 20
    assert len(AutoTokenizer.from_pretrained(tmp_path / "m")) == model.config.vocab_size
    wrong = run("unfactorize", sample_model, "-o", tmp_path / "x")
    assert wrong.returncode == 1 and "no readable factorized.json" in wrong.stderr


def test_count(tmp_path, sample_model, sample_text):
    from polyvocab import TokenCounts, WordCounts, count_tokens

    names = ("swh_Latn.train.txt", "swh_Latn.heldout.txt", "zho_Hans.train.txt")
    swahili, more, chinese = (sample_text / name for name in names)
    corpora = ("--corpus", f"sw={swahili},{more}", "-c", f"zh={chinese}")
    done = run("count", sample_model, *corpora, "--out", tmp_path / "tokens", "--quiet", "--memory-limit", "1")
    assert done.returncode == 0, done.stderr
    heads, *rows, last = [line.split() for line in done.stdout.splitlines()]
    assert heads == ["documents", "MB", "tokens", "tokens", "used", "MB/s"] and [row[0] for row in rows] == ["sw", "zh"]
    assert last == ["engine:", "native;", "written", "to", str(tmp_path / "tokens")]
    found = TokenCounts.load(tmp_path / "tokens")
    assert found == count_tokens(sample_model, {"sw": [swahili, more], "zh": chinese})
    assert rows[0][3] == f"{int(found.counts['sw'].sum()):,}"

    done = run("count", sample_model, *corpora, "-o", tmp_path / "again", "--words", tmp_path / "words", "--blocks", "4", "-q")
    assert done.returncode == 0, done.stderr
    assert TokenCounts.load(tmp_path / "again") == found
    words = WordCounts.load(tmp_path / "words" / "zh.words")
    assert words.blocks == 4 and f"{len(words.words):,}" in done.stdout.splitlines()[2]
    for arguments, message in (
        ((*corpora, "-o", tmp_path / "tokens"), "exists already"),
        ((*corpora, "-o", tmp_path / "x", "--words", tmp_path / "words"), "exists already"),
        ((*corpora, "-o", tmp_path / "x", "--blocks", "2"), "--blocks divides the counts of words"),
        (("-c", "sw", "-o", tmp_path / "x"), "--corpus sw: write LABEL=FILE"),
        (("-c", "sw=absent.txt", "-o", tmp_path / "x"), "absent.txt"),
    ):
        failed = run("count", sample_model, *arguments)
        assert failed.returncode == 1 and message in failed.stderr and "Traceback" not in failed.stderr, failed.stderr


def test_an_interrupt_within_a_destructor_is_not_lost(monkeypatch):
    from polyvocab import cli

    class Falls:
        def __del__(self):
            raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", lambda: Falls() and None)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    with pytest.raises(KeyboardInterrupt):
        cli.main()
        time.sleep(60)


def test_ctrl_c_exits_with_1_and_leaves_no_output(tmp_path, sample_model, sample_text):
    import signal

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
        (("initialize", "MODEL", "MODEL", "-o", "OUT", "--method", "mean", "--set", "copy"), "--set copy: write NAME=VALUE"),
        (("initialize", "MODEL", "MODEL", "-o", "OUT", "--method", "mean", "--set", "top=3"), "has no option 'top'"),
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


def test_trim_and_audit(tmp_path, sample_model, sample_text):
    text = sample_text / "swh_Latn.train.txt"
    counted = run("count", str(sample_model), "-c", f"sw={text}", "-o", str(tmp_path / "sw.tokens"), "-q")
    assert counted.returncode == 0, counted.stderr
    made = run(
        *("trim", str(sample_model), "--counts", str(tmp_path / "sw.tokens"), "--coverage", "0.999", "-q"),
        *("--keep-script", "Armenian", "--curve", str(tmp_path / "curve.svg"), "-o", str(tmp_path / "small")),
    )
    assert made.returncode == 0, made.stderr
    assert "proven: " in made.stdout and "script Armenian" in made.stdout
    assert (tmp_path / "curve.svg").stat().st_size > 1000
    assert '"proven": true' in (tmp_path / "small" / "trim.json").read_text("utf-8")
    clean = run("audit", str(tmp_path / "small"), "--original", str(sample_model))
    assert clean.returncode == 0 and "0 defects" in clean.stdout
    (tmp_path / "small" / "vocab.txt").write_text("stale\n")
    broken = run("audit", str(tmp_path / "small"))
    assert broken.returncode == 1 and broken.stdout.startswith("! stale file: vocab.txt")
    for wrong, problem in (
        (("--size", "900"), "give --corpus LABEL=FILE"),
        (("-c", f"sw={text}"), "one of size, coverage and min_count"),
        (("-c", f"sw={text}", "--size", "900", "--weight", "sw=much"), "write LABEL=NUMBER"),
        (("-c", f"sw={text}", "--size", "900", "--keep", "▁hakuna neno"), "is no token"),
    ):
        refused = CliRunner().invoke(app, ["trim", str(sample_model), *wrong, "-q", "-o", str(tmp_path / "none")])
        assert refused.exit_code == 1 and problem in refused.stderr, refused.stderr
        assert not (tmp_path / "none").exists()
