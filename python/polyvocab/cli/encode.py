"""`polyvocab encode`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import command


@command()
def encode(
    tokenizer: Annotated[Path, typer.Argument(help="A tokenizer: directory or file, in any format.")],
    files: Annotated[list[Path], typer.Argument(help="Text, in this order: txt, jsonl, parquet; gz, zst; a pipe.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory to write; must not exist.")],
    add_special_tokens: Annotated[
        bool, typer.Option("--add-special-tokens", help="Around each document, as the post-processor does.")
    ] = False,
    eos: Annotated[str | None, typer.Option(help="A token that follows every document.")] = None,
    separator: Annotated[str, typer.Option(help="What stands between the documents of a text file.")] = "\n",
    field: Annotated[str, typer.Option(help="JSON field or parquet column that holds the text.")] = "text",
    threads: Annotated[int, typer.Option(help="0: one per core.")] = 0,
    save_every: Annotated[float, typer.Option(help="Seconds between points that a killed run goes on from.")] = 5.0,
    encoding: Annotated[str | None, typer.Option(help="Of a rank file whose name does not say it: cl100k_base, ...")] = None,
    family: Annotated[str | None, typer.Option(help="Of a vocab.json with merges.txt: gpt2, ...")] = None,
    lowercase: Annotated[bool | None, typer.Option(help="Of a vocab.txt: whether its text is lowercased.")] = None,
    text_steps: Annotated[
        bool, typer.Option(help="Romanize the text first, where the tokenizer says so (text_steps.json).")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Encode text of any size into a directory of ids that is mapped into memory (docs/encoded_files.md).

    Run the same command again after an interruption: it goes on from where it was.
    """
    from ..tokenizer import Tokenizer
    from ..tokenizer.encode_file import encode_file

    known = {"encoding": encoding, "family": family, "lowercase": lowercase}
    loaded = Tokenizer.from_pretrained(tokenizer, text_steps=text_steps, **known)
    done = encode_file(
        loaded,
        files,
        out,
        add_special_tokens=add_special_tokens,
        eos=eos,
        separator=separator,
        field=field,
        threads=threads,
        save_every=save_every,
        progress=not quiet,
    )
    made = done.corpus.header
    print(f"documents        {made.documents:,}")
    print(f"bytes            {made.bytes:,}")
    if loaded.text_steps:
        from ..romanize.text_steps import describe

        print(f"text steps       {describe(loaded.text_steps)}")
    print(f"ids              {made.ids:,} ({made.dtype})")
    if made.ids:
        print(f"bytes per token  {made.bytes / made.ids:.3f}")
    print(f"speed            {done.bytes / done.seconds / 1e6:.1f} MB/s ({done.seconds:.1f} s)")
    print(f"written to {out}")
