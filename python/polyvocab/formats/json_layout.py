"""JSON written again as it was laid out: what did not change stays byte for byte, numbers too.

Four things are a layout: line breaks with their indent, the space behind a colon, whether other characters than ASCII are
escaped, and what follows the document. A document that mixes layouts comes out in one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, zip_longest
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

from ..errors import FormatError

_BEGINNING = re.compile(r"\s*\{(\s*)(?:\"(?:[^\"\\]|\\.)*\"\s*:(\s*))?")
_ESCAPED = re.compile(rb"\\u(?!00[0-7])")
_NAMES = {None: "null", True: "true", False: "false"}


class Verbatim(str):
    """JSON as it is written: a number with a fraction or an exponent, or a part that is put in ready-made."""

    __slots__ = ()


PART = Verbatim("\0")  # no JSON has this character


@dataclass(frozen=True)
class Layout:
    newline: str = ""  # empty: all in one line
    indent: str = ""
    colon: str = ": "
    is_ascii: bool = False
    tail: str = ""

    @classmethod
    def of(cls, data: bytes) -> Layout:
        """The layout of a document that begins with an object."""
        text = data[:4096].decode("utf-8", "ignore")
        found = _BEGINNING.match(text)
        space, colon = (found[1], found[2]) if found else ("", None)
        newline = "\r\n" if "\r\n" in space else "\n" if "\n" in space else ""
        return cls(
            newline=newline,
            indent=space.rpartition("\n")[2] if newline else "",
            colon=":" if colon == "" else ": ",
            is_ascii=bool(_ESCAPED.search(data)) and data.isascii(),
            tail=data[len(data.rstrip()) :].decode("ascii"),
        )


def parse(data: bytes, where: object) -> Any:
    """The document, numbers with a fraction as they are written. Raises `FormatError`."""
    try:
        return json.loads(data.decode("utf-8"), parse_float=Verbatim, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FormatError(where, f"is not JSON: {error}") from error


def render(document: Any, layout: Layout, parts: Iterable[bytes] = ()) -> bytes:
    """What `parse` gave, perhaps changed, in a layout. `parts`: JSON that is put in where the document has `PART`, in their
    order, so that a vocabulary of ten megabytes is never text."""
    pieces = (_Writer(layout).value(document, 0) + layout.tail).encode("utf-8").split(PART.encode("utf-8"))
    return b"".join(chain.from_iterable(zip_longest(pieces, parts, fillvalue=b"")))


def lengthened(container: bytes, more: dict[str, Any] | list[Any], layout: Layout, depth: int) -> bytes:
    """An object or an array as it is written, with more members behind its own. `depth`: how deep it stands."""
    if not more:
        return container
    written = _Writer(layout).value(more, depth).encode("utf-8")
    body = container.rstrip()[:-1].rstrip()
    if len(body) == 1:
        return written
    separator = b"," if layout.newline or layout.colon == ":" else b", "
    return body + separator + written[1:]


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


class _Writer:
    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._quote = encode_basestring_ascii if layout.is_ascii else encode_basestring

    def value(self, value: Any, depth: int) -> str:
        if isinstance(value, dict):
            colon = self._layout.colon
            members = [f"{self._quote(key)}{colon}{self.value(part, depth + 1)}" for key, part in value.items()]
            return self._wrapped("{", members, "}", depth)
        if isinstance(value, list):
            return self._wrapped("[", self._members(value, depth + 1), "]", depth)
        if isinstance(value, str):
            return value if isinstance(value, Verbatim) else self._quote(value)
        return _NAMES[value] if value is None or isinstance(value, bool) else str(value)

    def _members(self, values: list[Any], depth: int) -> list[str]:
        """Lists of strings are written here, all alike: a vocabulary has a hundred thousand of them."""
        if not values or not all(type(value) is list and value for value in values):
            return [self.value(value, depth) for value in values]
        before, between, after = self._around(depth)
        quote, written = self._quote, self.value
        rows = ([quote(x) if type(x) is str else written(x, depth + 1) for x in value] for value in values)
        return [f"[{before}{between.join(row)}{after}]" for row in rows]

    def _wrapped(self, opening: str, parts: list[str], closing: str, depth: int) -> str:
        if not parts:
            return opening + closing
        before, between, after = self._around(depth)
        return opening + before + between.join(parts) + after + closing

    def _around(self, depth: int) -> tuple[str, str, str]:
        """What stands before, between and behind the members of what is at this depth."""
        layout = self._layout
        if not layout.newline:
            return "", "," if layout.colon == ":" else ", ", ""
        inner = layout.newline + layout.indent * (depth + 1)
        return inner, f",{inner}", layout.newline + layout.indent * depth
