"""Mean pooling of an encoder."""

import numpy as np
import torch
from polyvocab.integrations.sentences import MeanPooled
from transformers import AutoModel, AutoTokenizer


def test_a_text_is_the_mean_of_its_tokens_whatever_stands_beside_it(sample_model):
    encode = MeanPooled(sample_model, batch=2)
    texts = ["Habari ya asubuhi", "a", "Habari ya asubuhi", "moja mbili tatu nne tano sita"]
    made = encode(texts)
    tokenizer, model = AutoTokenizer.from_pretrained(sample_model), AutoModel.from_pretrained(sample_model).eval()
    with torch.inference_mode():
        for text, row in zip(texts, made, strict=True):
            alone = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0)
            np.testing.assert_allclose(row, alone.numpy(), atol=1e-5)
    assert made.dtype == np.float32 and np.array_equal(made[0], made[2])
