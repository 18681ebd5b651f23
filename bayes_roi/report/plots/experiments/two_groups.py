"""An A/B test: the posterior of the difference, and the intervals of the textbook beside it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_roi.draws import DEFAULT_PROB
from bayes_roi.experiments.ab.groups import TwoGroups
from bayes_roi.experiments.as_draws import flat
from bayes_roi.numbers import level
from bayes_roi.report.plots.style import ACCENT, GRID, INK, MUTED, WARNING, framed, scaled, settled, styled
from bayes_roi.report.rounding import interval_name

MARKER = 5


@styled
def plot_two_groups(test: TwoGroups, *, prob: float = DEFAULT_PROB) -> Figure:
    """Return the credible interval of the difference of two groups, with the textbook's confidence intervals below.

    Parameters
    ----------
    test
        What `ab_rates` or `ab_revenue` returned.
    prob
        Posterior probability inside the credible interval; the others have the rate they were asked for.
    """
    values = flat(test.difference)
    tail = (1 - prob) / 2
    low, mid, high = np.quantile(values, [tail, 0.5, 1 - tail])
    colour = ACCENT if test.randomised else WARNING
    rows = [(f"posterior, {interval_name(prob)}", mid, low, high, colour)]
    rows += [(f"{i.name}, {level(i.prob)} confidence", i.estimate, i.lower, i.upper, INK) for i in test.textbook]
    drawing, axes = framed(1.0 + 0.35 * len(rows), top=0.35, bottom=0.5)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    axes.axvline(0, color=MUTED, linewidth=1, linestyle=":")
    for at, (_, middle, lower, upper, shade) in enumerate(rows):
        axes.hlines(-at, lower, upper, color=shade, linewidth=2)
        axes.plot(middle, -at, "o", color=shade, markersize=MARKER)
    axes.set_yticks([-at for at in range(len(rows))], [name for name, *_ in rows])
    axes.set_ylim(0.6 - len(rows), 0.6)
    scaled(axes.xaxis, [x for row in rows for x in row[2:4]], f"{test.outcome} per user")
    axes.set_title("treated less control")
    settled(axes)
    return drawing
