"""What polyvocab infers of a tokenizer, as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from polyvocab import Tokenizer
from polyvocab.mixture import MixtureResult, infer


def inferred(path: Path, samples: Mapping[str, list[str]]) -> dict:
    """Shares of bytes and their standard errors by estimator; the chosen one is there twice, under its name and as `chosen`."""
    return _plain(infer(Tokenizer.from_pretrained(str(path)), samples), list(samples))


def inferred_of_extended(path: Path, samples: Mapping[str, list[str]]) -> dict:
    """The same, and the seams, and the shares of what was added after the first one; None where a share cannot be seen."""
    result = infer(Tokenizer.from_pretrained(str(path)), samples)
    found = _plain(result, list(samples)) | {"seam_found": [], "added_estimate": dict.fromkeys(samples)}
    if result.segments:
        shares = (None if np.isnan(share) else float(share) for share in result.segments[0].shares["bytes"])
        found["seam_found"] = [segment.first for segment in result.segments]
        found["added_estimate"] = dict(zip(samples, shares, strict=True))
    return found


def _plain(result: MixtureResult, categories: list[str]) -> dict:
    estimates, errors = {}, {}
    for name, estimate in result.estimates.items():
        estimates[name] = dict(zip(categories, estimate.shares["bytes"].tolist(), strict=True))
        if "bytes" in estimate.errors:
            errors[name] = dict(zip(categories, estimate.errors["bytes"].tolist(), strict=True))
    return {
        "estimates": estimates | {"chosen": result.shares()},
        "errors": errors | {"chosen": result.errors()},
        "chosen": result.chosen,
        "steps": {name: estimate.steps for name, estimate in result.estimates.items()},
        "figures": {name: dict(estimate.figures) for name, estimate in result.estimates.items()},
        "findings": [finding.kind for finding in result.findings],
        "corpus": dict(result.corpus),
        "seconds": dict(result.seconds),
    }
