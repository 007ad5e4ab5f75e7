"""Figures as inline SVG, drawn by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from ..errors import require


def line_chart(
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, x: str, y: str, marks: Sequence[float] = ()
) -> str:
    """{label: (xs, ys)} as an SVG element; `marks` are vertical lines. The same data gives the same bytes."""
    matplotlib = require("matplotlib", "plot", "drawing figures")
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "polyvocab", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.5, 4.0), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for label, (xs, ys) in lines.items():
            axes.plot(xs, ys, label=label, marker="." if len(xs) < 30 else None)
        for mark in marks:
            axes.axvline(mark, color="0.7", linestyle=":", linewidth=1)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.grid(alpha=0.25)
        axes.legend(frameon=False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    return svg[svg.index("<svg") :]
