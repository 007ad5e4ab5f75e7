"""A model, trimmed: from counts to a checkpoint or a GGUF file, with its certificate beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..atomic import atomic_directory, write_file
from ..errors import FormatError
from ..formats.definition import TokenizerDefinition
from ..formats.definition_vocabulary import vocabulary
from ..formats.directory import TokenizerFiles, read_definition
from ..formats.gguf_trim import trim_gguf
from ..formats.vocabulary import Vocabulary
from ..transfer import TokenizerTransfer
from .keep import Keep
from .selection import Counts, Selection, select
from .trim import report_of, trim

REPORT = "trim.json"
_SETTINGS = ("config.json", "generation_config.json")


def trim_model(
    source: str | Path,
    counts: Counts,
    out: str | Path,
    *,
    keep: Keep | None = None,
    pad_to_multiple_of: int | None = None,
    progress: bool = False,
    **choice: Any,
) -> TokenizerTransfer:
    """Write to `out` the model directory `source` with the tokens that `select` chooses; returns the transfer that was applied.

    `choice`: size, coverage or min_count, weights, objective and drop_dead, as for `select`. Tokens that the model's
    configuration names stay too. `trim.json` in `out` has the reasons and the certificate. A directory without a config.json
    is a tokenizer alone. `out` appears when it is whole; it must not exist.
    """
    made = choose_for_model(source, counts, keep=keep, **choice)
    write_trimmed(made, source, out, pad_to_multiple_of=pad_to_multiple_of, progress=progress)
    return made


def choose_for_model(source: str | Path, counts: Counts, *, keep: Keep | None = None, **choice: Any) -> TokenizerTransfer:
    """The transfer that `trim_model` applies: tokens that the model's configuration names stay too."""
    source = Path(source)
    files = TokenizerFiles.from_directory(source)
    return trim(files, counts, keep=with_settings(keep or Keep(), source, files), **choice)


def write_trimmed(
    made: TokenizerTransfer,
    source: str | Path,
    out: str | Path,
    *,
    pad_to_multiple_of: int | None = None,
    progress: bool = False,
) -> None:
    """Write to `out` what `trim_model` writes, given its transfer."""
    report = _document(made.provenance[-1])
    if (Path(source) / "config.json").is_file():
        from ..surgery import apply_to_checkpoint

        apply_to_checkpoint(
            made, source, out, pad_to_multiple_of=pad_to_multiple_of, extra_files={REPORT: report}, progress=progress
        )
    else:
        with atomic_directory(out) as work:
            made.target.write(work)
            (work / REPORT).write_bytes(report)


@dataclass(frozen=True)
class GgufTokenizer:
    """A GGUF file's tokenizer, as much of it as a choice of tokens needs."""

    definition: TokenizerDefinition

    @property
    def vocabulary(self) -> Vocabulary:
        return vocabulary(self.definition)

    @property
    def files(self) -> Mapping[str, bytes]:
        return {}


def trim_gguf_model(
    source: str | Path, counts: Counts, out: str | Path, *, keep: Keep | None = None, progress: bool = False, **choice: Any
) -> Selection:
    """The same for a GGUF file: `out` is a file, the report lies beside it as `<out>.trim.json`. Returns what was chosen."""
    chosen = select(GgufTokenizer(read_definition(source)), counts, keep=keep, **choice)
    trim_gguf(source, out, chosen.ids, progress=progress)
    write_file(f"{out}.{REPORT}", _document(report_of(chosen)))
    return chosen


def _document(report: Mapping[str, Any]) -> bytes:
    return json.dumps(report, indent=1, ensure_ascii=False).encode("utf-8")


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
