"""Shares from the pieces of a Unigram tokenizer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..inspection.entries import Entries
from ..tokenizer import Tokenizer
from .expected_pieces import UnigramPieces, count_expected
from .finding import Finding
from .residuals import token_text
from .result import Category, Estimate
from .unigram import UnigramProblem, UnigramSolution, solve_unigram, unexplained_pieces
from .unigram_errors import shares_of, unigram_errors

_UNITS = ("bytes", "characters")
_SHARE = 0.02  # of the probability of the pieces that can be judged: where no category is missing it is below 0.01
_EXAMPLES = 12


@dataclass(frozen=True, eq=False)
class PieceEstimates:
    """What the probabilities of the pieces say."""

    pieces: int  # that were compared
    categories: tuple[Category, ...]
    estimate: Estimate
    findings: tuple[Finding, ...]


def estimate_from_pieces(tokenizer: Tokenizer, data: Mapping[str, Any], **settings: Any) -> PieceEstimates:
    """Count and solve. `settings` as in `count_expected`. Raises as it does."""
    pieces = UnigramPieces.of(tokenizer.definition)
    problem = UnigramProblem.of(pieces, count_expected(tokenizer, data, **settings))
    solution = solve_unigram(problem)
    errors = {}
    if problem.blocks > 1:
        progress = settings.get("progress", False)
        errors = {unit: unigram_errors(problem, solution, unit=unit, progress=progress) for unit in _UNITS}
    shares = {unit: shares_of(problem, solution, unit) for unit in _UNITS}
    figures = {"kl": solution.kl, "gap": solution.gap}
    estimate = Estimate(shares, errors, len(problem.pieces), figures)
    findings = _missing(problem, solution, Entries.of(tokenizer.definition))
    return PieceEstimates(len(problem.pieces), _categories(problem), estimate, tuple(findings))


def _missing(problem: UnigramProblem, solution: UnigramSolution, entries: Entries) -> list[Finding]:
    found = unexplained_pieces(problem, solution)
    if found.share < _SHARE:
        return []
    text = (
        f"{len(found.pieces):,} of {found.judged:,} pieces ({found.share:.1%} of their probability) are far more probable than "
        "in any mixture of the categories. A category seems to be missing, or its sample is of other text than the training "
        "data was"
    )
    examples = tuple(token_text(piece, entries) for piece in found.pieces[:_EXAMPLES].tolist())
    return [Finding("missing category", "warning", text, examples)]


def _categories(problem: UnigramProblem) -> tuple[Category, ...]:
    columns = [problem.sizes(unit) for unit in ("documents", "bytes", "characters")] + [problem.tokens]
    numbers = zip(*(column.round().astype(int).tolist() for column in columns), strict=True)
    return tuple(Category(name, *row) for name, row in zip(problem.categories, numbers, strict=True))
