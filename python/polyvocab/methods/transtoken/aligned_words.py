"""Counts of aligned words, as a word aligner prints them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...corpus import open_text
from ...errors import FormatError


def read_aligned_words(path: str | Path) -> Iterator[tuple[str, str, int]]:
    """(source word, target word, count) of lines `source TAB target TAB count`, or with a column of log probabilities before
    the count, as `fast_align -p` prints them. Lines with `<eps>`, and empty ones, are left out.

    Raises `FormatError` with the line.
    """
    path = Path(path)
    with open_text(path) as (text, _):
        for number, data in enumerate(text, 1):
            try:
                line = data.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise FormatError(path, f"line {number}: byte {error.start} is not UTF-8") from error
            fields = line.split("\t")
            if not line.strip() or "<eps>" in fields[:2]:
                continue
            try:
                source, target, *_, count = fields
                if len(fields) not in (3, 4):
                    raise ValueError
                yield source, target, int(float(count))
            except (ValueError, OverflowError) as error:
                raise FormatError(path, f"line {number}: expected source, target and count with tabs between them") from error
