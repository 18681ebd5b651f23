"""What the model leaves unexplained, through time and from one period to the next."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_roi.draws import Draws
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.predictive import posterior_predictive
from bayes_roi.model.rows.by_row import by_row
from bayes_roi.report.plots.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    percent_axis,
    settled,
    short,
    small_multiples,
    styled,
    time_axis,
)

MOST_LAGS = 26


@styled
def plot_residuals(fit: Fit, node: str | None = None, draws: Draws | None = None) -> Figure:
    r"""Return the standardised residuals of a node, $(y_t - m_t) / s_t$, and their autocorrelation.

    m and s are the mean and the standard deviation of the posterior predictive given the observed causes. Dotted:
    two standard deviations, and the band in which 95 % of the autocorrelations of independent rows lie. Without
    periods the residuals stand against what was expected; in a panel they are means over its units.

    Parameters
    ----------
    fit
        A fit.
    node
        A node with an equation; the outcome when None.
    draws
        `posterior_predictive(fit, node)`; computed when None.
    """
    name = fit.model.outcome if node is None else node
    predicted = posterior_predictive(fit, name) if draws is None else draws
    new = predicted.arrays.values.array[0]
    mean, sd = new.mean(axis=0), new.std(axis=0)
    observed = by_row(fit.design.rows[name], (), fit.model, fit.design).array
    with np.errstate(invalid="ignore", divide="ignore"):
        off = (observed - mean) / sd
    if fit.design.units:
        off, mean = np.nanmean(off, axis=0), np.nansum(mean, axis=0)
    timed = fit.design.periods is not None
    drawing, panels = small_multiples(2 if timed else 1, 2, height=2.7, bottom=0.5)
    _points(panels[0], time_axis(panels[0], predicted.arrays.values.labels("time")) if timed else mean, off)
    panels[0].set_title(f"{short(name, 30)}, standardised", loc="left")
    if timed:
        _lags(panels[1], off[np.isfinite(off)])
    else:
        panels[0].set_xlabel("expected")
    for axes in panels:
        settled(axes)
    return drawing


def _points(axes: Axes, at: np.ndarray, off: np.ndarray) -> None:
    axes.axhline(0, color=INK, linewidth=1.2)
    for edge in (-2, 2):
        axes.axhline(edge, color=MUTED, linewidth=1, linestyle=":")
    axes.plot(at, off, "o", color=ACCENT, markersize=3, alpha=0.7, markeredgewidth=0)
    axes.set_xticks(axes.get_xticks()[::2], [t.get_text() for t in axes.get_xticklabels()][::2])


def _lags(axes: Axes, off: np.ndarray) -> None:
    """Draw the autocorrelations of residuals (time,)."""
    around = off - off.mean()
    count = min(MOST_LAGS, len(around) // 2)
    found = [float((around[k:] * around[:-k]).sum() / (around**2).sum()) for k in range(1, count + 1)]
    axes.axhline(0, color=INK, linewidth=1.2)
    for edge in (-1.96, 1.96):
        axes.axhline(edge / np.sqrt(len(around)), color=MUTED, linewidth=1, linestyle=":")
    axes.vlines(np.arange(1, count + 1), 0, found, color=ACCENT, linewidth=2)
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.set_xlabel("lag, periods")
    percent_axis(axes.yaxis, 5)
    axes.set_title("autocorrelation", loc="left")
