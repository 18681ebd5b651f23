"""The spend of a plan beside that of its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.report.plots.style import ACCENT, GRID, INK, MUTED, framed, scaled, settled, short, styled

if TYPE_CHECKING:
    from bayes_roi.decisions.optimise.plan import Plan


@styled
def plot_plan(plan: Plan) -> Figure:
    """Return the spend of each channel under a plan (blue) and in the reference, last year's spend (grey).

    Parameters
    ----------
    plan
        What `optimise` returned.
    """
    before = plan.problem.outlook.reference.sum(axis=1)
    drawing, axes = framed(1.1 + 0.5 * len(before), top=0.35, bottom=0.5)
    places = np.arange(len(before))[::-1]
    axes.barh(places + 0.19, list(plan.totals.values()), height=0.34, color=ACCENT, label="plan")
    axes.barh(places - 0.19, before, height=0.34, color=MUTED, alpha=0.6, label="reference")
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    axes.set_yticks(places, [short(c) for c in plan.totals], color=INK)
    scaled(axes.xaxis, [*plan.totals.values(), *before.tolist()], plan.model.currency or "")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2, labelcolor=MUTED)
    axes.spines["left"].set_visible(False)
    settled(axes)
    return drawing
