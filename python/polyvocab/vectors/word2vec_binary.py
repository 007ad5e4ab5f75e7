"""word2vec's binary format: a line `count dim`, then for each word its bytes, a space and float32 numbers."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

import numpy as np

from ..atomic import replacing_file
from ..errors import FormatError


def read_word2vec_binary(path: str | Path, *, wanted: Container[str] | None = None) -> dict[str, np.ndarray]:
    """Words and float32 vectors [dim]; only `wanted` words, where given. A line end after a vector, which some writers put
    there, is no part of the next word. Raises `FormatError` with the byte offset."""
    path = Path(path)
    if not path.is_file():
        raise FormatError(path, "no such file")
    data = path.read_bytes()
    head_end = data.find(b"\n", 0, 64)
    head = data[:head_end].split()
    if head_end < 0 or len(head) != 2 or not all(part.isdigit() for part in head):
        raise FormatError(path, "byte 0: expected the number of vectors and their width, as in '1000 300'")
    count, dim = map(int, head)
    words, starts, at = [], [], head_end + 1
    for number in range(count):
        if data.startswith(b"\n", at):
            at += 1
        space = data.find(b" ", at)
        if space < 0 or space + 1 + 4 * dim > len(data):
            raise FormatError(path, f"byte {at}: the vector of word {number} of {count} is cut off")
        words.append(data[at:space])
        starts.append(space + 1)
        at = space + 1 + 4 * dim
    if data[at:].strip(b"\n"):
        raise FormatError(path, f"byte {at}: {len(data) - at} bytes follow the last of {count} vectors")
    spelled = [word.decode("utf-8", "surrogateescape") for word in words]
    chosen = [i for i, word in enumerate(spelled) if wanted is None or word in wanted]
    matrix = _rows(data, np.array(starts, np.int64)[chosen], dim)
    return dict(zip([spelled[i] for i in chosen], matrix, strict=True))


def write_word2vec_binary(path: str | Path, vectors: Mapping[str, np.ndarray]) -> None:
    """Write float32 vectors. Raises `FormatError` for a word with a space or a line end, which the format cannot say."""
    with replacing_file(path) as scratch, open(scratch, "wb") as file:
        file.write(f"{len(vectors)} {len(next(iter(vectors.values()), ()))}\n".encode())
        for word, vector in vectors.items():
            if " " in word or "\n" in word:
                raise FormatError(path, f"the word {word!r} holds a space or a line end, which the format cannot say")
            file.write(word.encode("utf-8", "surrogateescape") + b" " + np.asarray(vector, "<f4").tobytes())


def _rows(data: bytes, starts: np.ndarray, dim: int) -> np.ndarray:
    """float32 [starts, dim]: what stands at these bytes."""
    if not len(starts) or not dim:
        return np.zeros((len(starts), dim), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), 4 * dim)
    return np.ascontiguousarray(windows[starts]).view("<f4").astype(np.float32, copy=False)
