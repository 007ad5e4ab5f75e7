"""`polyvocab audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import command


@command()
def audit(
    model: Annotated[Path, typer.Argument(help="Model directory, or that of a tokenizer alone.")],
    original: Annotated[Path | None, typer.Option(help="The model that it was made from, to compare rows and merges.")] = None,
) -> None:
    """Find what is wrong with the vocabulary of a model, whoever changed it: stale files, wrong ids, dead tokens, wrong rows.

    The exit code is 1 where something breaks; lines that begin with ! say what.
    """
    from ..audit import audit as find

    found = find(model, original=original)
    for finding in found:
        print(finding)
    breaking = sum(finding.breaks for finding in found)
    print(f"{model}: {breaking} defects, {len(found) - breaking} remarks")
    if breaking:
        raise typer.Exit(1)
