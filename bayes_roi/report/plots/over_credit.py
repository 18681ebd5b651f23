"""Credit by a touch log beside what was caused: one row a channel, one mark a rule."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.draws import Evidence
from bayes_roi.report.plots.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    framed,
    hatched,
    percent_axis,
    settled,
    short,
    styled,
)
from bayes_roi.report.rounding import interval_name
from bayes_roi.value.attribution.over_credit import OverCredit

MARKS = ("s", "D", "^", "v", "P", "X", "<", ">", "p", "h")
IN_A_ROW, LEGEND_ROW = 5, 0.2
"""Entries of the legend in a row, and inches of a row."""


@styled
def plot_over_credit(found: OverCredit) -> Figure:
    """Return a dot plot: what each channel caused with its interval, and what each rule hands out to it.

    Parameters
    ----------
    found
        What `over_credit` returns. Rules are hollow marks, as they are descriptive; what was caused is hatched where it
        is only assumed.
    """
    names = found.channels
    top = 0.15 + LEGEND_ROW * -(-(len(found.credit) + 1) // IN_A_ROW)
    drawing, axes = framed(0.9 + 0.42 * len(names), top=top, bottom=0.5)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=1.2)
    mean, (lower, upper) = found.caused.centre().array, found.caused.arrays.interval(found.prob)
    evidence = np.broadcast_to(found.caused.arrays.evidence.array, len(names))
    heights = np.arange(len(names))[::-1]
    for i, height in enumerate(heights):
        assumed = evidence[i] <= Evidence.ASSUMED
        axes.hlines(height, lower.array[i], upper.array[i], color=ACCENT, linewidth=1.2 if assumed else 3)
        if assumed:
            hatched(axes, height, lower.array[i], upper.array[i], size=0.2)
        axes.plot(mean[i], height, "o", color=ACCENT, markerfacecolor="white" if assumed else ACCENT, markersize=7)
    axes.plot([], [], "o", color=ACCENT, markersize=7, label="caused")
    for mark, (rule, draws) in zip(np.resize(MARKS, len(found.credit)), found.credit.items(), strict=True):
        axes.plot(
            draws.centre().array,
            heights,
            str(mark),
            color=INK if rule == "last" else MUTED,
            markerfacecolor="none",
            markersize=6,
            label=rule.replace("_", " "),
        )
    axes.set_yticks(heights, [short(n) for n in names], color=INK)
    axes.set_ylim(-0.6, len(names) - 0.4)
    percent_axis(axes.xaxis, 7)
    axes.set_xlabel(f"share of the outcome caused (line: {interval_name(found.prob)}) and share of credit")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=IN_A_ROW, handletextpad=0.3, columnspacing=1.4)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    settled(axes)
    return drawing
