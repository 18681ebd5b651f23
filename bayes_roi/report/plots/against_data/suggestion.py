"""Arrows that a table suggests: as thick as they are frequent, dashed where their direction is open."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bayes_roi.checks.suggest.suggestion import Suggestion
from bayes_roi.graph import Dag
from bayes_roi.report.plots.graph import Kind, draw_arrow, draw_node, lay_out
from bayes_roi.report.plots.style import ACCENT, MUTED, WARNING, DrawnAxes, figure, styled
from bayes_roi.report.rounding import MINUS

LEGEND, THINNEST, THICKEST = 0.55, 0.8, 2.8
"""Inches below the graph; points of an arrow that half of the resamples have, and of one that all have."""


@styled
def plot_suggestion(found: Suggestion) -> Figure:
    """Return the arrows found in at least half of the resamples, as thick as they are frequent: a hypothesis.

    Pairs that are joined and whose direction is open have dashed lines without a head; so have arrows by which more
    frequent ones would close a cycle, in brown. An arrow with two heads was found as often either way. On an arrow that
    acts later stand its lags in periods.

    Parameters
    ----------
    found
        What `suggest_edges` returned.
    """
    kept, closing = found.acyclic()
    arrows, joined = found.arrows(), found.undirected()
    graph = _with(found, kept)
    for one, other in (*joined, *((b, a) for a, b in closing)):
        graph = _with(found, [*_edges(graph), (other, one) if one in graph.descendants([other]) else (one, other)])
    layout = lay_out(graph)
    drawing = figure(layout.size[1] + LEGEND, layout.size[0])
    axes = drawing.add_axes((0, 0, 1, 1), axes_class=DrawnAxes)
    axes.set_xlim(0, layout.size[0])
    axes.set_ylim(-LEGEND, layout.size[1])
    axes.set_axis_off()
    for ends, points in layout.edges.items():
        if ends in arrows and ends in kept:
            width = THINNEST + (THICKEST - THINNEST) * (2 * arrows[ends] - 1)
            style = "<|-|>" if ends[::-1] in closing else "-|>"
            at = draw_arrow(axes, layout, ends, points, color=ACCENT, linewidth=width, arrowstyle=style)
            _lags(axes, at, found.lags(*ends))
        else:
            color = MUTED if ends in joined or ends[::-1] in joined else WARNING
            draw_arrow(axes, layout, ends, points, color=color, linewidth=1.1, linestyle=(0, (4, 3)), arrowstyle="-")
    for node in found.names:
        kind: Kind = "spend" if node in found.spends else "outcome" if node == found.outcome else "other"
        draw_node(axes, layout, node, kind)
    _legend(axes, found, any(ends[::-1] not in kept for ends in closing))
    return drawing


def _with(found: Suggestion, edges: list[tuple[str, str]]) -> Dag:
    return Dag({n: tuple(dict.fromkeys(c for c, e in edges if e == n)) for n in found.names})


def _edges(graph: Dag) -> list[tuple[str, str]]:
    return [(c, e) for e, causes in graph.parents.items() for c in causes]


def _lags(axes: Axes, at: tuple[float, float], lags: tuple[int, ...]) -> None:
    """Write the lags of an arrow on it, where they are not the same period alone."""
    if lags != (0,):
        text = ", ".join("t" if k == 0 else f"t{MINUS}{k}" for k in lags)
        around = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"}
        axes.text(*at, text, ha="center", va="center", fontsize=7, color=ACCENT, bbox=around)


def _legend(axes: Axes, found: Suggestion, closing: bool) -> None:
    """Say what lines mean, and that none of them is a cause yet."""
    lines = [
        (Line2D([], [], color=ACCENT, linewidth=THICKEST), "in all resamples"),
        (Line2D([], [], color=ACCENT, linewidth=THINNEST), "in half"),
        (Line2D([], [], color=MUTED, linewidth=1.1, linestyle=(0, (4, 3))), "direction open"),
    ]
    if closing:
        lines.append((Line2D([], [], color=WARNING, linewidth=1.1, linestyle=(0, (4, 3))), "leads back"))
    handles, labels = zip(*lines, strict=True)
    axes.legend(
        handles,
        labels,
        loc="lower left",
        ncols=4,
        fontsize=8,
        title=f"hypothesis, not fitted: arrows found in {found.resamples} resamples of {found.rows_used} rows",
        title_fontsize=8,
        alignment="left",
    )
