"""Tiny tokenizers and models, built from nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable

from polyvocab.formats import TokenizerFiles

ROLES = {"unk_token": "t3", "bos_token": "t0", "pad_token": "t1", "eos_token": "t2"}


def word_files(tokens: Iterable[str], roles: dict[str, str] | None = None) -> TokenizerFiles:
    """A WordLevel tokenizer over these tokens, in their order."""
    tokens = list(tokens)
    model = {"type": "WordLevel", "vocab": {t: i for i, t in enumerate(tokens)}, "unk_token": tokens[-1]}
    document = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": model,
    }
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **(roles or {})}
    return TokenizerFiles.from_files(
        {"tokenizer.json": json.dumps(document).encode(), "tokenizer_config.json": json.dumps(config).encode()}
    )


def numbered(ids: Iterable[int], roles: dict[str, str] | None = ROLES) -> TokenizerFiles:
    """A WordLevel tokenizer with the tokens t<id>, in this order; by default t0..t3 are special by role."""
    return word_files([f"t{i}" for i in ids], roles)


_TEXT_LAYER = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
_SEQ2SEQ = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "decoder_start_token_id": 2,
    "forced_eos_token_id": 2,
}
_T5 = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2, "decoder_start_token_id": 1}

# {name: (model class, configuration class, settings)}; the sizes are small and the arrangement is the real one.
ARCHITECTURES: dict[str, tuple[str, str, dict]] = {
    "xlm-r": ("XLMRobertaForMaskedLM", "XLMRobertaConfig", {**_TEXT_LAYER, "max_position_embeddings": 40}),
    "bert": ("BertForMaskedLM", "BertConfig", _TEXT_LAYER),
    "mbart": ("MBartForConditionalGeneration", "MBartConfig", _SEQ2SEQ),
    "bart": ("BartForConditionalGeneration", "BartConfig", _SEQ2SEQ),
    "t5": ("T5ForConditionalGeneration", "T5Config", _T5),
    "mt5": ("MT5ForConditionalGeneration", "MT5Config", _T5),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", {"n_embd": 16, "n_layer": 1, "n_head": 2}),
    "llama": ("LlamaForCausalLM", "LlamaConfig", _TEXT_LAYER),
    "qwen2": ("Qwen2ForCausalLM", "Qwen2Config", {**_TEXT_LAYER, "num_key_value_heads": 2, "tie_word_embeddings": True}),
    "gemma": ("GemmaForCausalLM", "GemmaConfig", {**_TEXT_LAYER, "num_key_value_heads": 1, "head_dim": 8}),
    "modernbert": ("ModernBertForMaskedLM", "ModernBertConfig", {**_TEXT_LAYER, "cls_token_id": 0, "sep_token_id": 2}),
    "marian": ("MarianMTModel", "MarianConfig", _SEQ2SEQ),
    "sequence head": (
        "XLMRobertaForSequenceClassification",
        "XLMRobertaConfig",
        {**_TEXT_LAYER, "max_position_embeddings": 40},
    ),
    "token head": ("BertForTokenClassification", "BertConfig", _TEXT_LAYER),
    "square": ("LlamaForCausalLM", "LlamaConfig", {**_TEXT_LAYER, "hidden_size": 100}),  # vocabulary = hidden size
    "gemma3n": (
        "Gemma3nForCausalLM",
        "Gemma3nTextConfig",
        {
            **_TEXT_LAYER,
            "num_hidden_layers": 2,
            "num_key_value_heads": 1,
            "head_dim": 8,
            "vocab_size_per_layer_input": 100,
            "hidden_size_per_layer_input": 4,
            "num_kv_shared_layers": 0,
            "laurel_rank": 4,
            "layer_types": ["full_attention", "full_attention"],
            "activation_sparsity_pattern": [0.0, 0.0],
        },
    ),
}
ROWS = 100  # of every model; tokenizers are made shorter, so that a padding row is there


def model(name: str, seed: int = 0, **changes):
    """A model of `ROWS` rows with random weights, biases included, in evaluation mode."""
    import torch
    import transformers

    model_class, config_class, settings = ARCHITECTURES[name]
    ids = {"vocab_size": ROWS, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    torch.manual_seed(seed)
    made = getattr(transformers, model_class)(getattr(transformers, config_class)(**{**ids, **settings, **changes}))
    with torch.no_grad():
        for key, tensor in [*made.named_parameters(), *made.named_buffers()]:
            if key.endswith("bias") and tensor.is_floating_point():
                tensor.copy_(torch.randn(tensor.shape))
    return made.eval()


def model_with_a_scale():
    """A model of `ROWS` rows that scales what goes into its head, but only while the head is tied."""
    import torch
    import transformers

    config = transformers.SwitchTransformersConfig(
        vocab_size=ROWS,
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=2,
        num_experts=2,
        num_sparse_encoder_layers=1,
        num_sparse_decoder_layers=1,
        decoder_start_token_id=1,
        pad_token_id=1,
        eos_token_id=2,
    )
    torch.manual_seed(0)
    return transformers.SwitchTransformersForConditionalGeneration(config).eval()


def logits(model, ids):
    """The output for a row of ids, without gradients."""
    import torch

    row = torch.tensor([list(ids)])
    extra = {"decoder_input_ids": row} if model.config.is_encoder_decoder else {}
    with torch.no_grad():
        return model(input_ids=row, **extra).logits[0]
