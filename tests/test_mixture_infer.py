"""From text and a tokenizer to shares: on tokenizers whose training mixture is known."""

import json

import numpy as np
import pytest
import tokenizers
from polyvocab import Tokenizer
from polyvocab.cli import app
from polyvocab.errors import PolyvocabError, UnsupportedComponent
from polyvocab.mixture import count_pairs, infer, load_pairs
from polyvocab.mixture.units import UNITS
from typer.testing import CliRunner

SHARES = {"est_Latn": 0.5, "eus_Latn": 0.1, "hye_Armn": 0.4}
TRAINED_BYTES = 300_000


@pytest.fixture(scope="module")
def texts(sample_text) -> dict[str, list[str]]:
    return {name: (sample_text / f"{name}.train.txt").read_text().splitlines() for name in SHARES}


@pytest.fixture(scope="module")
def samples(texts) -> dict[str, list[str]]:
    """Even lines; the tokenizers are trained on odd ones."""
    return {name: lines[::2] for name, lines in texts.items()}


@pytest.fixture(scope="module")
def trained(texts) -> tuple[tokenizers.Tokenizer, np.ndarray]:
    """A byte-level BPE, and the shares of bytes that it was trained on."""
    from tokenizers import models, pre_tokenizers, trainers

    mixed, sizes = [], []
    for name, share in SHARES.items():
        odd = texts[name][1::2]
        ends = np.cumsum([len(line.encode()) for line in odd])
        taken = int(np.searchsorted(ends, share * TRAINED_BYTES))
        mixed += odd[:taken]
        sizes.append(ends[taken - 1])
    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=1256, show_progress=False, initial_alphabet=alphabet)
    made.train_from_iterator(mixed, trainer)
    return made, np.array(sizes) / sum(sizes)


@pytest.fixture(scope="module")
def result(trained, samples):
    return infer(Tokenizer.from_hf(trained[0]), samples)


def test_the_true_shares_come_back(result, trained):
    for name, estimate in result.estimates.items():
        error = estimate.shares["bytes"] - trained[1]
        assert np.log10(np.square(error).mean()) < -3.5, name
        assert (np.abs(error) <= 4 * estimate.errors["bytes"] + 1e-3).all(), name
        for unit in UNITS:
            assert estimate.shares[unit].sum() == pytest.approx(1)
    least, greatest = result.identified["bytes"].T
    chosen = np.array(list(result.shares("bytes").values()))
    assert (least <= greatest).all() and (least - 0.05 <= chosen).all() and (chosen <= greatest + 0.05).all()


def test_units_are_not_shares_of_each_other(result):
    """An Armenian letter has two bytes: its share of characters is about half of that of bytes, against Estonian."""
    ratio = {unit: result.shares(unit)["hye_Armn"] / result.shares(unit)["est_Latn"] for unit in UNITS}
    assert 0.5 < ratio["characters"] / ratio["bytes"] < 0.65


def test_saved_counts_give_the_same_result(trained, samples, result, tmp_path):
    tokenizer = Tokenizer.from_hf(trained[0])
    store = tmp_path / "counts.pairs"
    first = dict(list(samples.items())[:1])
    count_pairs(tokenizer, first, store=store)
    again = infer(tokenizer, samples, counts=[store])  # counts what is missing
    for other in (again, infer(tokenizer, counts=[store])):
        assert {**other.to_dict(), "seconds": 0, "settings": 0} == {**result.to_dict(), "seconds": 0, "settings": 0}


def test_shards_are_added(trained, samples, result, tmp_path):
    tokenizer = Tokenizer.from_hf(trained[0])
    for part in range(2):
        count_pairs(tokenizer, {name: lines[part::2] for name, lines in samples.items()}, store=tmp_path / f"{part}.pairs")
    both = load_pairs(tokenizer, tmp_path / "0.pairs", tmp_path / "1.pairs")
    whole = count_pairs(tokenizer, samples)
    for name, array in vars(whole.events).items():
        assert np.array_equal(array, getattr(both.events, name)), name
    assert np.array_equal(whole.bytes, both.bytes) and np.array_equal(whole.characters, both.characters)


def test_threads_change_nothing(trained, samples, result):
    found = infer(Tokenizer.from_hf(trained[0]), samples, threads=1).to_dict()
    assert found["estimates"] == result.to_dict()["estimates"]


def test_the_command_writes_a_result_and_a_page(trained, samples, tmp_path):
    trained[0].save(str(tmp_path / "tokenizer.json"))
    options = []
    for name, lines in samples.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(lines))
        options += ["--data", f"{name}={tmp_path / name}.txt"]
    out, store = tmp_path / "out", tmp_path / "counts.pairs"
    files = [str(tmp_path / "tokenizer.json"), "--out", str(out)]
    run = CliRunner().invoke
    done = run(app, ["mixture", *files, *options, "--counts", str(store), "--merges", "300", "--quiet"])
    assert done.exit_code == 0 and "hye_Armn" in done.output, done.output
    found = json.loads((out / "result.json").read_text())
    assert [category["name"] for category in found["categories"]] == list(SHARES)
    assert found["tokenizer"]["unlearned"] == {"redundant": [], "unreachable": [], "given": [], "early": []}
    page = (out / "report.html").read_text()
    assert "hye_Armn" in page and "What the mixture does not explain" in page and "against the number of merges" in page
    again = run(app, ["mixture", files[0], "--out", str(tmp_path / "again"), "--counts", str(store), "--quiet"])
    assert again.exit_code == 0, again.output
    count_pairs(
        Tokenizer.from_pretrained(files[0]),
        {"zul_Latn": [f"amanzi amaningi {i}" for i in range(50)]},
        store=tmp_path / "more.pairs",
    )
    both = ["--counts", str(store), "--counts", str(tmp_path / "more.pairs"), "--merges", "300", "--quiet"]
    added = run(app, ["mixture", files[0], "--out", str(tmp_path / "both"), *both])
    assert added.exit_code == 0, added.output
    categories = json.loads((tmp_path / "both" / "result.json").read_text())["categories"]
    assert [category["name"] for category in categories] == [*SHARES, "zul_Latn"]
    refused = run(app, ["mixture", *files, *options])
    assert refused.exit_code == 1 and "exists already" in refused.output


def test_a_unigram_is_inferred_by_the_same_call(tokenizer, samples):
    few = {name: lines[:300] for name, lines in samples.items()}
    found = infer(tokenizer, few)
    assert found.chosen == "unigram" and sum(found.shares().values()) == pytest.approx(1)
    assert json.loads(json.dumps(found.to_dict()))["estimates"]["unigram"]["standard_errors"]["characters"]
    assert "unknown text" not in {finding.kind for finding in found.findings}
    strange = infer(tokenizer, few | {"runes": ["ᚠᛇᚻ᛫ᛒᛦᚦ ᚠᚱᚩᚠᚢᚱ ᚠᛁᚱᚪ"] * 20})
    assert strange.shares() == pytest.approx(found.shares())
    assert [f.examples for f in strange.findings if f.kind == "unknown text"] == [("runes",)]
    with pytest.raises(PolyvocabError, match="none of the characters of any category"):
        infer(tokenizer, {"runes": ["ᚠᛇᚻ᛫ᛒᛦᚦ ᚠᚱᚩᚠᚢᚱ ᚠᛁᚱᚪ"] * 20})
    with pytest.raises(PolyvocabError, match="give the text itself"):
        infer(tokenizer, few, counts=["some.pairs"])


def test_text_outside_of_the_alphabet_is_left_out_and_said(trained, samples, result):
    """Of a tokenizer over characters; and one document, many times, is no sample for errors either."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="?"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=400, special_tokens=["?"], show_progress=False)
    tokenizer.train_from_iterator(samples["est_Latn"][:400], trainer)
    strange = {"hye_Armn": samples["hye_Armn"][:50], "twice": ["vesi vesi"] * 50}
    found = infer(Tokenizer.from_hf(tokenizer), {"est_Latn": samples["est_Latn"]} | strange)
    assert found.shares() == {"est_Latn": 1}
    with pytest.raises(PolyvocabError, match="none of the characters of any category"):
        infer(Tokenizer.from_hf(tokenizer), {"hye_Armn": strange["hye_Armn"]})
    assert [f.examples for f in found.findings if f.kind == "unknown text"] == [("hye_Armn", "twice")]
    assert "unknown text" not in {f.kind for f in result.findings}


def test_one_category_has_it_all(trained, samples):
    result = infer(Tokenizer.from_hf(trained[0]), {"est_Latn": samples["est_Latn"]})
    assert result.shares() == {"est_Latn": 1} and result.identified["bytes"].tolist() == [[1, 1]]


def test_what_does_not_fit_is_refused(trained, samples):
    tokenizer = Tokenizer.from_hf(trained[0])
    with pytest.raises(PolyvocabError, match="text of each category"):
        infer(tokenizer)
    with pytest.raises(PolyvocabError, match="empty: has no pairs"):
        infer(tokenizer, samples | {"empty": ["", "a"]})
    piece = tokenizers.Tokenizer(tokenizers.models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    with pytest.raises(UnsupportedComponent, match="wordpiece.*order"):
        infer(Tokenizer.from_hf(piece), samples)
