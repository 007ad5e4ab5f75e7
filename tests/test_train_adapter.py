"""LoRA on the body and the transfer beside it: what learns, and that source + transfer + adapter is the trained model."""

import copy
import json

import numpy as np
import pytest
import tiny
import torch
from polyvocab import surgery, train
from polyvocab.errors import TrainingError
from polyvocab.recipe import Csr, Fill, Given, Origin, RowRecipe
from polyvocab.transfer import SourceTokenizer, TokenizerTransfer

NEW = [5, 9, 10, 11]
MODELS = ["llama", "qwen2", "bert", "gpt2"]  # untied, tied, tied with a bias, linear layers that are convolutions
BLOCKS = np.random.default_rng(0).integers(3, 12, (16, 8)).astype(np.int32)


def transfer() -> TokenizerTransfer:
    """Copies but for a mixture, a given row and two fills; ids 0 to 3 keep their tokens."""
    rows, columns = [*(i for i in range(12) if i not in NEW), 5, 5], [*(i for i in range(12) if i not in NEW), 20, 30]
    csr = Csr.from_entries(12, np.array(rows), np.array(columns), np.array([1.0] * 8 + [0.5, 0.5]))
    given = Given.of({9: np.linspace(-1, 1, 16)}, {9: 0.5})
    recipe = RowRecipe(csr, 97, given, {10: Fill("normal", 0, "t10"), 11: Fill("mean", 0, "t11")})
    return TokenizerTransfer(SourceTokenizer.of(tiny.numbered(range(97))), tiny.numbered(range(12)), recipe)


def trained(name, tmp_path, rows="new"):
    """(the source, the adapted model after a few steps)"""
    source = tiny.model(name)
    model = surgery.apply(transfer(), copy.deepcopy(source))
    adapted = train.add_adapter(model, 2)
    stage = train.Stage("all", 4, 1e-2, input=rows, output=rows, body=True, weight_decay=0.1)
    objective = train.Objective.CAUSAL  # of the encoder too: what is learned is of no matter here
    options = {"new_rows": np.array(NEW), "batch_size": 4, "progress": False}
    train.run_stage(model, None, BLOCKS, stage, objective, tmp_path / "checkpoints", **options)
    return source, adapted


def test_an_adapter_changes_nothing_at_first():
    model = tiny.model("llama")
    before = tiny.logits(model, NEW)
    assert torch.equal(tiny.logits(train.add_adapter(model, 2), NEW), before)


def test_a_body_that_is_named_after_lora_learns_whole():
    model = tiny.model("llama")
    model.model.lora_scale = torch.nn.Parameter(torch.ones(1))  # as Zamba 2 has some
    with train.learning(model, train.Stage("all", 1, 1e-3)):
        assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("rows", ["new", "all"])
@pytest.mark.parametrize("name", MODELS)
def test_source_with_transfer_and_adapter_is_the_trained_model(name, rows, tmp_path):
    source, adapted = trained(name, tmp_path, rows)
    inner = adapted.base_model.model
    train.save_adapter(adapted, transfer(), tmp_path / "adapter", rows=np.array(NEW) if rows == "new" else None)
    expected = tiny.logits(adapted.eval(), NEW)
    again = train.load_adapter(copy.deepcopy(source), tmp_path / "adapter").eval()
    assert torch.equal(tiny.logits(again, NEW), expected)
    assert not torch.equal(expected, tiny.logits(surgery.apply(transfer(), copy.deepcopy(source)), NEW))
    start = surgery.apply(transfer(), source)
    vocabulary = {key for claim in surgery.plan(start).claims for key in claim.names}
    stored = {key.replace("base_layer.", ""): tensor for key, tensor in inner.state_dict().items()}
    for key, tensor in start.state_dict().items():
        assert key in vocabulary or torch.equal(stored[key], tensor), key
    moved = [
        set((getattr(inner, which)().weight != getattr(start, which)().weight).any(1).nonzero().flatten().tolist())
        for which in ("get_input_embeddings", "get_output_embeddings")
    ]
    assert moved[1] == set(NEW if rows == "new" else range(12)) and moved[0] <= moved[1]
    torch.testing.assert_close(tiny.logits(adapted.merge_and_unload(), NEW), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_learned_rows_are_given_and_the_rest_is_as_it_was(name):
    before = transfer()
    model = surgery.apply(before, tiny.model(name))
    with torch.no_grad():
        model.get_input_embeddings().weight[[6, 9]] += 1.0
        model.get_output_embeddings().weight[[7]] -= 1.0
        if getattr(model.get_output_embeddings(), "bias", None) is not None:
            model.get_output_embeddings().bias[6] = 4.0
    after = train.with_learned_rows(before, model, np.array([6, 7, 9]))
    assert after.input.origins[[6, 7, 9]].tolist() == [Origin.GIVEN] * 3
    others = [i for i in range(12) if i not in (6, 7, 9)]
    assert np.array_equal(after.input.origins[others], before.input.origins[others])
    assert after.provenance[-1] == {"method": "learned", "rows": 3}
    again = surgery.apply(after, tiny.model(name))
    for (key, one), (_, two) in zip(model.state_dict().items(), again.state_dict().items(), strict=True):
        assert torch.equal(one, two), key


def test_what_is_saved_is_small_and_is_read_back(tmp_path):
    _, adapted = trained("llama", tmp_path)
    train.save_adapter(adapted, transfer(), tmp_path / "adapter", rows=np.array(NEW))
    assert {path.name for path in (tmp_path / "adapter").iterdir()} == {
        *("adapter_config.json", "adapter_model.safetensors", "transfer"),
    }
    assert json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())["r"] == 2
    learned = TokenizerTransfer.from_pretrained(tmp_path / "adapter" / "transfer")
    assert learned.input.given.index.tolist() == NEW


def test_what_cannot_be_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="rank 0"):
        train.add_adapter(tiny.model("llama"), 0)
    with pytest.raises(TrainingError, match="adapter_config.json"):
        train.load_adapter(tiny.model("llama"), tmp_path)
    with pytest.raises(TrainingError, match="97 tokens"):
        identity = TokenizerTransfer.identity(tiny.numbered(range(97)))
        train.with_learned_rows(identity, surgery.apply(transfer(), tiny.model("llama")))
