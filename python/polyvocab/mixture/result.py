"""What an inference found: plain data, for people, reports and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._version import __version__
from .finding import Finding


@dataclass(frozen=True, eq=False)
class Category:
    """The sample of a category."""

    name: str
    documents: int
    bytes: int
    characters: int
    pairs: int  # of initial tokens; of a Unigram tokenizer: expected tokens


@dataclass(frozen=True, eq=False)
class Estimate:
    """What one estimator says, in every unit."""

    shares: Mapping[str, np.ndarray]  # by unit (bytes, characters, pairs): float64 [categories], with the sum 1
    errors: Mapping[str, np.ndarray]  # by unit: standard errors of the shares; empty without blocks
    steps: int  # how many of the window's steps it used; of a Unigram tokenizer: pieces
    figures: Mapping[str, float] = field(default_factory=dict)  # what else the estimator says of itself


@dataclass(frozen=True, eq=False)
class Segment:
    """A part of the merge list of an extended tokenizer, with the mixture that it was continued on."""

    first: int
    last: int
    shares: Mapping[str, np.ndarray]  # by unit, of the text of the categories that can be told there; NaN for the others
    errors: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class MixtureResult:
    """The mixture of a tokenizer's training text, and how far to trust it."""

    tokenizer: Mapping[str, Any]  # path, fingerprint, model, steps, unlearned
    settings: Mapping[str, Any]
    categories: tuple[Category, ...]
    estimates: Mapping[str, Estimate]  # by estimator
    chosen: str  # one of them
    reason: str  # why
    findings: tuple[Finding, ...]
    seconds: Mapping[str, float]
    # Of merge lists alone:
    identified: Mapping[str, np.ndarray] = field(default_factory=dict)  # by unit: float64 [categories, 2], least and greatest
    by_steps: tuple[tuple[int, Mapping[str, np.ndarray]], ...] = ()  # the linear program's shares for rising numbers of steps
    residuals: tuple[Mapping[str, float], ...] = ()  # bands of steps: begin, end, share of the level that is not explained
    segments: tuple[Segment, ...] = ()  # of an extended tokenizer; else empty
    corpus: Mapping[str, Any] = field(default_factory=dict)  # size and trainer, where the order of ties tells

    def shares(self, unit: str = "bytes") -> dict[str, float]:
        """The chosen estimate by category. `unit`: bytes, characters or pairs."""
        return self._by_category(self.estimates[self.chosen].shares[unit])

    def errors(self, unit: str = "bytes") -> dict[str, float]:
        """One standard error of each share, from the choice of the sample's documents alone."""
        return self._by_category(self.estimates[self.chosen].errors[unit])

    def _by_category(self, values: np.ndarray) -> dict[str, float]:
        return dict(zip((c.name for c in self.categories), values.tolist(), strict=True))

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: what `result.json` holds and reports are made of."""
        return {
            "polyvocab": __version__,
            "tokenizer": dict(self.tokenizer),
            "settings": dict(self.settings),
            "categories": [vars(category) for category in self.categories],
            "estimates": {name: _estimate(e) for name, e in self.estimates.items()},
            "chosen": self.chosen,
            "reason": self.reason,
            "identified": _lists(self.identified),
            "by_steps": [{"steps": s, "shares": found["bytes"].tolist(), "estimator": "lp"} for s, found in self.by_steps],
            "residuals": [dict(band) for band in self.residuals],
            "segments": [
                {"first": s.first, "last": s.last, "shares": _lists(s.shares), "standard_errors": _lists(s.errors)}
                for s in self.segments
            ],
            "diagnoses": [{**vars(found), "examples": list(found.examples)} for found in self.findings],
            "corpus": dict(self.corpus) or None,
            "seconds": dict(self.seconds),
        }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    found = {"shares": _lists(estimate.shares), "standard_errors": _lists(estimate.errors), "steps": estimate.steps}
    return found | dict(estimate.figures)


def _lists(arrays: Mapping[str, np.ndarray]) -> dict[str, list]:
    """JSON has no NaN."""
    return {name: np.where(np.isnan(a), None, a).tolist() if np.isnan(a).any() else a.tolist() for name, a in arrays.items()}
