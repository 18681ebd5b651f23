"""A predicted target: how much each feature says, and whether stated probabilities came true. Neither is an effect."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB
from bayes_roi.prediction.targets.target_scores import TargetScores
from bayes_roi.report.plots.style import GRID, INK, MUTED, framed, settled, short, styled
from bayes_roi.report.rounding import interval_name

GREY = MUTED
"""The colour of what is predictive: neither that of what a model found nor that of what is assumed."""


@styled
def plot_importance(found: TargetScores, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return how much each feature says of the target: the R2 lost where it is put in random order. It is no effect.

    Of the best learner, on rows that were held out; the largest comes first.

    Parameters
    ----------
    found
        What `predict_target` returned.
    prob
        Posterior probability inside the lines, over the rows held out.
    """
    draws = found.importance()
    middle, (lower, upper) = draws.arrays.median().array, (end.array for end in draws.arrays.interval(prob))
    order = np.argsort(middle)
    drawing, axes = framed(1.0 + 0.3 * len(order), top=0.35, bottom=0.5)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=1.2)
    for height, i in enumerate(order):
        axes.hlines(height, lower[i], upper[i], color=GREY, linewidth=2)
        axes.plot(middle[i], height, "s", color=GREY, markersize=5)
    axes.set_yticks(np.arange(len(order)), [short(found.features[i]) for i in order], color=INK)
    axes.set_xlabel(f"R2 lost in random order, {found.best}; lines: {interval_name(prob)}")
    axes.spines["left"].set_visible(False)
    axes.set_title(f"{short(found.target)}: predictive importance, no effect", loc="left")
    settled(axes)
    return drawing


@styled
def plot_calibration(found: TargetScores) -> Figure:
    """Return how often a binary target was one, by the probability that the best learner gave it.

    On the diagonal probabilities come true; lines are 90 % intervals of the shares, each dot has rows of a tenth.

    Parameters
    ----------
    found
        What `predict_target` returned of zeros and ones.

    Raises
    ------
    QueryError
        When the target is a number.
    """
    bins = found.calibration()
    drawing, axes = framed(3.2, top=0.35, bottom=0.5)
    axes.grid(color=GRID)
    axes.set_axisbelow(True)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":")
    for row in bins:
        axes.vlines(row["said"], row["lower"], row["upper"], color=GREY, linewidth=2)
        axes.plot(row["said"], row["came"], "s", color=GREY, markersize=5)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel(f"P({short(found.target)} = 1) by {found.best}")
    axes.set_ylabel("share of ones")
    axes.set_title(f"{short(found.target)}: calibration, predictive", loc="left")
    settled(axes)
    return drawing
