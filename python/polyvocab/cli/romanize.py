"""`polyvocab romanize`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from .app import command


@command()
def romanize(
    files: Annotated[list[Path] | None, typer.Argument(help="Text; gz, zst; none, or -: standard input.")] = None,
    inputs: Annotated[list[Path] | None, typer.Option("--input", "-i", help="The same as an argument.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write; must not exist.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", "-l", help="ISO 639-3 code of the text: ukr, ...")] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="str, edges (with offsets), alts or lattice.")] = "str",
    valid_json: Annotated[bool, typer.Option("--json", help="Commas between edges, which uroman does not write.")] = False,
    mark: Annotated[str | None, typer.Option(help="A character to put before each letter that was made.")] = None,
    threads: Annotated[int, typer.Option(help="0: one per core.")] = 0,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at text that is no UTF-8, instead of replacing it.")] = False,
) -> None:
    """Write text in the Latin alphabet, as uroman 1.3.1.1 does: one line out for each line in (docs/romanize-jobs.md)."""
    from ..romanize.files import LineRomanizer

    romanizer = LineRomanizer(lang, format=format, mark=mark, threads=threads, valid_json=valid_json)
    with _output(out) as write:
        for path in [*(files or []), *(inputs or [])] or [Path("-")]:
            with _opened(path) as source:
                romanizer.copy(source, write, name=_name(path), strict=strict, report=_say)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    from ..corpus import open_text

    if str(path) == "-":
        yield sys.stdin.buffer
    else:
        with open_text(path) as (text, _):
            yield text


@contextmanager
def _output(path: Path | None) -> Iterator[Callable[[bytes], object]]:
    from ..atomic import atomic_file

    if path is not None:
        with atomic_file(path) as file:
            yield file.write
        return

    def write(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()  # whoever waits for the line gets it now

    yield write


def _name(path: Path) -> str:
    return "standard input" if str(path) == "-" else str(path)


def _say(message: str) -> None:
    print(f"polyvocab: {message}", file=sys.stderr, flush=True)
