"""Shares from the pieces of a Unigram tokenizer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..inspection.entries import Entries
from ..tokenizer import Tokenizer
from .expected_pieces import UnigramPieces, count_expected
from .finding import Finding
from .residuals import token_text
from .result import Category, Estimate
from .unigram import UnigramProblem, UnigramSolution, solve_unigram, unexplained_pieces
from .unigram_errors import shares_in_units, unigram_errors
from .units import named
from .unknown_text import unknown_text

_SHARE = 0.03  # of the probability of the pieces that can be judged: it was below 0.025 where no category was missing
_UNKNOWN = 0.5  # of the characters of a category, with which it is left out: its share of tokens says nothing of bytes
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
    expected = count_expected(tokenizer, data, **settings)
    unknown = [name for name, found in expected.items() if found.unknown.sum() > _UNKNOWN * max(found.characters.sum(), 1)]
    left_out = unknown_text(unknown, len(expected))
    problem = UnigramProblem.of(pieces, {name: found for name, found in expected.items() if name not in unknown})
    solution = solve_unigram(problem)
    errors = None if problem.blocks < 2 else unigram_errors(problem, solution, progress=settings.get("progress", False))
    estimate = Estimate(
        shares=named(shares_in_units(problem, solution)),
        errors={} if errors is None else named(errors),
        steps=len(problem.pieces),
        figures={"kl": solution.kl, "gap": solution.gap},
    )
    findings = [*left_out, *_missing(problem, solution, Entries.of(tokenizer.definition))]
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
    documents = np.array([found.documents.sum() for found in problem.expected])
    in_bytes, characters, tokens = problem.sizes
    rows = np.stack([documents, in_bytes, characters, tokens]).round().astype(int).T.tolist()
    return tuple(Category(name, *row) for name, row in zip(problem.categories, rows, strict=True))
