"""A GGUF file with fewer tokens: the kept rows of its matrices as they are, block by block, and the rest byte for byte.

A row of a quantized matrix is a whole number of blocks, so choosing rows is exact in every type. The container is written
from the bytes of the original, member by member: what has nothing to do with the vocabulary is not even decoded. (The
package `gguf` makes an object for each string of a file, and its writer knows no empty array; it says here how large the
blocks of each type are.)
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ..atomic import atomic_file
from ..errors import FormatError, require
from .gguf_layout import Layout, StoredTensor, aligned, read_layout
from .gguf_members import Change, new_member

_ROWS = frozenset({"token_embd.weight", "output.weight", "output.bias", "per_layer_token_embd.weight"})
_BLOCK_BYTES = 16 << 20


def trim_gguf(source: str | Path, target: str | Path, kept_ids: Sequence[int] | np.ndarray, *, progress: bool = False) -> Path:
    """Write to `target` the GGUF file `source` with these tokens alone; returns `target`.

    `kept_ids`: the old ids in ascending order; the new id of a token is its place in them. Of the merges those stay whose two
    parts and result are kept. The ids of special tokens and the vocabulary's size follow, a chat template stays as it is.
    Whether text is encoded as before depends on what is kept: a byte pair encoding needs the parts of each token too.

    `target` appears when it is whole; it must not exist. Beyond the mapped source, memory holds the metadata and one block of
    rows (16 MB). Needs the package `gguf`. Raises `FormatError` where a special token or a part of the byte tokens is not
    kept, and by name for a member or a tensor that depends on the vocabulary in a way not known here.
    """
    path = Path(source)
    sizes = require("gguf", "models", "trimming a GGUF file").GGML_QUANT_SIZES
    with open(path, "rb") as file:
        if path.stat().st_size == 0:
            raise FormatError(path, "is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            layout = read_layout(data, path)
            change = Change.of(data, layout, kept_ids, path)
            members = b"".join(new_member(data, member, change) for member in layout.members)
            tensors = [_sized(tensor, change, sizes, len(data)) for tensor in layout.tensors]
        head = _head(layout, members, tensors)
        with atomic_file(target) as out:
            out.write(head)
            for tensor in tqdm(tensors, desc="tensors", disable=not progress):
                for block in _content(path, tensor, change):
                    out.write(block)
                out.write(bytes(aligned(out.tell(), layout.alignment) - out.tell()))
    return Path(target)


@dataclass(frozen=True)
class _Tensor:
    stored: StoredTensor
    shape: tuple[int, ...]  # the new one
    size: int  # in bytes, before
    row_bytes: int | None  # None where it is copied whole

    def new_size(self, kept: int) -> int:
        return self.size if self.row_bytes is None else kept * self.row_bytes


def _sized(stored: StoredTensor, change: Change, sizes: Any, file_size: int) -> _Tensor:
    where, shape = change.where, stored.shape
    known = {int(kind): size for kind, size in sizes.items()}
    if stored.type not in known:
        raise FormatError(where, f"{stored.name}: the installed package gguf knows no type {stored.type}")
    per_block, block_bytes = known[stored.type]
    count = int(np.prod([int(n) for n in shape], dtype=object)) if shape else 1
    if (shape[0] if shape else 1) % per_block:
        raise FormatError(where, f"{stored.name}: rows of {shape[0]} values are no whole blocks of {per_block}")
    size = count // per_block * block_bytes
    if stored.start + size > file_size:
        raise FormatError(where, f"{stored.name}: its {size} bytes at byte {stored.start} reach beyond the end: cut off")
    tokens = len(change.new_ids)
    if stored.name in _ROWS:
        if len(shape) not in (1, 2) or shape[-1] != tokens or (len(shape) == 1 and per_block != 1):
            raise FormatError(where, f"{stored.name}: has the shape {list(shape)}, but there are {tokens} tokens")
        return _Tensor(stored, (*shape[:-1], len(change.kept)), size, size // tokens)
    if tokens in shape:
        raise FormatError(
            where,
            f"{stored.name} {list(shape)} has as many entries as the vocabulary and no known role: it would be left behind",
        )
    return _Tensor(stored, shape, size, None)


def _head(layout: Layout, members: bytes, tensors: list[_Tensor]) -> bytes:
    """Everything before the data of the tensors."""
    out = bytearray(b"GGUF" + struct.pack("<IQQ", layout.version, len(tensors), len(layout.members)))
    out += members
    offset = 0
    for tensor in tensors:
        name = tensor.stored.name.encode("utf-8")
        out += struct.pack("<Q", len(name)) + name + struct.pack("<I", len(tensor.shape))
        out += struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape) + struct.pack("<IQ", tensor.stored.type, offset)
        rows = tensor.shape[-1] if tensor.shape else 1
        offset = aligned(offset + tensor.new_size(rows), layout.alignment)
    if tensors:
        out += bytes(aligned(len(out), layout.alignment) - len(out))
    return bytes(out)


def _content(path: Path, tensor: _Tensor, change: Change) -> Iterator[bytes | np.ndarray]:
    """The data in blocks, read anew: a file that became shorter meanwhile is noticed."""
    if tensor.row_bytes is None:
        with open(path, "rb") as file:
            file.seek(tensor.stored.start)
            left = tensor.size
            while left:
                block = file.read(min(left, _BLOCK_BYTES))
                if not block:
                    raise FormatError(path, f"{left} bytes are missing: the file became shorter while it was read")
                left -= len(block)
                yield block
        return
    shape = (len(change.new_ids), tensor.row_bytes)
    rows = np.memmap(path, np.uint8, "r", tensor.stored.start, shape)
    step = max(1, _BLOCK_BYTES // tensor.row_bytes)
    for start in range(0, len(change.kept), step):
        yield np.take(rows, change.kept[start : start + step], axis=0)
