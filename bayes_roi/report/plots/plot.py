"""One verb for all pictures: what can be drawn of a noun, by the name of the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_roi.checks.sensitivity.sensitivity_curve import Sensitivity
from bayes_roi.checks.suggest.suggestion import Suggestion
from bayes_roi.decisions.optimise.budget_curve import BudgetCurve
from bayes_roi.decisions.optimise.plan import Plan
from bayes_roi.decisions.scenarios.comparison import Comparison
from bayes_roi.draws import DEFAULT_PROB, Draws, check_prob
from bayes_roi.errors import QueryError, nearest
from bayes_roi.experiments.ab.groups import TwoGroups
from bayes_roi.experiments.did.difference_in_differences import DifferenceInDifferences
from bayes_roi.experiments.effect import WindowEffect
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel
from bayes_roi.prediction.targets.target_scores import TargetScores
from bayes_roi.report.findings import Findings
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
from bayes_roi.report.plots.style import png
from bayes_roi.report.plots.targets import plot_calibration, plot_importance
from bayes_roi.report.plots.units import plot_units
from bayes_roi.report.plots.waterfall import plot_waterfall
from bayes_roi.value.attribution.channel_table import ChannelTable
from bayes_roi.value.attribution.over_credit import OverCredit
from bayes_roi.value.money.money import Money

Draw = Callable[[Any, str | None, float], Figure]
"""Makes a picture of a noun; of a fit, of one of its nodes."""
OF_A_NODE = ("expected", "predictive", "residuals")


class Panels(tuple[Axes, ...]):
    """The axes of a picture with several; shows itself in a notebook, `panels[0].figure` is the picture."""

    def _repr_png_(self) -> bytes:
        return png(self[0].figure)


def _roi(fit: Fit, _: str | None, prob: float) -> Figure:
    return plot_forest(Findings(fit, prob).roi_by_estimand, prob=prob)


def _prior(fit: Fit, _: str | None, prob: float) -> Figure:
    found = {c.name: c for c in Findings(fit, prob).roas_compared}
    return plot_prior_posterior(
        {n: c.prior for n, c in found.items()}, {n: c.posterior for n, c in found.items()}, prob=prob
    )


def _units(fit: Fit, _: str | None, prob: float) -> Figure:
    if fit.model.panel is None:
        raise QueryError("the model has no panel: and so no units; kind='roi' draws the ROI of each channel")
    return plot_units(Money(fit, by=fit.model.panel).roi, prob=prob)


KINDS: Mapping[type, Mapping[str, tuple[Callable[..., Figure], Draw]]] = {
    Fit: {
        "roi": (plot_forest, _roi),
        "contribution": (plot_contribution, lambda fit, _, prob: plot_contribution(fit, prob=prob)),
        "waterfall": (plot_waterfall, lambda fit, _, prob: plot_waterfall(fit, prob=prob)),
        "shares": (plot_shares, lambda fit, _, prob: plot_shares(fit, prob=prob)),
        "curves": (plot_curves, lambda fit, _, prob: plot_curves(fit, prob=prob)),
        "expected": (plot_expected, lambda fit, node, _: plot_expected(fit, node)),
        "residuals": (plot_residuals, lambda fit, node, _: plot_residuals(fit, node)),
        "predictive": (
            plot_predictive,
            lambda fit, node, prob: plot_predictive(fit, node or fit.model.outcome, prob=prob),
        ),
        "prior": (plot_prior_posterior, _prior),
        "units": (plot_units, _units),
        "graph": (plot_graph, lambda fit, _, prob: plot_graph(fit.model)),
    },
    Draws: {"estimates": (plot_draws, lambda draws, _, prob: plot_draws(draws, prob=prob))},
    Model: {"graph": (plot_graph, lambda model, _, prob: plot_graph(model))},
    Panel: {"columns": (plot_panel, lambda panel, _, prob: plot_panel(panel))},
    ChannelTable: {"credit": (plot_channel_table, lambda table, _, prob: plot_channel_table(table))},
    OverCredit: {"over_credit": (plot_over_credit, lambda found, _, prob: plot_over_credit(found))},
    Comparison: {"plans": (plot_plans, lambda plans, _, prob: plot_plans(plans, prob=prob))},
    BudgetCurve: {"budget": (plot_budget_curve, lambda curve, _, prob: plot_budget_curve(curve, prob=prob))},
    Plan: {"spend": (plot_plan, lambda plan, _, prob: plot_plan(plan))},
    Sensitivity: {"strength": (plot_sensitivity, lambda found, _, prob: plot_sensitivity(found))},
    DifferenceInDifferences: {
        "effect": (plot_effect, lambda found, _, prob: plot_effect(found, prob=prob)),
        "event_study": (plot_event_study, lambda found, _, prob: plot_event_study(found, prob=prob)),
    },
    WindowEffect: {"effect": (plot_effect, lambda found, _, prob: plot_effect(found, prob=prob))},
    TwoGroups: {"difference": (plot_two_groups, lambda test, _, prob: plot_two_groups(test, prob=prob))},
    Suggestion: {"arrows": (plot_suggestion, lambda found, _, prob: plot_suggestion(found))},
    TargetScores: {
        "importance": (plot_importance, lambda found, _, prob: plot_importance(found, prob=prob)),
        "calibration": (plot_calibration, lambda found, _, prob: plot_calibration(found)),
    },
}
"""Noun -> kind -> the function of its picture, and how `plot` calls it; the first kind is drawn when none is named."""
NEEDS_CHANNELS = ("roi", "contribution", "waterfall", "shares", "curves", "prior", "units")


def plot(
    noun: Fit
    | Draws
    | Model
    | Panel
    | ChannelTable
    | OverCredit
    | Comparison
    | BudgetCurve
    | Plan
    | Sensitivity
    | WindowEffect
    | TwoGroups
    | Suggestion
    | TargetScores,
    kind: str | None = None,
    *,
    node: str | None = None,
    prob: float = DEFAULT_PROB,
) -> Axes | Panels:
    """Draw a noun and return the matplotlib axes, a tuple of them where the picture has several.

    `axes.figure.savefig("roi.svg")` writes the picture; in a notebook it shows itself.

    Parameters
    ----------
    noun
        A fit; draws of at most one dim, or by channel and time; a model; a panel; a channel table; a comparison; a
        budget curve; a plan; a sensitivity; the effect that an estimator of experiments found; an A/B test; suggested
        arrows; a predicted target.
    kind
        Which picture, by the names that docs/gallery.md shows. Of a fit: "roi" (the forest plot), "contribution"
        through time, "waterfall", "shares" of spend and contribution, response "curves", "expected" against observed,
        "residuals", "predictive", "prior" against posterior, ROI by "units" of a panel, "graph". None takes the first
        that the noun has.
    node
        Of "expected", "residuals" and "predictive": the node; the outcome when None.
    prob
        Posterior probability inside intervals and bands, in (0, 1).

    Raises
    ------
    QueryError
        When the noun cannot be drawn, or not so.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), draws=200, chains=2)
    >>> br.plot(fit, "expected").get_xlabel()
    'expected given its causes'
    """
    check_prob(prob)
    kinds = next((k for cls, k in KINDS.items() if isinstance(noun, cls)), None)
    if kinds is None:
        known = ", ".join(cls.__name__ for cls in KINDS)
        raise QueryError(f"no picture can be made of {type(noun).__name__}; give one of {known}")
    name = _kind(noun, kind, kinds)
    if node is not None and name not in OF_A_NODE:
        raise QueryError(f"node= is for the kinds {', '.join(OF_A_NODE)}; {name!r} has none")
    axes = kinds[name][1](noun, node, prob).axes
    return axes[0] if len(axes) == 1 else Panels(axes)


def _kind(noun: object, kind: str | None, kinds: Mapping[str, object]) -> str:
    """Return which picture is asked for."""
    blind = isinstance(noun, Fit) and not noun.model.channels
    if kind is None:
        return "expected" if blind else next(iter(kinds))
    if kind not in kinds:
        raise QueryError(
            f"{type(noun).__name__} has no picture {kind!r}{nearest(kind, kinds)}; its kinds are {', '.join(kinds)}"
        )
    if blind and kind in NEEDS_CHANNELS:
        raise QueryError(f"the model has no channels:, so there is no {kind!r} to draw; kind='expected' needs none")
    return kind
