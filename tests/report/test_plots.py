from __future__ import annotations

import io
import re
from itertools import combinations, pairwise

import matplotlib
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.draws import Draws, Evidence
from bayes_roi.graph import Dag
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.predictive_check import predictive_check
from bayes_roi.report.findings import Findings
from bayes_roi.report.plots import (
    plot_contribution,
    plot_curves,
    plot_forest,
    plot_graph,
    plot_predictive,
    plot_prior_posterior,
    svg,
)
from bayes_roi.report.plots.contribution import _layers, expected_outcome
from bayes_roi.report.plots.graph import BOX_HEIGHT, lay_out
from bayes_roi.report.plots.style import NEVER_OBSERVED, density, time_axis
from bayes_roi.value.money.curves import contribution_over_time, response_curve
from tests.report.conftest import weekly_model


@st.composite
def dags(draw: st.DrawFn) -> Dag:
    count = draw(st.integers(1, 9))
    names = [f"node_{i}" for i in range(count)]
    parents = {n: tuple(p for p in names[:i] if draw(st.booleans())) for i, n in enumerate(names)}
    return Dag(parents)


@given(dags())
def test_every_arrow_points_to_the_right_and_no_boxes_overlap(graph: Dag) -> None:
    layout = lay_out(graph)
    assert set(layout.edges) == {(p, n) for n in graph.parents for p in graph.parents[n]}
    for (cause, effect), points in layout.edges.items():
        assert all(a[0] < b[0] for a, b in pairwise(points))
        assert points[0] == layout.at[cause]
        assert points[-1] == layout.at[effect]
    for a, b in combinations(graph.order, 2):
        (xa, ya), (xb, yb) = layout.at[a], layout.at[b]
        apart = abs(xa - xb) >= (layout.width[a] + layout.width[b]) / 2 or abs(ya - yb) >= BOX_HEIGHT
        assert apart, f"{a} and {b} overlap"
    for node, (x, y) in layout.at.items():
        assert layout.width[node] / 2 <= x <= layout.size[0] - layout.width[node] / 2
        assert BOX_HEIGHT / 2 <= y <= layout.size[1] - BOX_HEIGHT / 2


def test_a_long_arrow_passes_no_box_on_its_way() -> None:
    graph = Dag({"a": (), "b": ("a",), "c": ("b",), "d": ("a", "c")})
    layout = lay_out(graph)
    for point, node in zip(layout.edges["a", "d"][1:-1], "bc", strict=True):
        assert point[0] == pytest.approx(layout.at[node][0])
        assert abs(point[1] - layout.at[node][1]) > BOX_HEIGHT / 2


def test_every_figure_is_an_svg_that_needs_nothing_else(weekly: Fit, acquisition: Fit) -> None:
    f = Findings(weekly)
    compared = f.parameters_compared
    figures = [
        plot_graph(weekly.model),
        plot_forest(f.money.roi),
        plot_contribution(weekly, f.contributions),
        plot_contribution(acquisition),
        plot_curves(weekly, f.curves),
        plot_prior_posterior({p.name: p.prior for p in compared}, {p.name: p.posterior for p in compared}),
        plot_predictive(weekly, "revenue"),
        plot_predictive(acquisition, "clicks"),
    ]
    for figure in figures:
        text = svg(figure)
        assert text.startswith("<svg")
        assert text.endswith("</svg>")
        assert "http" not in text
        assert "<image" not in text
        assert len(text) < 100_000


def test_all_of_a_figure_lies_inside_it(weekly: Fit, acquisition: Fit, funnel: Fit) -> None:
    figures = [plot_forest(Findings(weekly).money.roi), plot_curves(weekly), plot_curves(funnel)]
    figures += [plot_contribution(weekly), plot_contribution(funnel), plot_contribution(acquisition)]
    figures += [plot_predictive(weekly, n) for n in weekly.model.equation]
    figures += [plot_predictive(acquisition, "clicks"), plot_predictive(funnel, "social_clicks")]
    for figure in figures:
        page = figure.get_window_extent().padded(2)
        for axes in figure.axes:
            box = axes.get_tightbbox()
            assert page.x0 <= box.x0 < box.x1 <= page.x1
            assert page.y0 <= box.y0 < box.y1 <= page.y1


def test_names_are_not_mathematics_when_a_figure_is_saved_later() -> None:
    coords = {"channel": ["$x_1$"]}
    values = np.random.default_rng(1).normal(size=(1, 200, 1))
    evidence = xr.DataArray([int(Evidence.IDENTIFIED)], dims="channel", coords=coords)
    figure = plot_forest(
        Draws(xr.DataArray(values, dims=("chain", "draw", "channel"), coords=coords), "", "", evidence)
    )
    saved = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        figure.savefig(saved, format="svg")
    assert "$x_1$" in saved.getvalue()


def test_drawing_leaves_the_settings_of_matplotlib_as_they_were(weekly: Fit) -> None:
    before = dict(matplotlib.rcParams)
    svg(plot_graph(weekly.model))
    assert dict(matplotlib.rcParams) == before


def test_names_are_never_read_as_mathematics_or_markup() -> None:
    names = ["$x_1$", "<script>alert(1)</script>", r"$\frac{", "a_b^c", "--><b>"]
    values = np.random.default_rng(1).normal(size=(1, 200, len(names)))
    coords = {"channel": names}
    evidence = xr.DataArray([int(Evidence.IDENTIFIED)] * len(names), dims="channel", coords=coords)
    roi = Draws(xr.DataArray(values, dims=("chain", "draw", "channel"), coords=coords), "", "ROI", evidence)
    text = svg(plot_forest(roi))
    assert "<script" not in text
    assert "<b>" not in text
    shown = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", text))
    for expected in ("$x_1$", "&lt;script&gt;alert(1)&lt;/script&gt;", r"$\frac{", "a_b^c"):
        assert expected in shown


def test_what_is_only_assumed_is_drawn_hollow_and_what_is_descriptive_not_at_all() -> None:
    names, kinds = ["known", "guess", "rule"], [Evidence.IDENTIFIED, Evidence.ASSUMED, Evidence.DESCRIPTIVE]
    coords = {"channel": names}
    values = np.random.default_rng(1).normal(size=(1, 200, 3))
    evidence = xr.DataArray([int(k) for k in kinds], dims="channel", coords=coords)
    roi = Draws(xr.DataArray(values, dims=("chain", "draw", "channel"), coords=coords), "", "ROI", evidence)
    (axes,) = plot_forest(roi).axes
    assert [t.get_text() for t in axes.get_yticklabels()] == ["guess", "known"]
    faces = [line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "o"]
    assert faces[0] == "white"
    assert faces[1] != "white"


def test_the_layers_add_up_to_what_the_model_expects(weekly: Fit) -> None:
    contributions = contribution_over_time(weekly)
    (axes,) = plot_contribution(weekly, contributions).axes
    top = axes.collections[-1].get_paths()[0].vertices[:, 1]
    expected = expected_outcome(weekly)
    assert top.max() == pytest.approx(expected.max(), rel=1e-9)
    assert np.allclose(expected, weekly.design.rows["revenue"], rtol=0.15)


def test_more_channels_than_colours_are_added_up() -> None:
    names = [f"c{i}" for i in range(10)]
    values = np.arange(10.0)[:, None] * np.ones((1, 1, 10, 3))
    added = xr.DataArray(values, dims=("chain", "draw", "channel", "time"), coords={"channel": names})
    few = _layers(Draws(added, "", "contribution", xr.DataArray(int(Evidence.IDENTIFIED))))
    assert len(few) == 7
    assert sum(layer.sum() for _, layer in few) == added.sum()
    assert few[0][0] == "c9"
    assert few[-1][0] == "4 other channels"


@pytest.mark.parametrize("draws", ["normal", "gamma"])
def test_a_density_integrates_to_one(draws: str) -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(3, 2, 4000) if draws == "normal" else rng.gamma(1.0, 2.0, 4000)
    grid, height = density(values, (float(values.min()) - 3, float(values.max()) + 3), points=400)
    assert np.trapezoid(height, grid) == pytest.approx(1, abs=0.02)


def test_the_share_inside_the_band_is_counted_row_by_row(weekly: Fit) -> None:
    draws = Findings(weekly).predictive["revenue"]
    check = predictive_check(weekly, "revenue", prob=0.9, draws=draws)
    low, high = np.quantile(draws.values.values[0], [0.05, 0.95], axis=0)
    observed = weekly.design.rows["revenue"]
    assert check.rows == len(observed)
    assert check.inside == np.mean((observed >= low) & (observed <= high))


@pytest.mark.parametrize(
    ("first", "last"), [("2023-01-02", "2023-01-20"), ("2023-01-02", "2024-12-30"), ("1990-01-01", "2024-01-01")]
)
def test_dates_have_a_handful_of_ticks(first: str, last: str) -> None:
    axes = plot_graph(weekly_model()).add_axes((0, 0, 1, 1))
    time_axis(axes, np.arange(first, last, dtype="datetime64[D]").astype(str))
    assert 3 <= len(axes.get_xticks()) <= 9


def test_curves_say_where_they_were_never_observed(weekly: Fit) -> None:
    curves = {c: response_curve(weekly, c) for c in weekly.model.channels}
    beyond = [not (c.arrays.support is None or (c.arrays.support.array >= 0.5).all()) for c in curves.values()]
    legends = plot_curves(weekly, curves).legends
    assert [t.get_text() for legend in legends for t in legend.get_texts()] == [NEVER_OBSERVED] * any(beyond)
