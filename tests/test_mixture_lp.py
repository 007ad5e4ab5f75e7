"""The estimator lp: separation, the optimum, its bounds and its errors, against the program with all its rows."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from polyvocab import _core
from polyvocab.errors import PolyvocabError
from polyvocab.mixture.default_steps import default_steps, effective_counts
from polyvocab.mixture.identified import identified_set, objective_noise
from polyvocab.mixture.jackknife import grouped_jackknife
from polyvocab.mixture.lp import solve_lp, solve_path
from polyvocab.mixture.relaxation import Relaxation
from reference.mixture_lp import all_rows, dense_counts, normalization, problem_of, solved, trained

pytest.importorskip("highspy")

SHARES = {"est_Latn": 3, "swh_Latn": 1, "zul_Latn": 2}
STEPS = 50


def words_of(lines) -> Counter:
    return Counter(tuple(word.encode()) for line in lines for word in line.split())


@pytest.fixture(scope="module")
def texts(sample_text):
    found = {}
    for category in SHARES:
        lines = (sample_text / f"{category}.train.txt").read_text().splitlines()
        found[category] = lines[:24]
    return found


@pytest.fixture(scope="module")
def training(texts):
    """Words of each category that the merges were learned on."""
    return {category: words_of(lines[::2]) for category, lines in texts.items()}


@pytest.fixture(scope="module")
def steps(training):
    mixture = Counter()
    for category, words in training.items():
        for word, count in words.items():
            mixture[word] += SHARES[category] * count
    return trained(mixture, STEPS)


@pytest.fixture(scope="module")
def sample(texts, steps):
    return problem_of({category: words_of(lines[1::2]) for category, lines in texts.items()}, steps)


def separation_of(problem):
    return Relaxation(problem)._separation


def slow_rows(problem, relaxation):
    """{(step, pair): depth} of all rows that a point violates."""
    found = {}
    for step, pair, row in all_rows(problem):
        depth = -(row @ relaxation.alpha) - relaxation.slack_of_step[step] - relaxation.slack_of_pair[pair]
        if depth > 1e-6:
            found[step, pair] = depth
    return found


def random_point(relaxation, seed):
    random = np.random.default_rng(seed)
    relaxation.alpha = random.dirichlet(np.ones(len(relaxation.alpha)))
    relaxation.slack_of_step = random.exponential(500, len(relaxation.slack_of_step)) * (random.random() < 0.7)
    relaxation.slack_of_pair = random.exponential(500, len(relaxation.slack_of_pair)) * (random.random() < 0.7)


@pytest.mark.parametrize("first", [0, 25])
@pytest.mark.parametrize("seed", range(4))
def test_the_deepest_rows_of_pairs_and_steps_are_found(sample, first, seed):
    problem = replace(sample, first=first, last=45)
    relaxation = Relaxation(problem)
    random_point(relaxation, seed)
    wanted = slow_rows(problem, relaxation)
    assert wanted
    found = relaxation.separate()
    depths = {(step, pair): depth for step, pair, depth in zip(found.step, found.pair, found.depth, strict=True)}
    assert len(depths) == len(found)
    for row, depth in depths.items():
        assert wanted[row] == pytest.approx(depth)
    by_pair, by_step = {}, {}
    for (step, pair), depth in wanted.items():
        by_pair.setdefault(pair, []).append(depth)
        by_step.setdefault(step, []).append(depth)
    assert set(np.flatnonzero(found.missing)) == set(by_pair)
    for pair, wanted_depths in by_pair.items():
        assert found.missing[pair] == pytest.approx(max(wanted_depths))
        deepest = sorted((depth for (_, p), depth in depths.items() if p == pair), reverse=True)
        assert deepest[:3] == pytest.approx(sorted(wanted_depths, reverse=True)[:3])
    for step, wanted_depths in by_step.items():
        assert max(depth for (s, _), depth in depths.items() if s == step) == pytest.approx(max(wanted_depths))


def test_separation_does_not_depend_on_threads(sample):
    events = sample.events
    separation = separation_of(sample)
    many = 20  # copies of the pairs: more than one thread takes at a time
    copies = _core.mixture.Separation(
        np.concatenate([[0], np.cumsum(np.tile(np.diff(events.indptr), many))]),
        *(np.tile(array, many) for array in (events.state, events.column, events.change)),
        columns=3,
        first=0,
        merged=np.full(STEPS, 2**32 - 1, np.uint32),
    )
    weights = np.full(3, 1e6) / sample.pairs / 3
    level = sample.own @ weights * 0.5
    for which, pairs in ((separation, len(events.pairs)), (copies, many * len(events.pairs))):
        one, two = (which.rows(weights, level, np.zeros(pairs), tolerance=1e-6, threads=n) for n in (1, 5))
        for left, right in zip(one, two, strict=True):
            assert len(left[0]) and all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def test_counts_are_those_of_recounting(sample):
    wanted = dense_counts(sample)
    pair, step = (a.ravel().astype(np.uint32) for a in np.indices(wanted.shape[:2]))
    found = separation_of(sample).counts(pair, step)
    assert np.array_equal(found, wanted.reshape(-1, wanted.shape[2]))


def test_separation_refuses_arrays_that_do_not_fit(sample):
    events = sample.events
    good = (events.indptr, events.state, events.column, events.change)
    settings = {"columns": 3, "first": 0, "merged": np.zeros(5, np.uint32)}
    for place, array in ((0, events.indptr[:-1]), (1, events.state[:-1]), (1, events.state[::-1].copy())):
        with pytest.raises(ValueError):
            _core.mixture.Separation(*good[:place], array, *good[place + 1 :], **settings)
    with pytest.raises(ValueError):
        _core.mixture.Separation(*good, **{**settings, "columns": 2})
    separation = separation_of(sample)
    with pytest.raises(ValueError):
        separation.rows(np.ones(2), np.zeros(STEPS), np.zeros(len(events.pairs)), tolerance=0.0)
    with pytest.raises(ValueError):
        separation.counts(np.array([len(events.pairs)], np.uint32), np.zeros(1, np.uint32))


@pytest.mark.parametrize("first", [0, 20])
@pytest.mark.parametrize("mass_normalized", [False, True])
def test_the_optimum_is_that_of_the_program_with_all_rows(texts, steps, first, mass_normalized):
    words = {category: words_of(lines[1::2]) for category, lines in texts.items()}
    problem = problem_of(words, steps, first=first)
    wanted = solved(problem, mass_normalized)
    found = solve_lp(problem, mass_normalized=mass_normalized)
    assert wanted > 0 and found.alpha.sum() == pytest.approx(1) and found.alpha.min() >= 0
    assert found.objective / (normalization(problem, mass_normalized) @ found.alpha) == pytest.approx(wanted, rel=1e-6)
    assert found.gap <= 1e-6
    assert found.slack_of_step.sum() + found.slack_of_pair.sum() == pytest.approx(found.objective)
    for step, pair, row in all_rows(problem):
        assert row @ found.alpha + found.slack_of_step[step] + found.slack_of_pair[pair] > -1e-5


def test_a_path_gives_what_each_number_of_steps_gives_alone(sample):
    path = solve_path(sample, steps=(10, 30, STEPS))
    assert [solution.steps for solution in path] == [10, 30, STEPS]
    for solution in path:
        alone = solve_lp(sample, steps=solution.steps)
        assert solution.objective == pytest.approx(alone.objective, rel=2e-6)
        cut = solved(replace(sample, last=solution.steps))
        assert solution.objective == pytest.approx(cut, rel=2e-6)


def test_on_the_training_text_no_row_is_violated(training, steps):
    problem = problem_of(training, steps)
    weight = np.array(list(SHARES.values())) * problem.pairs
    relaxation = Relaxation(problem)
    relaxation.alpha = weight / weight.sum()
    assert not len(relaxation.separate())
    solution = solve_lp(problem)
    assert solution.objective == pytest.approx(0, abs=1e-3) and solution.gap <= 1
    bounds = identified_set(problem, solution)
    assert np.all(bounds.least <= relaxation.alpha + 1e-6) and np.all(relaxation.alpha - 1e-6 <= bounds.greatest)


def test_a_round_that_is_not_the_last_says_its_gap(sample):
    wanted = solve_lp(sample).objective
    for rounds in (0, 1):
        solution = solve_lp(sample, rounds=rounds)
        assert solution.rounds == rounds
        assert wanted <= solution.objective * (1 + 1e-9)
        assert solution.objective * (1 - solution.gap) <= wanted * (1 + 1e-9)


def test_a_start_changes_the_way_and_not_the_end(sample):
    solution = solve_lp(sample)
    again = solve_lp(sample, start=solution)
    assert again.objective == pytest.approx(solution.objective, rel=2e-6)
    assert again.rounds < solution.rounds
    assert len(solution.row_step) == len(solution.row_pair) > 0


def test_threads_do_not_change_a_bit(sample):
    one, two = (solve_lp(sample, threads=threads) for threads in (1, 3))
    assert np.array_equal(one.alpha, two.alpha) and one.objective == two.objective


def test_the_identified_set_holds_the_estimate_and_grows_with_what_is_allowed(sample):
    solution = solve_lp(sample)
    narrow = identified_set(sample, solution, within=0.01)
    wide = identified_set(sample, solution, within=0.05)
    noisy = identified_set(sample, solution, within=0.01, noise=1.0, categories=[1])
    assert np.all(narrow.least <= solution.alpha + 1e-9) and np.all(solution.alpha <= narrow.greatest + 1e-9)
    assert np.all(wide.least < narrow.least) and np.all(wide.greatest > narrow.greatest)
    assert noisy.least[1] < narrow.least[1] and np.isnan(noisy.least[[0, 2]]).all()
    assert noisy.budget == pytest.approx(1.01 * solution.objective + objective_noise(sample, solution))


def test_the_ends_of_the_identified_set_are_those_of_the_program_with_all_rows(sample):
    """The least sum of slacks with the share held at the end is what was allowed."""
    solution = solve_lp(sample)
    bounds = identified_set(sample, solution, within=0.02)
    for end in (bounds.least[0], bounds.greatest[0]):
        relaxation = Relaxation(sample)
        relaxation.model.changeColBounds(0, float(end), float(end))
        while len(violated := relaxation.separate()):
            relaxation.add(violated.step, violated.pair)
            relaxation.solve()
        assert relaxation.objective == pytest.approx(bounds.budget, rel=1e-3)


def test_the_jackknife_is_the_standard_error_where_that_is_known(sample):
    """Of a mean it is the root of the variance over the number."""
    values = np.random.default_rng(1).normal(size=(8, 3))
    means = {None: values.mean(axis=0), **{block: np.delete(values, block, axis=0).mean(axis=0) for block in range(8)}}
    at = iter(means)
    found = grouped_jackknife(lambda block: sample, 8, lambda problem: means[next(at)])
    assert found.errors == pytest.approx(values.std(axis=0, ddof=1) / np.sqrt(8))
    at = iter(means)
    doubled = grouped_jackknife(lambda block: sample, 8, lambda problem: means[next(at)], unit=lambda alpha, block: 2 * alpha)
    assert doubled.errors == pytest.approx(2 * found.errors) and doubled.shares == pytest.approx(2 * found.shares)
    with pytest.raises(PolyvocabError, match="two or more"):
        grouped_jackknife(lambda block: sample, 1, lambda problem: problem.pairs)


@pytest.mark.parametrize("wrong", [[], [0], [5, 5], [10, 5], [STEPS + 1]])
def test_steps_that_are_not_there_are_refused(sample, wrong):
    with pytest.raises(PolyvocabError, match="steps"):
        solve_path(sample, steps=wrong)


def test_a_negative_tolerance_is_refused(sample):
    with pytest.raises(PolyvocabError, match="within"):
        identified_set(sample, solve_lp(sample), within=-0.1)


def test_effective_counts_are_counts_over_their_variance(sample):
    """Where one category has all of a merge they are its count, and shares do not matter."""
    alpha = np.array([0.2, 0.5, 0.3])
    own = np.zeros_like(sample.own)
    own[:, 1] = np.arange(1, STEPS + 1)
    own[0] = 0
    assert effective_counts(replace(sample, own=own), alpha) == pytest.approx([0, *range(2, STEPS + 1)])
    mixed = effective_counts(sample, alpha)
    assert np.all(mixed <= sample.own.sum(axis=1) + 1e-9) and np.all(mixed > 0)


def test_the_default_steps_end_where_counts_are_few(sample):
    """Single rare merges do not end them."""
    own = np.zeros((1000, 3))
    own[:, 2] = np.where(np.arange(1000) < 600, 50, 10)
    own[100] = 1
    problem = replace(sample, own=own, first=0, last=1000)
    alpha = np.full(3, 1 / 3)
    assert abs(default_steps(problem, alpha) - 600) <= 1
    assert abs(default_steps(replace(problem, first=200), alpha) - 400) <= 1
    assert default_steps(problem, alpha, count=5) == 1000
    assert default_steps(replace(sample, own=own * 0, last=STEPS), alpha) >= 1
