"""`polyvocab mixture`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import PolyvocabError
from .app import command
from .labels import labelled_files

_ESTIMATORS = ("auto", "lp", "isotonic")


@command()
def mixture(
    tokenizer: Annotated[Path, typer.Argument(help="A tokenizer: directory or file, in any format.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory for result.json and report.html; must not exist.")],
    data: Annotated[
        list[str] | None,
        typer.Option("--data", "-d", help="CATEGORY=FILE,FILE: txt, jsonl, parquet; gz, zst. A category may come again."),
    ] = None,
    counts: Annotated[
        list[Path] | None,
        typer.Option(
            help="With --data: the file that counts are saved in, category by category; those that are in it are not "
            "counted again. Without: files that were saved before; what they count is added."
        ),
    ] = None,
    merges: Annotated[int | None, typer.Option(help="Use the first merges alone; else as many as the samples support.")] = None,
    estimator: Annotated[str, typer.Option(help="lp, isotonic or auto; a Unigram tokenizer has its own.")] = "auto",
    unit: Annotated[str, typer.Option(help="Of the shares that are shown: bytes, characters or pairs.")] = "bytes",
    blocks: Annotated[int, typer.Option(help="Blocks that the documents are divided into, for the error bars.")] = 10,
    field: Annotated[str, typer.Option(help="JSON field or parquet column that holds the text.")] = "text",
    threads: Annotated[int, typer.Option(help="0: one per core.")] = 0,
    memory_limit: Annotated[int | None, typer.Option(help="MB for tables of words; 128 a thread unless given.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a rank file whose name does not say it: cl100k_base, ...")] = None,
    family: Annotated[str | None, typer.Option(help="Of a vocab.json with merges.txt: gpt2, ...")] = None,
    lowercase: Annotated[bool | None, typer.Option(help="Of a vocab.txt: whether its text is lowercased.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
) -> None:
    """Infer what a tokenizer was trained on: the share of each category, given some text of it."""
    import json

    from .. import mixture as inference
    from ..atomic import atomic_directory, refuse_existing
    from ..report import mixture_page, mixture_summary
    from ..report.mixture import UNITS
    from ..tokenizer import Tokenizer

    _check_choice("--estimator", estimator, _ESTIMATORS)
    _check_choice("--unit", unit, UNITS)
    if not data and not counts:
        raise PolyvocabError("give --data CATEGORY=FILE to count, or --counts FILE that was counted before")
    if data and counts and len(counts) > 1:
        raise PolyvocabError("with --data one --counts is the file to save in: count first, then give all files without --data")
    refuse_existing(out)
    categories = {name: [Path(file) for file in files] for name, files in labelled_files(data or [], "--data").items()}
    source = Tokenizer.from_pretrained(tokenizer, encoding=encoding, family=family, lowercase=lowercase)
    document = inference.infer(
        source,
        categories or None,
        counts=tuple(counts or ()),
        merges=merges,
        estimator=estimator,
        blocks=blocks,
        field=field,
        threads=threads,
        memory_limit=None if memory_limit is None else memory_limit << 20,
        progress=not quiet,
    ).to_dict()
    with atomic_directory(out) as folder:
        (folder / "result.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
        (folder / "report.html").write_text(mixture_page(document, unit), "utf-8")
    print(mixture_summary(document, unit))
    print(f"\nwritten to {out}")


def _check_choice(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise PolyvocabError(f"{option} {value}: use {', '.join(choices)}")
