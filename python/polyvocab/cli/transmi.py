"""`polyvocab transmi`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import PolyvocabError
from .app import command

if TYPE_CHECKING:
    from ..formats import TokenizerFiles
    from ..transfer import TokenizerTransfer

_REPORT = "transmi.json"


@command()
def transmi(
    model: Annotated[Path, typer.Argument(help="Model directory with safetensors, or that of a tokenizer alone.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory to write; must not exist.")],
    mode: Annotated[
        str, typer.Option(help="Rows of several tokens: max, min, average, weighted (by frequency) or sum.")
    ] = "max",
    lang: Annotated[str | None, typer.Option(help="Language of the romanizer's rules, ISO 639-3.")] = None,
    routed: Annotated[bool, typer.Option("--routed", help="Romanized text is marked, all other text stays as it was.")] = False,
    mark: Annotated[
        str | None, typer.Option(help="routed: the mark, a modifier letter of two bytes; else the first that serves.")
    ] = None,
    twins: Annotated[int | None, typer.Option(help="routed: letters of Latin tokens that get a marked twin; else all.")] = None,
    counts: Annotated[Path | None, typer.Option(help="weighted: counts of the model's tokens, by `polyvocab count`.")] = None,
    context: Annotated[
        list[Path] | None, typer.Option(help="Text; tokens take the romanizations that they have in its words. Repeatable.")
    ] = None,
    pad_to_multiple_of: Annotated[int | None, typer.Option(help="Round the row count up.")] = None,
    threads: Annotated[int, typer.Option(help="0: one per core.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
) -> None:
    """Add the romanizations of all tokens, with the rows of those tokens (TransMI), so that romanized text can be served."""
    from ..atomic import atomic_directory, refuse_existing
    from ..formats import TokenizerFiles
    from ..methods.transmi import transmi as make

    refuse_existing(out)
    files = TokenizerFiles.from_directory(model)
    if not routed and (mark is not None or twins is not None):
        raise PolyvocabError("--mark and --twins are for --routed")
    options: dict[str, Any] = {"mode": mode, "lang": lang, "routed": routed, "mark": mark, "twins": twins, "threads": threads}
    if counts is not None:
        options["counts"] = _total(counts)
    in_context = {}
    if context:
        made, in_context = _in_context(files, context, options)
    else:
        made = make(files, **options)
    report = json.dumps({**made.provenance[-1], **in_context}, indent=1, ensure_ascii=False).encode("utf-8")
    if (model / "config.json").is_file():
        from ..surgery import apply_to_checkpoint

        extra = {_REPORT: report}
        apply_to_checkpoint(made, model, out, pad_to_multiple_of=pad_to_multiple_of, extra_files=extra, progress=not quiet)
    else:
        with atomic_directory(out) as work:
            made.target.write(work)
            (work / _REPORT).write_bytes(report)
    _print(made.provenance[-1], len(files.vocabulary), made.text_steps[-1])
    if in_context:
        print(f"in context    {in_context['context']}")
        print("".join(f"  {value:<11.3f} {name}\n" for name, value in in_context["tokens_per_word"].items()), end="")
    print(f"written to {out}")


def _in_context(files: TokenizerFiles, texts: list[Path], options: dict[str, Any]) -> tuple[TokenizerTransfer, dict[str, Any]]:
    """The transfer with romanizations in context, and for the report: what was found, and tokens per word of romanized lines
    that the context does not have."""
    from ..corpus import Corpus, held_out
    from ..methods.transmi import choose_mark, romanize_in_context, tokens_per_word
    from ..methods.transmi import transmi as make
    from ..romanize import Romanizer

    mark = choose_mark(files, options["mark"]) if options["routed"] else None
    romanizer, corpus = Romanizer(options["lang"], mark=mark), Corpus(texts)
    lines = held_out(corpus)
    found = romanize_in_context(files, romanizer, corpus.without(lines), threads=options["threads"])
    made = make(files, **options, romanizations=found.readings())
    targets = {
        "before": (files, Romanizer(options["lang"])),
        "tokens by themselves": (make(files, **options).target, romanizer),
        "tokens in context": (made.target, romanizer),
    }
    lengths = {name: tokens_per_word(target, own, lines, options["threads"]) for name, (target, own) in targets.items()}
    return made, {"context": found.describe(), "tokens_per_word": lengths}


def _total(saved: Path) -> Any:
    from ..counts import TokenCounts

    return sum(TokenCounts.load(saved).counts.values())


def _print(report: dict[str, Any], old: int, step: dict[str, Any]) -> None:
    certificate, left_out = report["certificate"], report["left_out"]
    print(f"tokens        {old + report['new']:,}, {report['new']:,} of them new")
    for kind in ("of_one_token", "of_several", "twins", "letters", "in_between"):
        if report[kind]:
            print(f"  {kind.replace('_', ' '):<13} {report[kind]:,}")
    print(f"already there {report['already_tokens']:,}")
    print(f"left out      {sum(left_out.values()):,}" + "".join(f", {n:,} {why}" for why, n in left_out.items() if n))
    print(f"text step     {json.dumps(step, ensure_ascii=False)}")
    print(f"{'proven' if certificate['proven'] else 'NOT PROVEN'}: {certificate['condition']}")
