"""The command line. Errors that a user can cure are one line without a traceback and exit code 1; misuse exits with 2."""

from __future__ import annotations

import errno
import functools
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from .._version import __version__
from ..errors import PolyvocabError
from .interrupts import leave_quietly

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Change the vocabulary of a language model that already exists.",
)


def command(name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command whose curable errors end in one line and exit code 1."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                function(*args, **kwargs)
            except PolyvocabError as error:
                _fail(f"error: {error}")
            except KeyboardInterrupt:
                _fail("interrupted; nothing half-written is left; adapt and encode go on when they are run again")
            except BrokenPipeError:
                leave_quietly()
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                _fail(f"error: {error.filename or 'the output'}: no space left on the disk; nothing half-written is left")

        return app.command(name=name)(run)

    return register


def _fail(message: str) -> None:
    print(f"polyvocab: {message}", file=sys.stderr)
    raise typer.Exit(1)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit
