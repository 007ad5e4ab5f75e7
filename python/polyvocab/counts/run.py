"""The pass over a corpus: this thread reads, the others count."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from tqdm import tqdm

from ..corpus import Corpus
from ..encoded.run import cores
from ..errors import CorpusError, PolyvocabError
from .reading import Part, parts

_PART_BYTES = 2 << 20
_THREAD_MEMORY = 128 << 20
_LEAST_MEMORY = 1 << 20


class Counter(Protocol):
    """What documents are handed to."""

    def add(self, data: bytes, offsets: np.ndarray) -> None:
        """Count documents that lie one after the other; from any thread. `offsets`: int64 [documents + 1]."""


def threads_of(threads: int) -> int:
    """How many a request means; 0: one per core."""
    return threads if threads > 0 else cores()


def memory_of(limit: int | None, threads: int) -> int:
    """The bytes for tables that a request means; None: 128 MB a thread."""
    if limit is None:
        return threads * _THREAD_MEMORY
    if limit < _LEAST_MEMORY:
        raise PolyvocabError(f"a memory limit of {limit} bytes is too small: give at least {_LEAST_MEMORY}")
    return limit


def pass_over(corpus: Corpus, counter: Counter, *, threads: int, progress: bool, label: str) -> None:
    """Hand all documents to the counter.

    Raises `CorpusError` with the place of what cannot be read; an earlier place goes before a later one.
    """
    pool = ThreadPoolExecutor(threads)
    waiting: deque[tuple[Part, Future[int]]] = deque()
    lines: dict[int, int] = {}  # of each source, in what is counted
    with _bar(corpus, label, progress) as bar:

        def take() -> None:
            part, future = waiting.popleft()
            try:
                lines[part.source] = lines.get(part.source, 0) + future.result()
            except (CorpusError, ValueError) as error:
                part.explain(lines.get(part.source, 0), error)
            bar.update(part)

        try:
            for part in _first_things_first(parts(corpus, _PART_BYTES), waiting, take):
                waiting.append((part, pool.submit(_count, part, counter)))
                while waiting and (len(waiting) > 2 * threads or waiting[0][1].done()):
                    take()
            while waiting:
                take()
        finally:
            pool.shutdown(cancel_futures=True)


def _count(part: Part, counter: Counter) -> int:
    documents = part.documents()
    counter.add(documents.data, documents.offsets)
    return documents.lines


def _first_things_first(found: Iterator[Part], waiting: deque, take) -> Iterator[Part]:
    """The parts; where reading fails, what stands before it is looked at first."""
    try:
        yield from found
    except CorpusError:
        while waiting:
            take()
        raise


class _Bar:
    def __init__(self, bar: tqdm, sizes: list[int]) -> None:
        self._bar, self._begins = bar, np.concatenate([[0], np.cumsum(sizes)]).tolist()

    def update(self, part: Part) -> None:
        self._bar.update(self._begins[part.source] + part.consumed - self._bar.n)


@contextmanager
def _bar(corpus: Corpus, label: str, progress: bool) -> Iterator[_Bar]:
    are_files = all(isinstance(source, Path) for source in corpus.sources)
    sizes = [source.stat().st_size if source.is_file() else 0 for source in corpus.sources] if are_files else [0]
    total = sum(sizes) if are_files and not corpus.excluded else None
    with tqdm(total=total, desc=f"count {label}".strip(), unit="B", unit_scale=True, disable=not progress) as bar:
        yield _Bar(bar, sizes)
