"""Vectors of words in files of every kind that is known, chosen by the name of the file."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ..atomic import replacing_file
from ..errors import FormatError
from ..formats.safetensors import load_arrays, save_arrays
from .fasttext_bin import is_fasttext_bin, read_fasttext_bin
from .text_format import read_vec, write_vec
from .word2vec_binary import read_word2vec_binary, write_word2vec_binary


def read_vectors(path: str | Path, *, wanted: Container[str] | None = None) -> dict[str, np.ndarray]:
    """Words and float32 vectors [dim] of a `.npz`, `.safetensors` (as `write_vectors` makes them), `.bin` (fastText's or
    word2vec's, told apart by how they begin), or else a `.vec`; only `wanted` words, where given."""
    path = Path(path)
    if path.suffix in (".npz", ".safetensors", ".bin") and not path.is_file():
        raise FormatError(path, "no such file")
    if path.suffix == ".bin":
        if not is_fasttext_bin(path):
            return read_word2vec_binary(path, wanted=wanted)
        model = read_fasttext_bin(path)
        words = [word for word in model if wanted is None or word in wanted]
        return dict(zip(words, model.vectors(words), strict=True))
    if path.suffix not in (".npz", ".safetensors"):
        return read_vec(path, wanted=wanted)
    try:
        arrays = load_arrays(path) if path.suffix == ".safetensors" else dict(np.load(path))
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        raise FormatError(path, f"cannot be read: {error}") from error
    if missing := {"words", "offsets", "matrix"} - arrays.keys():
        raise FormatError(path, f"has no array {min(missing)!r}: it does not hold vectors of words")
    spelled, offsets = arrays["words"].tobytes(), arrays["offsets"].tolist()
    if len(offsets) != len(arrays["matrix"]) + 1 or offsets[-1] != len(spelled):
        raise FormatError(path, f"{len(offsets) - 1} words for {len(arrays['matrix'])} vectors")
    words = [spelled[a:b].decode("utf-8", "surrogatepass") for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
    return {w: row for w, row in zip(words, arrays["matrix"], strict=True) if wanted is None or w in wanted}


def write_vectors(path: str | Path, vectors: Mapping[str, np.ndarray]) -> None:
    """Write words and their vectors: `.vec` as text, `.bin` as word2vec's binary, `.npz` and `.safetensors` as the arrays
    `matrix` (float32 [words, dim]), `words` (uint8, their UTF-8 one behind the other) and `offsets` (int64 [words + 1])."""
    path = Path(path)
    if path.suffix == ".vec":
        return write_vec(path, vectors)
    if path.suffix == ".bin":
        return write_word2vec_binary(path, vectors)
    if path.suffix not in (".npz", ".safetensors"):
        raise FormatError(path, "vectors are written as .vec, .bin (word2vec), .npz or .safetensors")
    spelled = [word.encode("utf-8", "surrogatepass") for word in vectors]
    dim = len(next(iter(vectors.values()), ()))
    arrays = {
        "matrix": np.array([vectors[word] for word in vectors], np.float32).reshape(len(spelled), dim),
        "words": np.frombuffer(b"".join(spelled), np.uint8),
        "offsets": np.cumsum([0, *map(len, spelled)], dtype=np.int64),
    }
    with replacing_file(path) as scratch:
        if path.suffix == ".safetensors":
            save_arrays(scratch, arrays)
        else:
            with open(scratch, "wb") as file:
                np.savez(file, **arrays)
    return None
