"""`polyvocab apply`, `transplant`, `describe` and `plan`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .app import command


@command()
def apply(
    transfer: Annotated[str, typer.Argument(help="A saved transfer.")],
    source: Annotated[Path, typer.Argument(help="Checkpoint directory with safetensors.")],
    out: Annotated[Path, typer.Argument(help="Directory to write; must not exist.")],
    pad_to_multiple_of: Annotated[int | None, typer.Option(help="Round the row count up.")] = None,
    pad_to: Annotated[int | None, typer.Option(help="Exactly so many rows.")] = None,
) -> None:
    """Apply a saved transfer to a checkpoint, streaming its shards."""
    from .. import surgery
    from ..transfer import TokenizerTransfer

    loaded = TokenizerTransfer.from_pretrained(transfer)
    surgery.apply_to_checkpoint(
        loaded, source, out, pad_to_multiple_of=pad_to_multiple_of, pad_to=pad_to, progress=sys.stderr.isatty()
    )
    print(f"written to {out}")


@command()
def transplant(
    model: Annotated[Path, typer.Argument(help="The checkpoint that gets another vocabulary, a draft model say.")],
    other: Annotated[Path, typer.Argument(help="The checkpoint whose tokenizer, ids and row count it gets.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory to write; must not exist.")],
    method: Annotated[str, typer.Option(help="How new rows are made; omp has OTHER as its donor.")] = "omp",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
) -> None:
    """Give a model the tokenizer of another one: the same ids, special tokens by their roles, as many rows."""
    from ..transplant import transplant as run

    run(model, other, out, method=method, seed=seed, progress=sys.stderr.isatty())
    print(f"written to {out}")


@command()
def describe(transfer: Annotated[str, typer.Argument(help="A saved transfer.")]) -> None:
    """Print what a saved transfer does."""
    from ..transfer import TokenizerTransfer

    print(TokenizerTransfer.from_pretrained(transfer).describe())


@command()
def plan(source: Annotated[Path, typer.Argument(help="Model directory.")]) -> None:
    """Print every tensor of a model with a vocabulary dimension, and what the surgery does with it."""
    from .. import surgery
    from ..surgery.checkpoint import architecture

    print(surgery.plan(architecture(source)[0]))
