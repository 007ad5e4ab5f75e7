"""The safetensors layout, streamed: a header is read, rows are memory-mapped, a file is written tensor by tensor.

The `safetensors` package reads and writes whole tensors; a checkpoint that is larger than memory, or rows of a dtype
that numpy does not know, need the raw bytes.
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from ..errors import FormatError

ITEM_BYTES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
    "U16": 2,
    "U32": 4,
    "U64": 8,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
}
DTYPE_NAMES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_FROM_NUMPY = {
    "float32": "F32",
    "float64": "F64",
    "int64": "I64",
    "int32": "I32",
    "uint64": "U64",
    "uint32": "U32",
    "uint8": "U8",
}
_TO_NUMPY = {name: kind for kind, name in _FROM_NUMPY.items()}
_HEADER_LIMIT = 100_000_000  # the limit of the format's own reader


@dataclass(frozen=True)
class TensorInfo:
    """A tensor in a file: `start` and `end` are absolute byte offsets."""

    dtype: str  # the format's name: F32, BF16, ...
    shape: tuple[int, ...]
    start: int
    end: int


def read_header(path: str | Path) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    """The tensors of a file, in the order of their bytes, and its metadata. Raises `FormatError` where it is cut off."""
    size = Path(path).stat().st_size
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, _HEADER_LIMIT):
            raise FormatError(
                path, f"the header should have {length} bytes, the file has {size}: it is cut off, or not safetensors"
            )
        try:
            header = json.loads(file.read(length))
        except ValueError as error:
            raise FormatError(path, f"the header is not JSON: {error}") from error
    try:
        metadata = header.pop("__metadata__", {})
        entries = [(n, e["dtype"], tuple(map(int, e["shape"])), *map(int, e["data_offsets"])) for n, e in header.items()]
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        raise FormatError(path, f"the header is malformed: {error!r}") from error
    tensors = {}
    for name, dtype, shape, first, last in sorted(entries, key=lambda entry: entry[3]):
        start, end = 8 + length + first, 8 + length + last
        if min(shape, default=0) < 0 or not 0 <= first <= last:
            raise FormatError(path, f"tensor {name!r} has the shape {shape} and the offsets {first}, {last}")
        info = TensorInfo(dtype, shape, start, end)
        if info.dtype in ITEM_BYTES and end - start != math.prod(info.shape) * ITEM_BYTES[info.dtype]:
            raise FormatError(path, f"tensor {name!r}: {end - start} bytes do not hold {info.shape} of {info.dtype}")
        if end > size:
            raise FormatError(path, f"tensor {name!r} ends at byte {end}, the file at {size}: it is cut off")
        tensors[name] = info
    return tensors, metadata


def map_rows(path: str | Path, info: TensorInfo) -> np.ndarray:
    """The rows of a tensor as a read-only uint8 [rows, bytes of a row] that stays on the disk."""
    rows = info.shape[0] if info.shape else 1
    if info.end == info.start:
        return np.zeros((rows, 0), np.uint8)
    return np.memmap(path, np.uint8, "r", info.start, (rows, (info.end - info.start) // rows))


def let_go(rows: np.ndarray) -> None:
    """Give back the memory of mapped rows that were read. They stay on the disk, and are read again where they are needed."""
    mapping = getattr(rows, "_mmap", None)
    if mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)


class Writer:
    """Writes one file: all shapes are declared first, then the bytes follow in that order, in pieces of any size."""

    def __init__(
        self,
        path: str | Path,
        tensors: Mapping[str, tuple[str, tuple[int, ...], int]],
        metadata: Mapping[str, str] | None,
    ) -> None:
        """`tensors`: {name: (dtype, shape, bytes)}."""
        header: dict = {"__metadata__": dict(metadata)} if metadata else {}
        offset = 0
        for name, (dtype, shape, size) in tensors.items():
            end = offset + size
            header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, end]}
            offset = end
        encoded = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
        encoded += b" " * (-len(encoded) % 8)
        self.path, self.missing = Path(path), offset
        self._file = open(path, "wb")  # noqa: SIM115 - closed by __exit__
        self._file.write(len(encoded).to_bytes(8, "little") + encoded)

    def write(self, data: bytes | memoryview | np.ndarray) -> None:
        view = memoryview(np.ascontiguousarray(data)) if isinstance(data, np.ndarray) else memoryview(data)
        self.missing -= view.nbytes
        self._file.write(view.cast("B") if view.nbytes else b"")

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        if kind is None and self.missing != 0:
            raise FormatError(self.path, f"{self.missing} declared bytes were not written")


def save_arrays(path: str | Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None) -> None:
    """Write numpy arrays."""
    declared = {name: (_FROM_NUMPY[a.dtype.name], a.shape, a.nbytes) for name, a in arrays.items()}
    with Writer(path, declared, metadata) as writer:
        for array in arrays.values():
            writer.write(array)


def map_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Numpy arrays that stay on the disk, read-only."""
    arrays = {}
    for name, info in _numpy_tensors(path).items():
        if info.start == info.end:
            arrays[name] = np.zeros(info.shape, _TO_NUMPY[info.dtype])
        else:
            mapped = np.memmap(path, _TO_NUMPY[info.dtype], "r", info.start, info.shape)
            arrays[name] = mapped.view(np.ndarray)
    return arrays


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read numpy arrays, whole."""
    tensors = _numpy_tensors(path)
    data = Path(path).read_bytes()
    return {
        name: np.frombuffer(data, _TO_NUMPY[t.dtype], math.prod(t.shape), t.start).reshape(t.shape).copy()
        for name, t in tensors.items()
    }


def _numpy_tensors(path: str | Path) -> dict[str, TensorInfo]:
    """The tensors of a file. Raises `FormatError` for one that numpy cannot hold."""
    tensors, _ = read_header(path)
    for name, info in tensors.items():
        if info.dtype not in _TO_NUMPY:
            raise FormatError(path, f"tensor {name!r} has the dtype {info.dtype}, which numpy does not know")
    return tensors
