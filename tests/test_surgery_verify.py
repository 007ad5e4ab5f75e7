"""A trimmed model computes what the whole one does on text whose tokens are kept: for every architecture."""

import copy

import numpy as np
import pytest
import torch
from polyvocab import surgery
from polyvocab.errors import SurgeryError
from polyvocab.recipe import assemble
from polyvocab.transfer import SourceTokenizer, TokenizerTransfer
from tiny import ARCHITECTURES, model, numbered

ROWS = 100


def dropping(kept: list[int]) -> TokenizerTransfer:
    return TokenizerTransfer(SourceTokenizer.of(numbered(range(ROWS))), numbered(kept), assemble(np.array(kept), ROWS))


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_kept_tokens_get_the_same_numbers(name):
    before = model(name).eval()
    kept = [0, 1, 2, 3, *range(5, ROWS, 2)]
    after = surgery.apply(dropping(kept), copy.deepcopy(before))
    rng = np.random.default_rng(0)
    texts = [[0, *rng.choice(kept[4:], 7).tolist(), 2] for _ in range(4)]
    if before.config.is_encoder_decoder:
        start = before.config.decoder_start_token_id
        before, after = (_with_decoder(one, start) for one in (before, after))
    found = surgery.compare_outputs(before, after, np.array(kept), texts)
    assert found.texts == 4
    assert found.hidden
    assert found.logits <= 1e-5


def _with_decoder(whole, start: int):
    """An encoder-decoder that is asked for the first step of its answer."""
    return lambda ids, **options: whole(ids, decoder_input_ids=torch.tensor([[start]]), **options)


def test_a_text_with_a_dropped_token_is_refused_and_a_wrong_row_is_seen():
    before = model("llama").eval()
    kept = np.array([0, 1, 2, 3, 7, 9])
    after = surgery.apply(dropping(kept.tolist()), copy.deepcopy(before))
    with pytest.raises(SurgeryError, match="text 0 has the token 8"):
        surgery.compare_outputs(before, after, kept, [[0, 8]])
    assert surgery.compare_outputs(before, after, kept, [[0, 7, 9]]).hidden
    with torch.no_grad():
        after.get_input_embeddings().weight[[4, 5]] = after.get_input_embeddings().weight[[5, 4]]
    assert not surgery.compare_outputs(before, after, kept, [[0, 7, 9]]).hidden
