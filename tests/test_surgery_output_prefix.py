"""A head of fewer tokens than the input: equal to the whole head on the kept tokens, also while generating."""

import copy

import numpy as np
import pytest
import tiny
import torch
from polyvocab import surgery
from polyvocab.errors import SurgeryError

KEPT = [0, 1, 2, 3, *range(11, 90, 2)]
LOST = sorted(set(range(tiny.ROWS)) - set(KEPT))
TEXT = [0, 5, 6, 7, 31, 98, 2]  # read, and mostly not kept
HEADS = [name for name in tiny.ARCHITECTURES if name not in ("sequence head", "token head")]
GENERATORS = [name for name in HEADS if name not in ("xlm-r", "bert", "modernbert")]


def hidden(model, ids):
    row = torch.as_tensor(ids)[None]
    extra = {"decoder_input_ids": row} if model.config.is_encoder_decoder else {}
    with torch.no_grad():
        out = model(input_ids=row, output_hidden_states=True, **extra)
    return out.decoder_hidden_states if model.config.is_encoder_decoder else out.hidden_states


@pytest.mark.parametrize("name", HEADS)
def test_logits_of_kept_tokens_are_those_of_the_whole_head(name):
    model = tiny.model(name)
    before, layers = tiny.logits(model, TEXT), hidden(model, TEXT)
    short = surgery.shorten_head(model, KEPT[::-1])
    assert short.model is model and short.outputs == len(KEPT)
    assert short.old_ids.tolist() == KEPT + LOST
    text = short.to_new(np.array(TEXT))
    for one, two in zip(hidden(model, text), layers, strict=True):
        assert torch.equal(one, two)
    after = tiny.logits(model, text)
    assert after.shape == (len(TEXT), len(KEPT))
    # The head's matrix product has another width: a BLAS may sum it in another order.
    torch.testing.assert_close(after, before[:, KEPT], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rows_and_biases_are_moved_bit_for_bit(name, dtype):
    model = tiny.model(name).to(dtype)
    old = {key: value.clone() for key, value in model.state_dict().items()}
    claims, head = surgery.plan(model).claims, surgery.plan(model).head
    short = surgery.shorten_head(model, KEPT)
    new = model.state_dict()
    for claim in claims:
        for key in claim.names:
            rows = old[key].reshape(-1, tiny.ROWS).T if claim.role is surgery.Role.BIAS else old[key]
            is_output = key in head or claim.role is surgery.Role.BIAS
            expected = rows[short.old_ids[: len(KEPT)] if is_output else short.old_ids]
            assert torch.equal(new[key].reshape(len(expected), -1), expected.reshape(len(expected), -1)), key
    assert set(new) == set(old)
    claimed = {key for claim in claims for key in claim.names}
    assert all(torch.equal(new[key], old[key]) for key in set(old) - claimed)


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("beams", [1, 3])
def test_generating_equals_the_whole_model_that_may_say_only_kept_tokens(name, beams):
    model = tiny.model(name)
    prompt = torch.tensor([TEXT[:-1]])
    settings = {"max_new_tokens": 8, "do_sample": False, "num_beams": beams}
    if beams == 1:  # a penalty looks up the logit of every id of the prompt, also of those that the short head has none for
        settings["repetition_penalty"] = 1.3
    else:  # beams are ranked by probabilities, of the short head among the kept tokens
        settings["renormalize_logits"] = True
    expected = model.generate(prompt, suppress_tokens=LOST, **settings)
    short = surgery.shorten_head(model, KEPT)
    made = model.generate(short.to_new(prompt), **settings)
    assert torch.equal(short.to_old(made), expected)


def test_a_scale_that_only_tied_heads_have_is_folded_in():
    model = tiny.model_with_a_scale()
    before = tiny.logits(model, TEXT)[:, KEPT]
    short = surgery.shorten_head(model, KEPT)
    torch.testing.assert_close(tiny.logits(model, short.to_new(np.array(TEXT))), before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["gpt2", "t5", "bert"])
def test_nothing_ties_the_head_again(name):
    model = tiny.model(name)
    surgery.shorten_head(model, KEPT)
    model.tie_weights()
    assert model.get_output_embeddings().weight.shape[0] == len(KEPT)
    assert model.get_input_embeddings().weight.shape[0] == tiny.ROWS
    assert model.config.tie_word_embeddings is False


@pytest.mark.parametrize("name", ["llama", "gpt2", "bert", "bart"])
def test_the_loss_counts_the_logits_that_are_there(name):
    model = tiny.model(name)
    labels = torch.tensor([[0, 11, 13, 2]])
    short = surgery.shorten_head(model, KEPT)
    ids = short.to_new(labels)
    with torch.no_grad():
        out = model(input_ids=ids, labels=ids)
    expected = out.logits[0, :-1] if name in ("llama", "gpt2") else out.logits[0]
    target = ids[0, 1:] if name in ("llama", "gpt2") else ids[0]
    torch.testing.assert_close(out.loss, torch.nn.functional.cross_entropy(expected, target))


def test_ids_outside_matrices_move_too():
    model = tiny.model("llama", pad_token_id=4, bos_token_id=7)
    model.generation_config.update(
        pad_token_id=4,
        bos_token_id=7,
        eos_token_id=[2, 13],
        suppress_tokens=[5, 11, 6],
        begin_suppress_tokens=[5],
        bad_words_ids=[[11], [6], [13, 15], [11, 6]],
        sequence_bias={(11, 13): 1.0, (11, 5): 2.0},
    )
    new = surgery.shorten_head(model, KEPT).new_ids.tolist()
    assert model.config.pad_token_id == model.generation_config.pad_token_id == new[4] >= len(KEPT)
    assert model.model.embed_tokens.padding_idx == new[4]
    assert model.config.bos_token_id == new[7]
    settings = model.generation_config
    assert settings.eos_token_id == [new[2], new[13]]
    assert settings.suppress_tokens == [new[11]] and settings.begin_suppress_tokens is None
    assert settings.bad_words_ids == [[new[11]], [new[13], new[15]]]
    assert settings.sequence_bias == {(new[11], new[13]): 1.0}
    assert model.config.vocab_size == model.vocab_size == model.lm_head.out_features == len(KEPT)
    assert model.model.embed_tokens.num_embeddings == tiny.ROWS
    text = torch.tensor([[7, 5, 9]])
    out = model.generate(torch.tensor(new)[text], max_new_tokens=4, min_new_tokens=4, do_sample=False)
    assert out.shape == (1, 7) and int(out[:, 3:].max()) < len(KEPT)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"eos_token_id": [2, 5]}, "eos_token_id has the token 5, which is not kept"),
        ({"forced_eos_token_id": 6}, "forced_eos_token_id has the token 6"),
        ({"bad_words_ids": [[5, 11]]}, "bad_words_ids has the token 5"),
        ({"sequence_bias": [[[11, 5, 11], 1.0]]}, "sequence_bias has the token 5"),
    ],
)
def test_settings_that_need_a_lost_token_are_refused_and_nothing_changes(settings, message):
    model = tiny.model("llama")
    model.generation_config.update(**settings)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(SurgeryError, match=message):
        surgery.shorten_head(model, KEPT)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert model.config.vocab_size == tiny.ROWS


def test_what_cannot_be_done_is_refused():
    for kept, message in (
        ([], "not an empty one"),
        ([1.0], "list of token ids"),
        ([0, 100], "the id 100 is none of the 100 rows"),
        ([-1, 0], "the id -1 is none"),
        ([0, 3, 3], "the id 3 is listed twice"),
    ):
        with pytest.raises(SurgeryError, match=message):
            surgery.shorten_head(tiny.model("llama"), kept)
    with pytest.raises(SurgeryError, match="has no output head"):
        surgery.shorten_head(tiny.model("token head"), KEPT)
    with pytest.raises(SurgeryError, match="counts positions from the id of the padding token"):
        surgery.shorten_head(tiny.model("xlm-r"), KEPT[2:])
    short = surgery.shorten_head(tiny.model("llama"), KEPT)
    with pytest.raises(SurgeryError, match="the id -100 is none"):
        short.to_new(torch.tensor([0, -100]))
    with pytest.raises(SurgeryError, match="the id 100 is none"):
        short.to_old(np.array([[100]]))
    assert short.to_new(np.zeros((0, 3), np.int64)).shape == short.to_new(torch.zeros(0, 3)).shape == (0, 3)


def test_a_short_head_is_not_saved_nor_changed_further(tmp_path):
    model = surgery.shorten_head(tiny.model("gpt2"), KEPT).model
    for one in (model, copy.deepcopy(model)):
        with pytest.raises(SurgeryError, match="no stock configuration can say"):
            one.save_pretrained(tmp_path / "a")
        with pytest.raises(SurgeryError, match="no stock configuration can say"):
            one.push_to_hub("nobody/nothing")
    assert not (tmp_path / "a").exists()
    with pytest.raises(SurgeryError, match=r"lm_head.weight: has the shape \[44, 16\], the input matrix 100 rows"):
        surgery.shorten_head(model, [0, 1, 2])
