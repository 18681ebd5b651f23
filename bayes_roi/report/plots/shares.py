"""What each channel costs against what it brings: its share of the spend beside its share of all contributions."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB, Evidence
from bayes_roi.inference.fit import Fit
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
from bayes_roi.report.rounding import interval_name
from bayes_roi.value.money.money import Money


@styled
def plot_shares(fit: Fit, money: Money | None = None, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return each channel's share of the spend (grey) beside its share of what all channels added (blue).

    A channel whose contribution lies right of its spend brings more than the average unit of money does. Shares are
    taken draw by draw, other spends held; points are medians. What is only assumed is hatched, its point hollow.

    Parameters
    ----------
    fit
        A fit of a model with channels.
    money
        Its money quantities; computed when None.
    prob
        Posterior probability inside the lines.
    """
    asked = Money(fit) if money is None else money
    spend, added = asked.increments.spend, asked.increments.money
    share = added / added.sum(axis=1, keepdims=True)
    lower, middle, upper = np.quantile(share, [(1 - prob) / 2, 0.5, (1 + prob) / 2], axis=0)
    names, kinds = asked.increments.channels, asked.contribution.arrays.evidence.array.tolist()
    drawing, axes = framed(1.1 + 0.42 * len(names), top=0.35, bottom=0.5)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=1.2)
    for height, i in enumerate(reversed(range(len(names)))):
        assumed = kinds[i] == Evidence.ASSUMED
        colour = WARNING if assumed else ACCENT
        axes.barh(height - 0.17, spend[i] / spend.sum(), height=0.22, color=MUTED, alpha=0.6)
        axes.hlines(height + 0.12, lower[i], upper[i], color=colour, linewidth=2)
        if assumed:
            hatched(axes, height + 0.12, lower[i], upper[i], size=0.2)
        face = "white" if assumed else colour
        axes.plot(middle[i], height + 0.12, "o", color=colour, markerfacecolor=face, markersize=6)
    axes.barh([np.nan], [np.nan], color=MUTED, alpha=0.6, label="share of spend")
    axes.plot([], [], "o-", color=ACCENT, label="share of contribution")
    axes.set_yticks(np.arange(len(names)), [short(n) for n in reversed(names)], color=INK)
    axes.set_ylim(-0.6, len(names) - 0.4)
    percent_axis(axes.xaxis, 7)
    axes.set_xlabel(f"share of all channels; lines: {interval_name(prob)}")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2, labelcolor=MUTED)
    axes.spines["left"].set_visible(False)
    settled(axes)
    return drawing
