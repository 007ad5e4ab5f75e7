"""The Python package `uroman` as the reference of `polyvocab.romanize`: each text by itself, in one comparable form.

A result is a str (format `str`) or a list of edges (start, end, text, type). What the package keeps from one text to the next
(`abugida_cache`) is emptied before each text, so that a result depends on its text alone.

Edges of one span lie in a Python `set` of objects, in the order of their addresses, which decides now and then (English Braille
U+2820 U+2836 is a quotation mark or "Were"). So in the format `lattice` the edges of a span are sorted here, and
`Peer.in_order` says what the package gives when sets keep the order in which they were filled.

`Peer.repaired` gives the result where the package raises: the same source with the few lines changed that raise.
"""

from __future__ import annotations

import sys
import types
from itertools import groupby
from pathlib import Path

import uroman

VERSION = "1.3.1.1"
FORMATS = ("str", "edges", "alts", "lattice")
Result = str | list[tuple[int, int, str, str]]

# (what is in the source, what takes its place)
_NUMBER_AFTER_CONNECTOR = (  # "百分之" at the end, or before what is no number
    "if right_edge.value is None:",
    "if getattr(right_edge, 'value', None) is None:",
)
_KEY_WITHOUT_TEXT = (  # a rule for what follows a word has no text
    r"regex.search(r'\pL', rom):",
    r"regex.search(r'\pL', rom or ''):",
)
_NO_RULE_AFTER_O_ANG = (  # Thai o ang before a Thai character without a rule
    "and regex.match(r'[bcdfghjklmnpqrstvwxz]+$', next_rom)):",
    "and regex.match(r'[bcdfghjklmnpqrstvwxz]+$', next_rom or '')):",
)
_SET = "self.lattice = defaultdict(set)"


class _InOrder(dict):
    """A set that is read in the order in which its members came."""

    def add(self, member: object) -> None:
        self[member] = None


class _Reversed(_InOrder):
    def __iter__(self):
        return reversed(self.keys())


class Peer:
    """The package in this process; it takes two seconds and 70 MB."""

    def __init__(self) -> None:
        from importlib.metadata import version

        if version("uroman") != VERSION:
            raise SystemExit(f"uroman {version('uroman')} is installed; the reference is {VERSION}")
        self.data = uroman.Uroman()
        self._carried: dict[object, object] = {}
        self._source = Path(uroman.uroman.__file__).read_text(encoding="utf-8")
        self._without_raising = self._variant([_NUMBER_AFTER_CONNECTOR, _KEY_WITHOUT_TEXT, _NO_RULE_AFTER_O_ANG])
        self._orders = [
            self._variant([(_SET, f"self.lattice = defaultdict({name})")], {name: kind})
            for name, kind in (("in_order", _InOrder), ("reversed_order", _Reversed))
        ]

    def __call__(self, text: str, lang: str | None, form: str) -> Result:
        """The result of the package as it is. Whatever it raises, it raises."""
        return _run(self.data, uroman.RomFormat, text, lang, form)

    def carried(self, text: str, lang: str | None, form: str) -> Result:
        """The same with what earlier texts left in the package."""
        self.data.abugida_cache = self._carried
        try:
            return _canonical(self.data.romanize_string(text, lang, uroman.RomFormat(form)), form)
        finally:
            self.data.abugida_cache = {}

    def repaired(self, text: str, lang: str | None, form: str) -> Result:
        """The result without the lines that raise; equal to the package's own where that does not raise."""
        digits = sys.get_int_max_str_digits()
        sys.set_int_max_str_digits(0)  # Python refuses to read integers of more than 4300 digits
        try:
            return _run(*self._without_raising, text, lang, form)
        finally:
            sys.set_int_max_str_digits(digits)

    def in_order(self, text: str, lang: str | None, form: str, theirs: Result) -> Result:
        """The result where the edges of a span are read in the order in which they came.

        Where it is another one than `theirs`, the order must be the reason: then the package has another result for the
        opposite order too, and each part of `theirs` is of one of the two.
        """
        first, last = (_run(*variant, text, lang, form) for variant in self._orders)
        if first != theirs:
            explained = len(theirs) != len(first) or all(one in two for one, *two in zip(theirs, first, last, strict=False))
            if first == last or not explained:
                raise AssertionError(f"{text!r}, {lang}, {form}: the order of a set does not explain {theirs}")
        return first

    def _variant(self, changes: list[tuple[str, str]], names: dict[str, object] | None = None) -> tuple[object, type]:
        source = self._source
        for old, new in changes:
            if source.count(old) != 1:
                raise SystemExit(f"the source of uroman {VERSION} has {source.count(old)} times: {old}")
            source = source.replace(old, new)
        module = types.ModuleType("uroman_variant")
        module.__dict__.update(names or {})
        sys.modules[module.__name__] = module  # the package's annotations are looked up there
        exec(compile(source, "uroman_variant", "exec"), module.__dict__)
        data = module.Uroman.__new__(module.Uroman)
        data.__dict__ = self.data.__dict__  # the tables are read once
        return data, module.RomFormat


def _run(data: object, formats: type, text: str, lang: str | None, form: str) -> Result:
    data.abugida_cache = {}
    return _canonical(data.romanize_string(text, lang, formats(form)), form)


def _canonical(result: object, form: str) -> Result:
    return result if isinstance(result, str) else canonical([(e.start, e.end, e.txt, e.type) for e in result], form)


def canonical(edges: list[tuple[int, int, str, str]], form: str) -> Result:
    """Edges of one span in one order where the package has none."""
    if form != "lattice":
        return edges
    return [edge for _, span in groupby(edges, key=lambda edge: edge[:2]) for edge in sorted(span)]
