"""`polyvocab extend`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import PolyvocabError
from .app import command

if TYPE_CHECKING:
    from ..transfer import TokenizerTransfer

_REPORT = "extend.json"


@command()
def extend(
    model: Annotated[Path, typer.Argument(help="Model directory with safetensors, or a tokenizer's directory.")],
    other: Annotated[str | None, typer.Argument(help="Tokenizer whose pieces are appended: directory or name.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Directory to write; must not exist.")] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Only tokens that change nothing in text that the old tokenizer covered.")
    ] = False,
    protect: Annotated[
        list[Path] | None, typer.Option(help="Only tokens that change nothing in text over the characters of this file.")
    ] = None,
    size: Annotated[int | None, typer.Option(help="Append at most so many pieces.")] = None,
    scores: Annotated[str, typer.Option(help="Unigram: calibrated to the model's scale, or own.")] = "calibrated",
    special: Annotated[
        list[str] | None, typer.Option(help="ROLE=TOKEN, such as pad_token=<pad>: made where it is not there.")
    ] = None,
    add: Annotated[list[str] | None, typer.Option(help="A special token without a role, such as <|user|>.")] = None,
    initialize: Annotated[str, typer.Option(help="How new rows are made: a name of `polyvocab methods`.")] = "subword_mean",
    corpus: Annotated[list[Path] | None, typer.Option("--corpus", "-c", help="Text for a method that needs it.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    pad_to_multiple_of: Annotated[int | None, typer.Option(help="Round the row count up.")] = None,
) -> None:
    """Append the pieces of another tokenizer, or new special tokens, after all old ids: old rows stay bit for bit."""
    from ..atomic import refuse_existing
    from ..corpus import Corpus
    from ..formats import TokenizerFiles
    from ..integrations.transformers import tokenizer_files
    from ..methods.extend import extend as extended

    if out is None:
        raise PolyvocabError("give --out DIR, the directory to write")
    if other is None and not special and not add:
        raise PolyvocabError("nothing to append: give another tokenizer, --special ROLE=TOKEN or --add TOKEN")
    if scores not in ("calibrated", "own"):
        raise PolyvocabError(f"--scores {scores}: use calibrated or own")
    refuse_existing(out)
    made = extended(
        TokenizerFiles.from_directory(model),
        None if other is None else tokenizer_files(other),
        exact=exact,
        protect=Corpus(protect) if protect else None,
        size=size,
        scores=scores,
        special=dict(map(_role, special or [])),
        added=add or [],
        initialize=initialize,
        corpus=Corpus(corpus) if corpus else None,
        seed=seed,
    )
    _write(made, model, out, pad_to_multiple_of)
    _print(made)
    print(f"written to {out}")


def _role(text: str) -> tuple[str, str]:
    role, equals, token = text.partition("=")
    if not equals or not token:
        raise PolyvocabError(f"--special {text}: write ROLE=TOKEN, such as pad_token=<pad>")
    return role, token


def _write(made: TokenizerTransfer, model: Path, out: Path, multiple: int | None) -> None:
    report = json.dumps(made.provenance[-1], indent=1, ensure_ascii=False).encode("utf-8")
    if (model / "config.json").is_file():
        from ..surgery import apply_to_checkpoint

        apply_to_checkpoint(made, model, out, pad_to_multiple_of=multiple, extra_files={_REPORT: report})
        return
    if multiple is not None:
        raise PolyvocabError("--pad-to-multiple-of is for model directories: there is no config.json")
    from ..atomic import atomic_directory

    with atomic_directory(out) as work:
        made.target.write(work)
        (work / _REPORT).write_bytes(report)


def _print(made: TokenizerTransfer) -> None:
    report = made.provenance[-1]
    certificate = report["certificate"]
    print(f"tokens       {len(made.target.vocabulary):,}, {report['pieces']:,} pieces of them new")
    if report["between"]:
        print(f"  of these   {report['between']:,} are only merged over")
    for reason, number in report["left_out"].items():
        print(f"  left out   {number:,} {reason}")
    print(f"{'proven' if certificate['proven'] else 'not exact'}: {certificate['condition']}")
