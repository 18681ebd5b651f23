"""ROI of each channel in each panel unit."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence
from bayes_roi.report.plots.style import (
    ACCENT,
    GRID,
    INK,
    WARNING,
    hatched,
    percent_axis,
    settled,
    short,
    small_multiples,
    styled,
)
from bayes_roi.report.rounding import interval_name

MOST_COLUMNS = 3
ROW = 0.2
"""Inches of a unit."""


@styled
def plot_units(roi: Draws, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return one panel a channel with a point and an interval for each unit, the unit of the highest mean on top.

    Parameters
    ----------
    roi
        Draws of ROI with dims `channel` and the panel's unit. What is only assumed is hatched, its points hollow.
    prob
        Posterior probability inside the intervals.
    """
    values = roi.arrays.values
    (unit,) = (dim for dim in values.dims if dim not in ("chain", "draw", "channel"))
    units, channels = values.labels(unit).tolist(), values.labels("channel").tolist()
    mean, (lower, upper) = roi.centre(), roi.arrays.interval(prob)
    order = np.argsort(np.nanmean(mean.first("channel", unit).array, axis=0))
    height = 0.85 + ROW * len(units)
    drawing, every = small_multiples(len(channels), MOST_COLUMNS, height=height, top=0.3, bottom=0.5)
    for i, (axes, channel) in enumerate(zip(every, channels, strict=True)):
        at = [x.sel(channel=channel).array[order] for x in (mean, lower, upper)]
        assumed = roi.arrays.evidence.array[i] == Evidence.ASSUMED
        colour = WARNING if assumed else ACCENT
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.axvline(0, color=INK, linewidth=1.2)
        axes.hlines(np.arange(len(units)), at[1], at[2], color=colour, linewidth=1.6)
        for row in range(len(units)) if assumed else ():
            if np.isfinite(at[1][row]) and np.isfinite(at[2][row]):
                hatched(axes, row, at[1][row], at[2][row], size=0.5)
        face = "white" if assumed else colour
        axes.plot(at[0], np.arange(len(units)), "o", color=colour, markerfacecolor=face, markersize=4)
        names = [short(units[u], 14) for u in order]
        axes.set_yticks(np.arange(len(units)), names if i % MOST_COLUMNS == 0 else [""] * len(units), fontsize=7.5)
        axes.set_ylim(-0.7, len(units) - 0.3)
        percent_axis(axes.xaxis, 3)
        axes.set_title(short(channel, 30), loc="left")
        axes.set_xlabel(f"ROI, {interval_name(prob)}" if i == 0 else "")
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_color(GRID)
        if i % MOST_COLUMNS == 0:
            settled(axes)
    return drawing
