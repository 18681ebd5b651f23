"""Prior against posterior: how much the data had to say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bayes_roi.draws import DEFAULT_PROB
from bayes_roi.report.numbers import MINUS
from bayes_roi.report.plots.style import ACCENT, MUTED, PALE, WIDTH, density, figure, short, styled

PANEL, CURVE, TITLE, GAP = 1.25, 0.5, 0.36, 0.25
"""Inches: a panel with all its text, the densities in it, the title above them, and the space between two panels."""


@styled
def plot_prior_posterior(
    prior: Mapping[str, np.ndarray],
    posterior: Mapping[str, np.ndarray],
    *,
    columns: int = 4,
    prob: float = DEFAULT_PROB,
) -> Figure:
    """Return the densities of some quantities before (grey) and after (coloured) the data, one panel each.

    Parameters
    ----------
    prior, posterior
        Name -> draws (n,), under the same names; a name may have two lines.
    columns
        Panels in a row.
    prob
        Posterior probability inside the bar below each density.
    """
    columns = min(columns, len(posterior))
    height = PANEL * -(-len(posterior) // columns)
    drawing = figure(height, layout=None)
    # One pair of axes in inches holds all panels: axes of their own would take most of the time of a report.
    axes = drawing.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    width = (WIDTH - GAP) / columns
    for i, (name, after) in enumerate(posterior.items()):
        corner = (GAP / 2 + width * (i % columns), height - PANEL * (i // columns) - TITLE - CURVE)
        _panel(axes, corner, width - GAP, prior[name], after, prob)
        title = "\n".join(short(line, 36) for line in name.split("\n")[:2])
        axes.text(corner[0], corner[1] + CURVE + 0.05, title, fontsize=7.5, va="bottom")
    return drawing


def _panel(
    axes: Axes, corner: tuple[float, float], width: float, before: np.ndarray, after: np.ndarray, prob: float
) -> None:
    (left, base), (low, high) = corner, _span(before, after)

    def across(values: np.ndarray) -> np.ndarray:
        return left + width * (np.clip(values, low, high) - low) / (high - low)

    for level, (draws, colour, opacity) in enumerate(((before, MUTED, 0.22), (after, ACCENT, 0.45))):
        grid, heights = density(draws, (low, high))
        top = base + CURVE * heights / heights.max()
        axes.fill_between(across(grid), base, top, color=colour, alpha=opacity, linewidth=0)
        axes.plot(across(grid), top, color=colour, linewidth=1)
        ends = across(np.quantile(draws, [(1 - prob) / 2, (1 + prob) / 2]))
        axes.plot(ends, [base - 0.05 - 0.055 * level] * 2, color=colour, linewidth=2.5)
    floor = base - 0.16
    axes.plot([left, left + width], [floor] * 2, color=PALE, linewidth=0.8)
    ticks = [t for t in MaxNLocator(3).tick_values(low, high) if low <= t <= high]
    for tick, x in zip(ticks, across(np.array(ticks)), strict=True):
        axes.plot([x, x], [floor, floor - 0.04], color=MUTED, linewidth=0.8)
        label = f"{tick:,.10g}".replace("-", MINUS)
        axes.text(x, floor - 0.06, label, fontsize=7.5, color=MUTED, ha="center", va="top")


def _span(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Return the range that shows both, without the far tails of a wide prior."""
    low = float(min(np.quantile(before, 0.04), np.quantile(after, 0.002)))
    high = float(max(np.quantile(before, 0.96), np.quantile(after, 0.998)))
    if min(before.min(), after.min()) >= 0 and low < 0.3 * high:
        low = 0.0
    return (low, high) if high > low else (low - 0.5, low + 0.5)
