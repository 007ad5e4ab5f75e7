"""Memory that was freed goes back to the system."""

from __future__ import annotations

import ctypes
import gc


def give_back_freed() -> None:
    """Give back what the C library keeps of freed memory, before something large is loaded. Nothing where it cannot (other
    systems than Linux with glibc)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
