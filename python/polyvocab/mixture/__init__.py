"""What a tokenizer was trained on: data mixture inference (Hayase et al. 2024)."""

from .count import count_pairs, load_pairs
from .infer import infer
from .result import MixtureResult

__all__ = ["MixtureResult", "count_pairs", "infer", "load_pairs"]
