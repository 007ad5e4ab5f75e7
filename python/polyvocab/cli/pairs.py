"""`polyvocab pairs`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ..errors import PolyvocabError
from .app import command
from .functions import named_function


@command()
def pairs(
    files: Annotated[list[Path], typer.Argument(help="Text, in this order: txt, jsonl, parquet; gz, zst.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write, .jsonl or .parquet; must not exist.")],
    lang: Annotated[str | None, typer.Option("--lang", "-l", help="ISO 639-3 code of the text: ukr, ...")] = None,
    min_chars: Annotated[int, typer.Option(help="Leave out lines with fewer characters.")] = 1,
    deduplicate: Annotated[bool, typer.Option("--deduplicate", help="Leave out lines that came before.")] = False,
    drop_identical: Annotated[bool, typer.Option("--drop-identical", help="Leave out lines that do not change.")] = False,
    word_list: Annotated[Path | None, typer.Option(help="Romanize these words alone: a file, one word a line.")] = None,
    word_if: Annotated[str | None, typer.Option(help="Romanize the words alone for which MODULE:FUNCTION is true.")] = None,
    word_pattern: Annotated[str | None, typer.Option(help="What a word is: a regular expression.")] = None,
    transliterate: Annotated[str | None, typer.Option(help="MODULE:FUNCTION in place of the romanizer.")] = None,
    columns: Annotated[str, typer.Option(help="Names of the two columns.")] = "original,romanized",
    field: Annotated[str, typer.Option(help="JSON field or parquet column that holds the text.")] = "text",
    threads: Annotated[int, typer.Option(help="0: one per core.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Write pairs of a line and its romanization, for contrastive training (docs/romanize-jobs.md)."""
    from ..romanize.pairs import write_pairs

    counts = write_pairs(
        files,
        out,
        lang=lang,
        words=_words(word_list, word_if),
        word_pattern=word_pattern,
        transliterate=None if transliterate is None else named_function(transliterate, "--transliterate"),
        min_chars=min_chars,
        deduplicate=deduplicate,
        drop_identical=drop_identical,
        columns=tuple(columns.split(",")),
        field=field,
        threads=threads,
        progress=not quiet,
    )
    print(f"lines        {counts.lines:,}")
    for name in ("short", "duplicates", "identical"):
        if getattr(counts, name):
            print(f"  {name:<11}{getattr(counts, name):,}")
    print(f"pairs        {counts.written:,}")
    print(f"written to {out}")


def _words(word_list: Path | None, word_if: str | None) -> Callable[[str], bool] | None:
    from ..corpus import Corpus
    from ..romanize.chosen_words import listed

    if word_list is not None and word_if is not None:
        raise PolyvocabError("give --word-list or --word-if, not both")
    if word_list is not None:
        return listed(Corpus(word_list))
    return None if word_if is None else named_function(word_if, "--word-if")
