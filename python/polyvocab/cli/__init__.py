"""The command line: one file for each command, or for a few that belong together."""

import sys

from . import adapt, audit, count, encode, initialize, transfers, trim  # noqa: F401 - importing a command registers it
from .app import app
from .interrupts import deliver_again


def main() -> None:
    """The entry point."""
    sys.unraisablehook = deliver_again
    app()
