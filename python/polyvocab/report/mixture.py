"""The report of a mixture inference: HTML page and printed tables, of the document in result.json.

A member that the document lacks leaves out what is made of it: an estimator may not apply, and a corpus size may not show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from .figures import bar_chart, line_chart
from .page import Section, columns, page, percent, table

Document = Mapping[str, Any]
UNITS = ("bytes", "characters", "pairs")
_DRAWN = 12  # lines in the figure of all numbers of merges
_Table = tuple[list[str], list[list[object]]]


def mixture_summary(document: Document, unit: str = "bytes") -> str:
    """For the terminal: the shares with their errors, where they come from, and what was found beside them."""
    unit = _shown_unit(document, unit)
    parts = ["\n".join(f"{name:<12} {value}" for name, value in _facts(document))]
    if _names(document) and unit is not None:
        parts.append(_unit_line(document, unit) + "\n" + columns(*_shares(document, unit)))
    if document.get("reason"):
        parts.append(f"{document['reason']}")
    if later := _segments(document, unit):
        parts.append(columns(*later))
    found = [f"{_severity(d)}: {d.get('kind', '')}: {_with_examples(d)}" for d in _diagnoses(document)]
    return "\n\n".join([*parts, *(["\n".join(found)] if found else [])])


def mixture_page(document: Document, unit: str = "bytes") -> str:
    """A self-contained HTML page."""
    unit = _shown_unit(document, unit)
    makers: list[tuple[str, Callable[[], str]]] = [
        ("Shares", lambda: _shares_section(document, unit)),
        ("Warnings and notes", lambda: _diagnoses_section(document)),
        ("Later parts of the merge list", lambda: _segments_section(document, unit)),
        ("The estimate against the number of merges", lambda: _steps_section(document)),
        ("What the mixture does not explain", lambda: _residuals_section(document)),
        ("All units and estimators", lambda: _units_section(document)),
        ("Corpus and trainer", lambda: _corpus_section(document)),
        ("Sample text", lambda: _sample_section(document)),
        ("Tokenizer", lambda: table(["", ""], [list(fact) for fact in _facts(document)])),
        ("Settings", lambda: _named_section(document.get("settings"))),
    ]
    sections = [Section(title, body) for title, make in makers if (body := make())]
    lead = f"{_path(document)}: what it was trained on, inferred by polyvocab {document.get('polyvocab', '')}".strip() + "."
    return page("Data mixture of a tokenizer", lead, sections)


def _names(document: Document) -> list[str]:
    return [category["name"] for category in document.get("categories") or []]


def _path(document: Document) -> str:
    return str((document.get("tokenizer") or {}).get("path", "a tokenizer"))


def _estimates(document: Document) -> dict[str, Document]:
    """Those that there are, the chosen one first."""
    there = {name: e for name, e in (document.get("estimates") or {}).items() if e and e.get("shares")}
    return dict(sorted(there.items(), key=lambda item: item[0] != document.get("chosen")))


def _shown_unit(document: Document, wanted: str) -> str | None:
    """The unit that was asked for, or the first that the first estimate has."""
    first = next(iter(_estimates(document).values()), {})
    return next((unit for unit in (wanted, *UNITS) if (first.get("shares") or {}).get(unit)), None)


def _unit_line(document: Document, unit: str) -> str:
    name = next(iter(_estimates(document)))
    return f"shares of {unit}, by {name}; ± is two standard errors"


def _facts(document: Document) -> list[tuple[str, str]]:
    tokenizer = document.get("tokenizer") or {}
    facts = [("tokenizer", _path(document))]
    facts += [(name, str(tokenizer[name])) for name in ("model", "fingerprint") if tokenizer.get(name)]
    if tokenizer.get("steps") is not None:
        facts.append(("steps", f"{tokenizer['steps']:,}"))
    unlearned = {name: tokens for name, tokens in (tokenizer.get("unlearned") or {}).items() if tokens}
    if unlearned:
        facts.append(("not learned", ", ".join(f"{len(tokens):,} {name}" for name, tokens in unlearned.items())))
    if text := _corpus_text(document):
        facts.append(("corpus", text))
    if document.get("seconds"):
        seconds = ", ".join(f"{name} {value:.1f} s" for name, value in document["seconds"].items() if value is not None)
        memory = document.get("memory_bytes")
        facts.append(("took", seconds + (f"; {memory / 1e9:.2f} GB" if memory else "")))
    return facts


def _shares(document: Document, unit: str) -> _Table:
    """The categories, the largest share first: share, error, identified set, and what other estimators say."""
    estimates = _estimates(document)
    chosen, *others = estimates
    shares, errors = (_member(estimates[chosen], name, unit) for name in ("shares", "standard_errors"))
    ranges = (document.get("identified") or {}).get(unit)
    head = ["category", f"share of {unit}", *(["±"] if errors else []), *(["least", "greatest"] if ranges else [])]
    rows = []
    for i in _order(shares):
        row: list[object] = [_names(document)[i], percent(shares[i], 2)]
        row += [percent(_twice(errors[i]), 2)] if errors else []
        row += [percent(value, 2) for value in ranges[i] or (None, None)] if ranges else []
        row += [percent(_at(_member(estimates[other], "shares", unit), i), 2) for other in others]
        rows.append(row)
    return [*head, *others], rows


def _shares_section(document: Document, unit: str | None) -> str:
    if unit is None or not _names(document):
        return ""
    estimates = _estimates(document)
    chosen = next(iter(estimates))
    shares = _member(estimates[chosen], "shares", unit)
    order, names = _order(shares), _names(document)
    ranges = (document.get("identified") or {}).get(unit)
    bars = {}
    for name, estimate in estimates.items():
        values, errors = (_member(estimate, member, unit) for member in ("shares", "standard_errors"))
        if values:
            found = [math.nan if errors[i] is None else 2 * errors[i] for i in order] if errors else None
            bars[name] = [values[i] or 0.0 for i in order], found
    spans = [tuple(ranges[i] or (0.0, 0.0)) for i in order] if ranges else None
    chart = bar_chart([names[i] for i in order], bars, x=f"share of {unit}", spans=spans)
    notes = [_unit_line(document, unit)[:1].upper() + _unit_line(document, unit)[1:] + "."]
    notes += ["Grey, and least to greatest: shares that explain the merges nearly as well."] if ranges else []
    notes += [str(document["reason"])] if document.get("reason") else []
    return chart + table(*_shares(document, unit)) + "".join(f"<p>{escape(note)}</p>" for note in notes)


def _segments(document: Document, unit: str | None) -> _Table | None:
    """The shares of each part that an extended tokenizer was continued with; nothing for most tokenizers."""
    found = [segment for segment in document.get("segments") or [] if unit and _member(segment, "shares", unit)]
    if not found:
        return None
    head = ["category", *(f"merges {s['first']:,} to {s['last']:,}" for s in found)]
    names = _names(document)
    return head, [[name, *(percent(_at(s["shares"][unit], i), 2) for s in found)] for i, name in enumerate(names)]


def _segments_section(document: Document, unit: str | None) -> str:
    later = _segments(document, unit)
    return table(*later) if later else ""


def _units_section(document: Document) -> str:
    head, values = ["category"], []
    for name, estimate in _estimates(document).items():
        for unit in UNITS:
            if shares := _member(estimate, "shares", unit):
                head.append(f"{name}, {unit}")
                values.append(shares)
    rows = [[name, *(percent(_at(shares, i), 2) for shares in values)] for i, name in enumerate(_names(document))]
    return table(head, rows) if values and rows else ""


def _steps_section(document: Document) -> str:
    """A figure for each estimator: the shares of the categories that are largest in the end."""
    figures = []
    names = _names(document)
    found = [entry for entry in document.get("by_steps") or [] if entry.get("shares") and names]
    for name in dict.fromkeys(entry.get("estimator", "") for entry in found):
        entries = sorted((e for e in found if e.get("estimator", "") == name), key=lambda e: e["steps"])
        if len(entries) < 2:
            continue
        largest = _order(entries[-1]["shares"])[:_DRAWN]
        steps = [entry["steps"] for entry in entries]
        lines = {names[i]: (steps, [entry["shares"][i] for entry in entries]) for i in largest}
        figures.append(line_chart(lines, x=f"merges ({name})".replace(" ()", ""), y="share of bytes", logarithmic=True))
    note = f"<p>The {_DRAWN} largest of {len(names)} categories.</p>" if figures and len(names) > _DRAWN else ""
    return "".join(figures) + note


def _residuals_section(document: Document) -> str:
    bands = [band for band in document.get("residuals") or [] if band.get("unexplained") is not None]
    if not bands:
        return ""
    middle, shares = [(b["begin"] + b["end"]) / 2 for b in bands], [b["unexplained"] for b in bands]
    chart = line_chart({"mean of a band of steps": (middle, shares)}, x="step", y="unexplained share of a merge's count")
    rows = [[f"{b['begin']:,} to {b['end']:,}", percent(b["unexplained"], 2)] for b in bands]
    note = (
        "<p>How much more often the mixture should have a pair, for its merge to be the one that comes next. Steps that stand "
        "out were learned from something that no category has.</p>"
    )
    return chart + note + table(["steps", "unexplained"], rows)


def _diagnoses(document: Document) -> list[Document]:
    """Warnings first."""
    return sorted(document.get("diagnoses") or [], key=lambda d: d.get("severity") != "warning")


def _severity(diagnosis: Document) -> str:
    return str(diagnosis.get("severity") or "note")


def _diagnoses_section(document: Document) -> str:
    rows = [[_severity(d), d.get("kind", ""), d.get("text", ""), _examples(d)] for d in _diagnoses(document)]
    return table(["", "kind", "", "examples"], rows) if rows else ""


def _with_examples(diagnosis: Document) -> str:
    examples = _examples(diagnosis)
    return f"{diagnosis.get('text', '')}" + (f" ({examples})" if examples else "")


def _examples(diagnosis: Document) -> str:
    return "  ".join(str(e.get("token", e)) if isinstance(e, Mapping) else str(e) for e in diagnosis.get("examples") or [])


def _corpus_text(document: Document) -> str:
    return str((document.get("corpus") or {}).get("text") or "")


def _corpus_section(document: Document) -> str:
    corpus = document.get("corpus") or {}
    rows: list[list[object]] = []
    for name in ("pairs", "bytes"):
        value = corpus.get(name)
        if isinstance(value, Sequence):
            rows.append([name, f"{value[1]:.3g}, from {value[0]:.3g} to {value[2]:.3g}"])
        elif value is not None:
            rows.append([name, f"{value:.3g}"])
    rows += [["trainer", corpus["trainer"]]] if corpus.get("trainer") else []
    text = f"<p>{escape(_corpus_text(document))}</p>" if _corpus_text(document) else ""
    return (table(["", ""], rows) if rows else "") + text


def _sample_section(document: Document) -> str:
    """How much text each category was known by."""
    counted = ("documents", "bytes", "characters", "pairs")
    rows = [
        [category["name"], *("" if category.get(name) is None else category[name] for name in counted)]
        for category in document.get("categories") or []
    ]
    return table(["category", *counted], rows) if rows else ""


def _named_section(members: Document | None) -> str:
    return table(["", ""], [[name, str(value)] for name, value in members.items()]) if members else ""


def _member(estimate: Document, name: str, unit: str) -> list[float | None] | None:
    return (estimate.get(name) or {}).get(unit)


def _at(values: Sequence[float | None] | None, i: int) -> float | None:
    return None if values is None else values[i]


def _twice(error: float | None) -> float | None:
    return None if error is None else 2 * error


def _order(shares: Sequence[float | None]) -> list[int]:
    return sorted(range(len(shares)), key=lambda i: -(shares[i] or 0.0))
