"""What learns in each stage, bit for bit; alone and sharded over two processes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from polyvocab import train
from polyvocab.errors import TrainingError
from polyvocab.train import Objective, Stage, eeve, learning, new_rows_only
from test_train import tiny_tokenizer

NEW = np.array([4, 5, 17, 50, 60, 61, 62])
OPTIONS = {"batch_size": 4, "log_every": 10, "progress": False}


@pytest.fixture(scope="module")
def tokenizer():
    return tiny_tokenizer()


def vocabulary(model):
    """(names of the input matrix, of the output matrix, of its bias)."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    named = list(model.named_parameters(remove_duplicate=False))
    weights = [{n for n, p in named if p is module.weight} for module in (embedding, head)]
    return *weights, {n for n, p in named if p is getattr(head, "bias", None)}


def rows_that_moved(before, after):
    return (
        set(np.flatnonzero((before != after).flatten(1).any(1).numpy()).tolist())
        if before.dim() > 1
        else set(np.flatnonzero((before != after).numpy()).tolist())
    )


def trained(name, stage, folder, tokenizer, **changes):
    model = tiny.model(name, **changes)
    before = {n: p.detach().clone() for n, p in model.named_parameters(remove_duplicate=False)}
    data = np.random.default_rng(0).integers(4, 90, (40, 12)).astype(np.int32)
    objective = Objective.MASKED if name in ("xlm-r", "bert") else Objective.CAUSAL
    train.run_stage(model, tokenizer, data, stage, objective, folder, new_rows=NEW, **OPTIONS)
    after = {n: p.detach() for n, p in model.named_parameters(remove_duplicate=False)}
    assert after.keys() == before.keys() and all(p.requires_grad for p in model.parameters())
    return model, before, after


@pytest.mark.parametrize("name", ["llama", "qwen2", "xlm-r", "bert", "gpt2"])
def test_old_rows_keep_their_bits_through_weight_decay(name, tmp_path, tokenizer):
    stage = new_rows_only(50, rate=1e-2, weight_decay=0.1)
    model, before, after = trained(name, stage, tmp_path / "s", tokenizer)
    inputs, outputs, biases = vocabulary(model)
    for key in before:
        if key in inputs | outputs | biases:
            assert rows_that_moved(before[key], after[key]) <= set(NEW.tolist())
            assert key not in outputs or rows_that_moved(before[key], after[key]) == set(NEW.tolist())
        else:
            assert torch.equal(before[key], after[key]), key
    tied = inputs == outputs
    assert (model.get_input_embeddings().weight is model.get_output_embeddings().weight) == tied
    assert type(model.get_input_embeddings()) is torch.nn.Embedding
    model.save_pretrained(tmp_path / "m")
    again = type(model).from_pretrained(tmp_path / "m")
    assert all(torch.equal(p, after[n]) for n, p in again.named_parameters())


@pytest.mark.parametrize(("name", "tied"), [("llama", False), ("qwen2", True)])
def test_each_stage_of_eeve_trains_what_it_says(name, tied, tmp_path, tokenizer):
    stages = eeve([3] * (4 if tied else 7), tied=tied, rate=1e-2, body_rate=1e-2)
    expected = {
        "new input": ("new", "none", False),
        "new output": ("none", "new", False),
        "new rows": ("new", "new", False),
        "output": ("none", "all", False),
        "new input and output": ("new", "all", False),
        "embeddings": ("all", "all", False),
        "all": ("all", "all", True),
        "body": ("none", "none", True),
    }
    assert [stage.name for stage in stages] == (
        ["new rows", "embeddings", "all", "body"]
        if tied
        else ["new input", "new output", "new rows", "output", "new input and output", "all", "body"]
    )
    for stage in stages:
        model, before, after = trained(name, stage, tmp_path / stage.name.replace(" ", "-"), tokenizer)
        inputs, outputs, _ = vocabulary(model)
        of_input, of_output, body = expected[stage.name]
        for names, which in ((inputs, of_input), (outputs, of_output)):
            for key in names:
                moved = rows_that_moved(before[key], after[key])
                assert moved <= {"none": set(), "new": set(NEW.tolist()), "all": set(range(tiny.ROWS))}[which], stage
                assert bool(moved) == (which != "none"), (stage, key)
        for key in before.keys() - inputs - outputs:
            assert torch.equal(before[key], after[key]) != body, (stage, key)


def test_stages_that_a_model_cannot_have_are_refused(tmp_path, tokenizer):
    with pytest.raises(TrainingError, match="they are one matrix in this model"):
        trained("qwen2", Stage("new input", 1, 1e-3, "new", "none", False), tmp_path / "a", tokenizer)
    with (
        pytest.raises(TrainingError, match="trains new rows, and there are none"),
        learning(tiny.model("llama"), new_rows_only(1), np.zeros(0, np.int64)),
    ):
        pass
    with pytest.raises(TrainingError, match="steps of 7 stages: EEVE has 4 for a tied model"):
        eeve([1] * 7, tied=True)
    assert [stage.name for stage in eeve([0, 0, 5, 0, 0, 2, 0], tied=False)] == ["new rows", "all"]


def test_a_stage_of_new_rows_goes_on_where_it_was(tmp_path, tokenizer):
    data = np.random.default_rng(0).integers(4, 90, (40, 12)).astype(np.int32)

    def run(folder, stop_after=None):
        model, calls = tiny.model("llama"), []
        forward = model.forward

        def stopping(*args, **kwargs):
            calls.append(1)
            if stop_after is not None and len(calls) > stop_after:
                raise KeyboardInterrupt
            return forward(*args, **kwargs)

        model.forward = stopping
        train.run_stage(
            model, tokenizer, data, new_rows_only(6, rate=1e-2), Objective.CAUSAL, folder, new_rows=NEW, save_every=2, **OPTIONS
        )
        return model

    whole = run(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", stop_after=5)
    resumed = run(tmp_path / "cut")
    for one, two in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-6)
    with pytest.raises(TrainingError, match="is of another stage"):
        train.run_stage(
            tiny.model("llama"), tokenizer, data, Stage("all", 9, 1e-2), Objective.CAUSAL, tmp_path / "cut", **OPTIONS
        )


def test_the_generation_config_is_left_alone(tmp_path, tokenizer):
    model = tiny.model("llama")
    model.generation_config.eos_token_id = [7, 9]
    data = np.random.default_rng(0).integers(4, 90, (8, 12)).astype(np.int32)
    train.run_stage(model, tokenizer, data, Stage("all", 1, 1e-3), Objective.CAUSAL, tmp_path / "s", **OPTIONS)
    assert model.generation_config.eos_token_id == [7, 9]


@pytest.mark.parametrize("name", ["llama", "qwen2"])
def test_old_rows_keep_their_bits_under_fsdp(name, tmp_path):
    """Two processes over gloo, every matrix sharded by rows."""
    script = Path(__file__).with_name("fsdp_new_rows.py")
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--standalone", str(script), name],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "old rows equal, new rows moved" in done.stdout
