"""Figures as inline SVG, drawn by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import require


def line_chart(
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    x: str,
    y: str,
    marks: Sequence[float] = (),
    logarithmic: bool = False,
) -> str:
    """{label: (xs, ys)} as an SVG element; `marks` are vertical lines, `logarithmic` is the x axis. The same data gives the
    same bytes."""

    def draw(axes: Any) -> None:
        for label, (xs, ys) in lines.items():
            axes.plot(xs, ys, label=label, marker="." if len(xs) < 30 else None)
        for mark in marks:
            axes.axvline(mark, color="0.7", linestyle=":", linewidth=1)
        axes.set(xlabel=x, ylabel=y, xscale="log" if logarithmic else "linear")
        if logarithmic:  # its own labels are formulas, which names of lines must not be taken for
            axes.xaxis.set_major_formatter("{x:,.0f}")
            axes.xaxis.set_minor_formatter("")
        axes.legend(frameon=False, ncols=1 + len(lines) // 16, fontsize="small" if len(lines) > 8 else None)

    return _svg(draw, 4.0)


def bar_chart(
    names: Sequence[str],
    bars: Mapping[str, tuple[Sequence[float], Sequence[float] | None]],
    *,
    x: str,
    spans: Sequence[tuple[float, float]] | None = None,
) -> str:
    """Horizontal bars, the first name on top: {label: (lengths, half-widths of their error bars)} for the same names; NaN is no
    error bar. `spans`: a pale band over the bars of each name, from one value to another."""
    step = 0.8 / max(len(bars), 1)

    def draw(axes: Any) -> None:
        places = range(len(names))
        if spans is not None:
            widths = [most - least for least, most in spans]
            axes.barh(places, widths, 0.94, [least for least, _ in spans], color="black", alpha=0.15, zorder=3)
        for n, (label, (lengths, errors)) in enumerate(bars.items()):
            centres = [place + (n - (len(bars) - 1) / 2) * step for place in places]
            axes.barh(centres, lengths, step, xerr=errors, label=label, error_kw={"elinewidth": 1, "capsize": 2})
        axes.set(xlabel=x, yticks=places, ylim=(len(names) - 0.4, -0.6))
        axes.set_yticklabels(names)
        if len(bars) > 1:
            axes.legend(frameon=False)

    return _svg(draw, 1.0 + len(names) * (0.18 + 0.1 * len(bars)))


def _svg(draw: Callable[[Any], None], height: float) -> str:
    matplotlib = require("matplotlib", "plot", "drawing figures")
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "polyvocab", "svg.fonttype": "none", "text.parse_math": False}):
        figure = Figure(figsize=(7.5, height), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        axes.grid(alpha=0.25)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    return svg[svg.index("<svg") :]
