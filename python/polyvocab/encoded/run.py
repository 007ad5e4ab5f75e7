"""The pass over the sources: this thread reads and writes, the others encode blocks; their results are taken in order."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .._version import __version__
from ..atomic import refuse_existing
from ..errors import CorpusError, PolyvocabError
from .corpus import EncodedCorpus
from .layout import Header, TokenizerName
from .sources import Block, Source, source_of
from .work import Progress, Work

EncodeDocuments = Callable[[bytes, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""(data, offsets int64 [documents + 1]) -> (ids uint32, offsets int64 [documents + 1])."""


@dataclass(frozen=True)
class Encoded:
    """A finished corpus, and the part of it that this run did."""

    corpus: EncodedCorpus
    bytes: int  # of documents
    seconds: float


def encode_sources(
    paths: Sequence[str | Path],
    out: str | Path,
    encode: EncodeDocuments,
    tokenizer: TokenizerName,
    *,
    largest_id: int,
    add_special_tokens: bool,
    eos_id: int | None,
    separator: bytes,
    text_field: str,
    threads: int,
    block_bytes: int,
    save_every: float,
    progress: bool,
) -> Encoded:
    """Write the documents of text files as ids; see `Tokenizer.encode_file`, which calls this."""
    began = time.perf_counter()
    settings = {
        "tokenizer": tokenizer.document(),
        "dtype": "uint16" if largest_id < 1 << 16 else "uint32",
        "add_special_tokens": add_special_tokens,
        "eos_id": eos_id,
        "separator": separator.decode(),
        "text_field": text_field,
        "polyvocab": __version__,
    }
    sources = [source_of(Path(path), text_field, separator) for path in paths]
    if not sources:
        raise CorpusError("a file is needed to encode")
    target = Path(out).absolute()
    work = Work(target, settings, sources)
    if work.is_finished():
        work.clear()
        return Encoded(EncodedCorpus.open(target), 0, time.perf_counter() - began)
    refuse_existing(target)
    with work.opened():
        if progress and work.resumed:
            print(f"polyvocab: {work.resumed}", file=sys.stderr, flush=True)
        before = work.progress.bytes
        _Run(work, sources, encode, threads, block_bytes, save_every, progress).go()
        done = work.progress
        work.finish(
            Header(
                tokenizer=tokenizer,
                dtype=settings["dtype"],
                add_special_tokens=add_special_tokens,
                eos_id=eos_id,
                documents=done.documents,
                ids=done.ids,
                bytes=done.bytes,
                sources=tuple(source.path.name for source in sources),
                polyvocab=__version__,
            )
        )
    return Encoded(EncodedCorpus.open(target), done.bytes - before, time.perf_counter() - began)


class _Run:
    """One run over the sources, from where the work stands."""

    def __init__(
        self,
        work: Work,
        sources: Sequence[Source],
        encode: EncodeDocuments,
        threads: int,
        block_bytes: int,
        save_every: float,
        progress: bool,
    ) -> None:
        self._work, self._sources, self._encode = work, sources, encode
        self._threads = threads if threads > 0 else cores()
        self._block_bytes, self._save_every = block_bytes, save_every
        self._id_type = np.dtype(work.settings["dtype"]).newbyteorder("<")
        self._waiting: deque[tuple[int, Block, Future]] = deque()
        self._waiting_bytes = 0
        self._begins = list(accumulate((source.size for source in sources), initial=0))  # bytes of files before each source
        known = all(source.stamp is not None for source in sources)
        self._bar = tqdm(
            total=self._begins[-1] if known else None,
            initial=self._begins[work.progress.source],
            desc="encode",
            unit="B",
            unit_scale=True,
            disable=not progress,
        )

    def go(self) -> None:
        """Encode all that is left. What is written when an error or Ctrl-C ends the run is kept for the next one."""
        pool = ThreadPoolExecutor(self._threads)
        self._saved = time.monotonic()
        blocks = self._blocks()
        try:
            while (item := self._next(blocks)) is not None:
                number, block = item
                self._waiting.append((number, block, pool.submit(self._ids, self._sources[number], block)))
                self._waiting_bytes += block.size
                while self._waiting and self._must_take():
                    self._take()
            self._take_all()
        except BaseException:
            with suppress(OSError, PolyvocabError):
                self._work.save()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
            self._bar.close()

    def _next(self, blocks: Iterator[tuple[int, Block]]) -> tuple[int, Block] | None:
        """The next block. Where it cannot be read, what stands before it is written first: an earlier error counts."""
        try:
            return next(blocks, None)
        except CorpusError:
            self._take_all()
            raise

    def _blocks(self) -> Iterator[tuple[int, Block]]:
        start = self._work.progress
        for number in range(start.source, len(self._sources)):
            source = self._sources[number]
            position = start.position if number == start.source else 0
            for block in source.blocks(position, self._block_bytes):
                yield number, block
            if source.has_changed():
                raise CorpusError(f"{source.path}: was changed while it was read; run the same again to encode what it is now")

    def _ids(self, source: Source, block: Block) -> tuple[np.ndarray, np.ndarray, int, int]:
        """In a thread: ids as they are written, their offsets, the bytes of the documents, and the lines of the block."""
        documents = source.documents(block, 0)
        ids, offsets = self._encode(documents.data, documents.offsets)
        return ids.astype(self._id_type, copy=False), offsets, len(documents.data), documents.lines

    def _must_take(self) -> bool:
        return self._waiting[0][2].done() or self._waiting_bytes > 2 * self._threads * self._block_bytes

    def _take_all(self) -> None:
        while self._waiting:
            self._take()

    def _take(self) -> None:
        """Write the oldest block."""
        number, block, future = self._waiting.popleft()
        self._waiting_bytes -= block.size
        work, at = self._work, self._work.progress
        line = at.lines if number == at.source else 0
        try:
            ids, offsets, size, lines = future.result()
        except (CorpusError, ValueError) as error:
            self._explain(self._sources[number], block, line, error)
            raise
        work.write(
            ids,
            offsets,
            Progress(
                source=number,
                position=block.end,
                lines=line + lines,
                documents=at.documents + len(offsets) - 1,
                ids=at.ids + len(ids),
                bytes=at.bytes + size,
            ),
        )
        self._bar.update(self._begins[number] + block.consumed - self._bar.n)
        if time.monotonic() - self._saved >= self._save_every:
            work.save()
            self._saved = time.monotonic()

    def _explain(self, source: Source, block: Block, line: int, error: Exception) -> None:
        """Raise what is wrong in a block with its place: only here is it known how many lines came before."""
        source.check_text(block, line)
        documents = source.documents(block, line)
        for n, (begin, end) in enumerate(zip(documents.offsets, documents.offsets[1:], strict=False)):
            document = documents.data[begin:end]
            try:
                self._encode(document, np.array([0, len(document)]))
            except ValueError as problem:
                number = self._work.progress.documents + n
                raise CorpusError(f"{source.path}: document {number} ({len(document)} bytes): {problem}") from error


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
