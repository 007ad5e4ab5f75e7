"""Data sets of pairs (original, romanized), for training that brings both close to each other (TransliCo, Liu et al. 2024)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tqdm import tqdm

from ..atomic import atomic_file
from ..corpus import Corpus
from ..errors import CorpusError, PolyvocabError, require
from . import Romanizer
from .chosen_words import ChosenWords

_BATCH_CHARS = 1 << 20
_ROW_GROUP_CHARS = 1 << 23


class Pair(NamedTuple):
    """A line and what became of it."""

    original: str
    romanized: str


@dataclass
class PairCounts:
    """What was read, and why some of it was left out."""

    lines: int = 0
    written: int = 0
    short: int = 0  # fewer characters than were asked for
    duplicates: int = 0  # of a line that came before
    identical: int = 0  # nothing to romanize


def pairs(
    corpus: Any,
    *,
    lang: str | None = None,
    words: Callable[[str], bool] | None = None,
    word_pattern: str | None = None,
    transliterate: Callable[[str], str] | None = None,
    min_chars: int = 1,
    deduplicate: bool = False,
    drop_identical: bool = False,
    field: str = "text",
    threads: int = 0,
    counts: PairCounts | None = None,
) -> Iterator[Pair]:
    """A pair for each line of each document of anything that `polyvocab.corpus.Corpus` takes, in their order.

    `words`: only the words that it is true for are romanized, each as a text of its own; see `ChosenWords` for what a word is
    and for `word_pattern`. `transliterate`: a function of the caller's in place of the romanizer (`lang` belongs to that one).
    Lines with fewer than `min_chars` characters, white space around them not counted, are left out; so are, on request, lines
    that came before and lines that do not change. `counts` is counted up.

    Memory holds a few MB of lines; with `deduplicate` also about 100 bytes for each different line. Equal lines are told by
    128 bits of their hash.

    Raises `CorpusError` for text that cannot be read, `PolyvocabError` for what cannot be asked for.
    """
    if transliterate is not None and lang is not None:
        raise PolyvocabError("lang is for the romanizer: leave it out where a function transliterates")
    if word_pattern is not None and words is None:
        raise PolyvocabError("a pattern of words is for a predicate of words: give that too, or leave it out")
    made = _romanizer(lang, threads) if transliterate is None else _each(transliterate)
    made = made if words is None else ChosenWords(words, made, word_pattern)
    counts = PairCounts() if counts is None else counts
    chosen = _chosen(Corpus.of(corpus, field=field), min_chars, deduplicate, counts)
    return _pairs(chosen, made, drop_identical, counts)


def write_pairs(
    corpus: Any,
    out: str | Path,
    *,
    columns: tuple[str, str] = Pair._fields,
    progress: bool = False,
    **options: Any,
) -> PairCounts:
    """Write the pairs to a .jsonl or a .parquet file, which appears when it is whole and must not exist.

    `columns`: the names of the two fields. `options`: as for `pairs`. Raises as that does.
    """
    out = Path(out)
    if out.suffix not in _WRITERS:
        raise PolyvocabError(f"{out}: pairs are written as {' or '.join(_WRITERS)}: name the file so")
    if len(columns) != 2 or columns[0] == columns[1] or not all(columns):
        raise PolyvocabError(f"{', '.join(columns)}: two different names of columns are needed")
    counts = PairCounts()
    found = pairs(corpus, counts=counts, **options)
    bar = tqdm(desc="pairs", unit=" lines", unit_scale=True, disable=not progress)
    with bar, atomic_file(out) as file, _WRITERS[out.suffix](file, columns) as write:
        for batch in _batches(found, _BATCH_CHARS if out.suffix == ".jsonl" else _ROW_GROUP_CHARS):
            write(batch)
            counts.written += len(batch)
            bar.update(counts.lines - bar.n)
    return counts


def _romanizer(lang: str | None, threads: int) -> Callable[[Sequence[str]], list[str]]:
    romanizer = Romanizer(lang)
    return lambda texts: romanizer.batch(texts, threads)


def _each(transliterate: Callable[[str], str]) -> Callable[[Sequence[str]], list[str]]:
    def every(texts: Sequence[str]) -> list[str]:
        made = []
        for text in texts:
            try:
                made.append(transliterate(text))
            except Exception as error:
                raise PolyvocabError(f"the function that transliterates fails on {text!r}: {error!r}") from error
            if not isinstance(made[-1], str):
                raise PolyvocabError(f"the function that transliterates makes a {type(made[-1]).__name__} of {text!r}, no text")
        return made

    return every


def _chosen(corpus: Corpus, min_chars: int, deduplicate: bool, counts: PairCounts) -> Iterator[str]:
    """The lines that pairs are made of."""
    seen: set[bytes] = set()
    for document in corpus:
        for line in document.split("\n"):
            line = line.removesuffix("\r")
            counts.lines += 1
            if len(line.strip()) < min_chars:
                counts.short += 1
                continue
            try:
                data = line.encode("utf-8")
            except UnicodeEncodeError as error:
                raise CorpusError(f"line {counts.lines} of the corpus: half of a surrogate pair at {error.start}") from error
            if deduplicate:
                digest = hashlib.blake2b(data, digest_size=16).digest()
                if digest in seen:
                    counts.duplicates += 1
                    continue
                seen.add(digest)
            yield line


def _pairs(
    lines: Iterator[str], made: Callable[[Sequence[str]], list[str]], drop_identical: bool, counts: PairCounts
) -> Iterator[Pair]:
    for batch in _batches(lines, _BATCH_CHARS):
        for original, romanized in zip(batch, made(batch), strict=True):
            if drop_identical and original == romanized:
                counts.identical += 1
            else:
                yield Pair(original, romanized)


def _batches(items: Iterator[Any], chars: int) -> Iterator[list[Any]]:
    """Lists of lines or pairs with about so many characters, or of one that has more."""
    batch: list[Any] = []
    size = 0
    for item in items:
        batch.append(item)
        size += len(item) if isinstance(item, str) else len(item[0]) + len(item[1])
        if size >= chars:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def _jsonl(file: BinaryIO, columns: tuple[str, str]) -> Iterator[Callable[[list[Pair]], None]]:
    def write(batch: list[Pair]) -> None:
        lines = (json.dumps(dict(zip(columns, pair, strict=True)), ensure_ascii=False) for pair in batch)
        file.write("".join(f"{line}\n" for line in lines).encode("utf-8"))

    yield write


@contextmanager
def _parquet(file: BinaryIO, columns: tuple[str, str]) -> Iterator[Callable[[list[Pair]], None]]:
    pyarrow = require("pyarrow", "models", "writing .parquet files")
    parquet = require("pyarrow.parquet", "models", "writing .parquet files")
    schema = pyarrow.schema([(name, pyarrow.string()) for name in columns])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        yield lambda batch: writer.write_table(pyarrow.table([list(c) for c in zip(*batch, strict=True)], schema=schema))


_WRITERS = {".jsonl": _jsonl, ".parquet": _parquet}
