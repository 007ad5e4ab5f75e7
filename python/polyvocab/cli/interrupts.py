"""Ctrl-C is never lost, and a reader that has seen enough is no error."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

import typer


def deliver_again(unraisable: Any) -> None:
    """For `sys.unraisablehook`: an interrupt that falls into a destructor is dropped by Python, and the command would go on.
    Send it once more, a moment later, since at once it would fall into this function and be dropped too."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        return sys.__unraisablehook__(unraisable)
    again = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    again.daemon = True
    again.start()


def leave_quietly() -> None:
    """End as a filter does whose reader has closed the pipe (`| head`): without a word, with the exit code of SIGPIPE."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered has nowhere to go
    raise typer.Exit(128 + signal.SIGPIPE)
