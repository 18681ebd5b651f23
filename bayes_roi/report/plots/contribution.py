"""Contribution of the channels: stacked over time above a baseline, or totals where the rows have no periods."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB, Draws
from bayes_roi.inference.fit import Fit
from bayes_roi.queries.expect import expect, scene
from bayes_roi.report.findings import PICTURE_DRAWS, thinned
from bayes_roi.report.numbers import estimates
from bayes_roi.report.plots.style import ACCENT, CHANNELS, INK, MUTED, PALE, figure, scaled, short, styled, time_axis
from bayes_roi.value.curves import contribution_over_time
from bayes_roi.value.money import Money

MOST_COLOURS = len(CHANNELS)


@styled
def plot_contribution(fit: Fit, contributions: Draws | None = None, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return the contribution of each channel.

    Parameters
    ----------
    fit
        A fit of a model with channels.
    contributions
        `contribution_over_time(fit)`, or `contribution(fit)` for exchangeable rows; computed when None.
    prob
        Posterior probability of the intervals of totals.
    """
    if fit.design.periods is None:
        return _totals(Money(fit).contribution if contributions is None else contributions, prob)
    return _over_time(fit, contribution_over_time(fit) if contributions is None else contributions)


def _over_time(fit: Fit, contributions: Draws) -> Figure:
    drawing = figure(3.7)
    axes = drawing.subplots()
    x = time_axis(axes, np.asarray(fit.design.periods))
    added = _few_layers(contributions.mean())
    expected = expected_outcome(fit)
    bottom = expected - added.sum("channel").values
    axes.fill_between(x, 0, bottom, color=PALE, linewidth=0, label="baseline: all else")
    for colour, name, layer in zip(CHANNELS, added.channel.values, added.values, strict=False):
        axes.fill_between(x, bottom, bottom + layer, color=colour, linewidth=0, label=short(str(name)))
        bottom = bottom + layer
    observed = fit.design.rows[fit.model.outcome]
    axes.plot(x, observed, color=INK, linewidth=1.1, label=f"observed {short(fit.model.outcome)}")
    scaled(axes.yaxis, [*observed, *expected], contributions.unit)
    axes.margins(x=0)
    axes.set_ylim(bottom=min(0.0, float((expected - added.sum("channel").values).min())))
    _legend(axes)
    return drawing


def expected_outcome(fit: Fit, most_draws: int = PICTURE_DRAWS) -> np.ndarray:
    """Return the posterior mean of E[Y_t | do(A)], (time,): the outcome at the actual spends, free of noise."""
    few = thinned(fit, most_draws)
    stage, target = scene(few), fit.model.outcome
    arms = [stage.held([], hold_spend=True)]
    values = expect(stage, arms, lambda v: v[0][target], frozenset({target}), seed=fit.seed)
    return np.asarray(values.mean(axis=0))


def _few_layers(added: xr.DataArray) -> xr.DataArray:
    """Return at most as many layers as there are colours, largest first, the smallest added up as one."""
    order = np.argsort(-added.sum("time").values, kind="stable")
    ranked = added.isel(channel=order)
    if len(order) <= MOST_COLOURS:
        return ranked
    kept, rest = ranked.isel(channel=slice(MOST_COLOURS - 1)), ranked.isel(channel=slice(MOST_COLOURS - 1, None))
    other = rest.sum("channel").expand_dims(channel=[f"{rest.sizes['channel']} other channels"])
    return xr.concat([kept, other], "channel")


def _legend(axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    above = axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, borderaxespad=0.2)
    for text in above.get_texts():
        text.set_color(MUTED)


def _totals(contributions: Draws, prob: float) -> Figure:
    found = estimates(contributions, prob)
    drawing = figure(0.9 + 0.45 * len(found))
    axes = drawing.subplots()
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    for height, e in enumerate(reversed(found.values())):
        axes.barh(height, e.centre, height=0.55, color=ACCENT, alpha=0.85)
        axes.plot([e.lower, e.upper], [height] * 2, color=INK, linewidth=1.6)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(np.arange(len(found)), [short(n) for n in reversed(found)], color=INK)
    scaled(axes.xaxis, [e.upper for e in found.values()], contributions.unit)
    return drawing
