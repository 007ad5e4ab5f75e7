"""Lists that were continued on other text."""

from dataclasses import replace

import numpy as np
import pytest
from mixture_problems import byte_bpe, case, extended, lines, mixture
from polyvocab.mixture.seam import find_seams, not_identifiable, readable_categories

LANGUAGES = ("eng_Latn", "est_Latn", "ukr_Cyrl", "hye_Armn")


@pytest.fixture(scope="module")
def base():
    return byte_bpe(mixture({"eng_Latn": 0.6, "est_Latn": 0.4}, 300_000), 1500)


def samples():
    return {language: lines(language)[1] for language in LANGUAGES}


def seams_of(found):
    return find_seams(found.problem.own, found.problem.pairs)


def test_a_list_of_one_training_has_none(base):
    found = seams_of(case(base, samples()))
    assert found.seams == () and found.segments == ((0, len(base.merges)),) and found.findings() == []
    assert found.usual < 4


def test_a_seam_is_found_where_it_is(base):
    longer = extended(base, mixture({"ukr_Cyrl": 0.7, "hye_Armn": 0.3}, 300_000), 600)
    counted = case(longer, samples())
    found = seams_of(counted)
    (seam,) = found.seams
    assert abs(seam.step - len(base.merges)) <= 0.01 * len(base.merges)
    assert seam.rise > 20 > found.usual
    assert found.segments == ((0, seam.step), (seam.step, len(counted.merges)))
    (finding,) = found.findings()
    assert finding.kind == "seam" and f"{seam.step:,}" in finding.text
    told = readable_categories(replace(counted.problem, first=seam.step), counted.bytes)
    hidden = [name for name, is_told in zip(counted.problem.categories, told, strict=True) if not is_told]
    assert set(hidden) == {"eng_Latn", "est_Latn"}
    (note,) = not_identifiable(hidden, *found.segments[1])
    assert note.severity == "note" and note.examples == tuple(hidden)
    assert not_identifiable([], *found.segments[1]) == []


def test_a_category_with_merges_of_its_own_that_are_a_trifle_of_its_text_is_not_told(base):
    """What was merged before leaves rare words behind."""
    problem = case(base, samples()).problem
    own = np.zeros_like(problem.own)
    own[:20, 0], own[20:40, 1] = 1000, 10
    sizes = np.full(own.shape[1], 1_000_000)
    assert readable_categories(replace(problem, own=own), sizes).tolist() == [True] + [False] * (own.shape[1] - 1)
    own[20:40, 1] = 100
    assert readable_categories(replace(problem, own=own), sizes).tolist()[:2] == [True, True]


def test_several_seams_are_found():
    level = np.concatenate([1e-2 / (np.arange(n) + 10) for n in (1000, 700, 900)])
    own = np.random.default_rng(0).poisson(level * 3e6).astype(float)[:, None]
    found = find_seams(own, np.array([3e6]))
    assert np.abs(np.array([seam.step for seam in found.seams]) - [1000, 1700]).max() <= 5


def test_what_is_too_short_or_never_counted_has_none():
    assert find_seams(np.ones((100, 2)), np.array([10.0, 10.0])).seams == ()
    assert find_seams(np.zeros((1000, 2)), np.array([10.0, 10.0])).seams == ()
