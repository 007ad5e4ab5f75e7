"""Which of two estimates to believe."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .result import Estimate


def choose(estimates: Mapping[str, Estimate]) -> tuple[str, str]:
    """(the estimator whose shares of bytes have the smaller errors, why). Without errors: isotonic, which uses more merges."""
    spread = {name: float(np.square(e.errors["bytes"]).mean()) for name, e in estimates.items() if e.errors}
    if not spread:
        return "isotonic", "no blocks of documents, so no errors to compare: the estimator that uses more merges"
    best = min(spread, key=spread.__getitem__)
    shown = ", ".join(f"{name} {np.sqrt(value):.2g}" for name, value in spread.items())
    return best, f"the smaller standard errors of shares of bytes (root of their mean square: {shown})"
