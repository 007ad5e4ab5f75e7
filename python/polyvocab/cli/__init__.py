"""The command line: one file for each command, or for a few that belong together."""

import sys

from . import (
    adapt,
    audit,
    count,
    encode,
    extend,
    factorized,
    initialize,
    inspect,
    mixture,
    pairs,
    romanize,
    transfers,
    transmi,
    trim,
)
from .app import app
from .interrupts import deliver_again

# Importing a command registers it.
__all__ = [
    "adapt",
    "app",
    "audit",
    "count",
    "encode",
    "extend",
    "factorized",
    "initialize",
    "inspect",
    "main",
    "mixture",
    "pairs",
    "romanize",
    "transfers",
    "transmi",
    "trim",
]


def main() -> None:
    """The entry point."""
    sys.unraisablehook = deliver_again
    app()
