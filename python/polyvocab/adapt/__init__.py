"""The main job: a source model and text of a language become an adapted, further trained model with a report."""

from .job import Job
from .run import run

__all__ = ["Job", "run"]
