"""String arrays of pyarrow as the blocks of memory that they lie in: no text becomes a Python object."""

from __future__ import annotations

from typing import Any

import numpy as np

_OFFSETS = {"string": np.int32, "large_string": np.int64}


def blocks(texts: Any) -> list[tuple[Any, np.ndarray]]:
    """Buffers of UTF-8 and where the texts lie in each, int64 [texts + 1]; one for an Array, one for each chunk of a
    ChunkedArray.

    Raises `TypeError` for what is no array of string, large_string or string_view, and `ValueError` with the row of a null.
    """
    if not hasattr(texts, "type") or not (hasattr(texts, "buffers") or hasattr(texts, "chunks")):
        raise TypeError(f"a {type(texts).__name__}: a pyarrow Array or ChunkedArray of strings is needed")
    kind = str(texts.type)
    if kind == "string_view":  # its texts lie in many blocks
        texts, kind = texts.cast("large_string"), "large_string"
    if kind not in _OFFSETS:
        raise TypeError(f"an array of the type {kind}: string, large_string or string_view is needed")
    if texts.null_count:
        row = texts.is_null().index(True).as_py()
        raise ValueError(f"row {row} is null: drop the nulls, or fill them with a text")
    return [_block(chunk, _OFFSETS[kind]) for chunk in getattr(texts, "chunks", (texts,))]


def _block(chunk: Any, dtype: type) -> tuple[Any, np.ndarray]:
    _, bounds, data = chunk.buffers()
    if len(chunk) == 0:  # there need not be any buffers then
        return b"", np.zeros(1, np.int64)
    offsets = np.frombuffer(bounds, dtype, len(chunk) + 1, chunk.offset * dtype().itemsize)
    return b"" if data is None else data, offsets.astype(np.int64)
