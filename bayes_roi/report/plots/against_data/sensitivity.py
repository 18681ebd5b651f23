"""ROI were there a hidden common cause: along its strength, and by what it explains of spend and outcome."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bayes_roi.checks.sensitivity.measures import equal_r2, strength
from bayes_roi.checks.sensitivity.sensitivity_curve import Sensitivity
from bayes_roi.numbers import whole
from bayes_roi.report.plots.style import ACCENT, INK, MUTED, WARNING, WIDTH, short, styled

STEPS = 61
MARKED = 4
"""Benchmarks that are drawn, the strongest first."""
HEADROOM = 0.12
"""Share of the curve's height that is left above it for names."""


@styled
def plot_sensitivity(found: Sensitivity) -> Figure:
    """Return the curve of ROI along the strength of a hidden cause, observed causes marked, and a contour beside it.

    The strength is given as the share that the hidden cause explains of what the other causes leave of spend and node,
    alike of both; in the contour the two shares differ.

    Parameters
    ----------
    found
        What `sensitivity` returned.
    """
    drawing = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    left, right = drawing.subplots(1, 2, width_ratios=(1.35, 1))
    _curve(left, found)
    _contour(right, found)
    return drawing


def _curve(axes: Axes, found: Sensitivity) -> None:
    strengths = np.linspace(0, found.most, STEPS)
    shares = [equal_r2(s) for s in strengths]
    held = [found.of_strength(float(s)) for s in strengths]
    lower, median, upper = (np.array([getattr(h, name) for h in held]) for name in ("lower", "median", "upper"))
    axes.fill_between(shares, lower, upper, color=ACCENT, alpha=0.18, linewidth=0)
    axes.plot(shares, median, color=ACCENT, linewidth=1.8)
    axes.axhline(0, color=MUTED, linewidth=1, linestyle=":")
    if found.breaks_even:
        axes.axvline(equal_r2(found.breaks_even), color=WARNING, linewidth=1.2)
    for at, (name, s, _, roi) in enumerate([m for m in found.marks if not m[0].startswith("twice")][:MARKED]):
        axes.plot(equal_r2(s), roi.median, "o", color=INK, markersize=4)
        axes.annotate(
            short(name),
            (equal_r2(s), roi.median),
            xytext=(4, 5 + 11 * at),
            textcoords="offset points",
            fontsize=8,
            color=INK,
        )
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + HEADROOM * (high - low))
    axes.set_title(f"ROI of {short(found.channel)}")
    axes.set_xlabel(f"explained of {short(found.spend)} and of {short(found.node)}, each")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlim(0, shares[-1])


def _contour(axes: Axes, found: Sensitivity) -> None:
    most = min(2.2 * equal_r2(found.most), 0.95)
    grid = np.linspace(0, most, STEPS)
    asked = np.array([[strength(float(x), float(y)) for x in grid] for y in grid])
    roi = found.medians(np.minimum(asked, found.most))
    drawn = axes.contour(grid, grid, np.where(asked <= found.most, roi, np.nan), 7, colors=MUTED, linewidths=0.8)
    axes.clabel(drawn, fontsize=7, fmt=lambda level: f"{whole(100 * level)}\N{NO-BREAK SPACE}%")
    if roi.min() < 0 < roi.max():
        axes.contour(grid, grid, roi, [0.0], colors=WARNING, linewidths=1.4)
    for name, _, (of_spend, of_node), _ in [m for m in found.marks if not m[0].startswith("twice")][:MARKED]:
        if max(of_spend, of_node) <= most:
            axes.plot(of_spend, of_node, "o", color=INK, markersize=4)
            axes.annotate(
                short(name.removeprefix("as strong as ")),
                (of_spend, of_node),
                xytext=(4, 4),
                textcoords="offset points",
                fontsize=8,
            )
    axes.set_title("by what it explains")
    axes.set_xlabel(f"of {short(found.spend)}")
    axes.set_ylabel(f"of {short(found.node)}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
