"""`polyvocab factorize` and `unfactorize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import command


@command()
def factorize(
    model: Annotated[Path, typer.Argument(help="Checkpoint directory.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory to write; must not exist.")],
    rank: Annotated[int, typer.Option(help="Numbers that a token keeps: at most the width of the model.")] = 100,
    transfer: Annotated[str | None, typer.Option(help="A saved transfer, applied to the factorized vocabulary.")] = None,
) -> None:
    """Write the vocabulary of a model as coordinates times directions (OFA), in a format of its own."""
    from .. import surgery
    from ..atomic import refuse_existing
    from ..integrations.transformers import tokenizer_files
    from ..surgery.checkpoint import architecture, check_tokenizer
    from ..transfer import TokenizerTransfer

    refuse_existing(out)
    model_class = type(architecture(model)[0])
    loaded = None if transfer is None else TokenizerTransfer.from_pretrained(transfer)
    if loaded is not None:
        check_tokenizer(loaded, model)
    made = surgery.factorize(model_class.from_pretrained(model, dtype="auto"), rank)
    if loaded is not None:
        surgery.apply(loaded, made)
    surgery.save_factorized(made, out, tokenizer_files(model) if loaded is None else loaded.target)
    print(f"written to {out}")


@command()
def unfactorize(
    model: Annotated[Path, typer.Argument(help="Directory of a factorized model.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory to write; must not exist.")],
) -> None:
    """Multiply a factorized model out to a stock checkpoint."""
    from .. import surgery
    from ..atomic import atomic_directory, refuse_existing
    from ..formats import TokenizerFiles
    from ..formats.directory import tokenizer_paths

    refuse_existing(out)
    made = surgery.unfactorize(surgery.load_factorized(model))
    with atomic_directory(out) as folder:
        made.save_pretrained(folder)
        if tokenizer_paths(model):
            TokenizerFiles.from_directory(model).write(folder)
    print(f"written to {out}")
