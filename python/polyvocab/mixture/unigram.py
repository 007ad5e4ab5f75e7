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

import numpy as np

from ..errors import PolyvocabError
from .expected_pieces import ExpectedPieces, UnigramPieces
from .fixed_point import fixed_point
from .unigram_corpus import corpus_tokens

_MISFIT = 0.1  # how much the probabilities of pieces that fit badly are off, relatively
_ROUNDING = 0.1  # in standard errors: within this an error counts by its square
_BEGUN, _SETTLED = 1e-4, 1e-8  # change of the shares in a step
_LEAST = 1e-9  # share to begin with
_LIMIT = 2000  # steps
_EXPECTED = 10.0  # tokens in the sample, by which a piece that is not there counts as missing
_MISSING = 4.0  # times more probable than the fit


@dataclass(frozen=True, eq=False)
class Rates:
    """A sparse matrix [categories, pieces]: expected shares of each category's tokens."""

    category: np.ndarray  # int64 [entries]
    piece: np.ndarray  # int64 [entries]
    rate: np.ndarray  # float64 [entries], positive
    categories: int
    pieces: int

    def mixed(self, beta: np.ndarray) -> np.ndarray:
        """float64 [pieces]: the sum of the categories, each times its number."""
        return np.bincount(self.piece, beta[self.category] * self.rate, self.pieces)

    def collected(self, values: np.ndarray) -> np.ndarray:
        """float64 [categories]: the sum of the pieces, each times its number."""
        return np.bincount(self.category, values[self.piece] * self.rate, self.categories)


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

    @property
    def rates(self) -> Rates:
        """Of the pieces in each category's tokens."""
        found = []
        for i, category in enumerate(self.expected):
            at = np.searchsorted(self.pieces, category.pieces)
            inside = at < len(self.pieces)
            inside[inside] = self.pieces[at[inside]] == category.pieces[inside]
            rate = category.counts[inside].sum(axis=1) / category.tokens.sum()
            found.append((np.full(len(rate), i), at[inside], rate))
        category, piece, rate = map(np.concatenate, zip(*found, strict=True))
        kept = rate > 0
        return Rates(category[kept], piece[kept], rate[kept], len(self.expected), len(self.pieces))

    @property
    def probability(self) -> np.ndarray:
        """float64 [pieces]: with the half token that the trainer took away, where it matters."""
        return np.exp(self.log_probability) + (0.5 / self.corpus_tokens if self.corpus_tokens else 0.0)


@dataclass(frozen=True, eq=False)
class UnigramSolution:
    """An estimate, and how it fits."""

    alpha: np.ndarray  # float64 [categories]: shares of tokens, with the sum 1
    kl: float  # nats, from the mixture to the probabilities, both over the pieces that some category has
    gap: float  # the likelihood, with its last weights, is this much below its maximum at most: nats for a token
    iterations: int
    residuals: np.ndarray  # float64 [pieces]: log probability less that of the mixture, median 0; infinite where it is 0 there
    support: np.ndarray  # float64 [pieces]: times at least that the samples would have the piece, by its probability


def solve_unigram(problem: UnigramProblem, *, start: np.ndarray | None = None) -> UnigramSolution:
    """Shares of tokens by reweighted maximum likelihood.

    Where sum_k w_k (p_k log m_k - m_k) is largest, with m = sum_i beta_i q_i, beta being alpha times some factor, and the
    weights w_k = p_k / (s_k sqrt(e_k^2 + 0.01 s_k^2)) that belong to it. There e = p - m is the error, and its expected size is
    s_k^2 = (p_k / 10)^2 + p_k sum_i beta_i^2 q_ik / (m_k tokens_i): a tenth of p, and the Poisson noise of the samples. The
    estimating equation sum_k w_k q_ik (1 - p_k / m_k) = 0 is linear in the noise of q, by which samples of any size give no
    biased shares, as least squares would. It is solved by steps of EM, accelerated, each with the weights of its point, after
    some with equal weights: towards the Kullback-Leibler projection. `start`: alpha of a similar problem, instead of that.

    Raises `PolyvocabError` where no category has any of the pieces.
    """
    rates, tokens = problem.rates, problem.tokens
    seen = np.bincount(rates.piece, minlength=rates.pieces) > 0
    if not seen.any():
        raise PolyvocabError("no piece of the tokenizer occurs in the text: is it text of these languages at all?")
    p = np.where(seen, problem.probability, 0.0)
    begun = 0
    if start is None:
        beta = np.full(rates.categories, p.sum() / rates.categories)
        beta, begun = fixed_point(lambda b: b * _growth(rates, p, b, seen * 1.0), beta, tolerance=_BEGUN, limit=_LIMIT)
    else:
        beta = start * p.sum()
    beta, count = fixed_point(
        lambda b: b * _growth(rates, p, b, _weights(rates, p, b, tokens)),
        np.maximum(beta, _LEAST),
        tolerance=_SETTLED,
        limit=_LIMIT,
    )
    mixed = rates.mixed(beta)
    residuals = np.full(rates.pieces, np.inf)
    residuals[seen] = np.log(p[seen] / mixed[seen])
    residuals -= np.median(residuals[seen])
    a, b = p[seen] / p.sum(), mixed[seen] / mixed.sum()
    return UnigramSolution(
        alpha=beta / beta.sum(),
        kl=float((a * np.log(a / b)).sum()),
        gap=max(float(_growth(rates, p, beta, _weights(rates, p, beta, tokens)).max()) - 1, 0.0),
        iterations=begun + count,
        residuals=residuals,
        support=problem.probability / (beta / tokens).max(),
    )


def _growth(rates: Rates, p: np.ndarray, beta: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """float64 [categories]: what a step of EM multiplies beta by; 1 at the optimum, and less where beta is 0 there."""
    mixed = rates.mixed(beta)
    ratio = np.divide(p, mixed, out=np.zeros_like(p), where=mixed > 0)
    own = rates.collected(weights)
    return np.divide(rates.collected(weights * ratio), own, out=np.zeros_like(own), where=own > 0)


def _weights(rates: Rates, p: np.ndarray, beta: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """float64 [pieces]; 0 where no category has the piece."""
    mixed = rates.mixed(beta)
    seen = mixed > 0
    noise = p * np.divide(rates.mixed(beta**2 / tokens), mixed, out=np.zeros_like(p), where=seen)
    size = np.sqrt((_MISFIT * p) ** 2 + noise)
    return np.divide(p, size * np.sqrt((p - mixed) ** 2 + (_ROUNDING * size) ** 2), out=np.zeros_like(p), where=seen)


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
