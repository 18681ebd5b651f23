"""Forest plot: the ROI of each channel with its credible interval, against the line of break-even."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence
from bayes_roi.report.plots.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    WARNING,
    framed,
    hatched,
    percent_axis,
    settled,
    short,
    styled,
)
from bayes_roi.report.rounding import estimates, interval_name

RIGHT = 0.8
"""Share of the width from which the words at the line of break-even stand to its left."""


@styled
def plot_forest(roi: Draws, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return the forest plot of ROI: a point at the median, a thick line for half of the draws, a thin one for `prob`.

    Parameters
    ----------
    roi
        Draws of ROI, dim `channel`. What is only assumed is hatched, its point hollow; what is undefined or
        descriptive is left out.
    prob
        Posterior probability inside the thin line.
    """
    outer, inner = estimates(roi, prob), estimates(roi, 0.5)
    evidence = dict(zip(outer, roi.arrays.evidence.array.tolist(), strict=True))
    names = [n for n, e in outer.items() if e.defined and evidence[n] > Evidence.DESCRIPTIVE]
    drawing, axes = framed(0.9 + 0.42 * max(len(names), 1), top=0.25, bottom=0.5)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=1.2)
    for height, name in enumerate(reversed(names)):
        assumed = evidence[name] == Evidence.ASSUMED
        colour = WARNING if assumed else ACCENT
        face = "white" if assumed else colour
        for e, thickness in ((outer[name], 1.6), (inner[name], 5.0)):
            axes.hlines(height, e.lower, e.upper, color=colour, linewidth=thickness)
        if assumed:
            hatched(axes, height, outer[name].lower, outer[name].upper)
        axes.plot(outer[name].centre, height, "o", color=colour, markerfacecolor=face, markersize=7)
    axes.set_yticks(np.arange(len(names)), [short(n) for n in reversed(names)], color=INK)
    axes.set_ylim(-0.6, len(names) - 0.4)
    percent_axis(axes.xaxis, 7)
    axes.set_xlabel(f"ROI; thin line: {interval_name(prob)}, thick line: 50 %")
    left, right = axes.get_xlim()
    late = -left > RIGHT * (right - left)
    axes.annotate(
        "break-even",
        (0, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if late else 4, 1),
        textcoords="offset points",
        ha="right" if late else "left",
        color=MUTED,
    )
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    settled(axes)
    return drawing
