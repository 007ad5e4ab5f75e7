"""Law 5: ids outside matrices move too."""

import pytest
import tiny
import transformers

from polyvocab import surgery
from polyvocab.errors import SurgeryError
from polyvocab.recipe import RowRecipe
from polyvocab.transfer import SourceTokenizer, TokenizerTransfer

ORDER = [40, 3, 2, 1, 0, 41, 42]  # the target's token i is the source's ORDER[i]: <pad> 1 becomes 3


def transfer(order=ORDER, roles=tiny.ROLES):
    return TokenizerTransfer(
        SourceTokenizer.of(tiny.numbered(range(100))), tiny.numbered(order, roles), RowRecipe.select(order, 100)
    )


def test_config_and_generation_config_are_rewritten():
    model = tiny.model("bart")
    generation = model.generation_config
    generation.eos_token_id = [2, 41]
    generation.forced_bos_token_id = 42
    generation.suppress_tokens = [3, 50, 60]  # 50 and 60 are gone: no rule is needed for them
    generation.bad_words_ids = [[40, 41], [50]]
    generation.sequence_bias = {(41,): -1.0, (50, 41): 2.0}
    surgery.apply(transfer(), model)
    config = model.config
    assert (config.bos_token_id, config.pad_token_id, config.eos_token_id, config.decoder_start_token_id) == (4, 3, 2, 2)
    assert generation is not model.generation_config  # the caller's object is not edited
    generation = model.generation_config
    assert generation.eos_token_id == [2, 5] and generation.forced_bos_token_id == 6 and generation.forced_eos_token_id == 2
    assert generation.suppress_tokens == [1] and generation.bad_words_ids == [[0, 5]]
    assert generation.sequence_bias == {(5,): -1.0}
    assert model.model.shared.padding_idx == 3
    assert model.model.encoder.embed_tokens.padding_idx == 3


def test_lists_are_rewritten_on_disk(tmp_path):
    model = tiny.model("llama")
    model.generation_config.eos_token_id = [2, 41]
    model.save_pretrained(tmp_path / "a")
    surgery.apply_to_checkpoint(transfer(), tmp_path / "a", tmp_path / "b")
    assert transformers.GenerationConfig.from_pretrained(tmp_path / "b").eos_token_id == [2, 5]
    assert transformers.AutoConfig.from_pretrained(tmp_path / "b").pad_token_id == 3


def test_a_lost_id_is_an_error_that_names_it_or_follows_its_role():
    order = [40, 3, 1, 0, 41]  # the token of eos (2) is gone
    with pytest.raises(SurgeryError, match=r"LlamaConfig: eos_token_id is 2, a token that the target.*special_ids="):
        surgery.apply(transfer(order, {"unk_token": "t3"}), tiny.model("llama"))
    model = tiny.model("llama")
    surgery.apply(transfer(order, {"unk_token": "t3", "eos_token": "t41"}), model)
    assert model.config.eos_token_id == 4
    model = tiny.model("llama")
    surgery.apply(transfer(order, {"unk_token": "t3"}), model, special_ids={"eos_token_id": 0})
    assert model.config.eos_token_id == 0
    with pytest.raises(SurgeryError, match="the model has no setting 'eos_id'"):
        surgery.apply(transfer(), tiny.model("llama"), special_ids={"eos_id": 0})


def test_positions_that_count_from_the_padding_id_are_not_shifted_silently():
    with pytest.raises(SurgeryError, match="position_embeddings counts positions from the id of the padding token"):
        surgery.apply(transfer(), tiny.model("xlm-r"))
