"""Tables continued by a model, and how much narrower intervals get with them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.value.uncertainty.longer import continued
from tests.model.made import regions, series, units

TINY = 1e-9


def known_series(equations: str, values: dict[str, float], rows: int = 12, **options: object) -> Fit:
    """Return a fit with one draw, of a table of noise: what goes on from it is seen where its own noise is tiny."""
    rng = np.random.default_rng(6)
    model = br.Model(name="m", equations=equations, outcome="y", time="t", channels={"c": "x"}, **options)  # type: ignore[arg-type]
    columns = {n: rng.gamma(4.0, 5.0, rows) for n in model.measured}
    return fit_of(model, series(columns), {n: np.array([v]) for n, v in values.items()})


def after(fit: Fit, periods: int, node: str = "y", seed: int = 1) -> np.ndarray:
    longer = continued(fit, fit.parameters, periods, np.random.default_rng(seed))
    for name, column in fit.data.columns.items():
        np.testing.assert_array_equal(longer.columns[name][: fit.data.rows], column)
    return longer.columns[node][fit.data.rows :]


def test_carry_over_and_trend_go_on_from_what_was_observed() -> None:
    """y = 5 + 2 x of two periods ago + 0.5 (t - middle of the old rows), and budgets repeat their last rows."""
    values = {"y.intercept": 5.0, "y.x.effect": 2.0, "y.trend.effect": 0.5, "y.sigma": TINY}
    fit = known_series("y ~ lag(x, 2) + trend()", values)
    x = fit.data.columns["x"]
    found, spend = after(fit, 4), after(fit, 4, "x")
    np.testing.assert_array_equal(spend, x[-4:])
    middle = fit.design.index.mean()
    right = 5 + 2 * np.array([x[-2], x[-1], spend[0], spend[1]]) + 0.5 * (np.arange(12, 16) - middle)
    np.testing.assert_allclose(found, right, rtol=1e-7)


def test_covariates_are_centred_as_they_were() -> None:
    values = {"y.intercept": 5.0, "y.x.effect": 2.0, "y.z.effect": 3.0, "y.sigma": TINY}
    fit = known_series("y ~ x + z", values)
    z = fit.data.columns["z"]
    np.testing.assert_allclose(after(fit, 3), 5 + 2 * fit.data.columns["x"][-3:] + 3 * (z[-3:] - z.mean()), rtol=1e-7)


def test_noise_that_hangs_together_goes_on_from_the_last_row() -> None:
    values = {"y.intercept": 5.0, "y.x.effect": 2.0, "y.sigma": TINY, "y.autocorrelation": 0.8}
    fit = known_series("y ~ x", values, noise={"y": "ar(1)"})
    last = fit.data.columns["y"][-1] - 5 - 2 * fit.data.columns["x"][-1]
    own = after(fit, 3) - 5 - 2 * after(fit, 3, "x")
    np.testing.assert_allclose(own, last * 0.8 ** np.arange(1, 4), rtol=1e-6)


def test_new_rows_have_the_noise_of_the_draw_and_what_follows_a_budget_sees_it_cut_off() -> None:
    """x ~ z falls below zero often: then it is 0, and y follows that; y's noise has sd 3 within four errors."""
    values = {
        "x.intercept": 1.0,
        "x.z.effect": 0.0,
        "x.sigma": 2.0,
        "y.intercept": 5.0,
        "y.x.effect": 2.0,
        "y.sigma": 3.0,
    }
    fit = known_series("x ~ z\ny ~ x", values)
    count = 4000
    longer = continued(fit, fit.parameters, count, np.random.default_rng(1)).columns
    x, y = longer["x"][12:], longer["y"][12:]
    assert x.min() == 0.0
    assert np.mean(x == 0) == pytest.approx(0.3085, abs=4 * math.sqrt(0.2133 / count))  # P(N(1, 2) < 0)
    noise = y - 5 - 2 * x
    assert noise.std() == pytest.approx(3.0, rel=4 / math.sqrt(2 * count))
    assert abs(noise.mean()) < 4 * 3 / math.sqrt(count)
    assert not np.array_equal(after(fit, 5, seed=1), after(fit, 5, seed=2))


def test_of_a_panel_the_units_that_last_to_the_end_go_on() -> None:
    model, data = regions(), units({"n": range(8), "s": range(2, 10)})
    fit = fit_of(model, data, prior_draws(model, design(model, data), 1, 1))
    longer = continued(fit, fit.parameters, 3, np.random.default_rng(0))
    assert longer.units is not None
    assert longer.clock is not None
    assert longer.clock[longer.units == "n"].tolist() == list(range(8))
    assert longer.clock[longer.units == "s"].tolist() == list(range(2, 13))
    np.testing.assert_array_equal(longer.columns["x"][longer.units == "s"][-3:], data.columns["x"][-3:])


@pytest.mark.parametrize(
    ("frequency", "labels", "next_two"),
    [
        ("week", ["2024-12-16", "2024-12-23"], ["2024-12-30", "2025-01-06"]),
        ("day", ["2024-02-27", "2024-02-28"], ["2024-02-29", "2024-03-01"]),
        ("month", ["2024-11-01", "2024-12-01"], ["2025-01-01", "2025-02-01"]),
        ("quarter", ["2024-07-01", "2024-10-01"], ["2025-01-01", "2025-04-01"]),
        ("year", ["2023-01-01", "2024-01-01"], ["2025-01-01", "2026-01-01"]),
        ("period", [3, 5], [7, 9]),
    ],
)
def test_the_calendar_goes_on(frequency: str, labels: list[str | int], next_two: list[str | int]) -> None:
    model = br.Model(name="m", equations="y ~ x", outcome="y", time="t", channels={"c": "x"})
    columns = {"x": np.array([1.0, 2.0]), "y": np.array([1.0, 2.0])}
    data = br.Panel(columns, np.array(labels), "t", frequency, "made")
    fit = fit_of(model, data, {n: np.ones(1) for n in ("y.intercept", "y.x.effect", "y.sigma")})
    longer = continued(fit, fit.parameters, 2, np.random.default_rng(0))
    assert longer.periods is not None
    assert longer.periods.tolist() == [*labels, *next_two]


def test_as_many_rows_again_narrow_a_linear_interval_by_the_root_of_two() -> None:
    """The columns repeat, so that X'X doubles exactly and a width falls to sqrt(1/2) x sigma then / sigma now.

    sigma then is a mean of what is known of it now (sd 1 / sqrt(2 n), n = 120, of which half) and new noise: over 10
    worlds within 1 / sqrt(2 n) / sqrt(10), 2 %; quantiles of 2,000 draws add 2 % each.
    """
    rng = np.random.default_rng(12)
    x, z = rng.gamma(2.0, 5.0, 120), rng.normal(size=120)
    data = series({"x": x, "z": z, "y": 100 + 2 * x + z + rng.normal(scale=4.0, size=120)})
    model = br.Model(name="m", equations="y ~ x + z", outcome="y", time="t", channels={"c": "x"})
    fit = br.fit(model, data, seed=1, draws=1000, chains=2, progress=False)
    found = br.more_data(fit, periods=120, worlds=10)
    assert found.ratio.shape == (10, 1)
    assert found.ratio.mean() == pytest.approx(math.sqrt(0.5), rel=3 * math.sqrt(3) * 0.02)
    again = br.more_data(fit, periods=120, worlds=2)
    np.testing.assert_array_equal(again.after, br.more_data(fit, periods=120, worlds=2).after)
    low, high = br.roi(fit).arrays.interval(0.9)
    np.testing.assert_allclose(found.before, high.array - low.array)
    assert list(found.to_frame().columns) == ["now", "then", "ratio", "lowest", "highest"]
    assert "120 more periods (10 simulated worlds)" in repr(found)
    assert "<table" in found._repr_html_()


def test_exchangeable_rows_are_more_rows(acquisition_fit: Fit) -> None:
    """Three times as many again: half the width; a regressor's variance among the drawn rows is as it was to 1 %."""
    few = replace(acquisition_fit.data, columns={n: x[:400] for n, x in acquisition_fit.data.columns.items()})
    fit = br.fit(acquisition_fit.model, few, seed=1, draws=1000, chains=2, progress=False)
    found = br.more_data(fit, periods=1200, worlds=6)
    assert found.ratio.mean(axis=0) == pytest.approx([0.5, 0.5], rel=0.12)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda f: br.more_data(f, periods=0), "periods must be a whole number, 1 or more, got 0"),
        (lambda f: br.more_data(f, worlds=True), "worlds must be a whole number, 1 or more, got True"),
        (lambda f: br.more_data(f, prob=90), "prob must be in (0, 1), got 90"),
    ],
)
def test_what_cannot_be_asked_says_why(acquisition_fit: Fit, ask, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(QueryError) as error:
        ask(acquisition_fit)
    assert str(error.value).startswith(message)


def test_what_cannot_be_continued_is_refused(funnel_known: Fit, funnel: br.Model, funnel_data: br.Panel) -> None:
    with pytest.raises(QueryError, match="widths of intervals need at least 200 draws, this fit has 1"):
        br.more_data(funnel_known)
    many = {n: np.repeat(x, 200, axis=0) for n, x in funnel_known.parameters.items()}
    with pytest.raises(QueryError, match="the ROI of tv, social, search has no width to narrow"):
        br.more_data(fit_of(funnel, funnel_data, many))
    hidden = replace(funnel, equations="\n".join(map(str, funnel.equations)) + "\nsearch_spend ~~ revenue")
    rows = design(hidden, funnel_data)
    with pytest.raises(QueryError, match="unobserved causes"):
        br.more_data(fit_of(hidden, funnel_data, prior_draws(hidden, rows, 200, 0)))
    holes = np.where(np.arange(funnel_data.rows) == 40, np.nan, funnel_data.columns["organic_clicks"])
    gappy = replace(funnel_data, columns={**funnel_data.columns, "organic_clicks": holes})
    cells = many | {"organic_clicks_unobserved": np.ones((200, 1))}
    with pytest.raises(QueryError, match="missing cells \\(organic_clicks\\)"):
        br.more_data(fit_of(funnel, gappy, cells))


def test_the_calendar_of_a_continued_table_is_that_of_plans() -> None:
    """Months that end on their last day go on so, in a table continued as in an outlook: 05-31 follows 04-30."""
    rng = np.random.default_rng(6)
    ends = np.array(["2023-06-30", "2023-07-31", "2023-08-31", "2023-09-30", "2023-10-31", "2023-11-30"])
    table = pd.DataFrame({"t": ends, "x": rng.gamma(4.0, 5.0, 6), "y": rng.gamma(4.0, 5.0, 6)})
    model = br.Model(name="m", equations="y ~ x", outcome="y", time="t", channels={"c": "x"})
    values = {"y.intercept": 5.0, "y.x.effect": 2.0, "y.sigma": 1.0}
    fit = fit_of(model, br.read_data(table, model), {n: np.array([v]) for n, v in values.items()})
    longer = continued(fit, fit.parameters, 6, rng)
    right = ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    assert longer.periods is not None
    assert longer.periods[6:].tolist() == br.outlook(fit, periods=6).labels.tolist() == right
