"""The surgery in memory and on disk: the same as by hand, on real architectures built small."""

import numpy as np
import pytest
import tiny
import torch
from polyvocab import surgery
from polyvocab.errors import SurgeryError
from polyvocab.recipe import Csr, Fill, Given, RowRecipe
from polyvocab.transfer import KEEP, UNTIE, SourceTokenizer, TokenizerTransfer, Tying
from reference import recipe as reference

TOKENS = 97  # of 100 rows: three rows are padding
KEEP_IDS = [0, 1, 2, 3, *range(10, 60)]
IDS = [0, 5, 6, 7, 30, 2]  # new ids
OLD = [KEEP_IDS[i] for i in IDS]


def selection(tying=KEEP) -> TokenizerTransfer:
    return TokenizerTransfer(
        SourceTokenizer.of(tiny.numbered(range(TOKENS))),
        tiny.numbered(KEEP_IDS),
        RowRecipe.select(KEEP_IDS, TOKENS),
        tying=tying,
    )


def save(model, path):
    model.save_pretrained(path)
    tiny.numbered(range(TOKENS)).write(path)
    return path


@pytest.mark.parametrize("name", tiny.ARCHITECTURES)
def test_kept_tokens_give_equal_logits_in_memory_and_from_disk(name, tmp_path):
    model = tiny.model(name)
    before = tiny.logits(model, OLD)
    # Qwen's own tokenizer class adds <|endoftext|> to every tokenizer: its checkpoint carries no tokenizer here.
    if name != "qwen2":
        surgery.apply_to_checkpoint(selection(), save(model, tmp_path / "a"), tmp_path / "b", pad_to_multiple_of=8)
        from_disk = type(model).from_pretrained(tmp_path / "b").eval()
    surgery.apply(selection(), model, pad_to_multiple_of=8)
    after = tiny.logits(model, IDS)
    if before.shape[-1] == tiny.ROWS:  # a language-modelling head
        assert after.shape[-1] == 56
        before, after = before[:, KEEP_IDS], after[:, : len(KEEP_IDS)]
    # The head's matrix product has another width: a BLAS may sum it in another order.
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-6)
    if name != "qwen2":
        assert from_disk.config.vocab_size == model.config.vocab_size == 56
        for (key, one), (_, two) in zip(model.state_dict().items(), from_disk.state_dict().items(), strict=True):
            assert torch.equal(one, two), key


def mixed_transfer(with_bias: bool) -> tuple[TokenizerTransfer, RowRecipe]:
    """Copies, a combination, a given row with its own bias, and fills; ids 0 to 3 keep their tokens."""
    rows, columns = [0, 1, 2, 3, 4, 4, 4], [0, 1, 2, 3, 10, 20, 30]
    weights = [1.0, 1.0, 1.0, 1.0, 0.5, 0.25, 0.25]
    dim = 16
    given = Given.of({5: np.linspace(-1, 1, dim)}, {5: 0.75} if with_bias else None)
    fills = {6: Fill("normal", 1, "t6"), 7: Fill("mean", 0, "t7"), 8: Fill("zero", 0, "t8")}
    csr = Csr.from_entries(9, np.array(rows), np.array(columns), np.array(weights))
    recipe = RowRecipe(csr, TOKENS, given, fills)
    source = SourceTokenizer.of(tiny.numbered(range(TOKENS)))
    return TokenizerTransfer(source, tiny.numbered(range(9)), recipe), recipe


@pytest.mark.parametrize("name", ["xlm-r", "bert", "bart", "llama", "gpt2", "modernbert"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_all_origins_equal_the_surgery_by_hand(name, dtype, tmp_path):
    model = tiny.model(name).to(dtype)
    transfer, recipe = mixed_transfer(with_bias=True)
    old = {k: v.detach().clone().float() for k, v in model.state_dict(keep_vars=True).items()}
    claims = surgery.plan(model).claims
    surgery.apply_to_checkpoint(transfer, save(model, tmp_path / "a"), tmp_path / "b")
    surgery.apply(transfer, model)
    from_disk = type(model).from_pretrained(tmp_path / "b", dtype=dtype)
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    for claim in claims:
        rows = old[claim.name].numpy()
        if claim.role is surgery.Role.BIAS:
            expected = reference.apply_bias(recipe, rows.reshape(-1))
        else:
            expected = reference.apply(recipe, rows)
        for made in (model, from_disk):
            for alias in claim.names:
                tensor = made.state_dict()[alias]
                assert tensor.dtype == dtype
                got = tensor.float().numpy().reshape(expected.shape)
                np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance, err_msg=alias)


def test_the_bias_of_a_given_row_is_the_mean_unless_it_brings_its_own():
    for with_bias in (True, False):
        model = tiny.model("xlm-r")
        mean = model.lm_head.bias[:TOKENS].mean().item()
        surgery.apply(mixed_transfer(with_bias)[0], model)
        bias = model.lm_head.bias.detach()
        assert bias[5].item() == pytest.approx(0.75 if with_bias else mean, abs=1e-6)
        assert bias[6].item() == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize("name", ["gpt2", "qwen2", "bert", "xlm-r", "bart"])
def test_law_3_untie_keeps_the_logits_and_the_flag_agrees_after_reloading(name, tmp_path):
    model = tiny.model(name)
    before = tiny.logits(model, OLD)[:, KEEP_IDS]
    source = save(model, tmp_path / "a")
    if name != "qwen2":
        surgery.apply_to_checkpoint(selection(UNTIE), source, tmp_path / "b")
    surgery.apply(selection(UNTIE), model)
    model.save_pretrained(tmp_path / "c")
    paths = [tmp_path / "c"] + ([tmp_path / "b"] if name != "qwen2" else [])
    for made in [model, *(type(model).from_pretrained(path).eval() for path in paths)]:
        torch.testing.assert_close(tiny.logits(made, IDS), before, rtol=1e-5, atol=1e-6)
        assert made.config.tie_word_embeddings is False
        assert made.get_input_embeddings().weight is not made.get_output_embeddings().weight
        assert not surgery.plan(made).tied


def test_law_3_untied_matrices_take_two_recipes(tmp_path):
    model = tiny.model("gpt2")
    matrix = model.transformer.wte.weight.detach().clone()
    other = [0, 1, 2, 3, *range(40, 90)]
    transfer = TokenizerTransfer(
        SourceTokenizer.of(tiny.numbered(range(TOKENS))),
        tiny.numbered(KEEP_IDS),
        RowRecipe.select(KEEP_IDS, TOKENS),
        RowRecipe.select(other, TOKENS),
        UNTIE,
    )
    surgery.apply_to_checkpoint(transfer, save(model, tmp_path / "a"), tmp_path / "b")
    surgery.apply(transfer, model)
    for made in (model, type(model).from_pretrained(tmp_path / "b")):
        assert torch.equal(made.transformer.wte.weight, matrix[KEEP_IDS])
        assert torch.equal(made.lm_head.weight, matrix[other])


def test_law_3_a_tied_model_refuses_two_recipes():
    transfer = TokenizerTransfer(
        SourceTokenizer.of(tiny.numbered(range(TOKENS))),
        tiny.numbered(range(4)),
        RowRecipe.select([0, 1, 2, 3], TOKENS),
        RowRecipe.select([3, 2, 1, 0], TOKENS),
    )
    with pytest.raises(SurgeryError, match="ties its matrices, the transfer has two recipes"):
        surgery.apply(transfer, tiny.model("gpt2"))


def test_law_3_join_mixes_the_matrices(tmp_path):
    model = tiny.model("llama")
    one, two = (m.weight.detach().clone() for m in (model.model.embed_tokens, model.lm_head))
    source = save(model, tmp_path / "a")
    transfer = selection(Tying.join(0.75, 0.25))
    surgery.apply_to_checkpoint(transfer, source, tmp_path / "b")
    surgery.apply(transfer, model)
    expected = (0.75 * one + 0.25 * two)[KEEP_IDS]
    for made in (model, type(model).from_pretrained(tmp_path / "b")):
        assert made.config.tie_word_embeddings is True
        assert made.lm_head.weight is made.model.embed_tokens.weight
        torch.testing.assert_close(made.lm_head.weight.detach(), expected)


def test_law_3_an_architecture_that_always_ties_refuses_to_untie():
    with pytest.raises(SurgeryError, match="always sets tie_word_embeddings to True"):
        surgery.apply(selection(UNTIE), tiny.model("t5"))
    with pytest.raises(SurgeryError, match="is untied already"):
        surgery.apply(selection(UNTIE), tiny.model("llama"))


def test_law_3_untying_folds_in_a_scale_that_only_tied_heads_have():
    model = tiny.model_with_a_scale()
    before = tiny.logits(model, OLD)[:, KEEP_IDS]
    surgery.apply(selection(UNTIE), model)
    torch.testing.assert_close(tiny.logits(model, IDS), before, rtol=1e-4, atol=1e-5)


def test_law_4_the_three_numbers():
    model = tiny.model("llama")
    surgery.apply(selection(), model, pad_to_multiple_of=32)
    assert model.config.vocab_size == model.model.embed_tokens.num_embeddings == model.lm_head.out_features == 64
    assert model.vocab_size == 64
    surgery.apply(TokenizerTransfer.identity(tiny.numbered(KEEP_IDS)), model, pad_to=80)
    assert model.config.vocab_size == 80
    with pytest.raises(SurgeryError, match="pad_to is 10: 54 tokens need 54 rows"):
        surgery.apply(TokenizerTransfer.identity(tiny.numbered(KEEP_IDS)), model, pad_to=10)


def test_law_4_a_token_in_an_old_padding_row_is_a_new_row():
    model = tiny.model("llama")
    with torch.no_grad():
        model.model.embed_tokens.weight[TOKENS:] = 99.0
    longer = tiny.numbered(range(TOKENS + 2))
    csr = Csr(np.minimum(np.arange(TOKENS + 3), TOKENS), np.arange(TOKENS), np.ones(TOKENS))
    recipe = RowRecipe(csr, TOKENS, None, {TOKENS: Fill("mean", 0, "a"), TOKENS + 1: Fill("zero", 0, "b")})
    mean = torch.from_numpy(reference.trained(model.model.embed_tokens.weight[:TOKENS].detach().numpy()).mean(0))
    surgery.apply(TokenizerTransfer(SourceTokenizer.of(tiny.numbered(range(TOKENS))), longer, recipe), model)
    rows = model.model.embed_tokens.weight
    torch.testing.assert_close(rows[TOKENS], mean, rtol=1e-5, atol=1e-6)
    assert not rows[TOKENS + 1].any()


def test_law_7_matrices_that_a_recipe_was_not_derived_from_are_refused(tmp_path):
    from polyvocab.surgery.tensors import rows_hash

    model, other = tiny.model("llama"), tiny.model("llama", seed=1)
    derived = {"input": rows_hash(TOKENS, model.model.embed_tokens.weight)}
    base = selection()
    transfer = TokenizerTransfer(base.source, base.target, base.input, derived_from=derived)
    save(model, tmp_path / "a"), save(other, tmp_path / "other")
    surgery.apply_to_checkpoint(transfer, tmp_path / "a", tmp_path / "b")
    surgery.apply(transfer, model)
    for refused in (
        lambda: surgery.apply(transfer, other),
        lambda: surgery.apply_to_checkpoint(transfer, tmp_path / "other", tmp_path / "c"),
    ):
        with pytest.raises(SurgeryError, match="embed_tokens.weight is not the matrix"):
            refused()
    assert not (tmp_path / "c").exists()


def test_an_error_leaves_the_model_as_it_was():
    model = tiny.model("llama", eos_token_id=5)  # token 5 is not kept, and is no role of the target
    before = {k: v.clone() for k, v in model.state_dict().items()}
    base = selection()
    lost = TokenizerTransfer(base.source, tiny.numbered(KEEP_IDS, {"unk_token": "t3"}), base.input)
    with pytest.raises(SurgeryError, match="eos_token_id is 5, a token that the target vocabulary does not have"):
        surgery.apply(lost, model)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items()) and model.config.vocab_size == tiny.ROWS


def test_a_transfer_that_is_too_large_is_refused():
    with pytest.raises(SurgeryError, match="starts from 200 tokens, LlamaForCausalLM has 100 rows"):
        surgery.apply(TokenizerTransfer.identity(tiny.numbered(range(200))), tiny.model("llama"))


def test_law_3_join_of_an_encoder_decoder_does_not_drop_a_table():
    with pytest.raises(SurgeryError, match="joining would drop model.decoder.embed_tokens.weight"):
        surgery.apply(selection(Tying.join(0.5, 0.5)), tiny.model("bart", tie_word_embeddings=False))


def test_configurations_that_parts_of_a_model_copied_follow():
    model = tiny.model("t5")
    surgery.apply(selection(), model)
    assert {m.config.vocab_size for m in (model, model.encoder, model.decoder)} == {54}


def test_a_joined_row_is_rounded_once():
    model = tiny.model("llama").to(torch.bfloat16)
    one, two = (m.weight.detach().float() for m in (model.model.embed_tokens, model.lm_head))
    surgery.apply(selection(Tying.join(0.3, 0.7)), model)
    expected = (0.3 * one + 0.7 * two)[KEEP_IDS].to(torch.bfloat16)
    assert torch.equal(model.lm_head.weight.detach(), expected)
