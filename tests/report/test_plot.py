"""Pictures by name: every noun that can be drawn, and what is drawn is what was computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.predictive_check import predictive_check
from bayes_roi.report.plots.contribution import expected_outcome
from bayes_roi.report.plots.plot import KINDS, NEEDS_CHANNELS
from bayes_roi.report.plots.style import svg
from tests.report.conftest import weekly_fit


def axes_of(drawn: object) -> tuple[Axes, ...]:
    return drawn if isinstance(drawn, tuple) else (drawn,)  # type: ignore[return-value]


@pytest.mark.parametrize("kind", [k for k in KINDS[Fit] if k != "units"])
def test_every_kind_of_a_fit_is_axes_that_show_themselves(weekly: Fit, kind: str) -> None:
    drawn = br.plot(weekly, kind)
    assert all(isinstance(axes, Axes) for axes in axes_of(drawn))
    assert drawn._repr_png_().startswith(b"\x89PNG")  # type: ignore[union-attr]
    text = svg(axes_of(drawn)[0].figure)  # type: ignore[arg-type]
    assert len(text) < 150_000
    page = axes_of(drawn)[0].figure.get_window_extent().padded(2)  # type: ignore[union-attr]
    for axes in axes_of(drawn):
        box = axes.get_tightbbox()
        assert box is None or (page.x0 <= box.x0 < box.x1 <= page.x1 and page.y0 <= box.y0 < box.y1 <= page.y1)


def test_other_nouns_are_drawn_too(weekly: Fit) -> None:
    nouns = [
        weekly.model,
        weekly.data,
        br.roi(weekly),
        br.marginal_roas(weekly),
        br.media_share(weekly),
        br.contribution_over_time(weekly),
        br.contribution_over_time(weekly).sel(channel="tv"),
        br.response_curve(weekly, "tv"),
        br.last_click(weekly) if "clicks" in weekly.model.nodes else br.roas(weekly),
    ]
    for noun in nouns:
        assert axes_of(br.plot(noun))


def test_what_follows_an_outlook_is_drawn(weekly: Fit) -> None:
    plans = [br.scenario(weekly, "same", periods=4), br.scenario(weekly, "less", periods=4, change={"tv": -0.5})]
    assert len(axes_of(br.plot(br.compare(weekly, plans)))) == 2
    plan = br.optimise(weekly, budget=1e5, periods=4, draws=50)
    (axes,) = axes_of(br.plot(plan))
    widths = [bar.get_width() for bar in axes.patches]
    assert widths[:2] == pytest.approx(list(plan.totals.values()))


def test_every_public_picture_is_reached_by_its_kind() -> None:
    reached = {made for kinds in KINDS.values() for made, _ in kinds.values()}
    assert {f.__name__ for f in reached} == {n for n in br.plots.__all__ if n.startswith("plot_")}


def test_a_kind_that_is_not_there_names_those_that_are(weekly: Fit) -> None:
    with pytest.raises(QueryError, match=r"no picture 'waterfal', did you mean 'waterfall'\?; its kinds are roi, "):
        br.plot(weekly, "waterfal")
    with pytest.raises(QueryError, match="give one of Fit, Draws"):
        br.plot("fit")  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="node= is for the kinds expected, predictive, residuals"):
        br.plot(weekly, "roi", node="revenue")
    with pytest.raises(QueryError, match="no panel:"):
        br.plot(weekly, "units")
    with pytest.raises(QueryError, match=r"draws\.sel\(channel='tv'\)"):
        br.plot(br.roi(weekly, by="quarter"))


def test_a_model_without_channels_is_drawn_but_not_its_money() -> None:
    bare = weekly_fit({})
    assert isinstance(br.plot(bare), Axes)
    for kind in NEEDS_CHANNELS:
        with pytest.raises(QueryError, match=r"no (channels|panel):"):
            br.plot(bare, kind)


def test_the_steps_of_the_waterfall_lead_from_nothing_to_the_expected_outcome(weekly: Fit) -> None:
    (axes,) = axes_of(br.plot(weekly, "waterfall"))
    total, *steps = [(bar.get_x(), bar.get_width()) for bar in axes.patches]  # from the lowest bar up
    assert total == (0.0, pytest.approx(expected_outcome(weekly).sum()))
    assert steps[-1][0] == 0.0
    for above, below in zip(steps[1:], steps[:-1], strict=True):
        assert below[0] == pytest.approx(above[0] + above[1])
    assert sum(width for _, width in steps) == pytest.approx(total[1])
    added = br.contribution_over_time(weekly).sum("time").centre().array
    assert [width for _, width in steps[:-1]][::-1] == pytest.approx(added.tolist())


def test_shares_of_spend_add_up_to_one_and_stand_beside_those_of_contribution(weekly: Fit) -> None:
    (axes,) = axes_of(br.plot(weekly, "shares"))
    spend = [bar.get_width() for bar in axes.patches if np.isfinite(bar.get_width())]
    assert sum(spend) == pytest.approx(1)
    points = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    added = br.contribution(weekly).values
    want = (added / added.sum("channel")).median(("chain", "draw"))
    assert points == pytest.approx(want.values[::-1].tolist())


def test_r2_and_mape_are_those_of_the_predictive_check(weekly: Fit) -> None:
    (axes,) = axes_of(br.plot(weekly, "expected"))
    check = predictive_check(weekly, "revenue")
    assert f"R² {check.r2:.2f}, MAPE {100 * check.mape:.1f}" in axes.get_title(loc="left")
    observed = axes.lines[1].get_ydata()
    assert np.array_equal(observed, weekly.design.rows["revenue"])


def test_residuals_are_standardised_and_their_autocorrelation_is_that_of_numpy(weekly: Fit) -> None:
    points, lags = axes_of(br.plot(weekly, "residuals", node="search_spend"))
    off = np.asarray(points.lines[-1].get_ydata())
    assert abs(off.mean()) < 3 / np.sqrt(len(off))
    assert off.std() == pytest.approx(1, abs=3 / np.sqrt(2 * len(off)))
    around = off - off.mean()
    full = np.correlate(around, around, "full")[len(off) :] / (around**2).sum()
    drawn = [path.vertices[1, 1] for path in lags.collections[0].get_paths()]
    assert drawn == pytest.approx(full[: len(drawn)].tolist())


def test_a_fit_and_its_roi_show_table_and_forest_plot(weekly: Fit) -> None:
    for noun in (weekly, br.roi(weekly)):
        shown = noun._repr_html_()
        assert "<table" in shown
        assert "break-even" in shown
        assert "<script" not in shown
    assert "<svg" not in br.roas(weekly)._repr_html_()
    assert "<svg" not in weekly_fit({})._repr_html_()


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda fit: fit.plot, "br.plot(fit)"),
        (lambda fit: fit.to_csv, "br.to_excel(fit, path)"),
        (lambda fit: fit.summary, "br.roi(fit)"),
        (lambda fit: br.roas(fit).plot, "br.plot(result)"),
        (lambda fit: br.roas(fit).to_csv, "result.to_frame().to_csv(path)"),
        (lambda fit: fit.model.plot, "br.plot(model)"),
    ],
)
def test_a_name_that_is_guessed_says_the_right_one(weekly: Fit, ask: object, told: str) -> None:
    with pytest.raises(AttributeError) as error:
        ask(weekly)  # type: ignore[operator]
    assert told in str(error.value)
    assert not hasattr(weekly, "nonsense")
    assert replace(weekly, seed=3).seed == 3


@pytest.mark.parametrize("verb", ["roi", "roas", "contribution", "marginal_roas", "media_share", "attribution"])
def test_a_verb_asked_for_its_interval_says_where_it_is(weekly: Fit, verb: str) -> None:
    with pytest.raises(QueryError, match=rf"{verb}\(fit, \.\.\.\)\.interval\(0\.8\)"):
        getattr(br, verb)(weekly, prob=0.8)
