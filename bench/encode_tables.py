"""The figures of the tokenizer benchmarks as Markdown."""

from __future__ import annotations

from encode_peers import REFERENCE


def table(header: list[str], rows: list[list[str]]) -> str:
    """All columns but the first are aligned to the right."""
    marks = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, marks, *rows)) + "\n"


def rate(row: dict, moment: str, clock: str) -> float:
    """MB of UTF-8 per second."""
    return row["bytes"] / 1e6 / row[moment][clock]


def digits(value: float) -> str:
    return f"{value:#.3g}".rstrip(".")


def show(rows: list[dict], threads: int, references: list[str]) -> str:
    """One run: a row for each library, with the second clock where it differs from the first by more than a twentieth."""
    main, other = ("cpu", "wall") if threads == 1 else ("wall", "cpu")
    differ = any(abs(row[moment][main] / row[moment][other] - 1) > 0.05 for row in rows for moment in ("cold", "warm"))
    columns = [(moment, clock) for clock in ((main, other) if differ else (main,)) for moment in ("cold", "warm")]
    header = ["library", "MB", *(f"{moment} MB/s ({clock})" for moment, clock in columns), "ours/it cold", "ours/it warm"]
    lines = []
    for row in rows:
        ours = ours_for(rows, row)
        ratios = [f"{rate(ours, m, main) / rate(row, m, main):.1f}" if ours else "" for m in ("cold", "warm")]
        differing = []
        for name in references:
            count = row["differing"].get(name)
            differing.append("?" if count is None else f"{count:,} of {row['documents']:,}" if count else "0")
        speeds = [digits(rate(row, *column)) for column in columns]
        label = row["label"] + ("" if row["exact"] or not row["differing"] else ", inexact")
        lines.append([label, f"{row['bytes'] / 1e6:.1f}", *speeds, *ratios, *differing])
    return table([*header, *(f"documents unlike {name.replace('-', ' ')}" for name in references)], lines)


def ours_for(rows: list[dict], other: dict) -> dict | None:
    """The row of ours that a library is held against: the one that loads the same kind of file, or else `tokenizer.json`."""
    if other["library"] == "polyvocab":
        return None
    ours = {row["kind"]: row for row in rows if row["library"] == "polyvocab"}
    return ours.get(other["kind"], ours.get("json"))


def summary(runs: list[dict]) -> str:
    """For every run tokenizers 0.23.3, the fastest library, ours, and ours over each. A library that differs from tokenizers
    0.23.3 in one run of a tokenizer is no candidate in any of them."""
    inexact = {(run["tokenizer"], row["name"]) for run in runs for row in run["rows"] if REFERENCE not in row["exact"]}
    lines = []
    for run in runs:
        clock = "cpu" if run["threads"] == 1 else "wall"
        peers = [row for row in run["rows"] if row["library"] != "polyvocab"]
        exact = [row for row in peers if (run["tokenizer"], row["name"]) not in inexact]
        base = next((row for row in exact if row["name"] == REFERENCE), None)
        ours = next((row for row in run["rows"] if row["library"] == "polyvocab" and row["kind"] == "json"), None)
        for moment in ("cold", "warm"):
            best = max(exact, key=lambda row: rate(row, moment, clock), default=None)
            speeds = [digits(rate(row, moment, clock)) if row else "" for row in (base, best, ours)]
            if ours and REFERENCE not in ours["exact"]:
                speeds[2] += " inexact"
            ratios = [f"{rate(ours, moment, clock) / rate(x, moment, clock):.1f}" if ours and x else "" for x in (base, best)]
            what = f"{run['tokenizer']}, {run['text']}, {run['documents']}, {run['threads']} thr., {moment}"
            lines.append([what, best["label"] if best else "none", *speeds, *ratios])
    header = ["", "fastest exact", "tokenizers 0.23.3", "fastest", "polyvocab", "ours/tokenizers", "ours/fastest"]
    return table(header, lines)
