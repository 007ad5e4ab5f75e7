"""Whether a category is missing, and pairs that the samples have too many of."""

import numpy as np
import pytest
from mixture_problems import byte_bpe, case, lines, mixture
from polyvocab.inspection.entries import Entries
from polyvocab.mixture.excess import excess_pairs
from polyvocab.mixture.isotonic import fit_isotonic
from polyvocab.mixture.levels import levels_of
from polyvocab.mixture.residuals import over_represented, unexplained_by_step, unexplained_merges

SHARES = {"eng_Latn": 0.5, "est_Latn": 0.3, "eus_Latn": 0.16, "hye_Armn": 0.04}


@pytest.fixture(scope="module")
def tokenizer():
    return byte_bpe(mixture(SHARES, 700_000), 2500)


def diagnosed(tokenizer, texts):
    found = case(tokenizer, texts)
    levels = levels_of(found.problem, fit_isotonic(found.problem).alpha)
    return found, levels, Entries.of(tokenizer.definition)


def samples(*languages):
    return {language: lines(language)[1] for language in languages}


def test_nothing_is_missing_where_all_categories_are_there(tokenizer):
    found, levels, entries = diagnosed(tokenizer, samples(*SHARES))
    unexplained = unexplained_merges(found.problem, levels, entries)
    assert unexplained.steps > 300 and unexplained.share < 0.01
    assert unexplained.findings() == []


@pytest.mark.parametrize("missing", ["eng_Latn", "est_Latn", "eus_Latn"])
def test_a_missing_language_is_seen(tokenizer, missing):
    found, levels, entries = diagnosed(tokenizer, samples(*(set(SHARES) - {missing})))
    (finding,) = unexplained_merges(found.problem, levels, entries).findings()
    assert finding.kind == "missing category" and finding.severity == "warning"
    assert "Latin" in finding.text and finding.examples


def test_a_small_share_in_a_script_of_its_own_is_seen(tokenizer):
    found, levels, entries = diagnosed(tokenizer, samples("eng_Latn", "est_Latn", "eus_Latn"))
    unexplained = unexplained_merges(found.problem, levels, entries)
    (finding,) = unexplained.findings()
    assert "Armenian" in finding.text and "Latin" not in finding.text
    (armenian,) = [group for group in unexplained.groups if group.name == "Armenian"]
    assert len(armenian.unexplained) == armenian.steps


def test_what_repeats_in_a_sample_is_named(tokenizer):
    texts = samples(*SHARES)
    found, levels, entries = diagnosed(tokenizer, texts)

    def over(found, levels):
        alpha = fit_isotonic(found.problem).alpha
        pairs = excess_pairs(found.problem, levels, alpha, steps=levels.reliable(200))
        return over_represented(pairs, entries).findings()

    assert over(found, levels) == []
    texts["eng_Latn"] = [f"{line}Subscribe to our newsletter.\n" if i % 2 else line for i, line in enumerate(texts["eng_Latn"])]
    found, levels, _ = diagnosed(tokenizer, texts)
    (finding,) = over(found, levels)
    assert finding.kind == "over-represented pairs" and finding.severity == "note"
    assert any("tt" in example or "sl" in example or "|er" in example for example in finding.examples)


def test_excess_is_what_counting_each_state_finds(tokenizer):
    found = case(tokenizer, samples("eng_Latn", "est_Latn"), last=300)
    problem = found.problem
    alpha = np.array([0.6, 0.4])
    levels = levels_of(problem, alpha)
    excess = excess_pairs(problem, levels, alpha, steps=300, ratio=1.2, smallest_count=0)
    dense = np.zeros((300, len(problem.events.pairs)))
    events = problem.events
    pair = np.repeat(np.arange(len(events.pairs)), np.diff(events.indptr))
    weight = alpha / problem.pairs
    np.add.at(dense, (events.state, pair), weight[events.column] * events.change)
    dense = dense.cumsum(axis=0)
    ratio = dense / levels.level[:, None]
    expected = {tuple(events.pairs[p]): ratio[:, p].max() for p in np.flatnonzero((ratio >= 1.2).any(axis=0))}
    got = {tuple(p): f / v for p, f, v in zip(excess.pairs, excess.fitted, excess.level, strict=True)}
    assert got.keys() == expected.keys() and len(got) > 5
    assert all(got[p] == pytest.approx(expected[p]) for p in got)


def test_bands_cover_all_steps_and_show_where_text_is_missing(tokenizer):
    found, levels, _ = diagnosed(tokenizer, samples(*SHARES))
    bands = unexplained_by_step(levels)
    assert bands[0]["begin"] == 0 and bands[-1]["end"] == len(found.merges)
    assert all(a["end"] == b["begin"] for a, b in zip(bands, bands[1:], strict=False))
    _, levels, _ = diagnosed(tokenizer, samples("est_Latn", "eus_Latn", "hye_Armn"))
    without = unexplained_by_step(levels)
    assert np.mean([b["unexplained"] for b in without]) > 2 * np.mean([b["unexplained"] for b in bands])
