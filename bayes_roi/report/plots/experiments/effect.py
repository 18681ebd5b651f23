"""The effect of what was done in a window: observed against counterfactual, and by periods since it began."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB, Evidence
from bayes_roi.experiments.did.difference_in_differences import DifferenceInDifferences
from bayes_roi.experiments.effect import WindowEffect
from bayes_roi.report.plots.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    WARNING,
    framed,
    scaled,
    settled,
    short,
    small_multiples,
    styled,
    time_axis,
)
from bayes_roi.report.rounding import interval_name

SHADE = 0.18
MOST_TICKS = 8


@styled
def plot_effect(found: WindowEffect, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return the treated as observed against what would have been without treatment, and the gap of the two below.

    Means over the treated units, with bands; the window is shaded. Before it the gap shows how well the counterfactual
    follows what was observed.

    Parameters
    ----------
    found
        What an estimator of experiments returned.
    prob
        Posterior probability inside the bands.
    """
    drawing, (above, below) = small_multiples(2, 1, height=2.3, top=0.4, bottom=0.35)
    tail = (1 - prob) / 2
    gap = found.gap.mean(axis=0)
    low, high = np.quantile(found.gap, [tail, 1 - tail], axis=0)
    x = np.array([])
    for axes in (above, below):
        x = _times(axes, found.times)
        inside = x[found.treated_units > 0]
        axes.axvspan(inside[0], inside[-1], color=GRID, linewidth=0, zorder=0)
        axes.margins(x=0)
    colour = colour_of(found)
    above.fill_between(x, found.observed - high, found.observed - low, color=colour, alpha=SHADE, linewidth=0)
    above.plot(x, found.observed - gap, color=colour, linewidth=1.6, label="without treatment")
    above.plot(x, found.observed, color=INK, linewidth=1.1, label="observed")
    scaled(above.yaxis, [*found.observed, *(found.observed - gap)], found.outcome)
    above.set_title(f"{found.method}: {short(', '.join(found.units), 48)}")
    above.legend(loc="best", fontsize=8)
    below.fill_between(x, low, high, color=colour, alpha=SHADE, linewidth=0)
    below.plot(x, gap, color=colour, linewidth=1.6)
    below.axhline(0, color=MUTED, linewidth=1, linestyle=":")
    scaled(below.yaxis, [*low, *high], found.outcome)
    below.set_title(f"observed less counterfactual, {interval_name(prob)}")
    for axes in (above, below):
        settled(axes)
    return drawing


@styled
def plot_event_study(found: DifferenceInDifferences, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return the effect on a unit by periods since its treatment began; those before are placebos, and should be zero.

    Parameters
    ----------
    found
        What `difference_in_differences` returned.
    prob
        Posterior probability inside the intervals.
    """
    study = found.event_study
    since = study.arrays.values.labels("since")
    low, high = (end.array for end in study.arrays.interval(prob))
    drawing, axes = framed(2.8, top=0.4, bottom=0.5)
    axes.axvspan(-0.5, since[-1] + 0.5, color=GRID, linewidth=0, zorder=0)
    axes.axhline(0, color=MUTED, linewidth=1, linestyle=":")
    axes.vlines(since, low, high, color=colour_of(found), linewidth=1.6)
    axes.plot(since, study.arrays.mean().array, "o", color=colour_of(found), markersize=4)
    scaled(axes.yaxis, [*low, *high], found.outcome)
    axes.set_xlim(since[0] - 0.5, since[-1] + 0.5)
    axes.set_xlabel("periods since treatment began")
    axes.set_title(f"effect on a unit, {interval_name(prob)}")
    settled(axes)
    return drawing


def colour_of(found: WindowEffect) -> str:
    """Return the colour of what is only assumed, or of what a randomised test found."""
    return WARNING if found.estimate.arrays.evidence.array.max() < Evidence.IDENTIFIED else ACCENT


def _times(axes: Axes, times: np.ndarray) -> np.ndarray:
    """Return periods as numbers, with ticks."""
    if times.dtype.kind in "iuf":
        return times.astype(float)
    if times.dtype.kind == "M":
        return np.asarray(time_axis(axes, times), float)
    x = np.arange(len(times), dtype=float)
    step = -(-len(times) // MOST_TICKS)
    axes.set_xticks(x[::step], [short(str(t), 10) for t in times[::step]])
    return x
