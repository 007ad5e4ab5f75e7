"""The command line. Errors that a user can cure are one line without a traceback and exit code 1; misuse exits with 2."""

from __future__ import annotations

import errno
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ._version import __version__
from .errors import PolyvocabError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Change the vocabulary of a language model that already exists.",
)


def _command(name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command whose curable errors end in one line and exit code 1."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                function(*args, **kwargs)
            except PolyvocabError as error:
                _fail(f"error: {error}")
            except KeyboardInterrupt:
                _fail("interrupted; nothing half-written is left; adapt and encode go on when they are run again")
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                _fail(f"error: {error.filename or 'the output'}: no space left on the disk; nothing half-written is left")

        return app.command(name=name)(run)

    return register


def _fail(message: str) -> None:
    print(f"polyvocab: {message}", file=sys.stderr)
    raise typer.Exit(1)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@_command()
def adapt(
    source: Annotated[str, typer.Argument(help="Model directory, or its name on the hub.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory to write; must not exist.")],
    corpus: Annotated[list[Path], typer.Option("--corpus", "-c", help="Text of the language: txt, jsonl, parquet; gz, zst.")],
    tokenizer: Annotated[str | None, typer.Option(help="A ready tokenizer: directory or name.")] = None,
    vocab_size: Annotated[int | None, typer.Option(help="Train one of the source's family with so many tokens.")] = None,
    method: Annotated[str, typer.Option(help="How new rows are made; `polyvocab methods` lists them.")] = "focus",
    compare: Annotated[str, typer.Option(help="Further methods for the report, separated by commas.")] = "",
    field: Annotated[str, typer.Option(help="JSON field or parquet column that holds the text.")] = "text",
    steps: Annotated[int, typer.Option(help="Steps of continued pre-training.")] = 0,
    embeddings_share: Annotated[float, typer.Option(help="Share of the steps that trains the vocabulary alone.")] = 0.2,
    embeddings_rate: Annotated[float, typer.Option(help="Learning rate of those steps.")] = 1e-3,
    rate: Annotated[float, typer.Option(help="Learning rate of the others.")] = 2e-4,
    block: Annotated[int, typer.Option(help="Tokens of a training block.")] = 512,
    batch: Annotated[int, typer.Option(help="Blocks of a step, per process.")] = 16,
    accumulate: Annotated[int, typer.Option(help="Batches whose gradients are added up to one step.")] = 1,
    bf16: Annotated[bool, typer.Option("--bf16", help="Train and measure in bfloat16.")] = False,
    save_every: Annotated[int, typer.Option(help="Steps between checkpoints; a killed job goes on from the last.")] = 100,
    evaluate: Annotated[
        list[str] | None,
        typer.Option("--eval", help="NAME=FILE: text to measure on; 'target' replaces what is held out from the corpus."),
    ] = None,
    evaluate_bytes: Annotated[int, typer.Option("--eval-bytes", help="Bytes to measure on, of each text.")] = 100_000,
    evaluate_spans: Annotated[int, typer.Option("--eval-spans", help="Masked models: spans of each text.")] = 2000,
    context_bytes: Annotated[int, typer.Option(help="Bytes of context in the measure.")] = 1024,
    min_count: Annotated[int, typer.Option(help="focus: occurrences that a token needs for an auxiliary vector.")] = 10,
    vector_epochs: Annotated[int, typer.Option(help="focus: passes over the text for auxiliary vectors.")] = 3,
    vector_workers: Annotated[
        int, typer.Option(help="focus: threads for auxiliary vectors; more than 1 is not reproducible.")
    ] = 1,
    pad_to_multiple_of: Annotated[int | None, typer.Option(help="Round the row count up.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
) -> None:
    """Adapt a model to a language: new vocabulary, initialized rows, continued training, and a report.

    Run the same command again after an interruption: it goes on from where it was.
    """
    from . import adapt as job_of

    job = job_of.Job(
        source=source,
        corpus=tuple(map(str, corpus)),
        out=str(out),
        tokenizer=tokenizer,
        vocab_size=vocab_size,
        method=method,
        compare=tuple(filter(None, (c.strip() for c in compare.split(",")))),
        text_field=field,
        steps=steps,
        embeddings_share=embeddings_share,
        embeddings_rate=embeddings_rate,
        rate=rate,
        block=block,
        batch=batch,
        accumulate=accumulate,
        bf16=bf16,
        save_every=save_every,
        evaluate=_named_files(evaluate or []),
        evaluate_bytes=evaluate_bytes,
        evaluate_spans=evaluate_spans,
        context_bytes=context_bytes,
        vector_settings={"min_count": min_count, "epochs": vector_epochs, "workers": vector_workers},
        pad_to_multiple_of=pad_to_multiple_of,
        seed=seed,
    )
    report = job_of.run(job, progress=not quiet)
    if report:
        from .adapt.run import summary

        print(summary(report, out))


@_command()
def initialize(
    source: Annotated[str, typer.Argument(help="Source tokenizer: directory or name.")],
    target: Annotated[str, typer.Argument(help="Target tokenizer: directory or name.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory of the transfer; must not exist.")],
    method: Annotated[str, typer.Option(help="How new rows are made.")] = "focus",
    corpus: Annotated[list[Path] | None, typer.Option("--corpus", "-c", help="Text of the target language.")] = None,
    vectors: Annotated[Path | None, typer.Option(help="focus: auxiliary vectors (.vec) keyed by target tokens.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
) -> None:
    """Make a transfer from two tokenizers, without touching a model."""
    from . import methods
    from .corpus import Corpus
    from .integrations.transformers import tokenizer_files

    options = {"vectors": vectors} if vectors is not None else {}
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


@_command()
def apply(
    transfer: Annotated[str, typer.Argument(help="A saved transfer.")],
    source: Annotated[Path, typer.Argument(help="Checkpoint directory with safetensors.")],
    out: Annotated[Path, typer.Argument(help="Directory to write; must not exist.")],
    pad_to_multiple_of: Annotated[int | None, typer.Option(help="Round the row count up.")] = None,
    pad_to: Annotated[int | None, typer.Option(help="Exactly so many rows.")] = None,
) -> None:
    """Apply a saved transfer to a checkpoint, streaming its shards."""
    from . import surgery
    from .transfer import TokenizerTransfer

    loaded = TokenizerTransfer.from_pretrained(transfer)
    surgery.apply_to_checkpoint(
        loaded, source, out, pad_to_multiple_of=pad_to_multiple_of, pad_to=pad_to, progress=sys.stderr.isatty()
    )
    print(f"written to {out}")


@_command()
def describe(transfer: Annotated[str, typer.Argument(help="A saved transfer.")]) -> None:
    """Print what a saved transfer does."""
    from .transfer import TokenizerTransfer

    print(TokenizerTransfer.from_pretrained(transfer).describe())


@_command()
def plan(source: Annotated[Path, typer.Argument(help="Model directory.")]) -> None:
    """Print every tensor of a model with a vocabulary dimension, and what the surgery does with it."""
    from . import surgery
    from .surgery.checkpoint import architecture

    print(surgery.plan(architecture(source)[0]))


@_command()
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Encode text of any size into a directory of ids that is mapped into memory (docs/encoded_files.md).

    Run the same command again after an interruption: it goes on from where it was.
    """
    from .tokenizer import Tokenizer
    from .tokenizer.encode_file import encode_file

    done = encode_file(
        Tokenizer.from_pretrained(tokenizer, encoding=encoding, family=family, lowercase=lowercase),
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
    print(f"ids              {made.ids:,} ({made.dtype})")
    if made.ids:
        print(f"bytes per token  {made.bytes / made.ids:.3f}")
    print(f"speed            {done.bytes / done.seconds / 1e6:.1f} MB/s ({done.seconds:.1f} s)")
    print(f"written to {out}")


@_command(name="methods")
def list_methods() -> None:
    """List the methods that make new rows."""
    import importlib

    from . import methods

    for name in methods.names():
        print(f"{name:16} {(importlib.import_module(f'polyvocab.methods.{name}').__doc__ or '').strip().splitlines()[0]}")


def _named_files(pairs: list[str]) -> dict[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, separator, file = pair.partition("=")
        if not separator or not name or not file:
            raise PolyvocabError(f"--eval {pair}: write NAME=FILE")
        named[name] = (*named.get(name, ()), file)
    return named


def main() -> None:
    """The entry point."""
    app()


if __name__ == "__main__":
    main()
