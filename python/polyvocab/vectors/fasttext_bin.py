"""fastText's `.bin`, versions 11 and 12: settings, words with their counts, and the rows of words and n-grams.

Little-endian, without padding: magic and version; twelve int32 and one float64 of settings; the words; a byte that says
whether the input matrix is quantized, its shape as two int64 and its float32 rows (of words, then of buckets); the same for
the output matrix.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import FormatError
from .subword_vectors import SubwordVectors

MAGIC = 793712314
_SETTINGS = (
    *("dim", "window", "epochs", "min_count", "negative", "word_ngrams"),
    *("loss", "model", "buckets", "min_n", "max_n", "update_rate"),
)
_SUPERVISED = 3
_END_OF_SENTENCE = "</s>"  # fastText cuts this one into no n-grams


def is_fasttext_bin(path: str | Path) -> bool:
    """Whether a file begins as fastText's do."""
    with open(path, "rb") as file:
        return file.read(4) == struct.pack("<i", MAGIC)


def read_fasttext_bin(path: str | Path) -> SubwordVectors:
    """Words and the rows that they consist of. The rows are mapped from the file, not loaded.

    Raises `FormatError` with the byte offset where the file is no such model, is cut off, or is quantized.
    """
    path = Path(path)
    if not path.is_file():
        raise FormatError(path, "no such file")
    data = np.memmap(path, np.uint8, mode="r") if path.stat().st_size else np.zeros(0, np.uint8)
    reader = _Reader(path, data)
    if reader.one("<i", "the magic number") != MAGIC:
        raise FormatError(path, "byte 0: this is no fastText model: it does not begin with its magic number")
    version = reader.one("<i", "the version")
    if version not in (11, 12):
        raise FormatError(path, f"byte 4: version {version} of the format is not known, only 11 and 12 are")
    settings = {name: reader.one("<i", "the settings") for name in _SETTINGS}
    reader.one("<d", "the settings")
    if settings["dim"] < 1 or settings["buckets"] < 0:
        raise FormatError(path, f"byte 8: {settings['dim']} dimensions and {settings['buckets']} buckets make no sense")
    if version == 11 and settings["model"] == _SUPERVISED:
        settings["max_n"] = 0  # as fastText itself reads them
    words = _words(reader)
    rows = _matrix(reader, "the input matrix", settings["dim"])
    if len(rows) < len(words):
        raise FormatError(path, f"byte {reader.at}: {len(words)} words have only {len(rows)} rows")
    _matrix(reader, "the output matrix", settings["dim"])
    subwords = rows[len(words) :] if settings["max_n"] > 0 else rows[:0]
    if settings["max_n"] > 0 and len(subwords) != settings["buckets"]:
        raise FormatError(path, f"byte {reader.at}: {len(subwords)} rows of n-grams for {settings['buckets']} buckets")
    return SubwordVectors(
        words,
        rows[: len(words)],
        subwords,
        np.arange(len(subwords), dtype=np.uint32),
        max(settings["min_n"], 1),
        settings["max_n"],
        settings["buckets"],
        whole=frozenset([_END_OF_SENTENCE]),
    )


@dataclass
class _Reader:
    """Reads on from a place, or says where the file ends too early."""

    path: Path
    data: np.ndarray
    at: int = 0

    def one(self, kind: str, what: str) -> int:
        return struct.unpack(kind, self.take(struct.calcsize(kind), what).tobytes())[0]

    def take(self, size: int, what: str) -> np.ndarray:
        if size > len(self.data) - self.at:
            left = len(self.data) - self.at
            raise FormatError(self.path, f"byte {self.at}: {what} needs {size} bytes, {left} are left: the file is cut off")
        self.at += size
        return self.data[self.at - size : self.at]


def _words(reader: _Reader) -> list[str]:
    """The words, without labels. They stand first, in the order of their rows."""
    begin = reader.at
    entries, n_words, _ = (reader.one("<i", "the sizes of the vocabulary") for _ in range(3))
    reader.one("<q", "the sizes of the vocabulary")
    pruned = reader.one("<q", "the sizes of the vocabulary")
    if not 0 <= n_words <= entries:
        raise FormatError(reader.path, f"byte {begin}: {n_words} words of {entries} entries make no sense")
    if pruned > 0:
        raise FormatError(reader.path, f"byte {begin}: the model was pruned while it was quantized; use the full .bin")
    words, at, size = [], reader.at, len(reader.data)
    chunk, chunk_at = b"", at
    for number in range(entries):
        # Through a window of bytes: a zero ends the word, then come nine bytes of count and kind.
        end = chunk.find(b"\0", at - chunk_at)
        while end < 0 or end + 10 > len(chunk):
            if chunk_at + len(chunk) >= size:
                raise FormatError(reader.path, f"byte {at}: entry {number} of {entries} words is cut off")
            chunk, chunk_at = reader.data[at : at + max(1 << 20, 2 * (chunk_at + len(chunk) - at))].tobytes(), at
            end = chunk.find(b"\0")
        if chunk[end + 9] == 0 and number < n_words:
            words.append(chunk[at - chunk_at : end].decode("utf-8", "surrogateescape"))
        at = chunk_at + end + 10
    if len(words) != n_words:
        raise FormatError(reader.path, f"byte {reader.at}: labels stand among the first {n_words} entries")
    reader.at = at
    return words


def _matrix(reader: _Reader, what: str, dim: int) -> np.ndarray:
    """float32 [rows, dim], mapped."""
    begin = reader.at
    if reader.take(1, what)[0]:
        raise FormatError(
            reader.path, f"byte {begin}: {what} is quantized (a .ftz model), which is not supported; use the .bin"
        )
    rows, columns = reader.one("<q", what), reader.one("<q", what)
    if rows < 0 or columns != dim:
        raise FormatError(reader.path, f"byte {begin}: {what} is {rows} x {columns}, vectors have {dim} dimensions")
    data = reader.take(4 * rows * columns, what)
    return np.ndarray((rows, columns), "<f4", data.data) if rows else np.zeros((0, columns), np.float32)
