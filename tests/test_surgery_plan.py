"""Law 4: every tensor with a vocabulary dimension is claimed by its role, or refused by name."""

import pytest
import tiny
import torch
from polyvocab import surgery
from polyvocab.errors import SurgeryError
from polyvocab.surgery import Role

EXPECTED = {
    "xlm-r": {"roberta.embeddings.word_embeddings.weight": Role.TIED, "lm_head.bias": Role.BIAS},
    "bert": {"bert.embeddings.word_embeddings.weight": Role.TIED, "cls.predictions.bias": Role.BIAS},
    "mbart": {"model.shared.weight": Role.TIED, "final_logits_bias": Role.BIAS},
    "bart": {"model.shared.weight": Role.TIED, "final_logits_bias": Role.BIAS},
    "t5": {"shared.weight": Role.TIED},
    "mt5": {"shared.weight": Role.TIED},
    "gpt2": {"transformer.wte.weight": Role.TIED},
    "llama": {"model.embed_tokens.weight": Role.INPUT, "lm_head.weight": Role.OUTPUT},
    "qwen2": {"model.embed_tokens.weight": Role.TIED},
    "gemma": {"model.embed_tokens.weight": Role.TIED},
    "modernbert": {"model.embeddings.tok_embeddings.weight": Role.TIED, "decoder.bias": Role.BIAS},
    "marian": {"model.shared.weight": Role.TIED, "final_logits_bias": Role.BIAS},
    "sequence head": {"roberta.embeddings.word_embeddings.weight": Role.INPUT},
    "token head": {"bert.embeddings.word_embeddings.weight": Role.INPUT},
    "square": {"model.embed_tokens.weight": Role.INPUT, "lm_head.weight": Role.OUTPUT},
    "gemma3n": {"model.embed_tokens.weight": Role.TIED, "model.embed_tokens_per_layer.weight": Role.PER_LAYER},
}


@pytest.mark.parametrize("name", tiny.ARCHITECTURES)
def test_the_plan_names_exactly_the_vocabulary_tensors(name):
    plan = surgery.plan(tiny.model(name))
    assert {claim.name: claim.role for claim in plan.claims} == EXPECTED[name]
    assert plan.rows == tiny.ROWS
    for claim in plan.claims:
        assert claim.name in str(plan) and claim.shape[claim.axis] == tiny.ROWS


def test_shared_tensors_are_claimed_once_with_all_their_names():
    (claim,) = (c for c in surgery.plan(tiny.model("bart")).claims if c.role is Role.TIED)
    assert set(claim.names) == {
        "model.shared.weight",
        "model.encoder.embed_tokens.weight",
        "model.decoder.embed_tokens.weight",
        "lm_head.weight",
    }


def test_a_hidden_size_that_equals_the_vocabulary_is_no_vocabulary_dimension():
    model = tiny.model("square")
    assert sum(tiny.ROWS in p.shape for p in model.parameters()) > 2
    assert len(surgery.plan(model).claims) == 2


def test_a_tensor_that_nobody_claims_is_refused_by_name():
    model = tiny.model("llama")
    model.model.register_buffer("token_frequency", torch.zeros(tiny.ROWS))
    with pytest.raises(SurgeryError, match=r"model.token_frequency \[100\] has a vocabulary dimension and no known role"):
        surgery.plan(model)


def test_marian_with_two_vocabularies_is_refused_by_name():
    model = tiny.model("marian", decoder_vocab_size=50, share_encoder_decoder_embeddings=False, tie_word_embeddings=False)
    with pytest.raises(SurgeryError, match="model.decoder.embed_tokens.weight has a vocabulary of its own"):
        surgery.plan(model)


def test_gemma3n_with_a_shorter_table_per_layer_is_refused_by_name():
    with pytest.raises(SurgeryError, match=r"model.embed_tokens_per_layer.weight: has the shape \[60, 8\]"):
        surgery.plan(tiny.model("gemma3n", vocab_size_per_layer_input=60))


def test_a_model_without_token_embeddings_is_refused():
    import transformers

    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=8, patch_size=4
    )
    with pytest.raises(SurgeryError, match="gives no torch.nn.Embedding"):
        surgery.plan(transformers.ViTModel(config))
