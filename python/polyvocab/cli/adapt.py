"""`polyvocab adapt`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import PolyvocabError
from .app import command


@command()
def adapt(
    source: Annotated[str, typer.Argument(help="Model directory, or its name on the hub.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory to write; must not exist.")],
    corpus: Annotated[list[Path], typer.Option("--corpus", "-c", help="Text of the language: txt, jsonl, parquet; gz, zst.")],
    tokenizer: Annotated[str | None, typer.Option(help="A ready tokenizer: directory or name.")] = None,
    vocab_size: Annotated[int | None, typer.Option(help="Train one of the source's family with so many tokens.")] = None,
    method: Annotated[str, typer.Option(help="How new rows are made; `polyvocab methods` lists them.")] = "focus",
    compare: Annotated[str, typer.Option(help="Further methods for the report, separated by commas.")] = "",
    field: Annotated[str, typer.Option(help="JSON field or parquet column that holds the text.")] = "text",
    romanize: Annotated[bool, typer.Option("--romanize", help="Romanize all text first; the tokenizer says so.")] = False,
    romanize_lang: Annotated[str | None, typer.Option(help="ISO 639-3 code of the text: ukr, ...")] = None,
    steps: Annotated[int, typer.Option(help="Steps of continued pre-training.")] = 0,
    schedule: Annotated[
        str, typer.Option(help="Which parameters learn when: embeddings_first, new_rows (the others keep their bits), eeve.")
    ] = "embeddings_first",
    lora: Annotated[int | None, typer.Option(help="Rank of an adapter by which the body learns; in OUT/adapter.")] = None,
    embeddings_share: Annotated[float, typer.Option(help="Share of the steps that trains the vocabulary alone.")] = 0.2,
    embeddings_rate: Annotated[float, typer.Option(help="Learning rate where the body does not learn.")] = 1e-3,
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
    vector_threads: Annotated[int, typer.Option(help="focus: threads, 0 for all; the result is the same.")] = 0,
    pad_to_multiple_of: Annotated[int | None, typer.Option(help="Round the row count up.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
) -> None:
    """Adapt a model to a language: new vocabulary, initialized rows, continued training, and a report.

    Run the same command again after an interruption: it goes on from where it was.
    """
    from .. import adapt as job_of

    job = job_of.Job(
        source=source,
        corpus=tuple(map(str, corpus)),
        out=str(out),
        tokenizer=tokenizer,
        vocab_size=vocab_size,
        method=method,
        compare=tuple(filter(None, (c.strip() for c in compare.split(",")))),
        text_field=field,
        romanize=romanize,
        romanize_lang=romanize_lang,
        steps=steps,
        schedule=schedule,
        lora=lora,
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
        vector_settings={"min_count": min_count, "epochs": vector_epochs, "threads": vector_threads},
        pad_to_multiple_of=pad_to_multiple_of,
        seed=seed,
    )
    report = job_of.run(job, progress=not quiet)
    if report:
        from ..adapt.run import summary

        print(summary(report, out))


def _named_files(pairs: list[str]) -> dict[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, separator, file = pair.partition("=")
        if not separator or not name or not file:
            raise PolyvocabError(f"--eval {pair}: write NAME=FILE")
        named[name] = (*named.get(name, ()), file)
    return named
