"""Blocks, schedule and stages."""

import numpy as np
import pytest
import tiny
import torch
from polyvocab import train
from polyvocab.corpus import Corpus
from polyvocab.errors import TrainingError
from polyvocab.train import Objective, Stage
from test_pieces import byte_level, spelled


@pytest.fixture(scope="module")
def tokenizer(sample_model):
    from polyvocab.integrations.transformers import load_tokenizer

    return load_tokenizer(sample_model)


def test_masked_blocks_are_framed_and_causal_ones_are_a_stream(tokenizer):
    corpus = Corpus(["And God said, Let there be light"] * 30)
    ids = tokenizer("And God said, Let there be light", add_special_tokens=False)["input_ids"]
    masked = train.blocks(corpus, tokenizer, 16, Objective.MASKED, 10, 0)
    assert masked.shape[1] == 16 and len(masked) <= 10 and (masked[:, 0] == 0).all() and (masked[:, -1] == 2).all()
    causal = train.blocks(corpus, tokenizer, len(ids) + 1, Objective.CAUSAL, 10, 0)
    assert (causal == [*ids, tokenizer.eos_token_id]).all() and len(causal) == 10
    again = train.blocks(corpus, tokenizer, 16, Objective.MASKED, 10, 0)
    assert np.array_equal(masked, again)
    with pytest.raises(TrainingError, match="fewer than 4000 tokens"):
        train.blocks(corpus, tokenizer, 4000, Objective.CAUSAL, 1, 0)


def test_the_architecture_decides_the_objective():
    config = tiny.model("xlm-r").config
    for name, expected in (
        ("XLMRobertaForMaskedLM", Objective.MASKED),
        ("GPT2LMHeadModel", Objective.CAUSAL),
        ("LlamaForCausalLM", Objective.CAUSAL),
    ):
        config.architectures = [name]
        assert train.objective_of(config) is expected
    config.architectures = ["BertForTokenClassification"]
    with pytest.raises(TrainingError, match="nothing to train or measure"):
        train.objective_of(config)


def test_named_schedules_take_all_steps():
    assert train.schedule("embeddings_first", 100, tied=True, share=0.5) == train.embeddings_first(100, share=0.5)
    assert [stage.name for stage in train.schedule("new_rows", 9, tied=False)] == ["new rows"]
    for tied, count in ((True, 4), (False, 7)):
        stages = train.schedule("eeve", 30, tied=tied, embeddings_rate=3e-3, rate=1e-4)
        assert len(stages) == count and sum(stage.steps for stage in stages) == 30
        assert all(stage.learning_rate == (1e-4 if stage.body else 3e-3) for stage in stages)
    with pytest.raises(TrainingError, match="schedule 'magic': use one of embeddings_first, new_rows, eeve"):
        train.schedule("magic", 3, tied=True)


def test_the_schedule():
    assert [(s.name, s.steps) for s in train.embeddings_first(100)] == [("embeddings", 20), ("all", 80)]
    assert [(s.name, s.steps) for s in train.embeddings_first(100, share=0)] == [("all", 100)]
    assert [(s.name, s.steps) for s in train.embeddings_first(100, share=1)] == [("embeddings", 100)]


@pytest.mark.parametrize("name", ["xlm-r", "llama", "gpt2"])
def test_the_first_stage_moves_the_vocabulary_alone(name, tmp_path, tokenizer):
    model = tiny.model(name)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    data = np.random.default_rng(0).integers(4, 90, (32, 12)).astype(np.int32)
    objective = Objective.MASKED if name == "xlm-r" else Objective.CAUSAL
    small = tiny_tokenizer() if name == "xlm-r" else tokenizer
    curve = train.run_stage(
        model,
        small,
        data,
        Stage("embeddings", 4, 1e-2, body=False),
        objective,
        tmp_path / "s",
        batch_size=4,
        log_every=1,
        progress=False,
    )
    assert [p.step for p in curve] == [1, 2, 3, 4] and all(np.isfinite(p.loss) for p in curve)
    names = {n for n, m in model.named_modules() if m in (model.get_input_embeddings(), model.get_output_embeddings())}
    for key, value in model.state_dict().items():
        is_vocabulary = key.rpartition(".")[0] in names or key == "lm_head.bias"
        assert torch.equal(value, before[key]) != is_vocabulary, key
    assert all(p.requires_grad for p in model.parameters())


def tiny_tokenizer():
    """With the mask token that the collator needs."""
    from transformers import PreTrainedTokenizerFast

    files = byte_level([spelled(chr(c)) for c in range(33, 126)], ["<mask>", "<pad>"])
    from tokenizers import Tokenizer

    backend = Tokenizer.from_str(files.files["tokenizer.json"].decode())
    return PreTrainedTokenizerFast(tokenizer_object=backend, mask_token="<mask>", pad_token="<pad>")


def test_a_stage_goes_on_from_the_last_whole_checkpoint(tmp_path, tokenizer):
    data = np.random.default_rng(0).integers(4, 90, (64, 12)).astype(np.int32)
    stage = Stage("all", 8, 1e-2)
    options = {"batch_size": 4, "save_every": 2, "log_every": 1, "progress": False}

    def run(folder):
        model = tiny.model("llama")
        return model, train.run_stage(model, tokenizer, data, stage, Objective.CAUSAL, folder, **options)

    whole, curve = run(tmp_path / "whole")

    class Stop(Exception):
        pass

    model = tiny.model("llama")
    calls = 0
    forward = model.forward

    def failing(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == 6:
            raise Stop
        return forward(*args, **kwargs)

    model.forward = failing
    with pytest.raises(Stop):
        train.run_stage(model, tokenizer, data, stage, Objective.CAUSAL, tmp_path / "cut", **options)
    torn = tmp_path / "cut" / "checkpoint-6"  # a checkpoint that a kill cut off: no marker
    torn.mkdir()
    (torn / "model.safetensors").write_bytes(b"half")
    resumed, again = run(tmp_path / "cut")
    assert not torn.exists() or (torn / "polyvocab-complete").is_file()
    assert [p.step for p in again] == list(range(1, 9))
    for (key, one), two in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5, msg=key)
    assert [p.loss for p in again] == pytest.approx([p.loss for p in curve], rel=1e-3)


def test_a_resumed_masked_run_equals_an_uninterrupted_one(tmp_path):
    data = np.random.default_rng(0).integers(4, 90, (24, 12)).astype(np.int32)
    tokenizer, options = tiny_tokenizer(), {"batch_size": 4, "save_every": 3, "log_every": 1, "progress": False}
    curves, models = [], []
    for folder, limits in (("whole", (6,)), ("cut", (3, 6))):
        for steps in limits:
            if steps == 3:  # what a kill after step 3 leaves: the checkpoint of a longer run
                model = tiny.model("xlm-r", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
                forward, calls = model.forward, []

                def failing(*args, forward=forward, calls=calls, **kwargs):
                    calls.append(1)
                    if len(calls) > 4:
                        raise KeyboardInterrupt
                    return forward(*args, **kwargs)

                model.forward = failing
                with pytest.raises(KeyboardInterrupt):
                    train.run_stage(
                        model, tokenizer, data, Stage("all", 6, 1e-2), Objective.MASKED, tmp_path / folder, **options
                    )
            else:
                model = tiny.model("xlm-r", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
                curves.append(
                    train.run_stage(
                        model, tokenizer, data, Stage("all", 6, 1e-2), Objective.MASKED, tmp_path / folder, **options
                    )
                )
                models.append(model)
    assert [p.loss for p in curves[0]] == pytest.approx([p.loss for p in curves[1]], rel=1e-4)
    for one, two in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


def test_stages_read_the_data_in_turn(tmp_path, tokenizer):
    """Nothing is read twice before everything was read once."""
    from polyvocab.train.stage import _Rows

    data = np.arange(12, dtype=np.int32).reshape(12, 1)
    first, second = _Rows(data, 0, 4), _Rows(data, 4, 12)
    seen = [int(rows[i]["input_ids"][0]) for rows in (first, second) for i in range(len(rows))]
    assert seen == [*range(12), *range(4)]


def test_long_documents_are_packed_in_linear_time(tokenizer):
    blocks = train.blocks(Corpus(["a b c d e f g h " * 4000]), tokenizer, 16, Objective.CAUSAL, 500, 0)
    assert blocks.shape == (500, 16)


@pytest.mark.parametrize(
    ("size", "message"), [(3, "cannot be trained|does not hold"), (100_000, "the text gives only"), (-5, "cannot be trained")]
)
def test_vocabulary_sizes_that_do_not_fit_the_text(tokenizer, size, message):
    from polyvocab.errors import PolyvocabError
    from polyvocab.integrations.transformers import train_like

    with pytest.raises(PolyvocabError, match=message):
        train_like(tokenizer, ["a few words of text", "and some more of them"] * 5, size)


def test_byte_fallback_is_not_lost_silently():
    from polyvocab.errors import UnsupportedComponent
    from polyvocab.integrations.transformers import train_like
    from test_pieces import metaspace
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer.from_str(metaspace(["<unk>", "<0x41>"]).files["tokenizer.json"].decode())
    with pytest.raises(UnsupportedComponent, match="training a vocabulary with byte fallback"):
        train_like(PreTrainedTokenizerFast(tokenizer_object=backend), ["x"], 300)
