"""The report of an adaptation: HTML page, model card, printed summary."""

from __future__ import annotations

from typing import Any

from .figures import line_chart
from .page import Section, columns, page, preformatted, table

Report = dict[str, Any]


def adaptation_summary(report: Report) -> str:
    """For the terminal: the table, who won and by how much, the fertility."""
    title = f"{report['architecture']}, {report['measure']} (lower is better)"
    return "\n".join([title, columns(*_results(report)), "", *_sentences(report)])


def adaptation_page(report: Report) -> str:
    """A self-contained HTML page."""
    head, rows = _results(report)
    sections = [Section(f"Results: {report['measure']}, lower is better", table(head, rows) + _paragraphs(report))]
    curves = {
        arm["method"]: ([p["step"] for p in arm["losses"]["curve"]], [p["loss"] for p in arm["losses"]["curve"]])
        for arm in report["arms"]
        if arm["losses"]["curve"]
    }
    if curves:
        curve = report["arms"][0]["losses"]["curve"]
        change = [p["step"] for p, q in zip(curve, curve[1:], strict=False) if p["stage"] != q["stage"]]
        chart = line_chart(curves, x="step", y="training loss (nats per token)", marks=change)
        note = "<p>The dotted line is where all parameters begin to learn; before it, the vocabulary learns alone.</p>"
        sections.append(Section("Training", chart + (note if change else "")))
    sections.append(Section("Fertility", table(*_fertility(report))))
    sections.append(Section("Rows", table(*_rows(report))))
    sections.append(Section("Settings", preformatted(_settings(report))))
    lead = f"{report['source']} adapted by polyvocab {report['polyvocab']} with {report['arms'][0]['method']}."
    return page("Adaptation report", lead, sections)


def adaptation_card(report: Report) -> str:
    """README.md of the adapted model."""
    head, rows = _results(report)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(v) for v in row) + " |" for row in rows]
    made, source = report["arms"][0], report["source"]
    return (
        f"---\nlibrary_name: transformers\nbase_model: {source}\ntags: [polyvocab]\n---\n\n"
        f"# {source}, adapted\n\nThe vocabulary was replaced ({report['vocabulary']['before']:,} to "
        f"{report['vocabulary']['after']:,} tokens) by polyvocab {report['polyvocab']} with the method "
        f"`{made['method']}`, then trained for {report['settings']['steps']} steps.\n\n"
        f"{report['measure'].capitalize()}, lower is better:\n\n"
        + "\n".join(lines)
        + "\n\n"
        + "\n".join(_sentences(report))
        + _text_card(report)
        + "\n\n## Provenance\n\n```\n"
        + _settings(report)
        + "\n```\n\n"
        "The licence of the source model and of the training text apply. `transfer/` holds the recipe of every row.\n"
    )


def _results(report: Report) -> tuple[list[str], list[list[object]]]:
    texts = list(report["evaluation_bytes"])
    trained = report["arms"][0]["trained"] is not None
    head = ["method"] + [f"{text}, step 0" for text in texts] + ([f"{text}, trained" for text in texts] if trained else [])
    values = [report["source_model"][text]["bits_per_byte"] for text in texts]
    rows: list[list[object]] = [["source model", *values] + ([""] * len(texts) if trained else [])]
    for arm in report["arms"]:
        row: list[object] = [arm["method"]] + [arm["step_0"][text]["bits_per_byte"] for text in texts]
        if trained:
            row += [arm["trained"][text]["bits_per_byte"] for text in texts]
        rows.append(row)
    return head, rows


def _sentences(report: Report) -> list[str]:
    lines = []
    for when, key in (("at step 0", "step_0"), ("after training", "trained")):
        if len(report["arms"]) > 1 and report["arms"][0][key] is not None:
            ranked = sorted((arm[key]["target"]["bits_per_byte"], arm["method"]) for arm in report["arms"])
            gaps = ", ".join(f"{value - ranked[0][0]:+.3f} {name}" for value, name in ranked[1:])
            lines.append(f"{when}: {ranked[0][1]} is best ({ranked[0][0]:.3f}; {gaps})")
    before, after = report["fertility"]["before"], report["fertility"]["after"]
    lines.append(
        f"fertility: {before['tokens_per_word']:.2f} -> {after['tokens_per_word']:.2f} tokens per word; "
        f"continued words {before['continued_share']:.0%} -> {after['continued_share']:.0%}; "
        f"unknown {before['unknown_rate']:.2%} -> {after['unknown_rate']:.2%}"
    )
    charged = [f"{name} {share:.1%}" for name, share in _charged(report).items() if share]
    if charged:
        lines.append("text that does not round-trip, charged 8 bits per byte: " + ", ".join(charged))
    if report.get("text_steps"):
        lines.append(f"all text went through: {report['text_steps']}; bytes and words are of the text after that")
    lines.append("one seed and one order of the data: differences of a few thousandths are not separable")
    return lines


def _text_card(report: Report) -> str:
    """How to give text to the model, where that needs saying."""
    if not report.get("text_steps"):
        return ""
    return (
        f"\n\n## Text\n\nThe model reads text that went through: {report['text_steps']}. "
        "`polyvocab.Tokenizer.from_pretrained` does it, as text_steps.json says; `AutoTokenizer` does not: give it text that "
        "`polyvocab romanize` wrote."
    )


def _charged(report: Report) -> dict[str, float]:
    arms = {"source model": report["source_model"], **{arm["method"]: arm["step_0"] for arm in report["arms"]}}
    return {name: m["target"]["charged_bytes"] / m["target"]["bytes"] for name, m in arms.items()}


def _paragraphs(report: Report) -> str:
    from html import escape

    return "".join(f"<p>{escape(line)}</p>" for line in _sentences(report))


def _fertility(report: Report) -> tuple[list[str], list[list[object]]]:
    names = ("tokens_per_word", "bytes_per_token", "continued_share", "unknown_rate")
    return ["on the target's evaluation text", "before", "after"], [
        [name.replace("_", " "), report["fertility"]["before"][name], report["fertility"]["after"][name]] for name in names
    ]


def _rows(report: Report) -> tuple[list[str], list[list[object]]]:
    origins = sorted({origin for arm in report["arms"] for origin in arm["rows"]})
    head = ["method", *origins, "recipe MB", "seconds"]
    return head, [
        [arm["method"], *(arm["rows"].get(o, 0) for o in origins), arm["transfer_bytes"] / 1e6, arm["transfer_seconds"]]
        for arm in report["arms"]
    ]


def _settings(report: Report) -> str:
    return "\n".join(f"{name}: {value}" for name, value in report["settings"].items() if value not in (None, "", {}, []))


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
