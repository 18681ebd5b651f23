"""The causal graph, drawn in layers: causes on the left, the outcome on the right.

Sugiyama's method in small: the layer of a node is its causal depth, an edge over several layers bends through a place
kept free in each of them, and a few sweeps of barycentres keep crossings low.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from bayes_roi.graph import Dag
from bayes_roi.model.language.model import Model
from bayes_roi.report.plots.style import ACCENT, INK, MUTED, PALE, WARNING, WIDTH, DrawnAxes, figure, short, styled

ROW, BOX_HEIGHT, LETTER, PADDING = 0.46, 0.28, 0.077, 0.22  # inches
MARGIN = 0.12  # inches
SWEEPS = 8

Kind = Literal["spend", "outcome", "other"]
LOOKS: Mapping[Kind, tuple[str, str, str]] = {
    "spend": ("#dbe8f4", ACCENT, INK),
    "outcome": (INK, INK, "white"),
    "other": ("white", PALE, INK),
}
"""Face, edge and text of a node."""
Place = tuple[str, int]
"""A node in its own layer, or the place in a layer where an edge from it passes."""


@dataclass(frozen=True)
class Placement:
    """Where nodes stand: `at` and `width` in inches, and the points that each edge runs through."""

    at: Mapping[str, tuple[float, float]]
    width: Mapping[str, float]
    edges: Mapping[tuple[str, str], Sequence[tuple[float, float]]]
    size: tuple[float, float]


@styled
def plot_graph(model: Model, open_path: Sequence[str] = ()) -> Figure:
    """Return the graph of a model: spend light blue, the outcome in ink, what is not observed in dashed lines.

    Of a path that leaves an effect unidentified (`Identification.open_path`) the arrows stand out, also those through
    what is computed or not observed, which the path itself leaves out.
    """
    through = frozenset(model.unobserved) | frozenset(model.identity)
    stands_out, joined = arrows_of(open_path, model.graph, through), pairs_of(open_path)
    layout = lay_out(model.graph)
    drawing = figure(layout.size[1], layout.size[0])
    axes = drawing.add_axes((0, 0, 1, 1), axes_class=DrawnAxes)
    axes.set_xlim(0, layout.size[0])
    axes.set_ylim(0, layout.size[1])
    axes.set_axis_off()
    for (cause, effect), points in layout.edges.items():
        color, width = (WARNING, 1.6) if (cause, effect) in stands_out else (MUTED, 1.0)
        draw_arrow(axes, layout, (cause, effect), points, color=color, linewidth=width)
    for pair in sorted(sorted(p) for p in model.graph.confounded):
        _common_cause(axes, *(layout.at[n] for n in pair), linewidth=2.2 if frozenset(pair) in joined else 1.2)
    for node in model.nodes:
        kind: Kind = "spend" if node in model.spends else "outcome" if node == model.outcome else "other"
        draw_node(axes, layout, node, kind, unobserved=node in model.unobserved)
    return drawing


def lay_out(graph: Dag) -> Placement:
    """Return where to draw each node of a graph and each edge."""
    depth: dict[str, int] = {}
    for node in graph.order:
        depth[node] = 1 + max((depth[p] for p in graph.parents[node]), default=-1)
    for node in graph.order:  # a cause without causes stands just before the first thing it causes
        if not graph.parents[node] and graph.children[node]:
            depth[node] = min(depth[c] for c in graph.children[node]) - 1
    layers = _ordered_layers(graph, depth)
    widths = {n: LETTER * len(short(n)) + PADDING for n in graph.order}
    columns = [max((widths[n] for n, d in layer if depth[n] == d), default=0.0) for layer in layers]
    rows = max(map(len, layers))
    gap = min(max((WIDTH - 2 * MARGIN - sum(columns)) / max(len(layers) - 1, 1), 0.5), 2.4)
    used = sum(columns) + gap * (len(layers) - 1) + 2 * MARGIN
    height = 0.3 + ROW * (rows + 0.6 * bool(graph.confounded))
    at: dict[Place, tuple[float, float]] = {}
    left = MARGIN + max(WIDTH - used, 0.0) / 2
    for column, layer in zip(columns, layers, strict=True):
        for i, place in enumerate(layer):
            at[place] = (left + column / 2, height / 2 + ROW * (rows / max(len(layer), 1)) * ((len(layer) - 1) / 2 - i))
        left += column + gap
    edges = {
        (cause, effect): [at[cause, d] for d in range(depth[cause], depth[effect])] + [at[effect, depth[effect]]]
        for effect in graph.order
        for cause in graph.parents[effect]
    }
    return Placement({n: at[n, depth[n]] for n in graph.order}, widths, edges, (max(used, WIDTH), height))


def _ordered_layers(graph: Dag, depth: Mapping[str, int]) -> list[list[Place]]:
    """Return the places of each layer from top to bottom, ordered so that few edges cross."""
    layers: list[list[Place]] = [[] for _ in range(max(depth.values()) + 1)]
    before: dict[Place, list[Place]] = {}
    for node in graph.order:
        deepest = max((depth[c] for c in graph.children[node]), default=depth[node])
        for d in range(depth[node], max(deepest, depth[node] + 1)):
            layers[d].append((node, d))
            before[node, d] = [(node, d - 1)] if d > depth[node] else [(p, d - 1) for p in graph.parents[node]]
    after: dict[Place, list[Place]] = {place: [] for place in before}
    for place, sources in before.items():
        for source in sources:
            after[source].append(place)
    for sweep in range(SWEEPS):
        neighbours = after if sweep % 2 else before
        for layer in reversed(layers) if sweep % 2 else layers:
            where = {p: i / max(len(other) - 1, 1) for other in layers for i, p in enumerate(other)}
            layer.sort(key=lambda p: float(np.mean([where[n] for n in neighbours[p]])) if neighbours[p] else where[p])
    return layers


def arrows_of(path: Sequence[str], graph: Dag, through: Collection[str] = ()) -> frozenset[tuple[str, str]]:
    """Return the arrows of a path of nodes and marks, from cause to effect; some nodes are gone through unsaid.

    >>> graph = Dag({"intent": (), "spend": ("intent",), "visits": ("intent",), "sales": ("visits", "spend")})
    >>> sorted(arrows_of(("spend", "<-", "intent", "->", "sales"), graph, through=["visits"]))
    [('intent', 'spend'), ('intent', 'visits'), ('visits', 'sales')]
    """
    steps = zip(path[::2], path[1::2], path[2::2], strict=False)
    ends = [(a, b) if mark == "->" else (b, a) for a, mark, b in steps if mark != "<->"]
    return frozenset(arrow for cause, effect in ends for arrow in _ways(graph, cause, effect, through))


def _ways(graph: Dag, cause: str, effect: str, through: Collection[str]) -> list[tuple[str, str]]:
    """Return the arrow from cause to effect, and those of all ways through some nodes."""
    found = [(cause, effect)] if cause in graph.parents[effect] else []
    for node in (p for p in graph.parents[effect] if p in through and p != cause):
        found += [*before, (node, effect)] if (before := _ways(graph, cause, node, through)) else []
    return found


def pairs_of(path: Sequence[str]) -> frozenset[frozenset[str]]:
    """Return the pairs of a path that share an unobserved cause without a name.

    >>> [sorted(pair) for pair in pairs_of(("spend", "<->", "sales"))]
    [['sales', 'spend']]
    """
    return frozenset(
        frozenset((a, b)) for a, mark, b in zip(path[::2], path[1::2], path[2::2], strict=False) if mark == "<->"
    )


def _beside_boxes(layout: Placement, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points of an arrow, level beside all boxes of the columns that it passes."""
    first, *between, last = points
    half = [max(w / 2 for n, w in layout.width.items() if abs(layout.at[n][0] - x) < 1e-9) for x, _ in between]
    passed = [(x + way * side, y) for (x, y), side in zip(between, half, strict=True) for way in (-1, 1)]
    return [first, *passed, last]


def draw_arrow(
    axes: Axes, layout: Placement, ends: tuple[str, str], points: Sequence[tuple[float, float]], **look: Any
) -> tuple[float, float]:
    """Draw an arrow as one smooth curve, level where it leaves, passes and arrives, in a look of matplotlib's.

    Returns a point near its head, four fifths along the last stretch, where a label can stand.
    """
    from_side, to_side = (layout.width[n] / 2 for n in ends)
    points = _beside_boxes(layout, points)
    knots = [(points[0][0] + from_side, points[0][1]), *points[1:-1], (points[-1][0] - to_side - 0.02, points[-1][1])]
    vertices, codes = [knots[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in itertools.pairwise(knots):
        middle = 0.5 * (x0 + x1)
        vertices += [(middle, y0), (middle, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 9, "fill": False} | look
    axes.add_patch(FancyArrowPatch(path=Path(vertices, codes), **style))
    before, at = 0.2, 0.8  # along the cubic of Bezier whose inner points stand in the middle
    (x0, y0), (x1, y1) = knots[-2:]
    x = before**3 * x0 + 3 * before * at * 0.5 * (x0 + x1) + at**3 * x1
    return x, (before**3 + 3 * before**2 * at) * y0 + (3 * before * at**2 + at**3) * y1


def _common_cause(axes: Axes, a: tuple[float, float], b: tuple[float, float], *, linewidth: float) -> None:
    axes.add_patch(
        FancyArrowPatch(
            a,
            b,
            connectionstyle="arc3,rad=-0.35",
            arrowstyle="<|-|>",
            mutation_scale=9,
            shrinkA=14,
            shrinkB=14,
            color=WARNING,
            linewidth=linewidth,
            linestyle=(0, (4, 3)),
        )
    )


def draw_node(axes: Axes, layout: Placement, node: str, kind: Kind, *, unobserved: bool = False) -> None:
    """Draw a node: spend light blue, the outcome in ink, what is not observed in dashed lines."""
    (x, y), width = layout.at[node], layout.width[node]
    face, edge, text = LOOKS[kind]
    corner = (x - width / 2, y - BOX_HEIGHT / 2)
    style, line = "round,pad=0,rounding_size=0.07", "solid"
    if unobserved:
        edge, line = WARNING, "dashed"
    box = FancyBboxPatch(
        corner, width, BOX_HEIGHT, boxstyle=style, facecolor=face, edgecolor=edge, linewidth=1.1, linestyle=line
    )
    axes.add_patch(box)
    axes.text(x, y, short(node), ha="center", va="center_baseline", fontsize=8.5, color=text)
