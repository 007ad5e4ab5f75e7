"""Mixture inference for Unigram tokenizers: the estimator on made problems, and on tokenizers with known mixtures."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polyvocab import PolyvocabError, Tokenizer
from polyvocab.mixture.expected_pieces import ExpectedPieces, UnigramPieces, count_expected
from polyvocab.mixture.fixed_point import fixed_point
from polyvocab.mixture.unigram import UnigramProblem, solve_unigram, unexplained_pieces
from polyvocab.mixture.unigram_corpus import corpus_tokens
from polyvocab.mixture.unigram_errors import shares_in_units, unigram_errors

SHARES = {"eng_Latn": 0.45, "swh_Latn": 0.3, "zul_Latn": 0.15, "ukr_Cyrl": 0.1}
SIZE = 800_000  # bytes


def em(densities: np.ndarray, target: np.ndarray, steps: int) -> np.ndarray:
    """The mixture of densities that is likeliest for a target, by so many plain steps."""
    alpha = np.full(len(densities), 1 / len(densities))
    for _ in range(steps):
        alpha = alpha * (densities @ (target / (alpha @ densities)))
    return alpha


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
@settings(max_examples=15)
def test_accelerated_steps_lead_where_plain_ones_do(seed, categories):
    rng = np.random.default_rng(seed)
    densities = rng.dirichlet(np.full(40, 0.3), categories) + 1e-6
    target = rng.dirichlet(np.ones(categories)) @ densities
    start = np.full(categories, 1 / categories)
    found, steps = fixed_point(lambda a: a * (densities @ (target / (a @ densities))), start, tolerance=1e-12, limit=5000)
    np.testing.assert_allclose(found, em(densities, target, 5000), atol=1e-6)
    assert steps < 1000


def made(seed: int, spoiled: float) -> tuple[UnigramProblem, np.ndarray]:
    """Three categories with pieces of their own and pieces in common; some probabilities are too low by a fifth."""
    rng = np.random.default_rng(seed)
    alpha, pieces = np.array([0.6, 0.3, 0.1]), 3000
    rates = rng.dirichlet(np.full(pieces, 0.5), 3) * (rng.random((3, pieces)) < 0.4)
    rates /= rates.sum(axis=1, keepdims=True)
    probability = alpha @ rates
    probability[rng.random(pieces) < spoiled * (rates[0] > 0)] *= 0.8
    used = np.flatnonzero(probability).astype(np.uint32)
    one = np.ones(1)
    expected = tuple(ExpectedPieces(used, rates[i, used, None] * 1e5, np.zeros(1), one, 4e5 * one, 4e5 * one) for i in range(3))
    return UnigramProblem(("a", "b", "c"), used, np.log(probability[used]), expected, None), alpha


def test_exact_probabilities_give_the_exact_mixture():
    problem, alpha = made(0, 0.0)
    solution = solve_unigram(problem)
    np.testing.assert_allclose(solution.alpha, alpha, atol=1e-6)
    assert solution.kl < 1e-10 and solution.gap < 1e-5 and np.abs(solution.residuals).max() < 1e-4


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_the_estimating_equation_holds_with_the_weights_of_the_solution(seed):
    problem, _ = made(seed, 0.3)
    p, tokens = np.exp(problem.log_probability), np.array([found.counts.sum() for found in problem.expected])
    q = np.stack([found.counts[:, 0] for found in problem.expected]) / tokens[:, None]
    solution = solve_unigram(problem)
    scale = p.sum()
    for _ in range(100):  # the factor between alpha and beta, which the equation itself leaves to sum_k w_k (p_k - m_k) = 0
        beta = solution.alpha * scale
        mixed = beta @ q
        size = np.sqrt((0.1 * p) ** 2 + p * (beta**2 / tokens @ q) / mixed)
        weights = p / (size * np.sqrt((p - mixed) ** 2 + (0.1 * size) ** 2))
        scale *= (weights @ p) / (weights @ mixed)
    balance = q @ (weights * (1 - p / mixed)) / (q @ weights)
    assert np.abs(balance[solution.alpha > 1e-4]).max() < 1e-4 and balance.min() > -1e-4


def test_pieces_that_fit_badly_do_not_draw_the_mixture():
    problem, alpha = made(1, 0.3)
    rates = np.zeros((3, len(problem.pieces)))
    for row, found in zip(rates, problem.expected, strict=True):
        row[:] = found.counts[:, 0] / found.counts.sum()
    plain = em(rates, problem.probability / problem.probability.sum(), 3000)
    assert np.abs(plain - alpha).max() > 0.01
    np.testing.assert_allclose(solve_unigram(problem).alpha, alpha, atol=0.003)


def trained(texts: dict[str, list[str]], shares: dict[str, float]) -> bytes:
    import sentencepiece

    lines = []
    for language, share in shares.items():
        size = 0
        for line in texts[language]:
            if size >= share * SIZE:
                break
            lines.append(line)
            size += len(line.encode())
        assert size >= share * SIZE
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="unigram", vocab_size=3000, num_threads=1, minloglevel=2
    )
    return model.getvalue()


@pytest.fixture(scope="module")
def halves(sample_text) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Runs of ten lines, to train on and to infer with, of each language."""
    found = {}, {}
    for language in SHARES:
        lines = (sample_text / f"{language}.train.txt").read_text().splitlines()
        for part in (0, 1):
            found[part][language] = [line for i, line in enumerate(lines) if i // 10 % 2 == part and line]
    return found


@pytest.fixture(scope="module")
def known(halves, tmp_path_factory) -> tuple[Tokenizer, UnigramProblem]:
    """A tokenizer with a known mixture, and what it expects of other text."""
    path = tmp_path_factory.mktemp("unigram") / "known.model"
    path.write_bytes(trained(halves[0], {language: share / 2 for language, share in SHARES.items()}))
    tokenizer = Tokenizer.from_pretrained(path)
    sample = {language: Lines(lines) for language, lines in halves[1].items()}
    return tokenizer, UnigramProblem.of(UnigramPieces.of(tokenizer.definition), count_expected(tokenizer, sample))


class Lines:
    """Documents that can be read again."""

    def __init__(self, lines):
        self.lines = lines

    def __iter__(self):
        return iter(self.lines)


def test_a_known_mixture_is_found_and_its_errors_cover_it(known):
    _, problem = known
    solution = solve_unigram(problem)
    found, truth = shares_in_units(problem, solution)[0], np.array(list(SHARES.values()))
    assert np.log10(np.mean((found - truth) ** 2)) < -3.5
    errors = unigram_errors(problem, solution)[0]
    assert (np.abs(found - truth) < 3 * errors).all() and (errors < 0.05).all()
    assert unexplained_pieces(problem, solution).share < 0.05


def test_a_category_that_is_missing_is_seen(known):
    tokenizer, problem = known
    pieces = UnigramPieces.of(tokenizer.definition)
    without = {c: e for c, e in zip(problem.categories, problem.expected, strict=True) if c != "ukr_Cyrl"}
    part = UnigramProblem.of(pieces, without)
    found = unexplained_pieces(part, solve_unigram(part))
    texts = [pieces.tokens[i].decode() for i in found.pieces.tolist()]
    cyrillic = [text for text in texts if any("\u0400" <= c < "\u0500" for c in text)]
    assert found.share > 0.05 and len(cyrillic) > 0.5 * len(texts) and cyrillic[0] in texts[:3]


def test_the_size_of_a_small_corpus(known, halves):
    """The trainer had fewer tokens than its text has with the model: it dropped pieces in the end."""
    tokenizer, problem = known
    size = {language: share * SIZE / 2 for language, share in SHARES.items()}
    tokens = 0
    for language, found in zip(problem.categories, problem.expected, strict=True):
        tokens += found.tokens.sum() * size[language] / found.bytes.sum()
    assert 0.8 * tokens < problem.corpus_tokens < tokens
    rng = np.random.default_rng(0)
    assert corpus_tokens(np.log(rng.dirichlet(np.ones(5000)) + 1e-5)) is None
    assert corpus_tokens(np.log(np.full(100, 1e-3))) is None


def test_problems_without_anything_to_read_are_refused(known):
    tokenizer, problem = known
    pieces = UnigramPieces.of(tokenizer.definition)
    nothing = count_expected(tokenizer, {"x": Lines(["x"])}, blocks=1)
    nothing["x"].counts[:], nothing["x"].unknown[:] = 0, 0
    with pytest.raises(PolyvocabError, match="x: there is no text"):
        UnigramProblem.of(pieces, nothing)
    foreign = count_expected(tokenizer, {"x": Lines(["ᚠᚢᚦ"])}, blocks=1)
    with pytest.raises(PolyvocabError, match="no piece of the tokenizer occurs"):
        solve_unigram(UnigramProblem.of(pieces, foreign))
    with pytest.raises(PolyvocabError, match="leaves one out"):
        unigram_errors(problem.without_block(0), solve_unigram(problem))
