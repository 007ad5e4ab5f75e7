"""The surgery: a transfer applied to a model in memory, or to a checkpoint on disk without loading it."""

from .ahead import beside_loading
from .apply import apply
from .checkpoint import apply_to_checkpoint
from .factorized import factorize, is_factorized, load_factorized, save_factorized, unfactorize
from .gguf import apply_to_gguf
from .matrices import read_matrices, untrained_tokens
from .output_prefix import ShortHead, shorten_head
from .plan import Claim, Plan, Role, plan
from .temporary import trimmed_for_training
from .verify import SameOutputs, compare_outputs

__all__ = [
    "Claim",
    "Plan",
    "Role",
    "SameOutputs",
    "ShortHead",
    "apply",
    "apply_to_checkpoint",
    "apply_to_gguf",
    "beside_loading",
    "compare_outputs",
    "factorize",
    "is_factorized",
    "load_factorized",
    "plan",
    "read_matrices",
    "save_factorized",
    "shorten_head",
    "trimmed_for_training",
    "unfactorize",
    "untrained_tokens",
]
