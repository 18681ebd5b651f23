"""One surprising period: the same split, against all others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel


def test_shares_sum_to_the_difference_from_the_other_periods(funnel_fit):
    why = br.decompose_period(funnel_fit, "2022-W40")
    y = dict(zip(funnel_fit.design.periods.tolist(), funnel_fit.design.rows["revenue"], strict=True))
    assert why.period == "2022-10-03"
    alone = y.pop(why.period)
    total = why.share.sum("cause").values.values
    np.testing.assert_allclose(total, alone - np.mean(list(y.values())), rtol=1e-9)
    frame = why.to_frame()
    assert frame.loc["noise of revenue", "noise_sd"] == pytest.approx(float(why.noise.sel(node="revenue").mean()))
    assert "the other 155 periods on average" in repr(why)
    assert "<table" in why._repr_html_()


@pytest.mark.parametrize("family", ["normal", "student_t"])
def test_a_linear_period_by_hand_and_its_noise_in_sd(family):
    rng = np.random.default_rng(1)
    x = {"a": rng.normal(2.0, 1.0, 15), "y": rng.normal(10.0, 2.0, 15)}
    model = Model(name="line", equations="y ~ a", outcome="y", time="t", families={"y": family})
    values = {"y.intercept": 10.0, "y.a.effect": 1.5, "y.sigma": 2.0, "y.nu": 5.0}
    if family == "normal":
        values.pop("y.nu")
    data = Panel(x, np.arange(15), "t", "period", "simulated")
    fit = fit_of(model, data, {n: np.array([v]) for n, v in values.items()})
    why = br.decompose_period(fit, 4)
    others = np.arange(15) != 4
    noise = x["y"] - 10.0 - 1.5 * (x["a"] - x["a"].mean())
    want = {"a": 1.5 * (x["a"][4] - x["a"][others].mean()), "noise of y": noise[4] - noise[others].mean()}
    for cause, share in want.items():
        np.testing.assert_allclose(why.share.sel(cause=cause).values.values, share, rtol=1e-9)
    tail = float(why.tail.array[0])
    sd = float(why.noise.sel(node="y").mean())
    np.testing.assert_allclose(tail, 2 * norm.sf(abs(sd)), rtol=1e-9)
    if family == "normal":
        np.testing.assert_allclose(sd, noise[4] / 2.0, rtol=1e-9)
    else:
        from scipy.stats import t

        np.testing.assert_allclose(tail, 2 * t.sf(abs(noise[4] / 2.0), 5.0), rtol=1e-9)


def test_a_shock_of_known_size_is_given_to_the_node_that_had_it():
    """Ten thousand more of search clicks in one week reach revenue through them and stand in their noise alone."""
    rng = np.random.default_rng(2)
    n = 120
    a, shock = rng.normal(size=n), np.where(np.arange(n) == 60, 8.0, 0.0)
    m = 1 + a + rng.normal(size=n) + shock
    data = Panel({"a": a, "m": m, "y": 2 + 3 * m + rng.normal(size=n)}, np.arange(n), "t", "period", "simulated")
    model = Model(name="shock", equations="m ~ a\ny ~ m", outcome="y", time="t", families={"m": "student_t"})
    values = {"m.intercept": 1 + a.mean(), "m.a.effect": 1.0, "m.sigma": 1.0, "m.nu": 8.0}
    values |= {"y.intercept": 2 + 3 * m.mean(), "y.m.effect": 3.0, "y.sigma": 1.0}
    why = br.decompose_period(fit_of(model, data, {k: np.array([v]) for k, v in values.items()}), 60)
    own = m - 1 - a
    want = 3 * (own[60] - np.delete(own, 60).mean())
    np.testing.assert_allclose(why.share.sel(cause="noise of m").values.values, want, rtol=1e-9)
    assert why.to_frame().index[0] == "noise of m"
    assert dict(zip(["m", "y"], why.tail.array, strict=True))["m"] < 0.001 < why.tail.array[1]


def test_a_panel_tells_the_noise_of_every_unit():
    rng = np.random.default_rng(3)
    units, periods = np.repeat(["north", "south"], 12), np.tile(np.arange(12), 2)
    x = {"a": rng.normal(size=24), "y": rng.normal(5.0, 1.0, 24)}
    model = Model(name="regions", equations="y ~ a", outcome="y", time="t", panel="geo")
    data = Panel(x, periods, "t", "period", "simulated", unit="geo", units=units)
    values = {"y.intercept.by_unit": [4.0, 6.0], "y.intercept.spread": 1.0, "y.intercept": 5.0, "y.a.effect": 0.5}
    fit = fit_of(model, data, {n: np.array([v]) for n, v in (values | {"y.sigma": 2.0}).items()})
    why = br.decompose_period(fit, 7)
    total = x["y"].reshape(2, 12).sum(axis=0)
    want = total[7] - np.delete(total, 7).mean()
    np.testing.assert_allclose(why.share.sum("cause").values.values, want, rtol=1e-9)
    south = (x["y"][19] - 6.0 - 0.5 * (x["a"][19] - x["a"].mean())) / 2.0
    np.testing.assert_allclose(why.noise.sel(node="y", geo="south").values.values, south, rtol=1e-9)
    assert "noise_sd" not in why.to_frame()


@pytest.mark.parametrize(
    ("period", "says"),
    [
        ("2024-03", r"4 periods lie in '2024-03' \(2024-03-04, 2024-03-11, \.\.\.\)"),
        ("2024-03-12", "nearest are 2024-03-11 and 2024-03-18"),
        ("2019-W01", "nearest is 2022-02-28"),
        ("yesterday", "no row is of the period 'yesterday'"),
        (3.5, "must be the label of one row"),
    ],
)
def test_a_period_that_is_not_one_row_is_said(funnel_known, period, says):
    with pytest.raises(QueryError, match=says):
        br.decompose_period(funnel_known, period)


def test_rows_without_periods_are_said(acquisition_fit):
    with pytest.raises(QueryError, match="decompose_period needs periods"):
        br.decompose_period(acquisition_fit, "2024-W11")
