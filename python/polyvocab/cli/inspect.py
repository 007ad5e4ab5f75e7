"""`polyvocab inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import command
from .labels import labelled_files


@command()
def inspect(
    tokenizer: Annotated[Path, typer.Argument(help="A tokenizer: directory or file, in any format.")],
    data: Annotated[
        list[str] | None,
        typer.Option("--data", "-d", help="LABEL=FILE,FILE: txt, jsonl, parquet; gz, zst. A label may come again."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Directory for inspection.json and inspection.html; must not exist.")
    ] = None,
    field: Annotated[str, typer.Option(help="JSON field or parquet column that holds the text.")] = "text",
    encoding: Annotated[str | None, typer.Option(help="Of a rank file whose name does not say it: cl100k_base, ...")] = None,
    family: Annotated[str | None, typer.Option(help="Of a vocab.json with merges.txt: gpt2, ...")] = None,
    lowercase: Annotated[bool | None, typer.Option(help="Of a vocab.txt: whether its text is lowercased.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
) -> None:
    """Show what a vocabulary holds: family, components, tokens by kind and script, dead tokens, and what it makes of texts."""
    import json

    from ..atomic import atomic_directory, refuse_existing
    from ..inspection import inspect as look
    from ..report import inspection_page, inspection_summary

    if out is not None:
        refuse_existing(out)
    corpora = {label: [Path(name) for name in names] for label, names in labelled_files(data or [], "--data").items()}
    known = {"encoding": encoding, "family": family, "lowercase": lowercase}
    document = look(tokenizer, corpora, field=field, progress=not quiet, **known).to_dict()
    if out is not None:
        with atomic_directory(out) as folder:
            written = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
            (folder / "inspection.json").write_text(written, "utf-8")
            (folder / "inspection.html").write_text(inspection_page(document), "utf-8")
    print(inspection_summary(document))
    if out is not None:
        print(f"\nwritten to {out}")
