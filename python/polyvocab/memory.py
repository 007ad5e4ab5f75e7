"""Memory that was freed goes back to the system; large imports are not interrupted by looking for garbage."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager


def give_back_freed() -> None:
    """Give back what the C library keeps of freed memory, before something large is loaded. Nothing where it cannot (other
    systems than Linux with glibc)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextmanager
def without_collection() -> Iterator[None]:
    """No garbage is looked for inside: importing torch and transformers makes some hundred thousand objects that stay, and
    takes a quarter longer where they are looked through again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
