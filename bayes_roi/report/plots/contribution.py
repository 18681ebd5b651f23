"""Contribution of the channels: stacked over time above a baseline, or totals where the rows have no periods."""

from __future__ import annotations

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence
from bayes_roi.inference.fit import Fit, thinned
from bayes_roi.model.rows.by_row import calendar, summed
from bayes_roi.queries.expect import expect, scene
from bayes_roi.report.findings import PICTURE_DRAWS
from bayes_roi.report.plots.style import (
    ACCENT,
    CHANNELS,
    HATCH,
    INK,
    MARGIN,
    MUTED,
    PALE,
    framed,
    scaled,
    settled,
    short,
    styled,
    time_axis,
)
from bayes_roi.report.rounding import estimates
from bayes_roi.value.money.curves import contribution_over_time
from bayes_roi.value.money.money import Money

MOST_COLOURS = len(CHANNELS)
IN_A_ROW, LEGEND_ROW = 4, 0.2
"""Entries of the legend in a row, and inches of a row."""


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
    added = contributed(fit) if contributions is None else contributions
    return _totals(added, prob) if fit.design.periods is None else _over_time(fit, added)


def contributed(fit: Fit) -> Draws:
    """Return what each channel added, by period where there are any."""
    return Money(fit).contribution if fit.design.periods is None else contribution_over_time(fit)


def _over_time(fit: Fit, contributions: Draws) -> Figure:
    layers = _layers(contributions)
    drawing, axes = framed(3.7, top=MARGIN + LEGEND_ROW * -(-(len(layers) + 2) // IN_A_ROW))
    labels, at = calendar(fit.design)
    x = time_axis(axes, labels)
    expected = expected_outcome(fit)
    baseline = expected - np.sum([layer for _, layer in layers], axis=0)
    axes.fill_between(x, 0, baseline, color=PALE, linewidth=0, label="baseline: all else")
    bottom, kinds = baseline, _kinds(contributions)
    colours = dict(zip(fit.model.channels, itertools.cycle(CHANNELS), strict=False))
    for name, layer in layers:
        colour, hatch = colours.get(name, MUTED), HATCH if kinds.get(name) == Evidence.ASSUMED else None
        axes.fill_between(
            x, bottom, bottom + layer, facecolor=colour, edgecolor="white", hatch=hatch, linewidth=0, label=short(name)
        )
        bottom = bottom + layer
    observed = summed(fit.design.rows[fit.model.outcome], at, len(labels))
    axes.plot(x, observed, color=INK, linewidth=1.1, label=f"observed {short(fit.model.outcome)}")
    scaled(axes.yaxis, [*observed, *expected], contributions.unit)
    axes.margins(x=0)
    axes.set_ylim(bottom=min(0.0, float(baseline.min())))
    _legend(axes)
    settled(axes)
    return drawing


def expected_outcome(fit: Fit, most_draws: int = PICTURE_DRAWS) -> np.ndarray:
    """Return the posterior mean of E[Y_t | do(A)], (time,): the outcome at the actual spends, free of noise.

    In a panel the units are added up.
    """
    few = thinned(fit, most_draws)
    stage, target = scene(few), fit.model.outcome
    arms = [stage.held([], hold_spend=True)]
    labels, at = calendar(fit.design)
    values = expect(stage, arms, lambda v: summed(v[0][target], at, len(labels)), frozenset({target}), seed=fit.seed)
    return np.asarray(values.mean(axis=0))


def _layers(contributions: Draws) -> list[tuple[str, np.ndarray]]:
    """Return name and mean (time,) of at most as many layers as there are colours, the largest first.

    The smallest are added up as one.
    """
    added = contributions.centre().first("channel", "time")
    ranked = sorted(zip(added.labels("channel").tolist(), added.array, strict=True), key=lambda layer: -layer[1].sum())
    if len(ranked) <= MOST_COLOURS:
        return ranked
    kept, rest = ranked[: MOST_COLOURS - 1], ranked[MOST_COLOURS - 1 :]
    return [*kept, (f"{len(rest)} other channels", np.sum([layer for _, layer in rest], axis=0))]


def _kinds(contributions: Draws) -> dict[str, int]:
    """Return channel -> its evidence."""
    names = contributions.arrays.values.labels("channel").tolist()
    return dict(zip(names, np.broadcast_to(contributions.arrays.evidence.array, len(names)).tolist(), strict=True))


def _legend(axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    above = axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=IN_A_ROW, borderaxespad=0.2)
    for text in above.get_texts():
        text.set_color(MUTED)


def _totals(contributions: Draws, prob: float) -> Figure:
    found = estimates(contributions, prob)
    drawing, axes = framed(0.9 + 0.45 * len(found), bottom=0.5)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    known = np.broadcast_to(contributions.arrays.evidence.array, len(found))
    for height, (e, kind) in enumerate(zip(reversed(found.values()), known[::-1].tolist(), strict=True)):
        assumed = kind == Evidence.ASSUMED
        axes.barh(height, e.centre, height=0.55, color=ACCENT, alpha=0.85, hatch=HATCH if assumed else None)
        axes.plot([e.lower, e.upper], [height] * 2, color=INK, linewidth=1.6)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(np.arange(len(found)), [short(n) for n in reversed(found)], color=INK)
    scaled(axes.xaxis, [e.upper for e in found.values()], contributions.unit)
    settled(axes)
    return drawing
