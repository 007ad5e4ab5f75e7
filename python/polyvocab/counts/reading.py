"""A corpus in parts, each to be counted by itself: blocks of files, slices of Arrow data, some of the strings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from ..corpus import Corpus, arrow_columns, column_texts
from ..encoded.sources import Block, Documents, Source, source_of
from ..errors import CorpusError
from ..tokenizer import arrow


class Part(NamedTuple):
    """Some documents of a source."""

    source: int  # its number
    documents: Callable[[], Documents]  # reads them; may run in any thread
    explain: Callable[[int, Exception], NoReturn]  # raises what is wrong, given the lines before this part and what was raised
    size: int  # in memory
    consumed: int  # bytes of the source up to its end


def parts(corpus: Corpus, size: int) -> Iterator[Part]:
    """All documents in parts of about `size` bytes, or of one document where that is longer.

    Raises `CorpusError` for what cannot be read, and for a file that changes meanwhile.
    """
    if corpus.excluded:
        yield from _strings(corpus, size)
        return
    for number, source in enumerate(corpus.sources):
        if isinstance(source, Path):
            yield from _file(number, source_of(source, corpus.field, b"\n"), size)
        elif hasattr(source, "__arrow_c_stream__"):
            yield from _arrow(number, source, corpus.field, size)
        else:
            yield from _strings(corpus, size)  # an object is the only source


def _file(number: int, source: Source, size: int) -> Iterator[Part]:
    for block in source.blocks(0, size):
        yield Part(
            number, partial(source.documents, block, 0), partial(_explain_block, source, block), block.size, block.consumed
        )
    if source.has_changed():
        raise CorpusError(f"{source.path}: was changed while it was read; count it again")


def _explain_block(source: Source, block: Block, line: int, error: Exception) -> NoReturn:
    source.check_text(block, line)
    source.documents(block, line)
    raise CorpusError(f"{source.path}: {error}") from error


def _arrow(number: int, source: Any, field: str, size: int) -> Iterator[Part]:
    where, consumed = f"Arrow column {field!r}", 0
    for first, column in arrow_columns(source, field):
        rows = max(1, len(column) * size // max(column.nbytes, 1))
        for start in range(0, len(column), rows):
            part = column.slice(start, rows)
            consumed += part.nbytes
            explain = partial(_explain_rows, where, first + start)
            yield Part(number, partial(_arrow_documents, part, where, first + start), explain, part.nbytes, consumed)


def _arrow_documents(column: Any, where: str, first: int) -> Documents:
    if str(column.type) not in ("string", "large_string"):
        return Documents.of([text.encode("utf-8") for text in column_texts(column, where, first)], 0)
    ((data, offsets),) = arrow.blocks(column.fill_null("") if column.null_count else column)
    return Documents(data, offsets, 0)


def _explain_rows(where: str, first: int, line: int, error: Exception) -> NoReturn:
    if isinstance(error, CorpusError):
        raise error
    raise CorpusError(f"{where}: in the rows from {first} on: {error}") from error


def _strings(corpus: Corpus, size: int) -> Iterator[Part]:
    held: list[bytes] = []
    held_size = consumed = first = 0

    def part() -> Part:
        explain = partial(_explain_rows, "the corpus", first)
        return Part(0, partial(Documents.of, held, 0), explain, held_size, consumed)

    for number, document in enumerate(corpus):
        try:
            data = document.encode("utf-8")
        except UnicodeEncodeError as error:
            raise CorpusError(f"document {number} of the corpus: half of a surrogate pair at {error.start}") from error
        held.append(data)
        held_size += len(data)
        consumed += len(data)
        if held_size >= size:
            yield part()
            held, held_size, first = [], 0, number + 1
    if held:
        yield part()
