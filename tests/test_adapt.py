"""The main job end to end on the embedded sample: outputs, resuming after kills, refusals."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from polyvocab import Tokenizer, TokenizerFiles, adapt
from polyvocab.cli import app
from polyvocab.errors import PolyvocabError
from polyvocab.formats import text_steps
from polyvocab.romanize import Romanizer
from polyvocab.romanize.text_steps import romanize_step
from polyvocab.transfer import TokenizerTransfer
from transformers import AutoModelForMaskedLM, AutoTokenizer, pipeline
from typer.testing import CliRunner


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


def test_an_adapter_beside_the_merged_model(tmp_path, sample_model, text):
    from polyvocab import train

    settings = job(sample_model, text, tmp_path / "out", method="mean", lora=4, steps=4)
    adapt.run(settings, progress=False)
    merged = AutoModelForMaskedLM.from_pretrained(tmp_path / "out")
    parts = train.load_adapter(AutoModelForMaskedLM.from_pretrained(sample_model), tmp_path / "out" / "adapter")
    whole, wanted = parts.merge_and_unload().state_dict(), merged.state_dict()
    assert all(torch.allclose(whole[name], tensor, atol=1e-6) for name, tensor in wanted.items())
    untouched = AutoModelForMaskedLM.from_pretrained(sample_model).state_dict()
    assert any(name.endswith("query.weight") and not torch.equal(untouched[name], t) for name, t in wanted.items())
    assert all(torch.equal(untouched[name], t) for name, t in wanted.items() if name.endswith("LayerNorm.weight"))


def test_no_work_is_left(adapted):
    assert [p.name for p in adapted.parent.iterdir()] == [adapted.name]


def test_a_ready_tokenizer_and_no_training(tmp_path, sample_model, text, adapted):
    ready = job(sample_model, text, tmp_path / "out", tokenizer=str(adapted), vocab_size=None, steps=0, method="subword_mean")
    report = adapt.run(ready, progress=False)
    assert report["arms"][0]["trained"] is None
    assert len(AutoTokenizer.from_pretrained(tmp_path / "out")) == 500


@pytest.fixture(scope="module")
def romanized(tmp_path_factory, sample_model, sample_text) -> Path:
    """The source adapted to romanized Armenian by the command."""
    folder = tmp_path_factory.mktemp("romanized")
    lines = (sample_text / "hye_Armn.train.txt").read_text("utf-8").splitlines()
    (folder / "armenian.txt").write_text("\n".join(lines[:250]), "utf-8")
    (folder / "held.txt").write_text("\n".join(lines[300:320]), "utf-8")
    sizes = ("--steps", 2, "--batch", 2, "--block", 32, "--eval-spans", 10, "--context-bytes", 128, "--vocab-size", 300)
    asked = ("--method", "subword_mean", "--romanize", "--romanize-lang", "hye", "--quiet", sample_model)
    files = ("--eval", f"new={folder / 'held.txt'}", "-c", folder / "armenian.txt", "-o", folder / "model")
    done = CliRunner().invoke(app, ["adapt", *map(str, sizes + asked + files)])
    assert done.exit_code == 0, done.output
    assert "all text went through: romanize (uroman 1.3.1.1, lang hye)" in done.output
    return folder


def test_romanized_text_and_the_step_that_is_saved_with_the_tokenizer(romanized):
    model, step = romanized / "model", romanize_step("hye")
    assert sorted(p.name for p in romanized.iterdir()) == ["armenian.txt", "held.txt", "model"]
    assert TokenizerFiles.from_directory(model).text_steps == (step,)
    transfer = TokenizerTransfer.from_pretrained(model / "transfer")
    assert transfer.text_steps == transfer.target.text_steps == (step,) and transfer.source.text_steps == ()
    report = json.loads((model / "report.json").read_text())
    lines = [line for line in (romanized / "held.txt").read_text("utf-8").splitlines() if line]
    assert report["evaluation_bytes"]["new"] == sum(len(Romanizer("hye")(line).encode()) for line in lines)
    assert report["settings"]["romanize"] and "lang hye" in report["text_steps"]
    card = (model / "README.md").read_text()
    assert "## Text" in card and "lang hye" in (model / "report.html").read_text()
    plain, stepped = AutoTokenizer.from_pretrained(model), Tokenizer.from_pretrained(model)
    assert stepped.encode(lines[0]) == plain(Romanizer("hye")(lines[0]), add_special_tokens=False)["input_ids"]
    assert not re.search("[\u0561-\u0587]", "".join(plain.get_vocab()))  # trained on Latin letters alone
    unknown = plain.unk_token_id
    assert unknown in Tokenizer.from_pretrained(model, text_steps=False).encode(lines[0])
    assert unknown not in stepped.encode(lines[0])


def test_adapting_what_romanizes_already(romanized, tmp_path):
    """The tokenizer that both sides have, TransMI's say, is the source's own."""
    model, corpus = str(romanized / "model"), str(romanized / "armenian.txt")
    base = {"source": model, "tokenizer": model, "corpus": (corpus,), "method": "random", "romanize": True}
    small = {"evaluate_spans": 5, "context_bytes": 64, "evaluate_bytes": 2000}
    adapt.run(adapt.Job(**base, **small, out=str(tmp_path / "out")), progress=False)
    assert TokenizerFiles.from_directory(tmp_path / "out").text_steps == (romanize_step("hye"),)
    transfer = TokenizerTransfer.from_pretrained(tmp_path / "out" / "transfer")
    assert transfer.text_steps == () and transfer.source.text_steps == (romanize_step("hye"),)


def declaring(folder: Path, model: Path, step) -> str:
    """A copy of a model that declares another step, or none."""
    shutil.copytree(model, folder)
    (folder / "text_steps.json").unlink(missing_ok=True)
    if step is not None:
        (folder / "text_steps.json").write_bytes(text_steps.dump([step]))
    return str(folder)


@pytest.mark.parametrize(
    ("source", "tokenizer", "settings", "message"),
    [
        ("hye", None, {}, "the source is for text with the steps romanize .*lang hye.*give --romanize"),
        (None, "hye", {}, "the tokenizer is for text with the steps romanize .*lang hye.*give --romanize"),
        ("hye", "rus", {"romanize": True}, "lang hye.* for romanize .*lang rus.*a tokenizer for the same text"),
        ("hye", None, {"romanize": True, "romanize_lang": "rus"}, "is for text with .*lang hye.*not for --romanize-lang rus"),
        ("mark", None, {"romanize": True}, "marks are for the model and the tokenizer that were made for them"),
        (None, "lower", {"romanize": True}, "'lower' is no known step"),
    ],
)
def test_text_that_does_not_go_with_the_model_is_refused(
    romanized, sample_model, tmp_path, source, tokenizer, settings, message
):
    steps = {
        "hye": romanize_step("hye"),
        "rus": romanize_step("rus"),
        "mark": romanize_step(mark="ˏ"),
        "lower": {"step": "lower"},
    }
    ready = (
        {"vocab_size": 300} if tokenizer is None else {"tokenizer": declaring(tmp_path / "t", sample_model, steps[tokenizer])}
    )
    start = declaring(tmp_path / "s", sample_model, steps.get(source))
    asked = adapt.Job(source=start, corpus=(str(romanized / "armenian.txt"),), out=str(tmp_path / "out"), **ready, **settings)
    with pytest.raises(PolyvocabError, match=message):
        adapt.run(asked, progress=False)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("out")) == []


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
        ({"schedule": "magic"}, "schedule 'magic': use one of embeddings_first"),
        ({"lora": 0}, "lora is 0: it must be at least 1"),
        ({"lora": 4, "schedule": "new_rows"}, "an adapter would learn nothing"),
        ({"corpus": ()}, "a corpus is needed"),
        ({"romanize_lang": "hye"}, "romanize_lang is 'hye', but the text is not romanized"),
    ],
)
def test_settings_are_checked_at_once(sample_model, text, changes, message):
    with pytest.raises(PolyvocabError, match=message):
        adapt.Job(**{"source": str(sample_model), "corpus": (str(text),), "out": "x", "vocab_size": 500, **changes})
