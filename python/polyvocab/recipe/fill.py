"""Rows that no source row explains: drawn from a policy, a seed and the token, never inherited by accident."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ..errors import RecipeError

Policy = Literal["zero", "mean", "normal"]


@dataclass(frozen=True)
class Fill:
    """How a row is filled.

    `zero`: zeros. `mean`: the mean of the source rows. `normal`: drawn from N(mean, std) per dimension, std being the
    population standard deviation. The draw depends on `seed` and `key` (the token) alone, so a row keeps its value
    wherever it stands. The statistics are those of the matrix that the whole chain of transfers is applied to.
    """

    policy: Policy
    seed: int
    key: str

    def __post_init__(self) -> None:
        if self.policy not in get_args(Policy):
            raise RecipeError(f"fill policy {self.policy!r} of token {self.key!r}: use one of {get_args(Policy)}")

    def row(self, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
        """The row, float32 [dim], from the float64 statistics of the source rows."""
        if self.policy == "zero":
            return np.zeros(len(mean), np.float32)
        if self.policy == "mean":
            return mean.astype(np.float32)
        digest = hashlib.sha256(f"{self.seed}\0{self.key}".encode("utf-8", "surrogatepass")).digest()
        generator = np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
        return (mean + std * generator.standard_normal(len(mean))).astype(np.float32)
