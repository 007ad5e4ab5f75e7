"""Rows that no source row explains: drawn from a policy, a seed and the token, never inherited by accident."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from ..errors import RecipeError

Policy = Literal["zero", "mean", "normal", "multivariate"]
_RIDGE = 1e-12  # of the mean variance: a covariance of fewer rows than dimensions has no factor but for rounding


@dataclass(frozen=True)
class Moments:
    """Of the source rows, untrained ones left out (`untrained_rows`)."""

    mean: np.ndarray  # float64 [dim]
    std: np.ndarray  # float64 [dim]: the population standard deviation
    covariance: Callable[[], np.ndarray]  # float64 [dim, dim], of the population; takes a pass over the rows

    @cached_property
    def factor(self) -> np.ndarray:
        """float64 [dim, dim], lower triangular: its product with its transpose is the covariance."""
        covariance = self.covariance()
        ridge = max(_RIDGE * np.trace(covariance) / len(covariance), 1e-300)
        return np.linalg.cholesky(covariance + ridge * np.eye(len(covariance)))


@dataclass(frozen=True)
class Fill:
    """How a row is filled.

    `zero`: zeros. `mean`: the mean of the source rows. `normal`: drawn from N(mean, std) per dimension, std being the
    population standard deviation. `multivariate`: drawn from the normal distribution with the mean and the whole covariance of
    the source rows (Hewitt 2021). The draw depends on `seed` and `key` (the token) alone, so a row keeps its value
    wherever it stands. The statistics are those of the matrix that the whole chain of transfers is applied to; its rows that
    training never reached (all zero, repeated) do not count.
    """

    policy: Policy
    seed: int
    key: str

    def __post_init__(self) -> None:
        if self.policy not in get_args(Policy):
            raise RecipeError(f"fill policy {self.policy!r} of token {self.key!r}: use one of {get_args(Policy)}")

    def row(self, moments: Moments) -> np.ndarray:
        """The row, float32 [dim], from the statistics of the source rows."""
        mean = moments.mean
        if self.policy == "zero":
            return np.zeros(len(mean), np.float32)
        if self.policy == "mean":
            return mean.astype(np.float32)
        digest = hashlib.sha256(f"{self.seed}\0{self.key}".encode("utf-8", "surrogatepass")).digest()
        generator = np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
        drawn = generator.standard_normal(len(mean))
        return (mean + (moments.std * drawn if self.policy == "normal" else moments.factor @ drawn)).astype(np.float32)
