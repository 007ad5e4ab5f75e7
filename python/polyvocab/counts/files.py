"""Counts as files: safetensors, with what they are in the metadata. The numbers are mapped when they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .._version import __version__
from ..atomic import replacing_file
from ..errors import FormatError, PolyvocabError
from ..formats import safetensors

_VERSION = 1


def save(path: str | Path, kind: str, arrays: Mapping[str, np.ndarray], content: Mapping[str, Any]) -> None:
    """Write or replace a file. `content`: JSON, of what the arrays do not say. Raises `PolyvocabError` where the disk fails."""
    metadata = {"format": f"polyvocab {kind}", "version": str(_VERSION), "polyvocab": __version__}
    metadata["content"] = json.dumps(content, ensure_ascii=False)
    in_order = dict(sorted(arrays.items(), key=lambda item: -item[1].itemsize))  # each lies at a multiple of its size
    try:
        with replacing_file(path) as work:
            safetensors.save_arrays(work, in_order, metadata)
    except OSError as error:
        raise PolyvocabError(f"{path}: cannot be written: {error.strerror}; nothing half-written is left") from error


def load(path: str | Path, kind: str, names: Mapping[str, str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """(arrays, content). `names`: the arrays that must be there, and their dtypes.

    Raises `FormatError` where the file is absent, cut off, or of another kind or version.
    """
    try:
        _, metadata = safetensors.read_header(path)
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror}") from error
    if metadata.get("format") != f"polyvocab {kind}":
        raise FormatError(path, f"holds no {kind}, but {metadata.get('format', 'other tensors')!r}")
    if metadata.get("version") != str(_VERSION):
        raise FormatError(path, f"is of version {metadata.get('version')}; this polyvocab reads version {_VERSION}")
    arrays = safetensors.map_arrays(path)
    if {name: array.dtype.name for name, array in arrays.items()} != dict(names):
        raise FormatError(path, f"has other arrays than {kind}: {sorted(arrays)}")
    return arrays, json.loads(metadata["content"])
