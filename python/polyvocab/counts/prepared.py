"""Documents go through the text steps of their tokenizer before they are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .run import Counter


class Preparing(Protocol):
    """A tokenizer that may have text steps."""

    text_steps: tuple

    def prepared_flat(self, data: bytes, offsets: np.ndarray) -> tuple[bytes, np.ndarray]:
        """Texts that lie one after the other, with the steps done."""


def prepared(counter: Counter, tokenizer: Preparing) -> Counter:
    """What counts the documents as the tokenizer encodes them; the counter itself where the tokenizer has no text steps."""
    return _Prepared(counter, tokenizer) if tokenizer.text_steps else counter


@dataclass(frozen=True)
class _Prepared:
    counter: Counter
    tokenizer: Preparing

    def add(self, data: bytes, offsets: np.ndarray) -> None:
        data, offsets = self.tokenizer.prepared_flat(data, offsets)
        is_end = np.diff(offsets, prepend=-1) > 0  # documents of which the steps leave nothing are no documents
        self.counter.add(data, offsets[is_end])
