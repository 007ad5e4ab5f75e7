"""`polyvocab count`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import PolyvocabError
from .app import command
from .labels import labelled_files

if TYPE_CHECKING:
    from ..counts import TokenCounts


@command()
def count(
    tokenizer: Annotated[Path, typer.Argument(help="A tokenizer: directory or file, in any format.")],
    corpus: Annotated[
        list[str],
        typer.Option("--corpus", "-c", help="LABEL=FILE,FILE: txt, jsonl, parquet; gz, zst. A label may come again."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; must not exist.")],
    words: Annotated[
        Path | None, typer.Option(help="Directory for the counts of words too, a file per label; must not exist.")
    ] = None,
    blocks: Annotated[int, typer.Option(help="Blocks that the documents of the counts of words are divided into.")] = 1,
    field: Annotated[str, typer.Option(help="JSON field or parquet column that holds the text.")] = "text",
    threads: Annotated[int, typer.Option(help="0: one per core.")] = 0,
    memory_limit: Annotated[int | None, typer.Option(help="MB for tables of words; 128 a thread unless given.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a rank file whose name does not say it: cl100k_base, ...")] = None,
    family: Annotated[str | None, typer.Option(help="Of a vocab.json with merges.txt: gpt2, ...")] = None,
    lowercase: Annotated[bool | None, typer.Option(help="Of a vocab.txt: whether its text is lowercased.")] = None,
    text_steps: Annotated[
        bool, typer.Option(help="Romanize the text first, where the tokenizer says so (text_steps.json).")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Count the tokens of corpora, and on request their words (docs/counts.md)."""
    import time

    from ..atomic import atomic_directory, refuse_existing
    from ..counts import TokenCounts, count_tokens, count_words
    from ..counts.original import native_or_original
    from ..tokenizer import Tokenizer

    corpora = {label: [Path(name) for name in names] for label, names in labelled_files(corpus).items()}
    if blocks != 1 and words is None:
        raise PolyvocabError("--blocks divides the counts of words: give --words a directory to write them to")
    for target in (out, words):
        if target is not None:
            refuse_existing(target)
    options = {
        "field": field,
        "threads": threads,
        "memory_limit": None if memory_limit is None else memory_limit << 20,
        "progress": not quiet,
    }
    known = {"encoding": encoding, "family": family, "lowercase": lowercase}
    is_known = words is not None or any(value is not None for value in known.values())
    if is_known:
        source = Tokenizer.from_pretrained(tokenizer, text_steps=text_steps, **known)
    else:
        source = native_or_original(tokenizer, text_steps=text_steps)
    seconds, unique = {}, {}
    made: list[TokenCounts] = []
    if words is None:
        for label, files in corpora.items():
            began = time.perf_counter()
            made.append(count_tokens(source, {label: files}, **options))
            seconds[label] = time.perf_counter() - began
    else:
        with atomic_directory(words) as folder:
            for label, files in corpora.items():
                began = time.perf_counter()
                counted = count_words(source, files, blocks=blocks, label=label, **options)
                counted.save(folder / f"{label}.words")
                made.append(TokenCounts.of({label: counted}, source, threads=threads))
                unique[label] = len(counted.words), int(counted.totals.sum())
                seconds[label] = time.perf_counter() - began
    counts = made[0].merge(*made[1:])
    counts.save(out)
    print(_count_table(counts, seconds, unique))
    if source.text_steps:
        from ..romanize.text_steps import describe

        print(f"text steps: {describe(source.text_steps)}; all numbers are of the text after them")
    print(f"engine: {counts.engine}; written to {out}" + (f" and {words}" if words else ""))


def _count_table(counts: TokenCounts, seconds: dict[str, float], words: dict[str, tuple[int, int]]) -> str:
    heads = ["", "documents", "MB", *(["words", "unique words"] if words else []), "tokens", "tokens used", "MB/s"]
    rows = [heads]
    for label in counts.labels:
        size, found = counts.bytes[label] / 1e6, counts.counts[label]
        row = [label, f"{counts.documents[label]:,}", f"{size:,.1f}"]
        if words:
            unique, total = words[label]
            row += [f"{total:,}", f"{unique:,}"]
        rows.append([*row, f"{int(found.sum()):,}", f"{int((found > 0).sum()):,}", f"{size / seconds[label]:.1f}"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
