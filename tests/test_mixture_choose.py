"""Which estimate is chosen."""

import numpy as np
from polyvocab.mixture.choose import choose
from polyvocab.mixture.result import Estimate


def estimates(lp: float, isotonic: float, dispersion: float) -> dict[str, Estimate]:
    def one(error: float, **figures: float) -> Estimate:
        errors = {"bytes": np.full(3, error)} if error else {}
        return Estimate({"bytes": np.full(3, 1 / 3)}, errors, 100, figures)

    return {"lp": one(lp), "isotonic": one(isotonic, dispersion=dispersion)}


def test_the_smaller_errors_decide_where_both_fit():
    assert choose(estimates(0.01, 0.02, 2.0))[0] == "lp"
    name, reason = choose(estimates(0.02, 0.01, 2.0))
    assert name == "isotonic" and "lp 0.02, isotonic 0.01" in reason


def test_samples_of_other_text_are_for_the_linear_program():
    name, reason = choose(estimates(0.02, 0.01, 400.0))
    assert name == "lp" and "400" in reason


def test_without_errors_the_longer_list_counts():
    assert choose(estimates(0, 0, 2.0))[0] == "isotonic"
