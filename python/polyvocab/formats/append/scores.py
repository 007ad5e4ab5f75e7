"""Scores as a JSON that `tokenizers` reads gives them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import numpy as np

from ... import _core
from ...errors import FormatError

_SAFE = 12  # digits of a number that is read as what it is
_FORMS = ((17, 1), (18, 16), (19, 128))  # digits, and how far apart their candidates are
_STEPS = 64


def rounded(scores: Iterable[float]) -> np.ndarray:
    """The nearest scores that every format can hold: float64 of 12 digits."""
    return np.array([float(f"{score:.{_SAFE}g}") for score in scores], np.float64)


def spelled(score: float, where: object) -> str:
    """The decimals that the library reads as exactly this number. It rounds twice where they are many, so that the shortest
    form, or the nearest one, may be read as a neighbour. Raises `FormatError` where no decimals are read as this one."""
    shortest = repr(score)
    if _core.parse_json_number(shortest) == score:
        return shortest
    for text in _candidates(score):
        if _core.parse_json_number(text) == score:
            return text
    raise FormatError(where, f"the score {score!r} is none that `tokenizers` reads, which rounds twice: round it first")


def _candidates(score: float) -> Iterator[str]:
    exact = Decimal(score)
    for digits, apart in _FORMS:
        last = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        nearest = exact.quantize(last)
        for step in range(_STEPS):
            yield from (format(nearest + sign * step * apart * last, "f") for sign in (1, -1))
