"""What a diagnosis of a tokenizer finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that an estimate of the mixture should be read with. A warning may make the estimate wrong; a note does not."""

    kind: Literal[
        "missing category",
        "unknown text",
        "over-represented pairs",
        "seam",
        "not identifiable",
        "wrong pre-tokenizer",
        "never merged",
        "hand-added merges",
        "early merges",
        "redundant merges",
        "unreachable tokens",
        "given pieces",
        "trainer",
        "corpus size",
    ]
    severity: Literal["note", "warning"]
    text: str  # a sentence or two for a person
    examples: tuple[str, ...] = ()  # of what it is about, as text, the weightiest first

    def __str__(self) -> str:
        shown = f": {', '.join(self.examples)}" if self.examples else ""
        return f"{self.severity}: {self.kind}: {self.text}{shown}"
