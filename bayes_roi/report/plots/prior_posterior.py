"""Prior against posterior: how much the data had to say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bayes_roi.draws import DEFAULT_PROB
from bayes_roi.report.numbers import MINUS
from bayes_roi.report.plots.style import ACCENT, MUTED, density, short, small_multiples, styled

HEIGHT = 1.5
"""Inches of one panel with its title and ticks."""


@styled
def plot_prior_posterior(
    prior: Mapping[str, np.ndarray],
    posterior: Mapping[str, np.ndarray],
    *,
    unit: str = "",
    columns: int = 4,
    prob: float = DEFAULT_PROB,
) -> Figure:
    """Return the densities of some quantities before (grey) and after (coloured) the data, one panel each.

    Parameters
    ----------
    prior, posterior
        Name -> draws (n,), under the same names; a name may have two lines.
    unit
        Of all of them, where they have one.
    columns
        Panels in a row.
    prob
        Posterior probability inside the bar below each density.
    """
    drawing, panels = small_multiples(len(posterior), columns, height=HEIGHT, layout=None)
    rows = -(-len(posterior) // columns)
    # No panel has anything at its side, so that the margins need no search.
    drawing.subplots_adjust(0.01, 0.36 / (HEIGHT * rows), 0.99, 1 - 0.36 / (HEIGHT * rows), wspace=0.12, hspace=1.0)
    tails = [(1 - prob) / 2, (1 + prob) / 2]
    for axes, (name, after) in zip(panels, posterior.items(), strict=True):
        before = prior[name]
        span = _span(before, after)
        for level, (draws, colour, opacity) in enumerate(((before, MUTED, 0.22), (after, ACCENT, 0.45))):
            grid, height = density(draws, span)
            height = height / height.max()
            axes.fill_between(grid, 0, height, color=colour, alpha=opacity, linewidth=0)
            axes.plot(grid, height, color=colour, linewidth=1)
            axes.plot(np.clip(np.quantile(draws, tails), *span), [-0.1 - 0.11 * level] * 2, color=colour, linewidth=2.5)
        axes.set_xlim(span)
        axes.set_ylim(-0.3, 1.05)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(3))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.6g}".replace("-", MINUS)))
        axes.tick_params(labelsize=7.5)
        axes.set_title("\n".join(short(line, 36) for line in name.split("\n")[:2]), fontsize=7.5)
        if unit:
            axes.set_xlabel(short(unit, 36), fontsize=7.5, labelpad=1)
    return drawing


def _span(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Return the range that shows both, without the far tails of a wide prior."""
    low = min(np.quantile(before, 0.04), np.quantile(after, 0.002))
    high = max(np.quantile(before, 0.96), np.quantile(after, 0.998))
    if min(before.min(), after.min()) >= 0:
        low = min(low, 0.0) if low < 0.3 * high else low
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)
