"""The reader of tokenizer.json, slow and obvious: what the native one is compared with."""

from __future__ import annotations

import math
import re

import numpy as np

Block = tuple[bytes, np.ndarray]  # strings end to end, and their offsets


class JsonError(ValueError):
    """(problem, byte offset)"""


DEPTH = 127
_NUMBER = re.compile(rb"-?+(?:0(?![0-9])|[1-9][0-9]*+)(?:\.[0-9]++|(?!\.))(?:[eE][+-]?+[0-9]++|(?![eE]))")
_UNIT = re.compile(rb"\\u([0-9A-Fa-f]{4})")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def parse_number(text: str) -> int | float:
    """A number as serde_json makes it of its digits: exact only where few digits and a small exponent allow it."""
    negative = text.startswith("-")
    mantissa, _, power = text.lstrip("-").lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    significand, exponent, full = 0, 0, False
    for digit in whole:
        full = full or significand * 10 + int(digit) >= 2**64
        significand, exponent = (significand, exponent + 1) if full else (significand * 10 + int(digit), 0)
    if not fraction and not power and not full:
        if not negative:
            return significand
        return -significand if 0 < significand <= 2**63 else -float(significand)
    full = False
    for digit in fraction:
        full = full or significand * 10 + int(digit) >= 2**64
        if not full:
            significand, exponent = significand * 10 + int(digit), exponent - 1
    if power:
        size = int(power.lstrip("+-").lstrip("0")[:11] or "0")
        exponent += -size if power.startswith("-") else size
    value = float(significand)
    while abs(exponent) > 308 and value != 0.0:
        if exponent > 0:
            raise OverflowError
        value, exponent = value / 1e308, exponent + 308
    if value != 0.0:
        value = value * float(f"1e{exponent}") if exponent >= 0 else value / float(f"1e{-exponent}")
    if math.isinf(value):
        raise OverflowError
    return -value if negative else value


class _Reader:
    def __init__(self, data: bytes) -> None:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise JsonError("invalid UTF-8", error.start) from error
        self.data, self.at, self.depth = data, 0, 0

    def fail(self, problem: str, at: int | None = None) -> JsonError:
        return JsonError(problem, self.at if at is None else at)

    def peek(self) -> bytes:
        """The next byte after white space, b"" at the end."""
        while self.data[self.at : self.at + 1] in (b" ", b"\t", b"\n", b"\r"):
            self.at += 1
        return self.data[self.at : self.at + 1]

    def expect(self, byte: bytes, what: str) -> None:
        if self.peek() != byte:
            raise self.fail(f"expected {what}" if self.at < len(self.data) else f"cut off: expected {what}")
        self.at += 1

    def items(self, end: str):
        """Yields before each item of an object or array that has just been opened."""
        self.depth += 1
        if self.depth > DEPTH:
            raise self.fail("nested too deeply", self.at - 1)
        if self.peek() != end.encode():
            while True:
                yield
                if self.peek() == end.encode():
                    break
                self.expect(b",", f"',' or '{end}'")
        self.at += 1
        self.depth -= 1

    def key(self) -> str:
        self.peek()
        name = self.string()
        self.expect(b":", "':'")
        return name

    def string(self) -> str:
        self.expect(b'"', "a string")
        out = bytearray()
        while True:
            byte = self.data[self.at : self.at + 1]
            if byte == b"":
                raise self.fail("cut off inside a string")
            if byte == b'"':
                self.at += 1
                return out.decode("utf-8")
            if byte < b" ":
                raise self.fail("a control character inside a string")
            if byte != b"\\":
                out += byte
                self.at += 1
                continue
            start = self.at
            letter = self.data[start + 1 : start + 2].decode("latin-1")
            if letter in _ESCAPES and letter:
                out += _ESCAPES[letter].encode()
                self.at += 2
                continue
            unit = self.unit(start)
            if 0xD800 <= unit < 0xDC00 and self.data[self.at : self.at + 2] == b"\\u":
                low = self.unit(self.at)
                if not 0xDC00 <= low < 0xE000:
                    raise self.fail("a lone surrogate", start)
                unit = 0x10000 + (unit - 0xD800) * 0x400 + low - 0xDC00
            if 0xD800 <= unit < 0xE000:
                raise self.fail("a lone surrogate", start)
            out += chr(unit).encode("utf-8")

    def unit(self, start: int) -> int:
        match = _UNIT.match(self.data, start)
        if match is None:
            raise self.fail("an invalid escape", start)
        self.at = match.end()
        return int(match[1], 16)

    def number(self) -> int | float:
        match = _NUMBER.match(self.data, self.at)
        if match is None:
            raise self.fail("expected a number")
        start, self.at = self.at, match.end()
        try:
            return parse_number(match[0].decode())
        except OverflowError:
            raise self.fail("a number out of range", start) from None

    def skip(self) -> None:
        """One value of any kind."""
        first = self.peek()
        if first == b'"':
            self.string()
        elif first in (b"{", b"["):
            self.at += 1
            for _ in self.items("}" if first == b"{" else "]"):
                if first == b"{":
                    self.key()
                self.skip()
        elif first == b"-" or first.isdigit():
            self.number()
        else:
            for word in (b"null", b"true", b"false"):
                if self.data.startswith(word, self.at):
                    self.at += len(word)
                    return
            raise self.fail("expected a value" if first else "cut off: expected a value")


def read_tokenizer_json(data: bytes) -> tuple:
    """(skeleton, tokens, ids, scores, merge parts, whether these are pairs)"""
    reader = _Reader(data)
    found: dict[str, tuple] = {}
    cuts: list[tuple[int, int]] = []
    if reader.peek() == b"{":
        reader.at += 1
        for _ in reader.items("}"):
            reader.peek()
            start, key = reader.at, reader.key()
            if key == "model" and reader.peek() == b"{":
                if "model" in found:
                    raise reader.fail("a second 'model'", start)
                found["model"] = ()
                _model(reader, found, cuts)
            else:
                reader.skip()
    else:
        reader.skip()
    if reader.peek():
        raise reader.fail("something follows the end of the document")
    skeleton, last = b"", 0
    for start, end in cuts:
        skeleton, last = skeleton + data[last:start] + b"null", end
    tokens, ids, scores = found.get("vocab", (None, None, None))
    merges, pairs = found.get("merges", (None, False))
    return skeleton + data[last:], _block(tokens), ids, scores, _block(merges), pairs


def _block(strings: list[str] | None) -> Block | None:
    if strings is None:
        return None
    encoded = [s.encode("utf-8") for s in strings]
    return b"".join(encoded), np.array([0, *np.cumsum([len(s) for s in encoded])], np.uint64)


def _model(reader: _Reader, found: dict, cuts: list) -> None:
    reader.at += 1
    for _ in reader.items("}"):
        reader.peek()
        start, key = reader.at, reader.key()
        first = reader.peek()
        if (key == "vocab" and first in (b"{", b"[")) or (key == "merges" and first == b"["):
            if key in found:
                raise reader.fail(f"a second {key!r}", start)
            begin = reader.at
            reader.at += 1
            read = _merges if key == "merges" else _map if first == b"{" else _list
            found[key] = read(reader)
            cuts.append((begin, reader.at))
        else:
            reader.skip()


def _map(reader: _Reader) -> tuple:
    entries: dict[str, int] = {}
    for _ in reader.items("}"):
        key = reader.key()
        reader.peek()
        start = reader.at
        value = reader.number()
        if not isinstance(value, int) or not 0 <= value < 2**32 or reader.data[start] == ord("-"):
            raise reader.fail("an id must be a whole number from 0 to 4294967295", start)
        entries.pop(key, None)
        entries[key] = value
    return list(entries), np.array(list(entries.values()), np.uint32), None


def _list(reader: _Reader) -> tuple:
    pieces, scores = [], []
    for _ in reader.items("]"):
        reader.expect(b"[", "[piece, score]")
        reader.depth += 1
        reader.peek()
        pieces.append(reader.string())
        reader.expect(b",", "','")
        reader.peek()
        scores.append(float(reader.number()))
        reader.expect(b"]", "']'")
        reader.depth -= 1
    return pieces, None, np.array(scores, np.float64)


def _merges(reader: _Reader) -> tuple:
    merges, pairs = [], None
    for _ in reader.items("]"):
        first = reader.peek()
        if pairs is None:
            pairs = first == b"["
        if not pairs:
            merges.append(reader.string())
            continue
        reader.expect(b"[", "[left, right]")
        reader.depth += 1
        reader.peek()
        merges.append(reader.string())
        reader.expect(b",", "','")
        reader.peek()
        merges.append(reader.string())
        reader.expect(b"]", "']'")
        reader.depth -= 1
    return merges, bool(pairs)


def resolve_merges(
    tokens: bytes, offsets: np.ndarray, ids: np.ndarray, parts: bytes, part_offsets: np.ndarray, pairs: bool, prefix: int
) -> tuple[np.ndarray, np.ndarray]:
    table = dict(zip(_strings(tokens, offsets), ids.tolist(), strict=True))
    texts = _strings(parts, part_offsets)
    if pairs:
        split = list(zip(texts[::2], texts[1::2], strict=True))
    else:
        split = [tuple(line.split(b" ")) for line in texts if not line.startswith(b"#version")]
    resolved, merged = [], []
    for n, part in enumerate(split):
        if len(part) != 2:
            raise ValueError(f"merge {n}: '{b' '.join(part).decode()}' needs two parts, divided by one space")
        left, right = part
        for token in part:
            if token not in table:
                raise ValueError(f"merge {n}: '{token.decode()}' is not in the vocabulary")
        if len(right) < prefix:
            raise ValueError(f"merge {n}: '{right.decode()}' is shorter than continuing_subword_prefix")
        whole = left + right[prefix:]
        if whole not in table:
            raise ValueError(f"merge {n}: '{left.decode()}' + '{right.decode()}' is not in the vocabulary")
        resolved.append((table[left], table[right]))
        merged.append(table[whole])
    return np.array(resolved, np.uint32).reshape(-1, 2), np.array(merged, np.uint32)


def find_strings(strings: bytes, offsets: np.ndarray, wanted: bytes, wanted_offsets: np.ndarray) -> np.ndarray:
    """The last position of each wanted string, or -1."""
    table = {string: position for position, string in enumerate(_strings(strings, offsets))}
    return np.array([table.get(string, -1) for string in _strings(wanted, wanted_offsets)], np.int64)


def _strings(data: bytes, offsets: np.ndarray) -> list[bytes]:
    bounds = offsets.tolist()
    return [data[start:end] for start, end in zip(bounds, bounds[1:], strict=False)]
