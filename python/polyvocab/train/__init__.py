"""Continued pre-training after a surgery, on `transformers.Trainer`."""

from .adapter import add_adapter, load_adapter, save_adapter, with_learned_rows
from .blocks import Objective, blocks, objective_of
from .learning import learning, new_rows
from .schedule import Schedule, Stage, eeve, embeddings_first, new_rows_only, schedule
from .stage import LossPoint, run_stage

__all__ = [
    "LossPoint",
    "Objective",
    "Schedule",
    "Stage",
    "add_adapter",
    "blocks",
    "eeve",
    "embeddings_first",
    "learning",
    "load_adapter",
    "new_rows",
    "new_rows_only",
    "objective_of",
    "run_stage",
    "save_adapter",
    "schedule",
    "with_learned_rows",
]
