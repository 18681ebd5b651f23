"""Posterior predictive check: would the model have made data like these?"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB, Draws, tails
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.predictive import posterior_predictive
from bayes_roi.model.rows.by_row import by_row
from bayes_roi.numbers import level
from bayes_roi.report.plots.style import ACCENT, INK, MUTED, framed, scaled, settled, short, styled, time_axis

BINS = 40


@styled
def plot_predictive(fit: Fit, node: str, draws: Draws | None = None, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return a node's observed rows against what the model predicts: over time a band, else two histograms.

    In a panel the units are added up (shares are averaged).

    Parameters
    ----------
    fit
        A fit.
    node
        A node with an equation.
    draws
        `posterior_predictive(fit, node)`; computed when None.
    prob
        Posterior probability of the band.
    """
    predicted = posterior_predictive(fit, node) if draws is None else draws
    observed = by_row(fit.design.rows[node], (), fit.model, fit.design).array
    drawing, axes = framed(2.3, top=0.5, bottom=0.45 if fit.design.periods is None else 0.3)
    if fit.design.periods is None:
        _histograms(axes, observed[np.isfinite(observed)], predicted, prob)
    else:
        x = time_axis(axes, predicted.arrays.values.labels("time"))
        new = predicted.arrays.values.array[0]
        if fit.design.units:
            observed, new = (_together(fit, node, values) for values in (observed, new))
        mean, (lower, upper) = new.mean(axis=0), np.quantile(new, tails(prob), axis=0)
        axes.fill_between(x, lower, upper, color=ACCENT, alpha=0.2, linewidth=0, label=_band(prob))
        axes.plot(x, mean, color=ACCENT, linewidth=1, label="predicted mean")
        axes.plot(x, observed, color=INK, linewidth=1.1, label="observed")
        scaled(axes.yaxis, [*upper, *lower], "", ticks=4)
        axes.margins(x=0)
    axes.set_title(short(node, 60), pad=18)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.1, labelcolor=MUTED, fontsize=8)
    settled(axes)
    return drawing


def _together(fit: Fit, node: str, values: np.ndarray) -> np.ndarray:
    """Return values (..., unit, time) of all units together (..., time): their sum, of shares their mean."""
    return np.nansum(values, axis=-2) if fit.model.family(node).amount else np.nanmean(values, axis=-2)


def _band(prob: float) -> str:
    return f"{level(prob)} predictive band"


def _histograms(axes: Axes, observed: np.ndarray, predicted: Draws, prob: float) -> None:
    values = predicted.arrays.values.array
    new = values.reshape(-1, values.shape[-1])
    low, high = np.quantile(np.concatenate([observed, new[0]]), [0.001, 0.999]).tolist()
    edges = np.linspace(low, high, BINS + 1)
    heights = np.array([np.histogram(row, bins=edges)[0] for row in new]) / new.shape[1]
    least, most = np.quantile(heights, tails(prob), axis=0)
    shares = np.histogram(observed, bins=edges)[0] / len(observed)
    axes.stairs(most, edges, baseline=least, fill=True, color=ACCENT, alpha=0.3, label=_band(prob))
    axes.stairs(heights.mean(axis=0), edges, color=ACCENT, linewidth=1, label="predicted mean")
    axes.stairs(shares, edges, color=INK, linewidth=1.1, label="observed")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(bottom=0)
    scaled(axes.xaxis, edges, "", ticks=6)
