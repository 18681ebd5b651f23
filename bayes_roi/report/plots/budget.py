"""The best incremental profit at each budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB
from bayes_roi.report.plots.style import (
    ACCENT,
    CHANNELS,
    GRID,
    INK,
    MUTED,
    scaled,
    settled,
    short,
    small_multiples,
    styled,
)
from bayes_roi.report.rounding import interval_name, scale

if TYPE_CHECKING:
    from bayes_roi.decisions.optimise.budget_curve import BudgetCurve


@styled
def plot_budget_curve(curve: BudgetCurve, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return the best incremental profit at each budget with its interval, and how the best plan divides the budget.

    Parameters
    ----------
    curve
        What `budget_curve` returned.
    prob
        Posterior probability inside the band.
    """
    drawing, (left, right) = small_multiples(2, 2, height=3.2, top=0.65, bottom=0.5)
    mean, (lower, upper) = curve.profit.centre().array, curve.profit.ends(prob)
    left.fill_between(curve.budgets, lower.array, upper.array, color=ACCENT, alpha=0.18, linewidth=0)
    left.plot(curve.budgets, mean, "o-", color=ACCENT, markersize=3.5)
    scaled(left.yaxis, [*lower.array.tolist(), *upper.array.tolist()], curve.profit.unit)
    left.yaxis.label.set_visible(False)
    unit = scale([*lower.array.tolist(), *upper.array.tolist()]).unit(curve.profit.unit)
    left.set_title(f"best incremental profit, {unit}", loc="left")
    for i, channel in enumerate(curve.spend.labels("channel").tolist()):
        colour = CHANNELS[i % len(CHANNELS)]
        right.plot(curve.budgets, curve.spend.array[:, i], "o-", color=colour, markersize=3.5, label=short(channel, 16))
    scaled(right.yaxis, np.ravel(curve.spend.array).tolist(), "")
    unit = scale(np.ravel(curve.spend.array).tolist()).unit(curve.profit.unit)
    right.set_title(f"its spend by channel, {unit}", loc="left")
    right.yaxis.label.set_visible(False)
    right.legend(loc="upper left", fontsize=8)
    for axes in (left, right):
        scaled(axes.xaxis, curve.budgets.tolist(), f"{curve.profit.unit} of budget", ticks=4)
        axes.grid(color=GRID)
        axes.set_axisbelow(True)
        axes.spines["bottom"].set_color(GRID)
        axes.tick_params(colors=MUTED)
        axes.title.set_color(INK)
        settled(axes)
    left.set_xlabel(f"{left.get_xlabel()}; band: {interval_name(prob)}")
    return drawing
