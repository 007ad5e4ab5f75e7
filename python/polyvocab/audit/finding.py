"""What an audit finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One defect. `breaks`: some text gets wrong ids or wrong numbers; else it costs memory or may mislead."""

    kind: Literal[
        "unreadable file",
        "stale file",
        "id out of range",
        "wrong id",
        "dead token",
        "closure",
        "row without token",
        "wrong row",
        "tied head",
        "size",
    ]
    where: str  # the file, and the tensor or setting in it
    problem: str
    breaks: bool = True

    def __str__(self) -> str:
        return f"{'!' if self.breaks else ' '} {self.kind}: {self.where}: {self.problem}"


def examples(items: Sequence[object], shown: int = _SHOWN) -> str:
    """The first items, and how many more there are."""
    listed = ", ".join(map(str, items[:shown]))
    return listed + (f" and {len(items) - shown:,} more" if len(items) > shown else "")
