"""The Python package `uroman` as the reference of `polyvocab.romanize`: each text by itself, in one comparable form.

A result is a str (format `str`) or a list of edges (start, end, text, type). What the package keeps from one text to the next
(`abugida_cache`) is emptied before each text, so that a result depends on its text alone.

Edges of one span lie in a Python `set` of objects, in the order of their addresses, which decides now and then (English Braille
U+2820 U+2836 is a quotation mark or "Were"). So in the format `lattice` the edges of a span are sorted here. `Peer.defined` is
the result where sets keep the order in which they were filled, and where the package raises, that of the same source with the
few lines changed that raise.
"""

from __future__ import annotations

import sys
import types
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import uroman

VERSION = "1.3.1.1"
VARIANT = "uroman_variant"  # the name of changed sources; they have the lines of the original
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
        if version("uroman") != VERSION:
            raise SystemExit(f"uroman {version('uroman')} is installed; the reference is {VERSION}")
        self.data = uroman.Uroman()
        self._carried: dict[object, object] = {}
        self._source = Path(uroman.uroman.__file__).read_text(encoding="utf-8")
        self._first = self._variant([], _InOrder)
        self._last = self._variant([], _Reversed)
        self._repaired = self._variant([_NUMBER_AFTER_CONNECTOR, _KEY_WITHOUT_TEXT, _NO_RULE_AFTER_O_ANG], _InOrder)

    def __call__(self, text: str, lang: str | None, form: str) -> Result:
        """The result of the package as it is. Whatever it raises, it raises."""
        return _run((self.data, uroman.RomFormat), text, lang, form)

    def carried(self, text: str, lang: str | None, form: str) -> Result:
        """What `defined` is, with what earlier texts of this method left in the package."""
        return _run(self._first, text, lang, form, self._carried)

    def defined(self, text: str, lang: str | None, form: str) -> Result:
        """The one result: where edges of a span are equal to the package, the one that came first; where it raises, that of
        its source without the lines that raise."""
        try:
            return _run(self._first, text, lang, form)
        except Exception:  # whatever the package raises
            digits = sys.get_int_max_str_digits()
            sys.set_int_max_str_digits(0)  # Python refuses to read integers of more than 4300 digits
            try:
                return _run(self._repaired, text, lang, form)
            finally:
                sys.set_int_max_str_digits(digits)

    def depends_on_order(self, text: str, lang: str | None, form: str, theirs: Result) -> bool:
        """Whether the package gives another result when its sets are read in another order, and that is why it gave `theirs`:
        then each part of it is one of the first or the last in order."""
        first, last = _run(self._first, text, lang, form), _run(self._last, text, lang, form)
        if not len(theirs) == len(first) == len(last):
            return first != last
        return first != last and all(one in two for one, *two in zip(theirs, first, last, strict=True))

    def _variant(self, changes: list[tuple[str, str]], kind: type[_InOrder]) -> tuple[object, type]:
        """The package's source with changes, and with sets of another kind, on the same tables."""
        source = self._source
        for old, new in (*changes, (_SET, f"self.lattice = defaultdict({kind.__name__})")):
            if source.count(old) != 1:
                raise SystemExit(f"the source of uroman {VERSION} has {source.count(old)} times: {old}")
            source = source.replace(old, new)
        module = types.ModuleType(VARIANT)
        module.__dict__[kind.__name__] = kind
        sys.modules[module.__name__] = module  # the package's annotations are looked up there
        exec(compile(source, VARIANT, "exec"), module.__dict__)
        data = module.Uroman.__new__(module.Uroman)
        data.__dict__ = self.data.__dict__  # the tables are read once
        return data, module.RomFormat


def _run(package: tuple[object, type], text: str, lang: str | None, form: str, cache: dict | None = None) -> Result:
    data, formats = package
    data.abugida_cache = {} if cache is None else cache
    return _canonical(data.romanize_string(text, lang, formats(form)), form)


def _canonical(result: object, form: str) -> Result:
    return result if isinstance(result, str) else canonical([(e.start, e.end, e.txt, e.type) for e in result], form)


def canonical(edges: list[tuple[int, int, str, str]], form: str) -> Result:
    """Edges of one span in one order where the package has none."""
    if form != "lattice":
        return edges
    return [edge for _, span in groupby(edges, key=lambda edge: edge[:2]) for edge in sorted(span)]
