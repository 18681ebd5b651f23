"""What a fit and draws show in a notebook: their table, and the picture that belongs to it."""

from __future__ import annotations

from bayes_roi.draws import Draws
from bayes_roi.inference.fit import Fit
from bayes_roi.report.plots.forest import plot_forest
from bayes_roi.report.plots.over_credit import plot_over_credit
from bayes_roi.report.plots.style import svg
from bayes_roi.value.attribution.over_credit import OverCredit
from bayes_roi.value.money.money import Money


def of_fit(fit: Fit) -> str:
    """Return the ROI of each channel as a table and as a forest plot; empty for a model without channels."""
    return Money(fit).roi._repr_html_() if fit.model.channels else ""


def of_draws(draws: Draws) -> str:
    """Return the forest plot of ROI by channel; empty of other draws."""
    dims = [d for d in draws.arrays.values.dims if d not in ("chain", "draw")]
    if dims != ["channel"] or not draws.estimand.startswith("ROI"):
        return ""
    return f'<div style="max-width: 46rem">{svg(plot_forest(draws))}</div>'


def of_overcredit(found: OverCredit) -> str:
    """Return the picture of credit beside cause."""
    return f'<div style="max-width: 46rem">{svg(plot_over_credit(found))}</div>'
