"""Files and pipes, romanized line by line: what uroman's command line makes of them, without its cache.

One line in is one line out. A line that begins with `::lcode xyz ` is in the language xyz; the prefix is printed again, in the
formats with edges as an edge of its own. Lines end as Python's text files have it: \\n, \\r\\n or \\r.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ..atomic import atomic_file
from ..corpus import open_text, read_error
from ..errors import CorpusError, PolyvocabError
from . import Edge, Romanizer

FORMATS = ("str", "edges", "alts", "lattice")
_BLOCK_BYTES = 1 << 20
_REPORTED = 10  # lines that are named
_WHITE = r"[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_PREFIX = re.compile(rf"(::lcode{_WHITE}+)([a-z]{{3}})({_WHITE}+|$)(.*)", re.DOTALL)
_ESCAPED = re.compile("[\udc80-\udcff]")  # a byte that was no UTF-8, as Python's "surrogateescape" has it


@dataclass(frozen=True)
class Romanized:
    """What was read."""

    lines: int
    replaced: int  # bytes that were no UTF-8 and became U+FFFD, one each


class LineRomanizer:
    """Lines of text to lines of one of uroman's output formats.

    `str` is the romanization; `edges` are the parts of a line with their offsets, as a list of JSON; `alts` has alternatives
    too, `lattice` all edges. uroman writes no commas between edges, which is no JSON: `valid_json` adds them.
    """

    def __init__(
        self,
        lang: str | None = None,
        *,
        format: str = "str",
        mark: str | None = None,
        threads: int = 0,
        valid_json: bool = False,
    ) -> None:
        """`lang`: of lines that do not say theirs. `threads`: 0 takes one per core, and only `str` uses them."""
        if format not in FORMATS:
            raise PolyvocabError(f"{format!r} is no format of romanization: use {', '.join(FORMATS)}")
        self.format, self.threads = format, threads
        self._between = ", " if valid_json else ""
        self._in = lru_cache(64)(lambda lang: Romanizer(lang, mark=mark))
        self._lang = lang
        self._in(lang)

    def __call__(self, lines: Sequence[str]) -> list[str]:
        """What is printed for each line; lines are without their ends."""
        if self.format != "str":
            return [self._line_of_edges(line) for line in lines]
        if not any(line.startswith("::lcode") for line in lines):
            return self._in(self._lang).batch(lines, self.threads)
        made = [""] * len(lines)
        for lang, found in self._by_language(lines).items():
            texts = self._in(lang).batch([text for _, _, text in found], self.threads)
            for (n, prefix, _), text in zip(found, texts, strict=True):
                made[n] = prefix + text
        return made

    def copy(
        self,
        source: BinaryIO,
        write: Callable[[bytes], object],
        *,
        name: str,
        strict: bool = False,
        report: Callable[[str], object] = warnings.warn,
    ) -> Romanized:
        """Romanize what `source` holds, block by block: a line is written as soon as it has been read, also from a pipe. Memory
        is bounded by the longest line, or a few MB.

        A byte that is no UTF-8 becomes U+FFFD, as uroman has it, and `report` is told the line; where `strict`, it is a
        `CorpusError`, and the lines before it are written. `name` is the source's, for messages.
        """
        count = replaced = reported = 0
        for block in _blocks(source, name):
            made = self._at_once(block)
            if made is not None:
                write(made)
                count += block.count(b"\n")
                continue
            lines = _lines(block)
            problems = list(_invalid(lines))
            if problems and strict:
                n = problems[0]
                write(_joined(self(lines[:n])))
                at = len(lines[n][: _ESCAPED.search(lines[n]).start()].encode("utf-8"))
                raise CorpusError(f"{name}: line {count + n + 1}: invalid UTF-8 at byte {at} of the line; convert it to UTF-8")
            for n in problems:
                lines[n], times = _ESCAPED.subn("\ufffd", lines[n])
                replaced += times
                reported += 1
                if reported <= _REPORTED:
                    report(f"{name}: line {count + n + 1}: {times} bytes are no UTF-8; each became U+FFFD")
            write(_joined(self(lines)))
            count += len(lines)
        if reported > _REPORTED:
            report(f"{name}: {replaced} bytes in {reported} lines are no UTF-8; each became U+FFFD")
        return Romanized(count, replaced)

    def _at_once(self, block: bytes) -> bytes | None:
        """What `copy` writes for a block without lines of other languages, other line ends or invalid bytes; else None."""
        if self.format != "str" or b"\r" in block or b"::lcode" in block:
            return None
        try:
            return self._in(self._lang).lines(block, self.threads)
        except ValueError:  # no UTF-8
            return None

    def _by_language(self, lines: Sequence[str]) -> dict[str | None, list[tuple[int, str, str]]]:
        """Language to (number of the line, prefix, text)."""
        found: dict[str | None, list[tuple[int, str, str]]] = {}
        for n, line in enumerate(lines):
            match = _PREFIX.fullmatch(line)
            if match is None:
                found.setdefault(self._lang, []).append((n, "", line))
            else:
                found.setdefault(match[2], []).append((n, match[1] + match[2] + match[3], match[4]))
        return found

    def _line_of_edges(self, line: str) -> str:
        match = _PREFIX.fullmatch(line)
        shown = [] if match is None else [f'[0, 0, "", "lcode: {match[2]}"]']
        romanizer, text = (self._in(self._lang), line) if match is None else (self._in(match[2]), match[4])
        shown += map(json.dumps, self._edges(romanizer, text))
        return f"[{self._between.join(shown)}]"

    def _edges(self, romanizer: Romanizer, text: str) -> list[Edge]:
        if self.format == "lattice":
            return romanizer.lattice(text)
        return romanizer.edges(text, alternatives=self.format == "alts")


def romanize_file(
    source: str | Path,
    target: str | Path,
    *,
    lang: str | None = None,
    format: str = "str",
    mark: str | None = None,
    threads: int = 0,
    strict: bool = False,
    valid_json: bool = False,
) -> Romanized:
    """Romanize a text file (.gz and .zst are unpacked) line by line into `target`, which appears when it is whole and must not
    exist. `lang`, `format`, `mark`, `threads`, `valid_json`: as for `LineRomanizer`.

    Bytes that are no UTF-8 become U+FFFD with a warning; where `strict`, they are an error. Raises `CorpusError` for what
    cannot be read, `PolyvocabError` for what cannot be asked for.
    """
    romanizer = LineRomanizer(lang, format=format, mark=mark, threads=threads, valid_json=valid_json)
    with open_text(Path(source)) as (text, _), atomic_file(target) as out:
        return romanizer.copy(text, out.write, name=str(source), strict=strict)


def _blocks(source: BinaryIO, name: str) -> Iterator[bytes]:
    """Whole lines that have come, with their ends; the last line has one too."""
    held: list[bytes] = []  # of a line that is not at its end
    offset = 0
    while True:
        try:
            chunk = source.read1(_BLOCK_BYTES)
        except Exception as error:
            raise read_error(Path(name), offset, error) from error
        if not chunk:
            break
        offset += len(chunk)
        # A \r that may be half of \r\n ends nothing yet.
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, len(chunk) - 1)) + 1
        if end:
            yield b"".join([*held, chunk[:end]])
            held = [chunk[end:]] if end < len(chunk) else []
        else:
            held.append(chunk)
    if last := b"".join(held):
        yield last if last.endswith((b"\n", b"\r")) else last + b"\n"


def _lines(block: bytes) -> list[str]:
    text = block.decode("utf-8", "surrogateescape")
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def _invalid(lines: list[str]) -> Iterator[int]:
    """The lines with bytes that were no UTF-8."""
    for n, line in enumerate(lines):
        try:
            line.encode("utf-8")
        except UnicodeEncodeError:
            yield n


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8")
