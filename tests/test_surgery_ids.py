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
    generation.bad_words_ids = [[40, 41], [50], [40, 50]]
    generation.sequence_bias = {(41,): -1.0, (50, 41): 2.0}
    surgery.apply(transfer(), model)
    config = model.config
    assert (config.bos_token_id, config.pad_token_id, config.eos_token_id, config.decoder_start_token_id) == (4, 3, 2, 2)
    assert generation is not model.generation_config  # the caller's object is not edited
    generation = model.generation_config
    assert generation.eos_token_id == [2, 5] and generation.forced_bos_token_id == 6 and generation.forced_eos_token_id == 2
    assert generation.suppress_tokens == [1]
    assert generation.bad_words_ids == [[0, 5]]  # a sequence that loses one token goes whole
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


def id_map(values, order=ORDER, roles=tiny.ROLES):
    from polyvocab.surgery.ids import IdMap

    return IdMap.of(transfer(order, roles)).settings(values, "here")


def test_every_form_of_an_id_setting():
    assert id_map({"forced_decoder_ids": [[1, 40], [2, 50], [3, None]]}) == {"forced_decoder_ids": [[1, 0], [3, None]]}
    assert id_map({"sequence_bias": [[[40, 50], 2.0], [[41], 1.0]]}) == {"sequence_bias": [[[5], 1.0]]}
    assert id_map({"sequence_bias": {"(41, 40)": 1.0}}) == {"sequence_bias": {"(5, 0)": 1.0}}
    assert id_map({"force_words_ids": [[[40], [50]], [[50]]]}) == {"force_words_ids": [[[0]]]}
    assert id_map({"lang_to_id": {"a": 41, "b": 50}}) == {"lang_to_id": {"a": 5}}
    nested = {"task_specific_params": {"x": {"decoder_start_token_id": 2, "beams": 4}}}
    assert id_map(nested) == {"task_specific_params": {"x": {"decoder_start_token_id": 2, "beams": 4}}}
    assert id_map({"image_token_index": 42, "hidden_size": 40}) == {"image_token_index": 6}


def test_one_source_token_with_several_roles_becomes_several_tokens():
    """GPT-2 has one <|endoftext|> for everything; a target may keep the roles apart."""
    shared = {role: "t0" for role in ("bos_token", "eos_token", "pad_token")}
    source = SourceTokenizer.of(tiny.numbered(range(5), shared))
    target = tiny.numbered(range(3), {"bos_token": "t0", "eos_token": "t1", "pad_token": "t2"})
    from polyvocab.surgery.ids import IdMap

    made = TokenizerTransfer(source, target, RowRecipe.select([0, 0, 0], 5))
    values = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    assert IdMap.of(made).settings(values, "here") == {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}


def test_ids_that_modules_keep_for_themselves_move_too():
    import torch

    config = transformers.CLIPTextConfig(
        vocab_size=100,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        eos_token_id=41,
        bos_token_id=40,
        pad_token_id=3,
    )
    torch.manual_seed(0)
    model = transformers.CLIPTextModel(config).eval()
    with torch.no_grad():
        before = model(torch.tensor([[40, 3, 41]])).pooler_output
        surgery.apply(transfer(roles={"unk_token": "t3"}), model)
        after = model(torch.tensor([[0, 1, 5]])).pooler_output
    torch.testing.assert_close(before, after)


def test_given_ids_must_exist_in_the_target():
    with pytest.raises(SurgeryError, match="special_ids: eos_token_id is 99999, the target has 7 tokens"):
        surgery.apply(transfer(), tiny.model("llama"), special_ids={"eos_token_id": 99999})
