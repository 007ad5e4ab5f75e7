"""Continued pre-training after a surgery, on `transformers.Trainer`."""

from .blocks import Objective, blocks, objective_of
from .schedule import Stage, embeddings_first
from .stage import LossPoint, run_stage

__all__ = ["LossPoint", "Objective", "Stage", "blocks", "embeddings_first", "objective_of", "run_stage"]
