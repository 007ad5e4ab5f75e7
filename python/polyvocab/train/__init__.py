"""Continued pre-training after a surgery, on `transformers.Trainer`."""

from .blocks import Objective, blocks, objective_of
from .learning import learning, new_rows
from .schedule import Schedule, Stage, eeve, embeddings_first, new_rows_only, schedule
from .stage import LossPoint, run_stage

__all__ = [
    "LossPoint",
    "Objective",
    "Schedule",
    "Stage",
    "blocks",
    "eeve",
    "embeddings_first",
    "learning",
    "new_rows",
    "new_rows_only",
    "objective_of",
    "run_stage",
    "schedule",
]
