"""The main job end to end on the embedded sample: outputs, resuming after kills, refusals."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from polyvocab import adapt
from polyvocab.errors import PolyvocabError
from polyvocab.transfer import TokenizerTransfer
from transformers import AutoModelForMaskedLM, AutoTokenizer, pipeline


@pytest.fixture(scope="module")
def text(tmp_path_factory, sample_text) -> Path:
    path = tmp_path_factory.mktemp("text") / "swahili.txt"
    lines = (sample_text / "swh_Latn.train.txt").read_text("utf-8").splitlines()
    path.write_text("\n".join(lines[:900]), "utf-8")
    return path


SMALL = {
    "vocab_size": 500,
    "steps": 6,
    "batch": 4,
    "block": 64,
    "save_every": 2,
    "evaluate_spans": 20,
    "context_bytes": 256,
    "vector_settings": {"min_count": 5, "buckets": 10_000},
}


def job(sample_model, text, out, **changes) -> adapt.Job:
    return adapt.Job(source=str(sample_model), corpus=(str(text),), out=str(out), **{**SMALL, **changes})


@pytest.fixture(scope="module")
def adapted(tmp_path_factory, sample_model, text) -> Path:
    out = tmp_path_factory.mktemp("adapted") / "model"
    adapt.run(job(sample_model, text, out, compare=("random",)), progress=False)
    return out


def test_the_output_loads_with_transformers(adapted):
    model, tokenizer = AutoModelForMaskedLM.from_pretrained(adapted), AutoTokenizer.from_pretrained(adapted)
    assert model.config.vocab_size == len(tokenizer) == 500
    assert tokenizer("Na Mungo akasema")["input_ids"][0] == tokenizer.bos_token_id
    guesses = pipeline("fill-mask", model=model, tokenizer=tokenizer)("Na Mungo <mask>.")
    assert len(guesses) == 5
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight


def test_the_report(adapted):
    report = json.loads((adapted / "report.json").read_text())
    assert [arm["method"] for arm in report["arms"]] == ["focus", "random"]
    assert report["measure"] == "pseudo-bits per byte" and report["vocabulary"] == {"before": 8000, "after": 500}
    for arm in report["arms"]:
        assert 0 < arm["step_0"]["target"]["bits_per_byte"] < 20 and 0 < arm["trained"]["target"]["bits_per_byte"] < 20
        curve = arm["losses"]["curve"]
        assert [p["step"] for p in curve] == list(range(1, 7)) and curve[0]["stage"] == "embeddings"
    html = (adapted / "report.html").read_text()
    assert "<svg" in html and "Adaptation report" in html
    assert not re.search(r'(src|href)="(?!#)', html)  # nothing is loaded from elsewhere
    card = (adapted / "README.md").read_text()
    assert (
        card.startswith("---\nlibrary_name: transformers") and "Provenance" in card and "pseudo-bits per byte" in card.lower()
    )
    assert "base_model: model\n" in card  # no path of this machine
    transfer = TokenizerTransfer.from_pretrained(adapted / "transfer")
    assert transfer.provenance[0]["method"] == "focus" and len(transfer.target.vocabulary) == 500


def test_no_work_is_left(adapted):
    assert [p.name for p in adapted.parent.iterdir()] == [adapted.name]


def test_a_ready_tokenizer_and_no_training(tmp_path, sample_model, text, adapted):
    ready = job(sample_model, text, tmp_path / "out", tokenizer=str(adapted), vocab_size=None, steps=0, method="subword_mean")
    report = adapt.run(ready, progress=False)
    assert report["arms"][0]["trained"] is None
    assert len(AutoTokenizer.from_pretrained(tmp_path / "out")) == 500


_COMMAND = [
    sys.executable,
    "-m",
    "polyvocab",
    "adapt",
    "--vocab-size",
    "500",
    "--steps",
    "6",
    "--batch",
    "4",
    "--block",
    "64",
    "--save-every",
    "2",
    "--eval-spans",
    "20",
    "--context-bytes",
    "256",
    "--min-count",
    "5",
    "--quiet",
]


def test_kill_9_at_random_moments_and_resume(tmp_path, sample_model, text):
    out = tmp_path / "model"
    command = [*_COMMAND, str(sample_model), "--corpus", str(text), "--out", str(out), "--method", "subword_mean"]
    draw = random.Random(1)
    for _ in range(3):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(draw.uniform(3.0, 9.0))
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if out.exists():
            break
    if not out.exists() or out.with_name("model.work").exists():  # the kill may come between rename and cleaning
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "tokens per word" in done.stdout
    assert (out / "report.json").is_file() and AutoModelForMaskedLM.from_pretrained(out).config.vocab_size == 500
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_unfinished_work_of_other_settings_is_not_mixed_in(tmp_path, sample_model, text):
    work = tmp_path / "out.work"
    work.mkdir()
    (work / "job.json").write_text('{"fingerprint": "other"}')
    with pytest.raises(PolyvocabError, match="out.work: holds the unfinished work of other settings"):
        adapt.run(job(sample_model, text, tmp_path / "out"), progress=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokenizer": "x"}, "give either a tokenizer or a vocabulary size"),
        ({"method": "magic"}, "unknown method 'magic'"),
        ({"steps": -1}, "steps is -1: it must be at least 0"),
        ({"embeddings_share": 2.0}, "embeddings_share is 2.0"),
        ({"corpus": ()}, "a corpus is needed"),
    ],
)
def test_settings_are_checked_at_once(sample_model, text, changes, message):
    with pytest.raises(PolyvocabError, match=message):
        adapt.Job(**{"source": str(sample_model), "corpus": (str(text),), "out": "x", "vocab_size": 500, **changes})
