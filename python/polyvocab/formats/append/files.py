"""Every file of a tokenizer, each in the way of its format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from ...errors import FormatError
from ..keep import is_foreign
from . import settings, tokenizer_json
from .meets import require_unmet
from .placed import Placed


def append_files(files: Mapping[str, bytes], defining: str, placed: Placed, where: object) -> dict[str, bytes]:
    """The files with the tokens of `placed` after all old ones. `defining` is the file that defines the ids."""
    require_unmet(placed, where)
    out = {name: _appended(name, data, defining, placed, f"{where}/{name}") for name, data in files.items()}
    return settings.append(out, placed, where, declares=defining != "tokenizer.json")


def _appended(name: str, data: bytes, defining: str, placed: Placed, where: str) -> bytes:
    if name == "tokenizer.json":
        return tokenizer_json.append(data, placed, where)
    if is_foreign(name):
        raise FormatError(where, "a vocabulary in a format that is not written back: remove it, or it would be stale")
    if name in ("vocab.txt", "vocab.json", "merges.txt") or PurePath(name).suffix in (".model", ".tiktoken"):
        raise FormatError(where, "appending tokens to it is not supported: save the tokenizer as a tokenizer.json alone")
    return data
