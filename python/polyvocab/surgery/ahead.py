"""What the surgery needs, loaded while something else is done."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from ..memory import without_collection
from .checkpoint import architecture

# Seconds after which the other thread may go on: with the usual 5 ms it would wait so long after each call into the core.
_TURN = 0.0002


def load_ahead(src: str | Path) -> None:
    """Begin to load what `apply_to_checkpoint` needs for this checkpoint, in a thread: torch, transformers and the class of the
    model take longer than most changes of vocabulary. What goes wrong goes wrong again, and is told, when it is needed."""

    def load() -> None:
        before = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        try:
            with without_collection():
                architecture(Path(src))
        except Exception:  # not lost: the surgery meets it again
            return
        finally:
            sys.setswitchinterval(before)

    threading.Thread(target=load, name="polyvocab-load-ahead").start()
