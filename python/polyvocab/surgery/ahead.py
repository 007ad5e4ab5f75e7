"""What the surgery needs, loaded while something else is done."""

from __future__ import annotations

import threading
from pathlib import Path

from ..memory import without_collection
from .checkpoint import architecture


def load_ahead(src: str | Path) -> None:
    """Begin to load what `apply_to_checkpoint` needs for this checkpoint, in a thread: torch, transformers and the class of the
    model take longer than most changes of vocabulary. What goes wrong goes wrong again, and is told, when it is needed."""

    def load() -> None:
        try:
            with without_collection():
                architecture(Path(src))
        except Exception:  # not lost: the surgery meets it again
            return

    threading.Thread(target=load, name="polyvocab-load-ahead").start()
