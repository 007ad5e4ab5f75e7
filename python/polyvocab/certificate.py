"""What is proven of a change of vocabulary, for those who make one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SHOWN = 20


@dataclass(frozen=True)
class Certificate:
    """`proven`: whether the condition holds. `violations`: id of a token to what is wrong with it."""

    proven: bool
    condition: str
    violations: Mapping[int, str]

    def document(self) -> dict[str, Any]:
        """As JSON, with the first violations."""
        shown = dict(list(self.violations.items())[:_SHOWN])
        return {
            "proven": self.proven,
            "condition": self.condition,
            "violations": len(self.violations),
            "first_violations": {str(i): text for i, text in shown.items()},
        }

    def __str__(self) -> str:
        if self.proven:
            return f"proven: {self.condition}"
        shown = "; ".join(f"id {i}: {text}" for i, text in list(self.violations.items())[:_SHOWN])
        return f"not proven ({self.condition}): {len(self.violations)} tokens break it: {shown}"
