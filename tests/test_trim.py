"""A trim from counts to a model: the transfer, the files, the rows, and the numbers that the model computes."""

import json

import numpy as np
import pytest
import torch
import transformers
from polyvocab import surgery
from polyvocab.errors import PolyvocabError
from polyvocab.formats import TokenizerFiles
from polyvocab.tokenizer import Tokenizer
from polyvocab.transfer import TokenizerTransfer
from polyvocab.trim import Keep, curve, select, transfer, trim, verify


@pytest.fixture(scope="module")
def files(sample_model) -> TokenizerFiles:
    return TokenizerFiles.from_directory(sample_model)


@pytest.fixture(scope="module")
def texts(sample_text) -> list[str]:
    path = next(p for p in sorted(sample_text.iterdir()) if "sw" in p.name)
    return [line for line in path.read_text("utf-8").split("\n") if line][:2000]


@pytest.fixture(scope="module")
def counts(files, texts) -> dict[str, np.ndarray]:
    ids, _ = Tokenizer(files).encode_batch(texts[::2])
    return {"sw": np.bincount(ids, minlength=len(files.vocabulary)).astype(np.uint64)}


@pytest.fixture(scope="module")
def trimmed(files, counts, sample_model, tmp_path_factory):
    """(the transfer, the trimmed checkpoint)"""
    made = trim(files, counts, coverage=0.99)
    out = tmp_path_factory.mktemp("trimmed") / "model"
    surgery.apply_to_checkpoint(made, sample_model, out)
    return made, out


def test_the_transfer_copies_rows_in_their_order_and_says_why(files, trimmed):
    made, _ = trimmed
    ids = made.input.copied_from
    assert (np.diff(ids) > 0).all()
    assert made.output is None
    assert made.target.vocabulary.tokens == tuple(files.vocabulary.tokens[i] for i in ids)
    told = made.provenance[0]
    assert told["certificate"]["proven"]
    assert told["coverage"]["sw"] >= 0.99
    assert sum(told["reasons"].values()) == len(ids) == told["tokens"]


def test_covered_text_is_cut_as_before_natively_and_by_the_library(files, trimmed, texts):
    made, out = trimmed
    ids = made.input.copied_from
    found = verify(Tokenizer(files), Tokenizer.from_pretrained(out), ids, texts)
    assert found.covered > 100
    assert found.changed == 0
    reloaded = transformers.AutoTokenizer.from_pretrained(out)
    native = Tokenizer.from_pretrained(out)
    for text in texts[:200]:
        assert reloaded(text, add_special_tokens=False)["input_ids"] == native.encode(text)


def test_the_model_computes_the_same_numbers(files, trimmed, sample_model, texts):
    made, out = trimmed
    ids = made.input.copied_from
    before = transformers.AutoModelForMaskedLM.from_pretrained(sample_model).eval()
    after = transformers.AutoModelForMaskedLM.from_pretrained(out).eval()
    old, new = (transformers.AutoTokenizer.from_pretrained(path) for path in (sample_model, out))
    checked = 0
    for text in texts[:60]:
        old_ids = np.array(old(text)["input_ids"])
        if not np.isin(old_ids, ids).all():
            continue
        new_ids = new(text)["input_ids"]
        assert (ids[new_ids] == old_ids).all()
        with torch.no_grad():
            one = before(torch.tensor([old_ids.tolist()]), output_hidden_states=True)
            other = after(torch.tensor([new_ids]), output_hidden_states=True)
        for a, b in zip(one.hidden_states, other.hidden_states, strict=True):
            assert torch.equal(a, b)
        torch.testing.assert_close(other.logits, one.logits[:, :, ids], atol=1e-5, rtol=0)
        checked += 1
    assert checked >= 10


def test_trimming_in_turn_is_trimming_at_once(files, counts):
    large = select(files, counts, coverage=1.0, keep=Keep(characters="none"))
    first = transfer(files, large)
    later = {"sw": counts["sw"][large.ids]}
    second = trim(first.target, later, min_count=5, keep=Keep(characters="none"))
    at_once = trim(files, counts, min_count=5, keep=Keep(characters="none"))
    composed = first.then(second)
    assert composed.input == at_once.input
    assert composed.target.files == at_once.target.files


def test_a_saved_trim_reads_back(trimmed, tmp_path):
    made, _ = trimmed
    made.save_pretrained(tmp_path / "transfer")
    assert TokenizerTransfer.from_pretrained(tmp_path / "transfer") == made


def test_what_is_asked_for_stays(files, counts):
    tokens = files.vocabulary.tokens
    least = select(files, counts, min_count=10**9)
    assert len(least) < 20
    digits = select(files, counts, min_count=10**9, keep=Keep(digits=True))
    assert {tokens[i].strip("▁") for i in digits.ids.tolist()} >= set("0123456789")
    armenian = select(files, counts, min_count=10**9, keep=Keep(scripts=("Armenian",)))
    assert sum("\u0531" <= c <= "\u0587" for i in armenian.ids.tolist() for c in tokens[i]) > 1000
    listed = select(files, counts, min_count=10**9, keep=Keep(tokens=("▁na", 100)))
    assert {files.vocabulary.ids["▁na"], 100} <= set(listed.ids.tolist())


def test_what_the_chat_template_writes_stays(files, counts):
    config = json.loads(files.files["tokenizer_config.json"])
    template = "{% for m in messages %}Habari: {{ m['content'] + '\\nmwisho' }}{% endfor %}"
    changed = {**files.files, "tokenizer_config.json": json.dumps({**config, "chat_template": template}).encode()}
    chatty = TokenizerFiles.from_files(changed)
    kept = set(select(chatty, counts, min_count=10**9, keep=Keep(chat_template=True)).ids.tolist())
    tokenizer = Tokenizer(files)
    assert set(tokenizer.encode("Habari: ") + tokenizer.encode("\nmwisho")) <= kept


def test_the_curve_is_that_of_selections(files, counts):
    found = curve(files, counts)
    assert (np.diff(found.coverage["sw"]) >= 0).all()
    assert found.length["sw"][-1] == 1.0
    assert (np.diff(found.length["sw"]) <= 1e-12).all()
    for size in (600, 1500):
        chosen = select(files, counts, size=size)
        assert chosen.coverage["sw"] == pytest.approx(found.coverage["sw"][size - found.least], abs=1e-3)
    size = found.size_for(0.99)
    assert found.coverage["sw"][size - found.least] >= 0.99 > found.coverage["sw"][size - found.least - 1]
    assert f"| {size:,} | sw |" in found.table([size])
    with pytest.raises(PolyvocabError, match="of sw, not"):
        found.size_for(1.1)


def test_the_curve_is_drawn(files, counts, tmp_path):
    curve(files, counts).plot(tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_text("utf-8").count("<path") > 4
