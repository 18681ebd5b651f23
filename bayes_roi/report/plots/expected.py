"""What was observed against what the model expects."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.draws import Draws
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.predictive import posterior_predictive
from bayes_roi.inference.predictive_check import predictive_check
from bayes_roi.model.rows.by_row import by_row
from bayes_roi.report.plots.style import ACCENT, GRID, INK, framed, scaled, settled, short, styled
from bayes_roi.report.rounding import number, percent


@styled
def plot_expected(fit: Fit, node: str | None = None, draws: Draws | None = None) -> Figure:
    """Return each row as observed against what the model expects of it given its causes, with R2 and MAPE.

    On the line the model expects what was observed. R2 and MAPE are those of the predictive check: of the rows that
    were fitted, so that they flatter.

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
    check = predictive_check(fit, name, draws=predicted)
    observed, expected = observed_and_expected(fit, name, predicted)
    drawing, axes = framed(3.6, top=0.35, bottom=0.5)
    axes.grid(color=GRID)
    axes.set_axisbelow(True)
    ends = [float(min(observed.min(), expected.min())), float(max(observed.max(), expected.max()))]
    axes.plot(ends, ends, color=INK, linewidth=1.2)
    axes.plot(expected, observed, "o", color=ACCENT, markersize=3.5, alpha=0.6, markeredgewidth=0)
    scaled(axes.xaxis, ends, "")
    scaled(axes.yaxis, ends, "")
    axes.set_xlabel("expected given its causes")
    off = "" if check.mape != check.mape else f", MAPE {percent(check.mape, 1)}"
    axes.set_title(f"{short(name, 40)}, observed: R² {number(check.r2, 2)}{off}", loc="left")
    settled(axes)
    return drawing


def observed_and_expected(fit: Fit, node: str, predicted: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Return the observed rows of a node, and the mean prediction of each."""
    y = by_row(fit.design.rows[node], (), fit.model, fit.design).array.ravel()
    new = predicted.arrays.values.array[0]
    mean = new.reshape(len(new), -1).mean(axis=0)
    seen = np.isfinite(y)
    return y[seen], mean[seen]
