"""The plot of the comparison of methods of initialization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import init_tables
import matplotlib
import numpy as np
from init_arms import ARMS
from init_training import STEP_BYTES
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def plot(rows: Sequence[Mapping], path: Path) -> None:
    """Two panels of each source and language: bits per byte over text read, every seed a dot, what begins far above the others
    out of the frame; and how far each arm is from the best at the end, grey where that is not separable."""
    groups = sorted(init_tables.arms_of(rows).items())
    figure = Figure(figsize=(12, 4.2 * len(groups)), layout="constrained")
    axes = figure.subplots(len(groups), 2, squeeze=False)
    for (curves, last), (key, arms) in zip(axes, groups, strict=True):
        _curves(curves, key, arms)
        _at_the_end(last, arms)
    with matplotlib.rc_context({"svg.hashsalt": "polyvocab"}):  # equal figures are equal files
        figure.savefig(path, metadata={"Date": None})


def _curves(axis: Axes, key: tuple[str, str, int], arms: Sequence[init_tables.Arm]) -> None:
    for arm in arms:
        colour = matplotlib.colormaps["tab20"].colors[ARMS.index(arm.name)]
        text = [step * STEP_BYTES / 1000 for step in arm.steps]
        axis.plot(text, arm.bits_per_byte.mean(0), color=colour, label=arm.name, linewidth=1.2)
        for values in arm.bits_per_byte:
            axis.plot(text, values, ".", color=colour, markersize=4)
    source, language, _ = key
    values = [arm.bits_per_byte.mean(0) for arm in arms]
    frame = (min(value[-1] for value in values) * 0.97, np.median([value[0] for value in values]) * 1.15)
    axis.set(title=f"{source}, {language}", xlabel="kB of text read", ylabel="bits per byte", ylim=frame)
    axis.legend(fontsize=7, ncols=2)


def _at_the_end(axis: Axes, arms: Sequence[init_tables.Arm]) -> None:
    best, names = arms[0], []
    for place, arm in enumerate(arms):
        found = init_tables.difference(arm, best)
        colour = "tab:green" if arm is best else "tab:red" if found.separable else "grey"
        axis.errorbar(found.mean, place, xerr=found.over_seeds, fmt="o", color=colour, capsize=3)
        common = [(i, best.seeds.index(seed)) for i, seed in enumerate(arm.seeds) if seed in best.seeds]
        each = [arm.bits_per_byte[i, -1] - best.bits_per_byte[j, -1] for i, j in common]
        axis.plot(each, [place] * len(each), "|", color=colour, markersize=9)
        names.append(arm.name if arm is best or found.separable else f"{arm.name}, not separable")
    axis.set_yticks(range(len(arms)), names, fontsize=8)
    axis.invert_yaxis()
    axis.set(title=f"at the end, above {best.name}", xlabel="bits per byte")
    axis.grid(axis="x", alpha=0.3)
