"""The command line: one file for each command, or for a few that belong together."""

from . import adapt, audit, count, encode, initialize, transfers, trim  # noqa: F401 - importing a command registers it
from .app import app


def main() -> None:
    """The entry point."""
    app()
