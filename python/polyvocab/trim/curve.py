"""What every size of a vocabulary would keep and cost, in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .._core import trim as core
from ..atomic import write_file
from ..errors import PolyvocabError, require
from .keep import Keep, Source
from .selection import Counts, Objective, Plan


@dataclass(frozen=True, eq=False)
class Curve:
    """For each size from `least` on, and for each label: entry i is of the size `least + i`.

    `coverage` is the share of the label's tokens that stay, `length` how many times as many tokens its texts have,
    `unknown` the share of tokens that nothing stands for any more. `length` and `unknown` are estimates: a token that is
    dropped is replaced by its parts, but its neighbours may merge anew.
    """

    least: int
    order: np.ndarray  # int64: old ids; the first n are what a vocabulary of n tokens keeps
    coverage: Mapping[str, np.ndarray]  # float64
    length: Mapping[str, np.ndarray]
    unknown: Mapping[str, np.ndarray]

    @property
    def sizes(self) -> np.ndarray:
        """int64: from the least size to all candidates."""
        return np.arange(self.least, len(self.order) + 1)

    def size_for(self, coverage: float) -> int:
        """The least size at which every label has this coverage. Raises `PolyvocabError` where a label never has it."""
        for label, share in self.coverage.items():
            if not share[-1] >= coverage:
                raise PolyvocabError(f"all candidates together cover {share[-1]:.6f} of {label}, not {coverage}")
        return max(int(self.sizes[np.argmax(share >= coverage)]) for share in self.coverage.values())

    def table(self, sizes: list[int]) -> str:
        """The values at some sizes, as Markdown."""
        rows = ["| size | text | coverage | length | unknown |", "|---:|---|---:|---:|---:|"]
        for size in sizes:
            i = min(max(size, self.least), len(self.order)) - self.least
            for label in self.coverage:
                shares = self.coverage[label][i], self.length[label][i], self.unknown[label][i]
                rows.append(f"| {i + self.least:,} | {label} | {shares[0]:.6f} | {shares[1]:.4f} | {shares[2]:.6f} |")
        return "\n".join(rows)

    def plot(self, path: str | Path) -> None:
        """Draw coverage and length against size: .svg, .png or .pdf."""
        require("matplotlib", "plot", "drawing the curve")
        import io

        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 4), layout="constrained")
        axes = figure.subplots(1, 2)
        for values, name, panel in ((self.coverage, "coverage", axes[0]), (self.length, "length of texts", axes[1])):
            for label, line in values.items():
                panel.plot(self.sizes, line, label=label)
            panel.set(xlabel="tokens", ylabel=name, xscale="log")
            panel.grid(alpha=0.25)
        axes[0].legend(frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=Path(path).suffix.removeprefix(".") or "svg")
        write_file(path, buffer.getvalue())


def curve(
    files: Source,
    counts: Counts,
    *,
    objective: Objective = "length",
    keep: Keep | None = None,
    drop_dead: bool = False,
) -> Curve:
    """The curve of the counts of all labels together; `objective`, `keep` and `drop_dead` as for `select`."""
    plan = Plan.of(files, keep or Keep(), drop_dead=drop_dead)
    counts = plan.checked(counts)
    order = plan.order(sum(counts.values()), objective)
    least = int(plan.first.sum())
    coverage, length, unknown = {}, {}, {}
    lists = plan.parts.replaced_by
    for label, values in counts.items():
        total = values.sum()
        if total == 0:  # no text is covered whole, and stays as long as it is
            nothing = np.zeros(len(order) + 1 - least)
            coverage[label], length[label], unknown[label] = nothing + 1, nothing + 1, nothing
            continue
        tokens, lost = core.costs_along(lists.indptr, lists.items, values, order.astype(np.uint32))
        coverage[label] = np.concatenate([[0.0], np.cumsum(values[order])])[least:] / total
        length[label], unknown[label] = tokens[least:] / total, lost[least:] / total
    return Curve(least, order, coverage, length, unknown)
