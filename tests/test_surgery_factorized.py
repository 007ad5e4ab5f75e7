"""The factorized variant: a transfer on coordinates is one on rows, and what is saved loads and multiplies out again."""

import copy

import numpy as np
import pytest
import tiny
import torch
from polyvocab import surgery, train
from polyvocab.errors import FormatError, SurgeryError
from polyvocab.matrices import factors
from polyvocab.recipe import Csr, Fill, RowRecipe
from polyvocab.transfer import SourceTokenizer, TokenizerTransfer

PLAIN = ["llama", "qwen2", "bert", "xlm-r", "gpt2", "t5"]  # tied and not, with and without a bias, one table under three names
IDS = [0, 5, 6, 7, 2]


def transfer(fills: bool = False) -> TokenizerTransfer:
    """Copies of the first ten tokens, two mixtures and, if asked, a drawn row."""
    rows, columns = [*range(10), 10, 10, 11, 11, 11], [*range(10), 20, 30, 40, 41, 42]
    weights = [1.0] * 10 + [0.25, 0.75, 0.5, 0.25, 0.25]
    csr = Csr.from_entries(12 + fills, np.array(rows), np.array(columns), np.array(weights))
    recipe = RowRecipe(csr, 97, fills={12: Fill("normal", 3, "t90")} if fills else {})
    return TokenizerTransfer(SourceTokenizer.of(tiny.numbered(range(97))), tiny.numbered([*range(12), *[90] * fills]), recipe)


@pytest.mark.parametrize("name", PLAIN)
def test_at_full_rank_the_model_computes_the_same(name):
    model = tiny.model(name)
    before = tiny.logits(model, IDS)
    surgery.factorize(model, 16)
    torch.testing.assert_close(tiny.logits(model, IDS), before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", PLAIN)
def test_below_the_width_rows_are_the_nearest_of_that_rank(name):
    model = tiny.model(name)
    rows = model.get_input_embeddings().weight.detach().double().numpy()
    surgery.unfactorize(surgery.factorize(model, 5))
    found = model.get_input_embeddings().weight.detach().numpy()
    left, values, right = np.linalg.svd(rows, full_matrices=False)
    np.testing.assert_allclose(found, (left[:, :5] * values[:5]) @ right[:5], atol=1e-6)


@pytest.mark.parametrize("name", PLAIN)
def test_a_transfer_on_coordinates_is_a_transfer_on_rows(name):
    model = tiny.model(name)
    surgery.factorize(model, 5)
    rows = surgery.unfactorize(copy.deepcopy(model))
    surgery.apply(transfer(), rows)
    surgery.apply(transfer(), model)
    assert model.get_input_embeddings().weight.shape == (12, 5)
    ids = [0, 5, 10, 11, 2]
    torch.testing.assert_close(tiny.logits(model, ids), tiny.logits(rows, ids), rtol=1e-4, atol=1e-5)


def test_new_coordinates_are_drawn_like_the_others():
    model = surgery.factorize(tiny.model("llama"), 5)
    source = model.get_input_embeddings().weight.detach()[:97].numpy().astype(np.float64)
    surgery.apply(transfer(fills=True), model)
    drawn = model.get_input_embeddings().weight.detach()[12].numpy()
    standard = (drawn - source.mean(0)) / source.std(0)
    assert len(drawn) == 5 and 0 < np.abs(standard).max() < 5


@pytest.mark.parametrize("name", PLAIN)
def test_tied_matrices_stay_one_and_the_bias_stays(name):
    model = tiny.model(name)
    found = surgery.plan(model)
    bias = copy.deepcopy(getattr(model.get_output_embeddings(), "bias", None))
    surgery.factorize(model, 5)
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    assert (head.weight is embedding.weight) == (head.directions is embedding.directions) == found.tied
    surgery.unfactorize(model)
    assert (model.get_output_embeddings().weight is model.get_input_embeddings().weight) == found.tied
    assert bias is None or torch.equal(model.get_output_embeddings().bias, bias)


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_saved_loads_and_multiplies_out_to_a_stock_checkpoint(name, tmp_path):
    model = surgery.apply(transfer(), surgery.factorize(tiny.model(name), 5))
    expected = tiny.logits(model, IDS)
    surgery.save_factorized(model, tmp_path / "factorized", transfer().target)
    again = surgery.load_factorized(tmp_path / "factorized")
    assert torch.equal(tiny.logits(again, IDS), expected)
    surgery.unfactorize(again).save_pretrained(tmp_path / "stock")
    stock = type(model).from_pretrained(tmp_path / "stock").eval()
    torch.testing.assert_close(tiny.logits(stock, IDS), expected, rtol=1e-4, atol=1e-5)
    assert (tmp_path / "factorized" / "tokenizer.json").is_file()


@pytest.mark.parametrize("rows", ["new", "all"])
def test_stages_train_coordinates(rows, tmp_path):
    model = surgery.factorize(tiny.model("llama"), 5)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    stage = train.Stage("rows", 3, 1e-2, input=rows, output=rows, body=False, weight_decay=0.1)
    data = np.random.default_rng(0).integers(45, 65, (8, 8)).astype(np.int32)
    train.run_stage(
        *(model, None, data, stage, train.Objective.CAUSAL, tmp_path),
        **{"new_rows": np.array([50, 60]), "batch_size": 4, "progress": False},
    )
    for name, tensor in model.state_dict().items():
        changed = (tensor != before[name]).any(-1) if tensor.dim() > 1 else tensor != before[name]
        if name not in ("model.embed_tokens.weight", "lm_head.weight"):
            assert not changed.any(), name
            continue
        assert changed.any(), name
        if rows == "new":
            assert set(changed.nonzero().flatten().tolist()) <= {50, 60}, name


def test_a_factorized_model_is_not_saved_as_a_stock_one(tmp_path):
    model = surgery.factorize(tiny.model("llama"), 5)
    with pytest.raises(SurgeryError, match="save_factorized"):
        model.save_pretrained(tmp_path / "x")
    with pytest.raises(SurgeryError, match="already"):
        surgery.factorize(model, 5)
    surgery.unfactorize(model).save_pretrained(tmp_path / "x")
    with pytest.raises(SurgeryError, match="not factorized"):
        surgery.unfactorize(model)
    with pytest.raises(SurgeryError, match="save_pretrained"):
        surgery.save_factorized(model, tmp_path / "y")


@pytest.mark.parametrize("rank", [0, 17])
def test_the_rank_is_between_one_and_the_width(rank):
    with pytest.raises(SurgeryError, match="between 1 and 16"):
        surgery.factorize(tiny.model("llama"), rank)


def test_an_embedding_that_scales_is_refused_and_left_whole():
    model = tiny.model("gemma3n")
    before = tiny.logits(model, IDS)
    with pytest.raises(SurgeryError, match="does more than"):
        surgery.factorize(model, 4)
    assert torch.equal(tiny.logits(model, IDS), before)


def test_broken_folders_are_refused_by_name(tmp_path):
    folder = tmp_path / "factorized"
    surgery.save_factorized(surgery.factorize(tiny.model("bert"), 5), folder)
    with pytest.raises(FormatError, match="factorized.json"):
        surgery.load_factorized(tmp_path)
    for record, message in ((b'{"version": 9, "rank": 5}', "version 9"), (b'{"version": 1, "rank": "x"}', "rank 'x'")):
        (folder / "factorized.json").write_bytes(record)
        with pytest.raises(FormatError, match=message):
            surgery.load_factorized(folder)
    (folder / "factorized.json").write_bytes(b'{"version": 1, "rank": 6}')
    with pytest.raises(FormatError, match="directions is"):
        surgery.load_factorized(folder)
    (folder / "factorized.safetensors").write_bytes(b"\x10")
    (folder / "factorized.json").write_bytes(b'{"version": 1, "rank": 5}')
    with pytest.raises(FormatError, match="cannot be read"):
        surgery.load_factorized(folder)


def test_factors_are_the_same_for_every_block(monkeypatch):
    matrix = np.random.default_rng(1).normal(size=(40, 12)).astype(np.float32)
    whole = factors(matrix, 4)
    monkeypatch.setattr("polyvocab.matrices._BLOCK", 7)
    for one, other in zip(whole, factors(matrix, 4), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
