"""The outcome as a sum: what it would have been without advertising, and what each channel added."""

from __future__ import annotations

import itertools

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.report.plots.contribution import contributed, expected_outcome
from bayes_roi.report.plots.style import (
    CHANNELS,
    GRID,
    HATCH,
    INK,
    PALE,
    framed,
    scaled,
    settled,
    short,
    styled,
)
from bayes_roi.report.rounding import Estimate, estimates, interval_name


@styled
def plot_waterfall(fit: Fit, contributions: Draws | None = None, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return the expected outcome of all rows as a waterfall: the baseline, then what each channel added in them.

    Contributions are those inside the rows, each channel against none of it; where channels strengthen or weaken one
    another, what their contributions lack of the whole is in the baseline. What is only assumed is hatched.

    Parameters
    ----------
    fit
        A fit of a model with channels.
    contributions
        `contribution_over_time(fit)`, or `contribution(fit)` for exchangeable rows; computed when None.
    prob
        Posterior probability of the intervals of the contributions.
    """
    timed = fit.design.periods is not None
    found = contributed(fit) if contributions is None else contributions
    total = found.sum("time") if timed else found
    added = estimates(total, prob)
    whole = float(expected_outcome(fit).sum())
    base = whole - sum(e.centre for e in added.values())
    drawing, axes = framed(1.1 + 0.36 * (len(added) + 2), bottom=0.5)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    names = ["baseline: all else", *added, f"expected {fit.model.outcome}"]
    bars = [(0.0, base, PALE, False), *_steps(added, base, total), (0.0, whole, INK, False)]
    for height, (left, width, colour, assumed) in enumerate(reversed(bars)):
        edge = "white" if assumed else colour
        axes.barh(height, width, left=left, height=0.6, color=colour, edgecolor=edge, hatch=HATCH if assumed else None)
    for height, (e, (left, _, _, _)) in enumerate(zip(reversed(added.values()), reversed(bars[1:-1]), strict=True), 1):
        axes.plot([left + e.lower, left + e.upper], [height] * 2, color=INK, linewidth=1.4)
    axes.set_yticks(np.arange(len(names)), [short(n) for n in reversed(names)], color=INK)
    scaled(axes.xaxis, [whole], found.unit)
    axes.set_xlabel(f"{axes.get_xlabel()}; lines: {interval_name(prob)}")
    axes.spines["left"].set_visible(False)
    settled(axes)
    return drawing


def _steps(added: dict[str, Estimate], base: float, total: Draws) -> list[tuple[float, float, str, bool]]:
    """Return for each channel where its bar begins, how long it is, its colour, and whether it is only assumed."""
    begins = base + np.concatenate([[0.0], np.cumsum([e.centre for e in added.values()])[:-1]])
    kinds = np.broadcast_to(total.arrays.evidence.array, len(added)).tolist()
    return [
        (float(left), e.centre, colour, kind == Evidence.ASSUMED)
        for left, e, colour, kind in zip(begins, added.values(), itertools.cycle(CHANNELS), kinds, strict=False)
    ]
