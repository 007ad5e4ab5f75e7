"""`polyvocab trim`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import PolyvocabError
from .app import command
from .labels import labelled_files, labelled_numbers

if TYPE_CHECKING:
    from ..counts import TokenCounts
    from ..transfer import TokenizerTransfer


@command()
def trim(
    model: Annotated[Path, typer.Argument(help="Model directory with safetensors, a tokenizer's directory, or a .gguf file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory (or .gguf file) to write; must not exist.")],
    corpus: Annotated[
        list[str] | None,
        typer.Option("--corpus", "-c", help="LABEL=FILE,FILE: txt, jsonl, parquet; gz, zst. A label may come again."),
    ] = None,
    counts: Annotated[Path | None, typer.Option(help="Counts that `polyvocab count` saved, instead of a corpus.")] = None,
    size: Annotated[int | None, typer.Option(help="Keep so many tokens.")] = None,
    coverage: Annotated[float | None, typer.Option(help="Keep this share of the tokens of each label, such as 0.9999.")] = None,
    min_count: Annotated[int | None, typer.Option(help="Keep tokens that occur so often.")] = None,
    weight: Annotated[list[str] | None, typer.Option(help="LABEL=NUMBER, for --size: whatever the amount of text.")] = None,
    objective: Annotated[
        str, typer.Option(help="Of a BPE: length (shortest texts) or lines (most stay as they are).")
    ] = "length",
    keep: Annotated[list[str] | None, typer.Option(help="A token to keep, as the vocabulary spells it.")] = None,
    keep_script: Annotated[list[str] | None, typer.Option(help="Keep all tokens of a Unicode script: Latin, ...")] = None,
    keep_digits: Annotated[bool, typer.Option("--keep-digits", help="Keep all tokens of digits.")] = False,
    keep_chat_template: Annotated[
        bool, typer.Option("--keep-chat-template", help="Keep what the chat template writes.")
    ] = False,
    characters: Annotated[str, typer.Option(help="Unigram, WordPiece: characters of kept, all or none tokens.")] = "kept",
    drop_dead: Annotated[bool, typer.Option("--drop-dead", help="Leave out tokens that no text can produce.")] = False,
    curve: Annotated[Path | None, typer.Option(help="Also draw size against coverage and length: .svg, .png, .pdf.")] = None,
    pad_to_multiple_of: Annotated[int | None, typer.Option(help="Round the row count up.")] = None,
    field: Annotated[str, typer.Option(help="JSON field or parquet column that holds the text.")] = "text",
    threads: Annotated[int, typer.Option(help="0: one per core.")] = 0,
    memory_limit: Annotated[int | None, typer.Option(help="MB for tables of words; 128 a thread unless given.")] = None,
    text_steps: Annotated[
        bool, typer.Option(help="Romanize the text first, where the tokenizer says so (text_steps.json).")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
) -> None:
    """Drop the tokens that the texts do not use, exactly: what is proven of it is printed and written beside the model."""
    from .. import trim as trimming
    from ..atomic import refuse_existing

    refuse_existing(out)
    if (corpus is None) == (counts is None):
        raise PolyvocabError("give --corpus LABEL=FILE to count, or --counts FILE that was counted before")
    corpora = {label: [Path(name) for name in names] for label, names in labelled_files(corpus or []).items()}
    options = {"field": field, "threads": threads, "memory_limit": memory_limit, "progress": not quiet}
    texts = partial(_counts, model, corpora, counts, text_steps, options)
    choice: dict[str, Any] = {
        "size": size,
        "coverage": coverage,
        "min_count": min_count,
        "weights": labelled_numbers(weight) if weight else None,
        "objective": objective,
        "keep": trimming.Keep(
            scripts=tuple(keep_script or ()),
            digits=keep_digits,
            tokens=tuple(keep or ()),
            chat_template=keep_chat_template,
            characters=characters,
        ),
        "drop_dead": drop_dead,
    }
    if model.suffix == ".gguf":
        if pad_to_multiple_of is not None or curve is not None:
            raise PolyvocabError("--pad-to-multiple-of and --curve are for model directories, not for GGUF files")
        report = trimming.report_of(trimming.trim_gguf_model(model, texts(), out, progress=not quiet, **choice))
    else:
        made = _chosen(model, texts, choice, curve)
        trimming.write_trimmed(made, model, out, pad_to_multiple_of=pad_to_multiple_of, progress=not quiet)
        report = made.provenance[-1]
    _print(report)
    print(f"written to {out}")


def _chosen(model: Path, texts: Callable[[], TokenCounts], choice: dict[str, Any], curve: Path | None) -> TokenizerTransfer:
    """The transfer; where there is a model, what its surgery needs is loaded meanwhile."""
    with tempfile.TemporaryDirectory(prefix="polyvocab-") as folder:
        transfer = Path(folder) / "transfer"
        if (model / "config.json").is_file():
            from ..surgery import beside_loading

            beside_loading(model, _choose, model, texts, choice, curve, transfer)
        else:
            _choose(model, texts, choice, curve, transfer)
        from ..transfer import TokenizerTransfer

        return TokenizerTransfer.from_pretrained(transfer)


def _choose(model: Path, texts: Callable[[], TokenCounts], choice: dict[str, Any], curve: Path | None, transfer: Path) -> None:
    from .. import trim as trimming

    found = texts()
    trimming.choose_for_model(model, found, **choice).save_pretrained(transfer)
    if curve is not None:
        from ..formats import TokenizerFiles

        wanted = {name: choice[name] for name in ("objective", "keep", "drop_dead")}
        trimming.curve(TokenizerFiles.from_directory(model), found, **wanted).plot(curve)


def _counts(
    model: Path, corpora: dict[str, list[Path]], saved: Path | None, text_steps: bool, options: dict[str, Any]
) -> TokenCounts:
    from ..counts import TokenCounts, count_tokens
    from ..counts.original import native_or_original

    if saved is not None:
        return TokenCounts.load(saved)
    limit = options["memory_limit"]
    source = native_or_original(model, text_steps=text_steps)
    if source.text_steps:
        from ..romanize.text_steps import describe

        print(f"text steps   {describe(source.text_steps)}: counted after them")
    return count_tokens(source, corpora, **{**options, "memory_limit": None if limit is None else limit << 20})


def _print(report: dict[str, Any]) -> None:
    certificate = report["certificate"]
    print(f"tokens       {report['tokens']:,}" + (f" of {report['of']:,}" if "of" in report else ""))
    for reason, number in report["reasons"].items():
        print(f"  {reason:<18} {number:,}")
    for label, share in report["coverage"].items():
        print(f"{label:<12} coverage {share:.6f}, about {report['length'][label]:.4f} times as many tokens")
    print(f"{'proven' if certificate['proven'] else 'NOT PROVEN'}: {certificate['condition']}")
    for i, problem in certificate["first_violations"].items():
        print(f"  id {i}: {problem}")
