"""The tensors of a checkpoint on the disk, by the model's names for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FormatError
from ..formats.safetensors import TensorInfo, let_go, map_rows, read_header
from .plan import Claim

INDEX, SINGLE = "model.safetensors.index.json", "model.safetensors"
_BLOCK_BYTES = 16 << 20


@dataclass(frozen=True)
class Stored:
    """One tensor: the file that it is in, and its name there, from which the model's prefix may be missing."""

    file: str
    name: str
    info: TensorInfo


class StoredTensors:
    """The safetensors files of one directory. `index` is None where there is one file alone."""

    def __init__(self, path: Path, known: Mapping[str, tuple[int, ...]], prefix: str) -> None:
        """`known`: the names that the model has; `prefix`: that of its base model, which files may leave out."""
        self.path = path
        self.index = None if (path / SINGLE).is_file() else _read_index(path)  # transformers prefers the single file
        self.files = sorted(set(self.index["weight_map"].values())) if self.index else [SINGLE]
        self.metadata: dict[str, dict[str, str]] = {}
        self.tensors: dict[str, Stored] = {}
        for file in self.files:
            header, self.metadata[file] = read_header(path / file)
            for name, info in header.items():
                self.tensors[model_name(name, known, prefix)] = Stored(file, name, info)

    def of_claim(self, claim: Claim) -> Stored | None:
        """The stored tensor of a claim: tied tensors are stored once, under one of their names."""
        return next((self.tensors[name] for name in claim.names if name in self.tensors), None)

    def rows(self, tensor: Stored) -> np.ndarray:
        """uint8 [rows, bytes of a row], mapped."""
        return map_rows(self.path / tensor.file, tensor.info)

    def differing(self, claim: Claim) -> list[str]:
        """The names of a claim that are stored with other values than its first one: they should be one tensor."""
        stored = [(name, self.tensors[name]) for name in claim.names if name in self.tensors]
        return [name for name, other in stored[1:] if not self._equal(stored[0][1], other)]

    def _equal(self, one: Stored, two: Stored) -> bool:
        rows = [self.rows(tensor) for tensor in (one, two)]
        if rows[0].shape != rows[1].shape:
            return False
        step = max(1, _BLOCK_BYTES // max(1, rows[0].shape[1]))
        for start in range(0, len(rows[0]), step):
            if not np.array_equal(rows[0][start : start + step], rows[1][start : start + step]):
                return False
            for mapped in rows:
                let_go(mapped)
        return True


def model_name(name: str, known: Mapping[str, tuple[int, ...]], prefix: str) -> str:
    """The model's name of a tensor that a file calls `name`."""
    for candidate in (name, f"{prefix}.{name}", name.removeprefix(f"{prefix}.")):
        if candidate in known:
            return candidate
    return name


def _read_index(path: Path) -> dict[str, Any]:
    if not (path / INDEX).is_file():
        raise FormatError(path, f"has neither {SINGLE} nor {INDEX}; convert it with save_pretrained first")
    try:
        index = json.loads((path / INDEX).read_text("utf-8"))
        files = set(index["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(path / INDEX, f"is malformed: {error!r}") from error
    for file in sorted(files):
        if Path(file).name != file or not (path / file).is_file():
            raise FormatError(path / INDEX, f"names the file {file!r}, which is not in this directory")
    return index
