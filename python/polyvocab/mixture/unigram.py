"""The mixture of a Unigram tokenizer from the probabilities of its pieces.

The last step of a Unigram's training sets the probability of each piece to its expected share of the corpus. So the
probabilities are a mixture of what the model expects of each category: p_k = sum_i alpha_i q_ik, by and large. Three things
are between:

- The trainer drops its rarest pieces in the end (a tenth in SentencePiece, which had a few percent of the tokens). What they
  covered is cut otherwise now: short pieces are expected more often than their probability says, by ten percent and more, while
  most pieces of whole words are as they were, to a few parts in ten thousand. So a piece that fits badly counts less: its
  weight falls with the size of its error, not of its square. Single characters, which stand in for all that was dropped, and
  get an arbitrary probability where the trainer had pruned them, do not count.
- All probabilities are by one factor too large or too small, because the number of tokens is another one. The fit is of
  proportions, so that this changes nothing.
- The trainer is Bayesian: it takes half a token from each piece. In a small corpus that matters for rare pieces;
  `unigram_corpus` finds how large the corpus was where it was small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..errors import PolyvocabError
from .expected_pieces import ExpectedPieces, UnigramPieces
from .simplex import MixtureFit, fit_mixture
from .unigram_corpus import corpus_tokens

_MISFIT = 0.1  # how much the probabilities of pieces that fit badly are off, relatively
_ROUNDING = 0.1  # in standard errors: within this an error counts by its square
_SETTLED = 1e-5  # change of the shares: far below their errors
_ROUNDS = 500
_EXPECTED = 10.0  # tokens in the sample, by which a piece that is not there counts as missing
_MISSING = 4.0  # times more probable than the fit


@dataclass(frozen=True, eq=False)
class UnigramProblem:
    """The trained pieces of a Unigram, of two characters and more, and what is expected of each category.

    An estimate is a share for each category, alpha: of tokens. Category i contributes `alpha[i] / tokens[i]` times its counts.
    """

    categories: tuple[str, ...]
    pieces: np.ndarray  # uint32 [pieces]: ids, rising
    log_probability: np.ndarray  # float64 [pieces]
    expected: tuple[ExpectedPieces, ...]  # of each category
    corpus_tokens: float | None  # of the trainer's corpus, where it was small enough to tell

    @classmethod
    def of(cls, pieces: UnigramPieces, expected: Mapping[str, ExpectedPieces]) -> UnigramProblem:
        """Raises `PolyvocabError` where no piece has two characters, or a category has no text."""
        usable = pieces.trained & (pieces.characters >= 2)
        if not usable.any():
            raise PolyvocabError("no piece has more than one character, so nothing can be inferred from their probabilities")
        for category, found in expected.items():
            if not found.tokens.sum():
                raise PolyvocabError(f"{category}: there is no text")
        ids = np.flatnonzero(usable).astype(np.uint32)
        return cls(tuple(expected), ids, pieces.scores[ids], tuple(expected.values()), corpus_tokens(pieces.scores[ids]))

    @property
    def blocks(self) -> int:
        return len(self.expected[0].unknown)

    @property
    def tokens(self) -> np.ndarray:
        """float64 [categories]: expected ones, of all pieces and unknown characters."""
        return self.sizes[-1]

    @property
    def sizes(self) -> np.ndarray:
        """float64 [units, categories]: bytes, characters and expected tokens (which stand for pairs)."""
        return np.array([[f.bytes.sum(), f.characters.sum(), f.tokens.sum()] for f in self.expected]).T

    def without_block(self, block: int) -> UnigramProblem:
        """The other blocks as one, for the grouped jackknife."""
        return replace(self, expected=tuple(found.without_block(block) for found in self.expected))

    def without_pieces(self, group: int, groups: int) -> UnigramProblem:
        """Without every so manieth piece."""
        kept = np.arange(len(self.pieces)) % groups != group
        return replace(self, pieces=self.pieces[kept], log_probability=self.log_probability[kept])

    @cached_property
    def rates(self) -> np.ndarray:
        """float64 [categories, pieces]: expected share of each category's tokens."""
        found = np.zeros((len(self.expected), len(self.pieces)))
        for row, category in zip(found, self.expected, strict=True):
            at = np.searchsorted(self.pieces, category.pieces)
            inside = at < len(self.pieces)
            inside[inside] = self.pieces[at[inside]] == category.pieces[inside]
            row[at[inside]] = category.counts[inside].sum(axis=1) / category.tokens.sum()
        return found

    @property
    def probability(self) -> np.ndarray:
        """float64 [pieces]: with the half token that the trainer took away, where it matters."""
        return np.exp(self.log_probability) + (0.5 / self.corpus_tokens if self.corpus_tokens else 0.0)


@dataclass(frozen=True, eq=False)
class UnigramSolution:
    """An estimate, and how it fits."""

    alpha: np.ndarray  # float64 [categories]: shares of tokens, with the sum 1
    kl: float  # nats, from the mixture to the probabilities, both over the pieces that some category has
    gap: float  # the weighted likelihood of the last round is this much below its maximum at most, in nats for a piece
    iterations: int  # of all rounds
    change: float  # of alpha in the last round
    residuals: np.ndarray  # float64 [pieces]: log probability less that of the mixture, median 0; infinite where it is 0 there
    support: np.ndarray  # float64 [pieces]: times at least that the samples would have the piece, by its probability


def solve_unigram(problem: UnigramProblem, *, start: np.ndarray | None = None) -> UnigramSolution:
    """Shares of tokens by reweighted maximum likelihood.

    Each round maximizes sum_k w_k (p_k log m_k - m_k), m = sum_i beta_i q_i, whose solution is that of a mixture problem on the
    simplex (`fit_mixture`) with the target w_k p_k and the densities q_ik / sum_k w_k q_ik. The first has equal weights: the
    Kullback-Leibler projection. The others have w_k = p_k / (s_k sqrt(e_k^2 + 0.01 s_k^2)) with the error e = p - m and its
    expected size s_k^2 = (p_k / 10)^2 + sum_i beta_i m_ik / tokens_i; the second term is the Poisson noise of the samples.
    The estimating equation sum_k w_k q_ik (1 - p_k / m_k) = 0 is linear in the noise of q: noisy samples do not bias it as
    they would bias least squares. `start`: alpha of a similar problem.
    """
    probability, rates = problem.probability, problem.rates
    seen = rates.any(axis=0)
    if not seen.any():
        raise PolyvocabError("no piece of the tokenizer occurs in the text: is it text of these languages at all?")
    p, q, tokens = probability[seen], rates[:, seen], problem.tokens
    alpha, weights, total, change = start, np.ones(len(p)), 0, np.inf
    if start is not None:
        beta = start * (p.sum() / (start @ q).sum())
        weights = _weights(p, q, beta, tokens)
    for _ in range(_ROUNDS):
        beta, fit = _weighted_fit(p, q, weights, alpha)
        total += fit.iterations
        before, alpha = alpha, beta / beta.sum()
        change = np.inf if before is None else float(np.abs(alpha - before).max())
        if change < _SETTLED:
            break
        weights = _weights(p, q, beta, tokens)
    mixed = beta @ q
    residuals = np.full(len(probability), np.inf)
    residuals[seen] = np.log(p / mixed) if mixed.all() else np.log(p) - np.log(np.maximum(mixed, 1e-300))
    residuals -= np.median(residuals[seen])
    a, b = p / p.sum(), mixed / mixed.sum()
    return UnigramSolution(
        alpha=alpha,
        kl=float((a * np.log(a / b)).sum()),
        gap=fit.gap,
        iterations=total,
        change=change,
        residuals=residuals,
        support=probability / (beta / tokens).max(),
    )


def _weighted_fit(p: np.ndarray, q: np.ndarray, weights: np.ndarray, start: np.ndarray | None) -> tuple[np.ndarray, MixtureFit]:
    """(beta, fit on the simplex): float64 [categories]."""
    target = weights * p
    masses = q @ weights
    masses[masses == 0] = 1.0  # a category without any of the pieces
    within = None if start is None else start * masses
    fit = fit_mixture(q / masses[:, None], target / target.sum(), start=within)
    return fit.alpha * target.sum() / masses, fit


def _weights(p: np.ndarray, q: np.ndarray, beta: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    mixed = beta @ q
    noise = p * ((beta**2 / tokens) @ q) / mixed
    size = np.sqrt((_MISFIT * p) ** 2 + noise)
    return p / (size * np.sqrt((p - mixed) ** 2 + (_ROUNDING * size) ** 2))


@dataclass(frozen=True, eq=False)
class UnexplainedPieces:
    """Pieces that are far more probable than in any mixture of the categories: is a category missing?"""

    pieces: np.ndarray  # uint32: ids, by falling probability
    share: float  # of the probability of the pieces that the samples are large enough for
    judged: int  # how many those are


def unexplained_pieces(problem: UnigramProblem, solution: UnigramSolution) -> UnexplainedPieces:
    """Pieces at least 4 times as probable as in the mixture, among those that the samples would have 10 times or more."""
    judged = solution.support >= _EXPECTED
    probability = problem.probability
    found = judged & (solution.residuals > np.log(_MISSING))
    order = np.flatnonzero(found)[np.argsort(-probability[found], kind="stable")]
    total = probability[judged].sum()
    share = float(probability[found].sum() / total) if total else 0.0
    return UnexplainedPieces(problem.pieces[order], share, int(judged.sum()))
