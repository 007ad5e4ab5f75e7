"""What a training run of auxiliary vectors is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..errors import PolyvocabError

Model = Literal["cbow", "skipgram"]

MIN_ALPHA = 1e-4  # where the learning rate ends

# Ids of one round. All of its examples see the same parameters: a longer round shares more work and is further from
# updating after each example. Skip-gram asks a word's rows to move once for every neighbour, so its rounds are shorter.
ROUND = {"cbow": 96, "skipgram": 64}


@dataclass(frozen=True)
class TrainSettings:
    """See `vectors.train`. Raises `PolyvocabError` with the setting that makes no sense."""

    dim: int
    epochs: int
    min_count: int
    window: int
    negative: int
    buckets: int
    seed: int
    model: Model
    sample: float
    min_n: int
    max_n: int
    alpha: float
    tolerance: float | None
    patience: int

    def __post_init__(self) -> None:
        for name in ("dim", "epochs", "min_count", "window", "negative", "min_n", "patience"):
            if getattr(self, name) < 1:
                raise PolyvocabError(f"{name} is {getattr(self, name)}: vectors need 1 or more")
        if self.window > 1000 or self.negative > 1000:
            raise PolyvocabError(f"a window of {self.window} and {self.negative} noise words: at most 1000 of each")
        if self.model not in ROUND:
            raise PolyvocabError(f"model is {self.model!r}: use one of {', '.join(map(repr, ROUND))}")
        if not 0 <= self.buckets < 2**31:
            raise PolyvocabError(f"buckets is {self.buckets}: use 0 (no n-grams) to {2**31 - 1}")
        if self.alpha <= 0 or self.sample < 0 or (self.tolerance is not None and self.tolerance < 0):
            raise PolyvocabError("alpha must be above 0, sample and tolerance 0 or more")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
