"""Credit beside cause: what each channel is said to be worth, by every question about it."""

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
from bayes_roi.value.attribution.channel_table import ChannelTable

COLOURS = {
    "last_click": MUTED,
    "arrow_strength": "#a3adb7",
    "influence": INK,
    "removal_effect": "#7fb0dc",
    "attribution": ACCENT,
}
"""Column of the table -> its colour, greys where it describes, blues where it is caused; ROI has its own picture."""
IN_A_ROW, LEGEND_ROW = 3, 0.2
"""Entries of the legend in a row, and inches of a row."""
SPREAD = 0.66


@styled
def plot_channel_table(table: ChannelTable) -> Figure:
    """Return a dot plot of the shares that a channel table gives each channel, one colour a question.

    Parameters
    ----------
    table
        Credit beside cause. What is descriptive is drawn hollow and has no interval; what is only assumed is drawn
        hollow on a thin line and hatched.
    """
    names = list(table.fit.model.channels)
    shown = [c for c in table.columns if c.name in COLOURS]
    top = 0.15 + LEGEND_ROW * -(-len(shown) // IN_A_ROW)
    drawing, axes = framed(1.0 + (0.2 + 0.17 * len(shown)) * len(names), top=top, bottom=0.5)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=1.2)
    for place, column in zip(np.linspace(SPREAD / 2, -SPREAD / 2, len(shown)), shown, strict=True):
        mean, (lower, upper) = column.draws.centre(), column.draws.arrays.interval(table.prob)
        evidence = column.draws.arrays.evidence
        for height, name in enumerate(reversed(names)):
            at = [float(x.sel(row=name).array) for x in (mean, lower, upper)]
            kind = int(evidence.sel(row=name).array) if evidence.dims else int(evidence.array)
            if not np.isfinite(at[0]):
                continue
            colour, assumed = COLOURS[column.name], kind <= Evidence.ASSUMED
            face = "white" if assumed else colour
            if kind > Evidence.DESCRIPTIVE:
                axes.hlines(height + place, at[1], at[2], color=colour, linewidth=1.2 if assumed else 2.4)
                if assumed:
                    hatched(axes, height + place, at[1], at[2], size=0.12)
            axes.plot(at[0], height + place, "o", color=colour, markerfacecolor=face, markersize=5.5)
        face = "white" if column.evidence == str(Evidence.DESCRIPTIVE) else COLOURS[column.name]
        axes.plot([], [], "o", color=COLOURS[column.name], markerfacecolor=face, markersize=5.5, label=column.title)
    axes.set_yticks(np.arange(len(names)), [short(n) for n in reversed(names)], color=INK)
    axes.set_ylim(-0.6, len(names) - 0.4)
    percent_axis(axes.xaxis, 7)
    axes.set_xlabel(f"share; lines: {interval_name(table.prob)}")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=IN_A_ROW, handletextpad=0.3, columnspacing=1.4)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    settled(axes)
    return drawing
