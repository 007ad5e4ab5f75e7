"""A model directory, trimmed: from counts to a checkpoint with its certificate beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..atomic import atomic_directory
from ..errors import FormatError
from ..formats.directory import TokenizerFiles
from ..transfer import TokenizerTransfer
from .keep import Keep
from .selection import Counts, Objective
from .trim import trim

REPORT = "trim.json"
_SETTINGS = ("config.json", "generation_config.json")


def trim_model(
    source: str | Path,
    counts: Counts,
    out: str | Path,
    *,
    size: int | None = None,
    coverage: float | None = None,
    min_count: int | None = None,
    weights: Mapping[str, float] | None = None,
    objective: Objective = "length",
    keep: Keep | None = None,
    drop_dead: bool = False,
    pad_to_multiple_of: int | None = None,
    progress: bool = False,
) -> TokenizerTransfer:
    """Write to `out` the model of `source` with the tokens that `select` chooses; returns the transfer that was applied.

    Tokens that the model's configuration names stay too. `trim.json` in `out` has the reasons and the certificate. A directory
    without a config.json is a tokenizer alone. `out` appears when it is whole; it must not exist.
    """
    source = Path(source)
    files = TokenizerFiles.from_directory(source)
    made = trim(
        files,
        counts,
        size=size,
        coverage=coverage,
        min_count=min_count,
        weights=weights,
        objective=objective,
        keep=with_settings(keep or Keep(), source, files),
        drop_dead=drop_dead,
    )
    report = json.dumps(made.provenance[-1], indent=1, ensure_ascii=False).encode("utf-8")
    if (source / "config.json").is_file():
        from ..surgery import apply_to_checkpoint

        apply_to_checkpoint(
            made, source, out, pad_to_multiple_of=pad_to_multiple_of, extra_files={REPORT: report}, progress=progress
        )
    else:
        with atomic_directory(out) as work:
            made.target.write(work)
            (work / REPORT).write_bytes(report)
    return made


def with_settings(keep: Keep, source: Path, files: TokenizerFiles) -> Keep:
    """The same with the tokens that the configuration of a model names by their ids."""
    from ..surgery.ids import special_settings

    named: set[int] = set()
    for name in _SETTINGS:
        path = source / name
        if not path.is_file():
            continue
        try:
            document = json.loads(path.read_bytes())
        except ValueError as error:
            raise FormatError(path, f"is not JSON: {error}") from error
        named |= {i for _, i in special_settings(document)}
    tokens = files.vocabulary.tokens
    return replace(keep, tokens=(*keep.tokens, *(i for i in sorted(named) if i < len(tokens) and tokens[i] is not None)))
