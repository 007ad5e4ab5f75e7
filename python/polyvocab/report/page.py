"""HTML pages without outside resources: sections of text, tables and inline figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .3rem .8rem; border-bottom: 1px solid #ddd }
th { text-align: left; font-weight: 600 } td.n { text-align: right; font-variant-numeric: tabular-nums }
tr.best td { font-weight: 600 } pre { background: #f6f6f6; padding: .8rem; overflow-x: auto } svg { max-width: 100% }
"""


@dataclass(frozen=True)
class Section:
    """A heading and HTML below it."""

    title: str
    body: str


def page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """One HTML document. `title` and `lead` are text, sections are HTML."""
    body = "".join(f"<h2>{escape(s.title)}</h2>\n{s.body}\n" for s in sections)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body><h1>{escape(title)}</h1>\n<p>{escape(lead)}</p>\n{body}</body></html>\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[object]], best: int | None = None) -> str:
    """An HTML table; numbers are aligned to the right. `best` is the row that stands out."""
    lines = ["<table><tr>" + "".join(f"<th>{escape(h)}</th>" for h in head) + "</tr>"]
    for n, row in enumerate(rows):
        cells = "".join(f'<td class="{"n" if _is_number(c) else ""}">{escape(_text(c))}</td>' for c in row)
        lines.append(f"<tr{' class=best' if n == best else ''}>{cells}</tr>")
    return "\n".join([*lines, "</table>"])


def columns(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The same as lines of plain text, for a terminal; columns of numbers are aligned to the right."""
    cells = [list(head), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    are_numbers = [all(cell == "" or _is_number(cell) for cell in column) for column in zip(*rows, strict=True)]
    aligned = [str.rjust if is_number else str.ljust for is_number in are_numbers or [False] * len(head)]
    lines = ([align(c, w) for align, c, w in zip(aligned, row, widths, strict=True)] for row in cells)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def percent(share: float | None, digits: int = 1) -> str:
    """A share as tables show it; nothing where there is none."""
    return "" if share is None else f"{100 * share:.{digits}f} %"


def preformatted(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.endswith(" %"))


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
