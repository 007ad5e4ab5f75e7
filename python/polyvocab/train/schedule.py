"""Which parameters learn when, as data: the vocabulary first, then everything; or the stages of EEVE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..errors import TrainingError

Rows = Literal["none", "new", "all"]


@dataclass(frozen=True)
class Stage:
    """A run of steps with one set of learning parameters, its own optimizer and its own learning-rate schedule.

    `input`, `output`: which rows of the matrices learn; with the output matrix its bias. "new" are the rows that a transfer did
    not copy; the others keep their bits. `body`: whether all other parameters learn. A tied matrix is input and output at once,
    so both must say the same of it.
    """

    name: str
    steps: int
    learning_rate: float
    input: Rows = "all"
    output: Rows = "all"
    body: bool = True
    weight_decay: float = 0.0


def embeddings_first(steps: int, *, share: float = 0.2, embeddings_rate: float = 1e-3, rate: float = 2e-4) -> tuple[Stage, ...]:
    """A `share` of the steps for the vocabulary alone, at the higher rate that a frozen body allows, then all parameters.

    On short budgets a long first stage costs more than it brings; with share 0 there is only the second.
    """
    first = round(steps * share)
    stages = (Stage("embeddings", first, embeddings_rate, body=False), Stage("all", steps - first, rate))
    return tuple(stage for stage in stages if stage.steps > 0)


def new_rows_only(steps: int, *, rate: float = 1e-3, weight_decay: float = 0.0) -> Stage:
    """The rows of new tokens and nothing else."""
    return Stage("new rows", steps, rate, input="new", output="new", body=False, weight_decay=weight_decay)


# The seven stages of EEVE (Kim et al. 2024): name, input rows, output rows, body.
_EEVE: tuple[tuple[str, Rows, Rows, bool], ...] = (
    ("new input", "new", "none", False),
    ("new output", "none", "new", False),
    ("new rows", "new", "new", False),
    ("output", "none", "all", False),
    ("new input and output", "new", "all", False),
    ("all", "all", "all", True),
    ("body", "none", "none", True),
)
_EEVE_TIED: tuple[tuple[str, Rows, Rows, bool], ...] = (
    ("new rows", "new", "new", False),
    ("embeddings", "all", "all", False),
    ("all", "all", "all", True),
    ("body", "none", "none", True),
)


def eeve(steps: Sequence[int], *, tied: bool, rate: float = 1e-3, body_rate: float = 2e-4) -> tuple[Stage, ...]:
    """The stages of EEVE (Kim et al. 2024) with the steps of each: seven, or four where input and output are one matrix.

    New input rows; new output rows; both; all output rows; new input rows and all output rows; everything; the body alone. Of a
    tied model: new rows; all rows; everything; the body alone. A stage of 0 steps is left out. The paper ends a stage where it
    converges and gives no numbers; a body that learns takes `body_rate`.
    """
    stages = _EEVE_TIED if tied else _EEVE
    if len(steps) != len(stages):
        raise TrainingError(
            f"steps of {len(steps)} stages: EEVE has {len(stages)} for {'a tied' if tied else 'an untied'} model"
        )
    return tuple(
        Stage(name, count, body_rate if body else rate, of_input, of_output, body)
        for (name, of_input, of_output, body), count in zip(stages, steps, strict=True)
        if count > 0
    )


Schedule = Literal["embeddings_first", "new_rows", "eeve"]


def schedule(
    name: Schedule, steps: int, *, tied: bool, share: float = 0.2, embeddings_rate: float = 1e-3, rate: float = 2e-4
) -> tuple[Stage, ...]:
    """The stages of a named schedule that take `steps` in all: `embeddings_first` with its `share`; `new_rows` alone; `eeve`
    with
    equal parts, the last ones a step longer where they do not come out even."""
    if name == "embeddings_first":
        return embeddings_first(steps, share=share, embeddings_rate=embeddings_rate, rate=rate)
    if name == "new_rows":
        return (new_rows_only(steps, rate=embeddings_rate),)
    if name == "eeve":
        count = len(_EEVE_TIED if tied else _EEVE)
        parts = [steps * (i + 1) // count - steps * i // count for i in range(count)]
        return eeve(parts, tied=tied, rate=embeddings_rate, body_rate=rate)
    raise TrainingError(f"schedule {name!r}: use one of {', '.join(get_args(Schedule))}")
