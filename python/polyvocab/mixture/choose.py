"""Which of two estimates to believe."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .result import Estimate

_MISFIT = 50.0  # chi2 per degree of freedom: samples of a tokenizer's own kind of text leave 1 to 20, others hundreds


def choose(estimates: Mapping[str, Estimate]) -> tuple[str, str]:
    """(the estimator, why), of "lp" and "isotonic".

    The isotonic one uses more of the list and is the more exact one, where the samples are text like the training data. Where
    they are not, single merges of large samples draw it away; the linear program, in which each merge counts by its distance
    and not by the square of it, holds. Where both may be, the smaller standard errors of shares of bytes decide.
    """
    dispersion = estimates["isotonic"].figures["dispersion"]
    if dispersion > _MISFIT:
        return "lp", f"the samples do not fit the merges closely (chi2 per degree of freedom {dispersion:.0f}), which lp stands"
    spread = {name: float(np.square(e.errors["bytes"]).mean()) for name, e in estimates.items() if e.errors}
    if not spread:
        return "isotonic", "no blocks of documents, so no errors to compare: the estimator that uses more merges"
    best = min(spread, key=spread.__getitem__)
    shown = ", ".join(f"{name} {np.sqrt(value):.2g}" for name, value in spread.items())
    return best, f"the smaller standard errors of shares of bytes (root of their mean square: {shown})"
