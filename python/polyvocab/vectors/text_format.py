"""`.vec`: fastText's and word2vec's text format. A line `count dim`, then a token and its numbers on each line."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

import numpy as np

from ..atomic import write_file
from ..errors import FormatError


def read_vec(path: str | Path, *, wanted: Container[str] | None = None) -> dict[str, np.ndarray]:
    """Tokens and float32 vectors; only `wanted` tokens, where given. Raises `FormatError` with the line."""
    path = Path(path)
    if not path.is_file():
        raise FormatError(path, "no such file")
    vectors: dict[str, np.ndarray] = {}
    with open(path, encoding="utf-8", newline="\n", errors="surrogateescape") as file:
        head = file.readline().split()
        if len(head) != 2 or not all(part.isdigit() for part in head):
            raise FormatError(path, "line 1: expected the number of vectors and their width, as in '1000 300'")
        count, dim = map(int, head)
        number = 1
        for number, line in enumerate(file, 2):
            parts = line.rstrip("\n").rstrip(" ").rsplit(" ", dim)
            if len(parts) != dim + 1:
                raise FormatError(path, f"line {number}: expected a token and {dim} numbers")
            if wanted is not None and parts[0] not in wanted:
                continue
            try:
                vectors[parts[0]] = np.array(parts[1:], np.float32)
            except ValueError as error:
                raise FormatError(path, f"line {number}: {error}") from error
    if number - 1 != count:
        raise FormatError(path, f"line 1 announces {count} vectors, {number - 1} follow: the file is cut off")
    return vectors


def write_vec(path: str | Path, vectors: Mapping[str, np.ndarray]) -> None:
    """Write vectors; numbers as the shortest decimals that read back as the same float32. Tokens must not hold spaces."""
    lines = [f"{len(vectors)} {len(next(iter(vectors.values()), ()))}"]
    for token, vector in vectors.items():
        if " " in token or "\n" in token:
            raise FormatError(path, f"the token {token!r} holds a space or a line end, which the format cannot say")
        lines.append(f"{token} " + " ".join(str(value) for value in np.asarray(vector, np.float32)))
    write_file(path, ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
