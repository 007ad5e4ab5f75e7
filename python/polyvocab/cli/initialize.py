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
    model: Annotated[
        Path | None, typer.Option(help="The source model: its untrained rows are left out, and some methods mix its matrices.")
    ] = None,
    donor: Annotated[Path | None, typer.Option(help="omp: a model with the target tokenizer.")] = None,
    helper: Annotated[Path | None, typer.Option(help="clp: a small model with the target tokenizer.")] = None,
    embedder: Annotated[Path | None, typer.Option(help="tokenadapt: a sentence encoder.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
) -> None:
    """Make a transfer from two tokenizers."""
    from .. import methods, surgery
    from ..corpus import Corpus
    from ..integrations.sentences import MeanPooled
    from ..integrations.transformers import tokenizer_files

    known = methods.options_of(method)
    old, new = tokenizer_files(source), tokenizer_files(target)
    options = ({"vectors": vectors} if vectors is not None else {}) | dict(_setting(text) for text in settings or ())
    if model is not None and "untrained" in known:
        options["untrained"] = surgery.untrained_tokens(model, len(old.vocabulary))
    if model is not None and "matrices" in known:
        options["matrices"] = surgery.read_matrices(model, len(old.vocabulary))
    if donor is not None:
        options["donor"] = surgery.read_matrices(donor, len(new.vocabulary))
    if helper is not None:
        options["helper"] = surgery.read_matrices(helper, len(new.vocabulary)).input
    if embedder is not None:
        options["embedder"] = MeanPooled(embedder)
    made = methods.initialize(
        method,
        old,
        new,
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
