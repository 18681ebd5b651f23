"""Draws of any quantity: intervals of what has labels, a band through time, the density of one number."""

from __future__ import annotations

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence
from bayes_roi.errors import QueryError
from bayes_roi.report.plots.forest import plot_forest
from bayes_roi.report.plots.style import (
    ACCENT,
    CHANNELS,
    GRID,
    INK,
    MUTED,
    WARNING,
    density,
    framed,
    hatched,
    scaled,
    settled,
    short,
    styled,
    time_axis,
)
from bayes_roi.report.rounding import interval_name

MOST_LABELS = 60
IN_A_ROW, LEGEND_ROW = 4, 0.2
"""Entries of the legend in a row, and inches of a row."""


@styled
def plot_draws(draws: Draws, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return draws as they are best seen: an interval for each label, a band through time, a density of one number.

    ROI by channel is the forest plot, against the line of break-even. By channel and time there is a band for each.

    Parameters
    ----------
    draws
        Draws of at most one dim beside chain and draw, or of `channel` and `time`.
    prob
        Posterior probability inside lines and bands. What is only assumed is hatched or brown.

    Raises
    ------
    QueryError
        When the draws have other dims.
    """
    values = draws.arrays.values
    dims = [d for d in values.dims if d not in ("chain", "draw")]
    if dims == ["channel", "time"]:
        return _bands(draws, prob)
    if len(dims) > 1:
        named, pick = " and ".join(dims), f"draws.sel({dims[0]}={values.labels(dims[0])[0].item()!r})"
        raise QueryError(f"these draws have dims {named}, and a picture of draws has one; pick a label: {pick}")
    if dims == ["channel"] and draws.estimand.startswith("ROI"):
        return plot_forest(draws, prob=prob)
    if not dims:
        return _density(draws, prob)
    if dims in (["time"], ["multiple"]):
        return _band(draws, dims[0], prob)
    return _intervals(draws, dims[0], prob)


def _kinds(draws: Draws, count: int) -> list[bool]:
    """Return of each label whether its number is only assumed."""
    return [k == Evidence.ASSUMED for k in np.broadcast_to(draws.arrays.evidence.array, count).tolist()]


def _title(axes: Axes, draws: Draws) -> None:
    axes.set_title(short(draws.estimand.partition(":")[0], 70), loc="left")


def _intervals(draws: Draws, dim: str, prob: float) -> Figure:
    middle, (lower, upper) = draws.centre().array, (end.array for end in draws.arrays.interval(prob))
    names = [str(x) for x in draws.arrays.values.labels(dim).tolist()]
    if len(names) > MOST_LABELS:
        raise QueryError(f"{len(names)} labels of {dim} have no room in one picture; pick some of them by draws.sel()")
    drawing, axes = framed(1.0 + 0.32 * len(names), top=0.35, bottom=0.5)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=1.2)
    for i, assumed in enumerate(_kinds(draws, len(names))):
        height, colour = len(names) - 1 - i, WARNING if assumed else ACCENT
        axes.hlines(height, lower[i], upper[i], color=colour, linewidth=2)
        if assumed and np.isfinite([lower[i], upper[i]]).all():
            hatched(axes, height, lower[i], upper[i])
        axes.plot(middle[i], height, "o", color=colour, markerfacecolor="white" if assumed else colour, markersize=6)
    axes.set_yticks(np.arange(len(names)), [short(n) for n in reversed(names)], color=INK)
    seen = np.concatenate([lower, upper])
    scaled(axes.xaxis, seen[np.isfinite(seen)], draws.unit)
    axes.set_xlabel(f"{axes.get_xlabel()}; {draws.point}s, lines: {interval_name(prob)}")
    axes.spines["left"].set_visible(False)
    _title(axes, draws)
    settled(axes)
    return drawing


def _band(draws: Draws, dim: str, prob: float) -> Figure:
    middle, (lower, upper) = draws.centre().array, (end.array for end in draws.arrays.interval(prob))
    drawing, axes = framed(2.7, top=0.35, bottom=0.5)
    labels = draws.arrays.values.labels("spend" if dim == "multiple" else dim)
    at = time_axis(axes, labels) if dim == "time" else labels
    colour = WARNING if any(_kinds(draws, len(at))) else ACCENT
    axes.fill_between(at, lower, upper, color=colour, alpha=0.2, linewidth=0)
    axes.plot(at, middle, color=colour, linewidth=1.6)
    if dim != "time":
        scaled(axes.xaxis, at, "of spend")
    scaled(axes.yaxis, [*lower[np.isfinite(lower)], *upper[np.isfinite(upper)]], draws.unit)
    axes.margins(x=0)
    _title(axes, draws)
    settled(axes)
    return drawing


def _bands(draws: Draws, prob: float) -> Figure:
    """Draw a band through time for each channel, in its colour."""
    middle, (lower, upper) = draws.centre().array, (end.array for end in draws.arrays.interval(prob))
    names = draws.arrays.values.labels("channel").tolist()
    rows = -(-len(names) // IN_A_ROW)
    drawing, axes = framed(2.9 + LEGEND_ROW * rows, top=0.15 + LEGEND_ROW * rows)
    at = time_axis(axes, draws.arrays.values.labels("time"))
    for i, (name, colour) in enumerate(zip(names, itertools.cycle(CHANNELS), strict=False)):
        axes.fill_between(at, lower[i], upper[i], color=colour, alpha=0.25, linewidth=0)
        axes.plot(at, middle[i], color=colour, linewidth=1.4, label=short(name, 18))
    scaled(axes.yaxis, upper.ravel(), draws.unit)
    axes.margins(x=0)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=IN_A_ROW, borderaxespad=0.2, labelcolor=MUTED)
    settled(axes)
    return drawing


def _density(draws: Draws, prob: float) -> Figure:
    values = draws.arrays.values.array.ravel()
    values = values[np.isfinite(values)]
    colour = WARNING if _kinds(draws, 1)[0] else ACCENT
    drawing, axes = framed(2.3, top=0.35, bottom=0.5)
    grid, height = density(values, tuple(np.quantile(values, [0.001, 0.999]).tolist()), points=200)
    axes.fill_between(grid, 0, height, color=colour, alpha=0.25, linewidth=0)
    axes.plot(grid, height, color=colour, linewidth=1.4)
    lower, upper = (float(end.array) for end in draws.arrays.interval(prob))
    axes.hlines(0, lower, upper, color=colour, linewidth=5)
    axes.plot(float(draws.centre().array), 0, "o", color=INK, markersize=6, clip_on=False, zorder=3)
    axes.set_ylim(bottom=0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    scaled(axes.xaxis, grid, draws.unit)
    axes.set_xlabel(f"{axes.get_xlabel()}; point: {draws.point}, line: {interval_name(prob)}")
    _title(axes, draws)
    return drawing
