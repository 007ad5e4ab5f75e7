"""The order of merges with equal counts: which trainer, and how large its corpus was."""

import io
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest
from mixture_problems import LANGUAGES, byte_bpe, case, lines, with_model
from polyvocab import Tokenizer
from polyvocab.formats import sentencepiece as sentencepiece_format
from polyvocab.mixture.isotonic import fit_isotonic
from polyvocab.mixture.levels import levels_of
from polyvocab.mixture.merge_list import MergeList
from polyvocab.mixture.ties import _chance, corpus_size, tie_order
from shared_tokenizers import READING, tokenizer_file


@pytest.fixture(scope="module")
def texts():
    return {language: [line for half in lines(language) for line in half] for language in LANGUAGES[:3]}


@pytest.fixture(scope="module")
def trained(texts):
    """Trained on all of the texts; the sample is half of them."""
    tokenizer = byte_bpe([line for found in texts.values() for line in found], 6000)
    return case(tokenizer, {language: lines(language)[1] for language in texts})


@pytest.fixture(scope="module")
def true_counts(trained, texts):
    return case(trained.tokenizer, texts).problem


def test_the_trainer_of_hugging_face_and_the_size_of_the_corpus_are_seen(trained, true_counts):
    order = tie_order(trained.merges)
    assert order.order == "ascending ids" and order.share > 0.95 and list(order.by_part) == sorted(order.by_part)
    levels = levels_of(trained.problem, fit_isotonic(trained.problem).alpha)
    size = corpus_size(trained.merges, levels, order)
    true = true_counts.pairs.sum()
    assert abs(size.pairs / true - 1) < 0.2 and size.least < true < size.greatest
    (trainer,) = order.findings()
    (said,) = size.findings(bytes_per_pair=1.2)
    assert "Hugging Face" in trainer.text and "pairs" in said.text and "bytes" in said.text


def resorted(case, counts, key):
    """The list with its ties in another order: what another trainer would have left, but for pairs that appear in a tie."""
    merges = case.tokenizer.merges
    together = sorted(range(len(merges)), key=lambda t: -counts[t])
    ties = [list(group) for _, group in groupby(together, key=lambda t: counts[t])]
    rest = [(merges[t], t) for group in ties for t in sorted(group, key=lambda t: key(merges[t]))]
    made, order = set(), []
    while rest:  # parts come first
        later = []
        for (left, right), t in rest:
            ready = all(len(part) == 1 or part in made for part in (left, right))
            if ready and not later or ready:
                made.add(left + right)
                order.append((left, right))
            else:
                later.append(((left, right), t))
        rest = later
    return with_model(case.tokenizer, lambda model: model.update(merges=[list(pair) for pair in order]))


@pytest.mark.parametrize("sign, name", [(-1, "descending strings"), (1, "ascending bytes")])
def test_other_orders_are_told_apart(trained, true_counts, sign, name):
    counts = true_counts.own.sum(axis=1)
    key = (lambda pair: [-ord(c) for c in pair[0]] + [0] + [-ord(c) for c in pair[1]]) if sign < 0 else (lambda pair: pair)
    tokenizer = resorted(trained, counts, key)
    assert tie_order(MergeList.of(tokenizer.definition)).order == name


def test_sentencepiece_takes_short_strings_first(texts):
    import sentencepiece

    model = io.BytesIO()
    sentences = [line for found in texts.values() for line in found[:1500]]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, model_type="bpe", vocab_size=4000, minloglevel=2
    )
    definition = sentencepiece_format.read_definition(model.getvalue(), "model")
    assert tie_order(MergeList.of(definition)).order == "short strings first"


def test_no_order_is_seen_where_there_is_none(trained, true_counts):
    rng = np.random.default_rng(0)
    merges = MergeList.of(resorted(trained, true_counts.own.sum(axis=1), lambda pair: rng.random()).definition)
    order = tie_order(merges)
    assert order.order is None and "no order" in order.reason and order.findings() == []
    levels = levels_of(trained.problem, fit_isotonic(trained.problem).alpha)
    size = corpus_size(merges, levels, order)
    assert np.isnan(size.pairs) and size.reason == order.reason and size.findings() == []
    assert "fewer" in tie_order(trained.merges, last=900).reason


@pytest.mark.parametrize("flattened", [1e-8, 1e8])
def test_a_level_that_no_size_goes_with_tells_none(trained, flattened):
    """As samples of another kind have it."""
    levels = levels_of(trained.problem, fit_isotonic(trained.problem).alpha)
    order = tie_order(trained.merges)
    assert np.isfinite(corpus_size(trained.merges, levels, order).pairs)
    scaled = replace(levels, level=levels.level * flattened, unit=levels.unit * flattened)  # the counts are as many
    size = corpus_size(trained.merges, scaled, order)
    assert np.isnan(size.pairs) and size.findings() == [] and "does not go with" in size.reason


def test_the_chance_of_disorder_is_that_of_drawn_pairs():
    rng = np.random.default_rng(0)
    for s in (0.1, 0.7, 3.0):
        members = rng.poisson(1 / s, 50_000)
        level = np.repeat(np.arange(len(members)), members)
        key = rng.random(len(level))
        order = np.lexsort((key, level))
        seen = (np.diff(key[order]) < 0).mean()
        assert _chance(s) == pytest.approx(seen, abs=0.015)


@pytest.mark.parametrize(
    "name, order",
    [("gpt2", "descending strings"), ("claude-js", "ascending ids"), ("llama2", "short strings first")],
)
def test_real_trainers(shared, name, order):
    folder = shared / "tokenizers" / name
    tokenizer = Tokenizer.from_pretrained(tokenizer_file(folder), **READING.get(name, {}))
    assert tie_order(MergeList.of(tokenizer.definition)).order == order
