"""A vocabulary that is small only while a model is trained: what was trained is kept, the rest is as it was."""

import copy

import numpy as np
import pytest
import tiny
import torch
from polyvocab import surgery
from polyvocab.errors import SurgeryError
from polyvocab.recipe import Csr, RowRecipe
from polyvocab.transfer import UNTIE, SourceTokenizer, TokenizerTransfer

TOKENS = 97  # of 100 rows: three rows are padding
KEPT = [0, 1, 2, 3, *range(11, 60, 2)]
LOST = sorted(set(range(tiny.ROWS)) - set(KEPT))
IDS = torch.tensor([[0, 4, 9, 20, 7, 2], [0, 5, 12, 28, 6, 2]])  # new ids
OLD = torch.tensor(KEPT)[IDS]


def trim(kept=KEPT, recipe=None, **settings) -> TokenizerTransfer:
    source = SourceTokenizer.of(tiny.numbered(range(TOKENS)))
    return TokenizerTransfer(source, tiny.numbered(kept), recipe or RowRecipe.select(kept, TOKENS), **settings)


def loss_of(model, ids, columns=None):
    """Cross entropy over the given columns of the logits; what a classifier says is squared."""
    extra = {"decoder_input_ids": ids} if model.config.is_encoder_decoder else {}
    logits = model(input_ids=ids, **extra).logits.float()
    if logits.shape[-1] < len(KEPT):
        return logits.pow(2).sum()
    logits = logits if columns is None else logits[..., columns]
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), IDS.flatten())


def train(model, ids=IDS, columns=None, steps=2):
    """Steps with a large rate and weight decay: every row changes that can."""
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.05, weight_decay=0.1)
    for _ in range(steps):
        loss_of(model, ids, columns).backward()
        optimizer.step()
        optimizer.zero_grad()


def settings_of(model):
    """Everything outside tensors that a change of vocabulary touches."""
    numbers = {
        (path, name): value
        for path, module in model.named_modules()
        for name, value in vars(module).items()
        if value is None or isinstance(value, int)
    }
    configs = [copy.deepcopy(m.config.to_dict()) for m in model.modules() if hasattr(m, "config")]
    return numbers, configs, copy.deepcopy(getattr(model, "generation_config", None))


@pytest.mark.parametrize("name", tiny.ARCHITECTURES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_trained_rows_come_back_and_all_others_stay_bit_for_bit(name, dtype):
    model = tiny.model(name).to(dtype)
    old = {key: value.clone() for key, value in model.state_dict().items()}
    parameters, settings = list(model.named_parameters(remove_duplicate=False)), settings_of(model)
    claims = surgery.plan(model).claims
    with surgery.trimmed_for_training(trim(), model, pad_to_multiple_of=8) as small:
        assert small is model and model.config.vocab_size == 32
        train(model)
        inside = {key: value.clone() for key, value in model.state_dict().items()}
        with torch.no_grad():
            loss = loss_of(model, IDS, slice(len(KEPT)))
    new = model.state_dict()
    assert settings_of(model)[:2] == settings[:2]
    assert settings_of(model)[2] == settings[2]
    after = list(model.named_parameters(remove_duplicate=False))
    assert all(one[0] == two[0] and one[1] is two[1] for one, two in zip(after, parameters, strict=True))
    assert all(p.grad is None for p in model.parameters())
    trained = 0
    for claim in claims:
        for key in claim.names:
            whole, small, before = (t.movedim(claim.axis, 0) for t in (new[key], inside[key], old[key]))
            assert torch.equal(whole[KEPT], small[: len(KEPT)]), key
            assert torch.equal(whole[LOST], before[LOST]), key
            trained += int((whole[KEPT] != before[KEPT]).any())
    assert trained > 0
    claimed = {key for claim in claims for key in claim.names}
    assert all(torch.equal(new[key], inside[key]) for key in set(new) - claimed)
    with torch.no_grad():
        torch.testing.assert_close(loss_of(model, OLD, KEPT), loss, rtol=1e-2 if dtype == torch.bfloat16 else 1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["llama", "gpt2", "bart", "bert"])
def test_training_is_that_of_the_whole_model_over_the_kept_logits(name):
    whole, model = tiny.model(name), tiny.model(name)
    optimizer = torch.optim.SGD(whole.parameters(), lr=0.5)
    loss_of(whole, OLD, KEPT).backward()
    optimizer.step()
    with surgery.trimmed_for_training(trim(), model):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        loss_of(model, IDS).backward()
        optimizer.step()
    for key, value in whole.state_dict().items():
        torch.testing.assert_close(model.state_dict()[key], value, rtol=1e-5, atol=1e-6, msg=key)


def test_the_row_of_the_padding_token_is_not_trained_and_keeps_its_place():
    model = tiny.model("bert", pad_token_id=3)  # KEPT[3] is 3; with another set it moves
    kept = [3, 0, 1, 2, *KEPT[4:]]
    before = model.bert.embeddings.word_embeddings.weight.detach().clone()
    with surgery.trimmed_for_training(trim(kept), model):
        embedding = model.bert.embeddings.word_embeddings
        assert embedding.padding_idx == model.config.pad_token_id == 0
        embedding(torch.tensor([0, 1])).sum().backward()
        assert not embedding.weight.grad[0].any() and embedding.weight.grad[1].all()
        train(model)
    embedding = model.bert.embeddings.word_embeddings
    assert embedding.padding_idx == model.config.pad_token_id == 3
    assert torch.equal(embedding.weight[LOST], before[LOST])


def test_after_an_error_the_model_is_whole_and_has_what_was_trained():
    model = tiny.model("gpt2")
    before = model.transformer.wte.weight.detach().clone()
    with pytest.raises(RuntimeError, match="out of data"), surgery.trimmed_for_training(trim(), model):
        train(model)
        inside = model.transformer.wte.weight.detach().clone()
        raise RuntimeError("out of data")
    weight = model.transformer.wte.weight
    assert model.lm_head.weight is weight and model.config.vocab_size == tiny.ROWS
    assert torch.equal(weight[KEPT], inside) and torch.equal(weight[LOST], before[LOST])
    assert not torch.equal(weight, before)


@pytest.mark.parametrize("offload", [False, True])
def test_frozen_rows_and_another_dtype_are_taken_over(offload):
    model = tiny.model("llama")
    before = {key: value.clone() for key, value in model.state_dict().items()}
    model.model.embed_tokens.weight.grad = torch.ones(tiny.ROWS, 16)
    with surgery.trimmed_for_training(trim(), model, offload=offload):
        model.double()
        model.model.embed_tokens.requires_grad_(False)
        train(model)
    assert {p.dtype for p in model.parameters()} == {torch.float64}
    assert not model.model.embed_tokens.weight.requires_grad and model.lm_head.weight.requires_grad
    assert model.model.embed_tokens.weight.grad is None
    assert torch.equal(model.model.embed_tokens.weight, before["model.embed_tokens.weight"].double())
    assert torch.equal(model.lm_head.weight[LOST], before["lm_head.weight"].double()[LOST])


def test_a_trim_within_a_trim():
    model = tiny.model("qwen2")
    before = {key: value.clone() for key, value in model.state_dict().items()}
    inner = TokenizerTransfer(
        SourceTokenizer.of(tiny.numbered(KEPT)), tiny.numbered(KEPT[:6]), RowRecipe.select(range(6), len(KEPT))
    )
    with surgery.trimmed_for_training(trim(), model), surgery.trimmed_for_training(inner, model):
        assert model.config.vocab_size == 6
        with torch.no_grad():
            model.model.embed_tokens.weight.fill_(7.0)
    rows = model.lm_head.weight
    assert model.config.vocab_size == tiny.ROWS and rows is model.model.embed_tokens.weight
    assert (rows[KEPT[:6]] == 7.0).all()
    others = sorted(set(range(tiny.ROWS)) - set(KEPT[:6]))
    assert torch.equal(rows[others], before["lm_head.weight"][others])


@pytest.mark.parametrize(
    "replace",
    [
        lambda model: model.resize_token_embeddings(40),
        lambda model: setattr(model.lm_head, "weight", torch.nn.Parameter(model.lm_head.weight.detach().clone())),
        lambda model: setattr(model.transformer, "wte", torch.nn.Embedding(len(KEPT), 16)),
    ],
)
def test_matrices_that_were_replaced_inside_are_refused_and_the_whole_ones_are_back(replace):
    model = tiny.model("gpt2")
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with (
        pytest.raises(SurgeryError, match="is no longer the matrix of 29 rows"),
        surgery.trimmed_for_training(trim(), model, offload=True),
    ):
        with torch.no_grad():
            model.transformer.wte.weight.fill_(7.0)
        replace(model)
    assert torch.equal(model.lm_head.weight, before["lm_head.weight"])
    assert model.config.vocab_size == tiny.ROWS


def test_only_trims_can_be_put_back():
    rows, columns, weights = [0, 1, 2, 3, 4, 4], [0, 1, 2, 3, 8, 9], [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]
    mixed = Csr.from_entries(5, np.array(rows), np.array(columns), np.array(weights))
    cases = (
        (trim(range(5), RowRecipe(mixed, TOKENS)), "the row of 't4' is combined, no copy"),
        (trim(range(5), RowRecipe.select([0, 1, 2, 3, 3], TOKENS)), "the row of 't4' is a second copy"),
        (trim(tying=UNTIE), "tying is 'untie'"),
    )
    for transfer, message in cases:
        model = tiny.model("gpt2")
        with pytest.raises(SurgeryError, match=message), surgery.trimmed_for_training(transfer, model):
            pass
        assert model.config.vocab_size == tiny.ROWS
