"""Figures of a fit: one function a file, each returning a matplotlib Figure that is tied to no backend.

`br.plot(noun, kind)` draws any of them by name; docs/gallery.md shows them all.
"""

from __future__ import annotations

from bayes_roi.report.plots.against_data.sensitivity import plot_sensitivity
from bayes_roi.report.plots.against_data.suggestion import plot_suggestion
from bayes_roi.report.plots.budget import plot_budget_curve
from bayes_roi.report.plots.channel_table import plot_channel_table
from bayes_roi.report.plots.contribution import plot_contribution
from bayes_roi.report.plots.curves import plot_curves
from bayes_roi.report.plots.estimates import plot_draws
from bayes_roi.report.plots.expected import plot_expected
from bayes_roi.report.plots.experiments.effect import plot_effect, plot_event_study
from bayes_roi.report.plots.experiments.two_groups import plot_two_groups
from bayes_roi.report.plots.forest import plot_forest
from bayes_roi.report.plots.graph import plot_graph
from bayes_roi.report.plots.over_credit import plot_over_credit
from bayes_roi.report.plots.panel import plot_panel
from bayes_roi.report.plots.plans import plot_plan, plot_plans
from bayes_roi.report.plots.predictive import plot_predictive
from bayes_roi.report.plots.prior_posterior import plot_prior_posterior
from bayes_roi.report.plots.residuals import plot_residuals
from bayes_roi.report.plots.shares import plot_shares
from bayes_roi.report.plots.style import svg
from bayes_roi.report.plots.targets import plot_calibration, plot_importance
from bayes_roi.report.plots.units import plot_units
from bayes_roi.report.plots.waterfall import plot_waterfall

__all__ = [
    "plot_budget_curve",
    "plot_calibration",
    "plot_channel_table",
    "plot_contribution",
    "plot_curves",
    "plot_draws",
    "plot_effect",
    "plot_event_study",
    "plot_expected",
    "plot_forest",
    "plot_graph",
    "plot_importance",
    "plot_over_credit",
    "plot_panel",
    "plot_plan",
    "plot_plans",
    "plot_predictive",
    "plot_prior_posterior",
    "plot_residuals",
    "plot_sensitivity",
    "plot_shares",
    "plot_suggestion",
    "plot_two_groups",
    "plot_units",
    "plot_waterfall",
    "svg",
]
