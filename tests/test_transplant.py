"""A small model with the vocabulary of another one, as speculative decoding needs it."""

import json

import numpy as np
import pytest
import tiny
import torch
from polyvocab.errors import PolyvocabError, SurgeryError
from polyvocab.transplant import transplant
from reference.pursuit import pursue
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

DRAFT = [f"t{i}" for i in range(30)]
BIG = ["t0", "x1", "t2", "x3", *(f"t{i}" for i in range(29, 3, -1)), *(f"y{i}" for i in range(40))]


def checkpoint(path, tokens, rows, hidden, roles, seed=0, **changes):
    torch.manual_seed(seed)
    ids = {name.replace("_token", "_token_id"): tokens.index(token) for name, token in roles.items() if name != "unk_token"}
    config = LlamaConfig(
        vocab_size=rows, hidden_size=hidden, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, **ids, **changes
    )
    LlamaForCausalLM(config).save_pretrained(path)
    tiny.word_files(tokens, roles).write(path)
    return path


@pytest.fixture
def pair(tmp_path):
    draft = checkpoint(
        tmp_path / "draft", DRAFT, 32, 16, {"bos_token": "t0", "eos_token": "t1", "pad_token": "t2", "unk_token": "t3"}
    )
    big = checkpoint(
        tmp_path / "big", BIG, 80, 24, {"bos_token": "x1", "eos_token": "x3", "pad_token": "t2", "unk_token": "t0"}, 1
    )
    return draft, big


@pytest.mark.parametrize("method", ["omp", "subword_mean", "random"])
def test_the_draft_model_speaks_the_others_ids(pair, tmp_path, method):
    draft, big = pair
    made = transplant(draft, big, tmp_path / "out", method=method)
    ours, theirs, before = (AutoModelForCausalLM.from_pretrained(p) for p in (made, big, draft))
    assert ours.config.vocab_size == theirs.config.vocab_size == 80
    assert len(ours.get_input_embeddings().weight) == 80 and ours.config.hidden_size == 16
    tokenizers = [AutoTokenizer.from_pretrained(p) for p in (made, big)]
    text = "t7 y5 t29 nothing t4"
    assert tokenizers[0](text)["input_ids"] == tokenizers[1](text)["input_ids"]
    assert tokenizers[0].get_vocab() == tokenizers[1].get_vocab()
    for role in ("bos_token_id", "eos_token_id", "pad_token_id"):
        assert getattr(ours.config, role) == getattr(theirs.config, role), role
    rows, old = ours.get_input_embeddings().weight, before.get_input_embeddings().weight
    assert torch.equal(rows[BIG.index("x1")], old[0]) and torch.equal(rows[BIG.index("x3")], old[1])  # by their roles
    if method != "random":
        assert torch.equal(rows[BIG.index("t7")], old[7])
    ids = torch.tensor([tokenizers[0]("t7 t8 y5")["input_ids"]])
    assert ours(input_ids=ids).logits.shape == theirs(input_ids=ids).logits.shape


def test_omp_rows_are_the_donors_coefficients(pair, tmp_path):
    draft, big = pair
    made = AutoModelForCausalLM.from_pretrained(transplant(draft, big, tmp_path / "out"))
    donor, before = (AutoModelForCausalLM.from_pretrained(p) for p in (big, draft))
    shared = sorted((i for i, token in enumerate(BIG) if token in DRAFT), key=lambda i: DRAFT.index(BIG[i]))
    atoms, theirs = donor.get_input_embeddings().weight.detach().numpy(), before.get_input_embeddings().weight.detach()
    # t0 is the other's unknown token, so its row is the draft's of that role; the padding row is zero and no atom.
    ids = [i for i in shared if atoms[i].any()]
    sources = [3 if BIG[i] == "t0" else DRAFT.index(BIG[i]) for i in ids]
    ids, sources = [*ids, 1, 3], [*sources, 0, 1]
    i = BIG.index("y20")
    expected = sum(c * theirs[sources[j]].double() for j, c in pursue(atoms[i], atoms[ids], 24).items())
    torch.testing.assert_close(made.get_input_embeddings().weight[i].double(), expected, atol=1e-3, rtol=1e-2)


def test_what_does_not_fit_is_refused_and_nothing_is_written(pair, tmp_path):
    draft, big = pair
    config = json.loads((big / "config.json").read_text())
    (tmp_path / "short").mkdir()
    for file in big.iterdir():
        (tmp_path / "short" / file.name).write_bytes(file.read_bytes())
    config["vocab_size"] = 40
    (tmp_path / "short" / "config.json").write_text(json.dumps(config))
    with pytest.raises((PolyvocabError, SurgeryError), match="40 rows for|rows"):
        transplant(draft, tmp_path / "short", tmp_path / "out", method="random")
    assert not (tmp_path / "out").exists()
    with pytest.raises(PolyvocabError, match="unknown method 'magic'"):
        transplant(draft, big, tmp_path / "out", method="magic")
    assert np.all([not p.name.startswith("out") for p in tmp_path.iterdir()])
