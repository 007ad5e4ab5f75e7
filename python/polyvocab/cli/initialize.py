"""`polyvocab initialize` and `polyvocab methods`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import PolyvocabError
from .app import command


@command()
def initialize(
    source: Annotated[str, typer.Argument(help="Source tokenizer: directory or name.")],
    target: Annotated[str, typer.Argument(help="Target tokenizer: directory or name.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory of the transfer; must not exist.")],
    method: Annotated[str, typer.Option(help="How new rows are made.")] = "focus",
    corpus: Annotated[list[Path] | None, typer.Option("--corpus", "-c", help="Text of the target language.")] = None,
    vectors: Annotated[Path | None, typer.Option(help="focus: auxiliary vectors (.vec) keyed by target tokens.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE: an option of the method (see its docstring); VALUE is JSON, or text."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
) -> None:
    """Make a transfer from two tokenizers, without touching a model."""
    from .. import methods
    from ..corpus import Corpus
    from ..integrations.transformers import tokenizer_files

    options = ({"vectors": vectors} if vectors is not None else {}) | dict(_setting(text) for text in settings or ())
    made = methods.initialize(
        method,
        tokenizer_files(source),
        tokenizer_files(target),
        corpus=Corpus(corpus) if corpus else None,
        seed=seed,
        **options,
    )
    made.save_pretrained(out)
    print(made.describe())


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise PolyvocabError(f"--set {text}: write NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@command(name="methods")
def list_methods() -> None:
    """List the methods that make new rows."""
    import importlib

    from .. import methods

    for name in methods.names():
        print(f"{name:16} {(importlib.import_module(f'polyvocab.methods.{name}').__doc__ or '').strip().splitlines()[0]}")
