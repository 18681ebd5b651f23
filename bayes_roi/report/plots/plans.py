"""The spend of a plan, and plans side by side: what each spends, and what it gains over the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayes_roi.decisions.horizon.plan_support import plan_support
from bayes_roi.draws import DEFAULT_PROB, WELL_SUPPORTED, Draws, Evidence
from bayes_roi.report.plots.style import (
    ACCENT,
    CHANNELS,
    GRID,
    HATCH,
    INK,
    MUTED,
    NEVER_OBSERVED,
    UNSEEN,
    WARNING,
    framed,
    hatched,
    scaled,
    settled,
    short,
    small_multiples,
    styled,
)
from bayes_roi.report.rounding import estimates, interval_name

if TYPE_CHECKING:
    from bayes_roi.decisions.optimise.plan import Plan
    from bayes_roi.decisions.scenarios.comparison import Comparison

ROW = 0.42
"""Inches of a plan."""
NOT_DRAWN = 0.01
"""Share of the largest total below which what lies beyond the observed cannot be seen."""


@styled
def plot_plans(plans: Comparison, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return the spend of each plan by channel, and beside it the interval of its gain in profit over the first.

    Parameters
    ----------
    plans
        What `compare` returned. The first plan gains nothing over itself; of a single plan its incremental profit is
        shown. Gains that are only assumed are drawn hollow. The spend of a channel is hatched, and a gain dashed, where
        most of the way from last year's spend was never observed.
    prob
        Posterior probability inside the thin lines.
    """
    names = list(plans.names)
    drawing, (left, right) = small_multiples(2, 2, height=1.25 + ROW * len(names), top=0.65, bottom=0.5)
    places = np.arange(len(names))[::-1]
    _spends(left, plans, places)
    gain = plans.against(names[0]) if len(names) > 1 else plans.profit
    _intervals(right, gain, places, prob)
    scaled(right.xaxis, [0.0, *np.ravel([end.array for end in gain.arrays.interval(prob)])], plans.unit, ticks=4)
    what = f"gain in profit over {short(names[0], 20)}" if len(names) > 1 else "incremental profit"
    right.set_title(what, loc="left")
    right.set_xlabel(f"{right.get_xlabel()}; line: {interval_name(prob)}")
    left.set_yticks(places, [short(n, 18) for n in names], color=INK)
    right.set_yticks(places, [""] * len(names))
    for axes in (left, right):
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_color(GRID)
    settled(left)
    if (plans.support.array < WELL_SUPPORTED).any() or not _seen(gain, len(names)).all():
        _beyond(right)
    return drawing


def _spends(axes: Axes, plans: Comparison, places: np.ndarray) -> None:
    """Draw a bar for each plan, a piece of it for each channel."""
    spend = plans.spend
    begins = np.zeros(len(places))
    for i, channel in enumerate(spend.labels("channel").tolist()):
        amounts = spend.array[:, i]
        colour = CHANNELS[i % len(CHANNELS)]
        bars = axes.barh(places, amounts, left=begins, height=0.6, color=colour, label=short(channel, 14))
        for bar, share in zip(bars, plans.support.array[:, i], strict=True):
            if share < WELL_SUPPORTED:
                bar.set(hatch=HATCH, edgecolor="white", linewidth=0)
        begins = begins + amounts
    scaled(axes.xaxis, begins, plans.unit, ticks=4)
    axes.set_title("spend", loc="left", y=1.0, pad=18)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, fontsize=7.5, borderaxespad=0, handlelength=1)


def _beyond(axes: Axes) -> None:
    """Say above the intervals what hatches and dashes mean."""
    hatch = Patch(facecolor=MUTED, hatch=HATCH, edgecolor="white", linewidth=0)
    dashes = Line2D([], [], color=ACCENT, linewidth=1.6, linestyle=UNSEEN)
    axes.set_title(axes.get_title(loc="left"), loc="left", y=1.0, pad=18)
    axes.legend(
        [hatch, dashes],
        ["", NEVER_OBSERVED],
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=2,
        fontsize=7.5,
        borderaxespad=0,
        columnspacing=0.2,
    )


def _intervals(axes: Axes, draws: Draws, places: np.ndarray, prob: float) -> None:
    """Draw a point at the mean, a thick line for half of the draws and a thin one for `prob`."""
    outer, inner = estimates(draws, prob, "scenario"), estimates(draws, 0.5, "scenario")
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=1.2)
    seen = _seen(draws, len(places))
    rows = zip(places, outer, draws.arrays.evidence.array.tolist(), seen, strict=True)
    for place, name, evidence, observed in rows:
        colour = WARNING if evidence == Evidence.ASSUMED else ACCENT
        for e, thickness in ((outer[name], 1.6), (inner[name], 5.0)):
            axes.hlines(
                place, e.lower, e.upper, color=colour, linewidth=thickness, linestyle="solid" if observed else UNSEEN
            )
        if evidence == Evidence.ASSUMED:
            hatched(axes, place, outer[name].lower, outer[name].upper)
        face = "white" if evidence == Evidence.ASSUMED else colour
        axes.plot(outer[name].centre, place, "o", color=colour, markerfacecolor=face, markersize=7)


def _seen(draws: Draws, plans: int) -> np.ndarray:
    """Return (plans,), whether most of the way from last year's spend was observed."""
    support = draws.arrays.support
    return np.ones(plans, bool) if support is None else np.asarray(support.array >= WELL_SUPPORTED)


@styled
def plot_plan(plan: Plan) -> Figure:
    """Return the spend of each channel under a plan (blue) and in the reference, last year's spend (grey).

    Of a channel whose way from the reference leaves what was observed the part beyond is hatched.

    Parameters
    ----------
    plan
        What `optimise` returned.
    """
    ahead = plan.outlook
    before, inside = ahead.reference.sum(axis=1), plan_support(ahead, ahead.reference, plan.money.array)
    drawing, axes = framed(1.1 + 0.5 * len(before), top=0.35, bottom=0.5)
    places = np.arange(len(before))[::-1]
    axes.barh(places + 0.19, list(plan.totals.values()), height=0.34, color=ACCENT, label="plan")
    _hatch_beyond(axes, places + 0.19, before, np.array(list(plan.totals.values())), inside)
    axes.barh(places - 0.19, before, height=0.34, color=MUTED, alpha=0.6, label="reference")
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    axes.set_yticks(places, [short(c) for c in plan.totals], color=INK)
    scaled(axes.xaxis, [*plan.totals.values(), *before.tolist()], plan.model.currency or "")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.2, labelcolor=MUTED)
    axes.spines["left"].set_visible(False)
    settled(axes)
    return drawing


def _hatch_beyond(axes: Axes, places: np.ndarray, before: np.ndarray, after: np.ndarray, inside: np.ndarray) -> None:
    """Hatch the part of each way from one total to another that was not observed."""
    ends = before + inside * (after - before)
    beyond = np.abs(after - ends) > NOT_DRAWN * np.maximum(np.abs(before).max(), np.abs(after).max())
    if beyond.any():
        left, width = np.minimum(ends, after)[beyond], np.abs(after - ends)[beyond]
        bars = axes.barh(places[beyond], width, left=left, height=0.34, facecolor="none", linewidth=0)
        for bar, rises in zip(bars, (after > ends)[beyond], strict=True):
            bar.set(hatch=HATCH, edgecolor="white" if rises else ACCENT)
        axes.bar([0], [0], facecolor=ACCENT, hatch=HATCH, edgecolor="white", linewidth=0, label=NEVER_OBSERVED)
