"""Response curves: what each channel would add at other spends, and how far that was observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayes_roi.draws import DEFAULT_PROB, WELL_SUPPORTED, Draws, Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.report.plots.style import (
    ACCENT,
    GRID,
    HATCH,
    INK,
    MUTED,
    NEVER_OBSERVED,
    UNSEEN,
    WARNING,
    scaled,
    settled,
    short,
    small_multiples,
    styled,
)
from bayes_roi.value.money.curves import response_curve


@styled
def plot_curves(fit: Fit, curves: Mapping[str, Draws] | None = None, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return the response curve of each channel: mean and credible band, the actual spend, and what was not observed.

    The line is dashed on grey where most of the way from the actual spend was never observed, as the legend says.

    Parameters
    ----------
    fit
        A fit of a model with channels.
    curves
        Channel -> `response_curve(fit, channel)`; computed when None.
    prob
        Posterior probability of the bands.
    """
    found = {c: response_curve(fit, c) for c in fit.model.channels} if curves is None else curves
    beyond = not all(_seen(curve).all() for curve in found.values())
    drawing, panels = small_multiples(len(found), 3, height=2.7 if beyond else 2.5, top=0.5 if beyond else 0.3)
    spends = np.concatenate([c.arrays.values.labels("spend") for c in found.values()])
    tops = np.concatenate([c.arrays.interval(prob)[1].array for c in found.values()])
    for axes, (channel, curve) in zip(panels, found.items(), strict=True):
        _draw(axes, fit, curve, prob)
        axes.set_title(short(channel))
        scaled(axes.xaxis, spends, fit.model.currency or "", ticks=4)
        scaled(axes.yaxis, tops, curve.unit, ticks=4)
        settled(axes)
    if beyond:
        grey, dashes = Patch(facecolor=GRID), Line2D([], [], color=ACCENT, linewidth=1.8, linestyle=UNSEEN)
        handles: list[Any] = [(grey, dashes)]  # matplotlib draws a pair one over the other
        drawing.legend(handles, [NEVER_OBSERVED], loc="upper right", fontsize=8, borderaxespad=0.2)
    return drawing


def _draw(axes: Axes, fit: Fit, curve: Draws, prob: float) -> None:
    values = curve.arrays.values
    spend, multiples = values.labels("spend"), values.labels("multiple")
    if not spend.max() > 0:
        axes.text(0.5, 0.5, "no spend in the window", ha="center", va="center", transform=axes.transAxes, color=MUTED)
        axes.set_axis_off()
        return
    mean, lower, upper = (x.array for x in (curve.centre(), *curve.arrays.interval(prob)))
    seen = _seen(curve)
    for first, last in _runs(~seen):
        left, right = _middle(spend, first - 1, first), _middle(spend, last, last + 1)
        axes.axvspan(left, right, color=GRID, alpha=0.75, linewidth=0)
    axes.fill_between(spend, lower, upper, color=ACCENT, alpha=0.18, linewidth=0)
    assumed = np.broadcast_to(curve.arrays.evidence.array == Evidence.ASSUMED, spend.shape)
    if assumed.any():
        axes.fill_between(
            spend, lower, upper, where=assumed, facecolor="none", edgecolor=WARNING, hatch=HATCH, linewidth=0
        )
    axes.plot(spend, mean, color=ACCENT, linewidth=1.8, linestyle=UNSEEN)
    axes.plot(spend, np.where(seen, mean, np.nan), color=ACCENT, linewidth=1.8)
    if not isinstance(fit.model.value, str):
        axes.plot(spend, spend / (fit.model.margin * fit.model.value), color=MUTED, linewidth=1, linestyle=":")
    actual = np.interp(1.0, multiples, spend), np.interp(1.0, multiples, mean)
    axes.plot(*actual, "o", color=INK, markersize=5)
    axes.set_xlim(0, spend.max())
    axes.set_ylim(min(0.0, float(lower.min())), 1.05 * float(upper.max()) or 1.0)


def _seen(curve: Draws) -> np.ndarray:
    """Return (points,), whether most of the way from the actual spend to a point was observed."""
    support = curve.arrays.support
    spend = curve.arrays.values.labels("spend")
    return np.ones(len(spend), bool) if support is None else np.asarray(support.array >= WELL_SUPPORTED)


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return the first and last position of each run of True."""
    steps = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    return list(zip(np.flatnonzero(steps == 1).tolist(), (np.flatnonzero(steps == -1) - 1).tolist(), strict=True))


def _middle(x: np.ndarray, before: int, after: int) -> float:
    """Return the middle between two neighbours, or the end of the axis where there is only one."""
    return float(0.5 * (x[max(before, 0)] + x[min(after, len(x) - 1)]))
