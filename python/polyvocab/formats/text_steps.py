"""text_steps.json: what has to be done to a text before a tokenizer sees it. A file of ours, beside those of the tokenizer.

It is carried and compared here; what a step means only those know who apply it (`polyvocab.romanize.text_steps`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import FormatError

NAME = "text_steps.json"
_FORMAT = 1

Steps = tuple[dict[str, Any], ...]


def dump(steps: Iterable[Mapping[str, Any]]) -> bytes:
    """The content of the file. The same steps give the same bytes."""
    content = {"format": _FORMAT, "text_steps": [dict(step) for step in steps]}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def load(data: bytes, where: object) -> Steps:
    """The steps in the order in which they are done. Raises `FormatError` for what is no such file, and for a later format."""
    try:
        document = json.loads(data)
    except ValueError as error:
        raise FormatError(where, f"is not JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("text_steps"), list):
        raise FormatError(where, 'holds no text steps: {"format": 1, "text_steps": [...]} is needed')
    if document.get("format") != _FORMAT:
        raise FormatError(where, f"is of format {document.get('format')!r}; this polyvocab reads format {_FORMAT}")
    for n, step in enumerate(document["text_steps"]):
        if not isinstance(step, dict) or not isinstance(step.get("step"), str):
            raise FormatError(where, f'step {n} is {step!r}: an object with a name in "step" is needed')
    return tuple(document["text_steps"])


def beside(path: str | Path) -> Steps:
    """The steps of a tokenizer by its directory or its file; none where no such file lies there."""
    path = Path(path)
    file = (path if path.is_dir() else path.parent) / NAME
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise FormatError(file, f"cannot be read: {error.strerror}") from error
    return load(data, file)
