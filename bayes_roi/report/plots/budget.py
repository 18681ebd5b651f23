"""The best incremental profit at each budget."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bayes_roi.draws import DEFAULT_PROB, WELL_SUPPORTED
from bayes_roi.report.plots.style import (
    ACCENT,
    CHANNELS,
    GRID,
    INK,
    MUTED,
    NEVER_OBSERVED,
    UNSEEN,
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
        What `budget_curve` returned. Lines are dashed, and points hollow, where most of the way from the reference to
        the plan was never observed: of its channel, and for the profit of any.
    prob
        Posterior probability inside the band.
    """
    drawing, (left, right) = small_multiples(2, 2, height=3.2, top=0.65, bottom=0.5)
    mean, (lower, upper) = curve.profit.centre().array, curve.profit.arrays.interval(prob)
    left.fill_between(curve.budgets, lower.array, upper.array, color=ACCENT, alpha=0.18, linewidth=0)
    seen = curve.support.array >= WELL_SUPPORTED
    _line(left, curve.budgets, mean, seen.all(axis=1), ACCENT)
    scaled(left.yaxis, [*lower.array.tolist(), *upper.array.tolist()], curve.profit.unit)
    left.yaxis.label.set_visible(False)
    unit = scale([*lower.array.tolist(), *upper.array.tolist()]).unit(curve.profit.unit)
    left.set_title(f"best incremental profit, {unit}", loc="left")
    for i, channel in enumerate(curve.spend.labels("channel").tolist()):
        colour = CHANNELS[i % len(CHANNELS)]
        _line(right, curve.budgets, curve.spend.array[:, i], seen[:, i], colour, short(channel, 16))
    scaled(right.yaxis, np.ravel(curve.spend.array).tolist(), "")
    unit = scale(np.ravel(curve.spend.array).tolist()).unit(curve.profit.unit)
    right.set_title(f"its spend by channel, {unit}", loc="left")
    right.yaxis.label.set_visible(False)
    if not seen.all():
        _say_beyond(left)
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


def _line(axes: Axes, x: np.ndarray, y: np.ndarray, seen: np.ndarray, colour: str, label: str = "") -> None:
    """Draw points and the line through them: hollow, and dashed on the way to them, where they were never observed."""
    axes.plot(x, y, "o", color=colour, markersize=3.5, label=label or None)
    points = np.column_stack([x, y])
    pieces = np.stack([points[:-1], points[1:]], axis=1)
    dashes = ["solid" if a and b else UNSEEN for a, b in itertools.pairwise(seen)]
    axes.add_collection(LineCollection(list(pieces), colors=colour, linestyles=dashes, linewidths=1.5))
    axes.scatter(x[~seen], y[~seen], s=3.5**2, facecolors="white", edgecolors=colour, zorder=3)
    axes.autoscale_view()


def _say_beyond(axes: Axes) -> None:
    line = Line2D([], [], color=ACCENT, marker="o", markersize=3.5, markerfacecolor="white", linestyle=UNSEEN)
    axes.legend([line], [NEVER_OBSERVED], loc="best", fontsize=8)
