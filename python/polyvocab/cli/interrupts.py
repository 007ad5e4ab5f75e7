"""Ctrl-C is never lost."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any


def deliver_again(unraisable: Any) -> None:
    """For `sys.unraisablehook`: an interrupt that falls into a destructor is dropped by Python, and the command would go on.
    Send it once more, a moment later, since at once it would fall into this function and be dropped too."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        return sys.__unraisablehook__(unraisable)
    again = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    again.daemon = True
    again.start()
