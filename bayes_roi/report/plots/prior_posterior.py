"""Prior against posterior: how much the data had to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bayes_roi.draws import DEFAULT_PROB, tails
from bayes_roi.numbers import tick
from bayes_roi.report.plots.style import ACCENT, MUTED, PALE, WIDTH, DrawnAxes, density, figure, short, styled
from bayes_roi.report.rounding import MINUS

PANEL, CURVE, TITLE, GAP = 1.25, 0.5, 0.36, 0.25
"""Inches: a panel with all its text, the densities in it, the title above them, and the space between two panels."""


@styled
def plot_prior_posterior(
    prior: Mapping[str, np.ndarray],
    posterior: Mapping[str, np.ndarray],
    *,
    columns: int = 3,
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
    drawing = figure(height)
    # One pair of axes in inches holds all panels, and one artist all that looks alike: with axes and artists of their
    # own the panels would take most of the time of a report.
    axes = drawing.add_axes((0, 0, 1, 1), axes_class=DrawnAxes)
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    width = (WIDTH - GAP) / columns
    panels = {}
    for i, (name, after) in enumerate(posterior.items()):
        left, base = GAP / 2 + width * (i % columns), height - PANEL * (i // columns) - TITLE - CURVE
        panels[name] = _Panel(left, base, width - GAP, *_span(prior[name], after))
    for level, (draws, colour, opacity) in enumerate(((prior, MUTED, 0.22), (posterior, ACCENT, 0.45))):
        curves = [panel.curve(draws[name]) for name, panel in panels.items()]
        bars = [panel.bar(draws[name], prob, level) for name, panel in panels.items()]
        areas = [panel.area(line) for panel, line in zip(panels.values(), curves, strict=True)]
        axes.add_collection(PolyCollection(areas, facecolor=colour, alpha=opacity, linewidth=0), autolim=False)
        axes.add_collection(LineCollection(curves, color=colour, linewidth=1), autolim=False)
        axes.add_collection(LineCollection(bars, color=colour, linewidth=2.5, capstyle="projecting"), autolim=False)
    axes.add_collection(LineCollection([p.floor for p in panels.values()], color=PALE, linewidth=0.8), autolim=False)
    ticks = [(x, panel.floor[0][1], text) for panel in panels.values() for x, text in panel.ticks()]
    axes.add_collection(
        LineCollection([[(x, y), (x, y - 0.04)] for x, y, _ in ticks], color=MUTED, linewidth=0.8), autolim=False
    )
    for x, y, text in ticks:
        axes.text(x, y - 0.06, text, fontsize=7.5, color=MUTED, ha="center", va="top")
    for name, panel in panels.items():
        title = "\n".join(short(line, 36) for line in name.split("\n")[:2])
        axes.text(panel.left, panel.base + CURVE + 0.05, title, fontsize=7.5, va="bottom")
    return drawing


@dataclass(frozen=True)
class _Panel:
    """Where the densities of one quantity stand, in inches, and the range of values that they show."""

    left: float
    base: float
    width: float
    low: float
    high: float

    def across(self, values: np.ndarray) -> np.ndarray:
        return self.left + self.width * (np.clip(values, self.low, self.high) - self.low) / (self.high - self.low)

    def curve(self, draws: np.ndarray) -> np.ndarray:
        """Return the density of draws as points (points, 2)."""
        grid, heights = density(draws, (self.low, self.high))
        return np.column_stack([self.across(grid), self.base + CURVE * heights / heights.max()])

    def area(self, curve: np.ndarray) -> np.ndarray:
        """Return the outline of what lies under a curve."""
        return np.concatenate([[(curve[0, 0], self.base)], curve, [(curve[-1, 0], self.base)]])

    def bar(self, draws: np.ndarray, prob: float, level: int) -> np.ndarray:
        """Return the ends of the credible interval as points (2, 2), lower by levels."""
        ends = self.across(np.quantile(draws, tails(prob)))
        return np.column_stack([ends, np.full(2, self.base - 0.05 - 0.055 * level)])

    @property
    def floor(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The line that carries the ticks."""
        y = self.base - 0.16
        return (self.left, y), (self.left + self.width, y)

    def ticks(self) -> list[tuple[float, str]]:
        """Return where ticks stand, and what they say."""
        ticks = [t for t in MaxNLocator(3).tick_values(self.low, self.high) if self.low <= t <= self.high]
        return [(float(self.across(t)), tick(t).replace("-", MINUS)) for t in np.array(ticks)]


def _span(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Return the range that shows both, without the far tails of a wide prior."""
    low = float(min(np.quantile(before, 0.04), np.quantile(after, 0.002)))
    high = float(max(np.quantile(before, 0.96), np.quantile(after, 0.998)))
    if min(before.min(), after.min()) >= 0 and low < 0.3 * high:
        low = 0.0
    return (low, high) if high > low else (low - 0.5, low + 0.5)
