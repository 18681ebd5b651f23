"""The rows of the future: the same law as those of the fit, begun from its history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.decisions.horizon.outlook import Outlook, outlook
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.layout import layout
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel
from bayes_roi.queries.horizon.history import History
from tests.model.made import regions, series, taken, units

WORLD = Model(
    name="world",
    equations="""
        mood    ~ z
        visits  ~ (hill(adstock(tv, max_lag=2)) | geo) + (z | geo) + mood
        calls   ~ 1 + factor(weather) + mood + lag(z, 1) + michaelis_menten(radio)
        buyers  ~ calls
        basket  ~ adstock(visits, max_lag=3) + adstock(radio, max_lag=1)
        revenue := visits * price - 2 * basket
        visits ~~ calls
    """,
    outcome="revenue",
    time="week",
    panel="geo",
    weights="people",
    channels={"tv": "tv", "radio": "radio"},
    unobserved=("mood",),
    families={"buyers": "binomial(leads)", "basket": "lognormal", "calls": "student_t"},
    noise={"visits": "ar(1) + by(geo)", "basket": "ar(1)"},
)


def undisturbed(model: Model, data: Panel, draws: dict[str, np.ndarray]) -> tuple[Panel, dict[str, np.ndarray]]:
    """Return a table whose modelled nodes are their conditional means, and these by explained row."""
    fit = fit_of(model, data, draws)
    held = {n: fit.design.rows[n] for n in model.spends}
    values = fit.forward.run(fit.parameters, held).values
    rows, columns = layout(model, data).rows, {n: np.array(x) for n, x in data.columns.items()}
    for node in model.modelled:
        columns[node][rows] = np.broadcast_to(values[node], (1, len(rows)))[0]
    return data.with_columns(columns), values


def first(model: Model, data: Panel, whole: Fit, length: int) -> Fit:
    """Return the fit to the first periods, on the scales of the whole."""
    assert data.clock is not None
    cut = fit_of(model, taken(data, data.clock < length), whole.parameters)
    kept = ("scales", "outcome_scales", "reference")
    vars(cut)["design"] = replace(cut.design, **{k: getattr(whole.design, k) for k in kept})
    return cut


def test_the_observed_past_as_future_is_what_do_says_of_it(funnel_known: Fit) -> None:
    model = funnel_known.model
    data, values = undisturbed(model, funnel_known.data, dict(funnel_known.parameters))
    length, periods = 120, data.rows - 120
    cut = first(model, data, funnel_known, length)
    ahead = outlook(cut, periods=periods, horizon=0, others={"demand": data.columns["demand"][length:]})
    spend = np.array([data.columns[model.channels[c]][length:] for c in ahead.channels])
    assert ahead.labels.tolist() == data.periods[length:].tolist()  # type: ignore[index]
    want = values["revenue"][0, -periods:]
    np.testing.assert_allclose(ahead.outcome([spend])[0, 0], want, rtol=1e-9)
    dark = ahead.outcome([0 * spend])[0, 0]
    np.testing.assert_allclose(ahead.profit(spend), model.margin * (want - dark).sum() - spend.sum(), rtol=1e-9)


def test_the_same_of_a_panel_with_weights_categories_latents_and_identities() -> None:
    made = br.simulate(WORLD, periods=16, seed=3)
    draws = prior_draws(WORLD, design(WORLD, made), 1, 5)
    data, values = undisturbed(WORLD, made, draws)
    people = np.concatenate([np.full(16, data.columns["people"][i]) for i in range(0, data.rows, 16)])
    data, values = undisturbed(WORLD, data.with_columns({**data.columns, "people": people}), draws)
    whole = fit_of(WORLD, data, draws)
    later = data.clock >= 12  # type: ignore[operator]
    table = {n: x[later].reshape(-1, 4) for n, x in data.columns.items()}
    table["weather"] = np.array(data.levels["weather"])[table["weather"].astype(int)]
    cut = first(WORLD, data, whole, 12)
    ahead = outlook(cut, periods=4, horizon=0, others={n: table[n] for n in ("z", "weather", "price", "leads")})
    held = ahead.held(ahead.reference) | {n: table[n].ravel() for n in WORLD.spends}
    found = ahead.scene.forward.run(cut.parameters, held).values
    at = whole.design.index >= 12
    for node in ("visits", "calls", "buyers", "basket", "revenue"):
        np.testing.assert_allclose(found[node], values[node][..., at], rtol=1e-9, err_msg=node)


@pytest.fixture(scope="module")
def funnel_ahead(funnel_known: Fit) -> Outlook:
    return outlook(funnel_known, periods=52)


def test_today_is_what_was_spent_a_year_before(funnel_ahead: Outlook) -> None:
    columns = funnel_ahead.fit.data.columns
    assert funnel_ahead.horizon == 8
    np.testing.assert_array_equal(funnel_ahead.reference[0], columns["tv_spend"][-52:])
    np.testing.assert_array_equal(funnel_ahead.others["demand"], np.resize(columns["demand"][-52:], 60))
    quarter = outlook(funnel_ahead.fit, periods=13)
    np.testing.assert_array_equal(quarter.reference[0], columns["tv_spend"][-52:-39])
    held = funnel_ahead.held(funnel_ahead.reference)
    assert held["tv_spend"][52:].tolist() == [0.0] * 8


def test_a_table_without_a_calendar_repeats_its_last_periods() -> None:
    x = np.arange(10.0)
    model = Model("m", "y ~ adstock(x, max_lag=2)", "y", time="t", channels={"x": "x"})
    fit = fit_of(model, series({"x": x, "y": 2 * x}), prior(model, series({"x": x, "y": 2 * x})))
    assert outlook(fit, periods=3).reference.tolist() == [[7.0, 8.0, 9.0]]
    assert outlook(fit, periods=12).reference.tolist() == [[*x, 0.0, 1.0]]
    assert outlook(fit, periods=3).labels.tolist() == [10, 11, 12]


def prior(model: Model, data: Panel) -> dict[str, np.ndarray]:
    return prior_draws(model, design(model, data), 1, 5)


def test_what_was_spent_before_the_plan_is_carried_in_and_all_of_what_is_spent_carried_out() -> None:
    model = Model(
        "m", "y ~ adstock(x, max_lag=3)", "y", time="t", channels={"x": "x"}, carry_in="zero", margin=0.5, value=4.0
    )
    x = np.array([5.0, 1.0, 8.0, 3.0, 7.0, 2.0])
    data = series({"x": x, "y": x})
    draws = {"y.intercept": [10.0], "y.x.effect": [3.0], "y.x.retention": [0.5], "y.sigma": [1.0]}
    fit = fit_of(model, data, {n: np.array(v) for n, v in draws.items()})
    weights = 0.5 ** np.arange(4) / (0.5 ** np.arange(4)).sum()
    ahead = outlook(fit, periods=2)
    assert ahead.horizon == 3
    before = np.convolve(np.concatenate([x[-3:], np.zeros(2)]), weights)[3:5]
    np.testing.assert_allclose(ahead.outcome([np.zeros((1, 2))])[0, 0], 10 + 3 * before, rtol=1e-12)
    plan = np.array([[6.0, 11.0]])
    assert ahead.profits([np.zeros((1, 2)), plan])[0].tolist() == [0, pytest.approx(0.5 * 4 * 3 * 17 - 17, rel=1e-12)]


def test_a_unit_that_ended_is_not_planned_for_and_a_late_gap_is_told() -> None:
    data = units({"north": range(12), "south": range(8), "east": [*range(10), 11]})
    model = regions(carry_in="zero")
    fit = fit_of(model, data, prior(model, data))
    ahead = outlook(fit, periods=3)
    assert (ahead.units, ahead.scene.design.units) == (2, ("north", "south", "east"))
    assert ahead.scene.design.codes.tolist() == [0] * 5 + [2] * 5  # type: ignore[union-attr]
    assert "south" in ahead.note
    assert "count as zero" in ahead.note
    spent = History(fit, 3, 5).grid("x")
    assert ahead.shares[0].tolist() == pytest.approx((np.nansum(spent, axis=1) / np.nansum(spent)).tolist())
    held = ahead.held(np.full((1, 3), 6.0))["x"].reshape(2, 5)
    np.testing.assert_allclose(held.sum(axis=0), [6, 6, 6, 0, 0])


def test_one_unit_left_of_several_reads_its_own_past() -> None:
    data = units({"north": range(12), "south": range(6)})
    fit = fit_of(regions(), data, prior(regions(), data))
    ahead = outlook(fit, periods=2)
    dose = ahead.scene.forward.run(fit.parameters, ahead.held(ahead.reference)).values["y"]
    assert ahead.shares.tolist() == [[1.0]]
    assert np.isfinite(dose).all()
    view = View(np, ahead.scene.design, ahead.held(ahead.reference))
    assert [x[0] for x in view.past("x", [1, 2])] == data.columns["x"][[11, 10]].tolist()


def test_each_wrong_question_has_one_clear_answer(funnel_known: Fit, acquisition_fit: Fit) -> None:
    def refused(words: str, fit: Fit = funnel_known, **options: object) -> None:
        with pytest.raises(QueryError, match=words):
            outlook(fit, **({"periods": 4} | options))  # type: ignore[arg-type]

    refused("no time:", acquisition_fit)
    refused("periods must be a whole number of periods, 1 or more, got 0", periods=0)
    refused("horizon must be .*, got -1", horizon=-1)
    refused("margin must be", margin=35)
    refused("did you mean 'demand'", others={"demnad": "mean"})
    refused("is spend", others={"tv_spend": "mean"})
    refused("4 .the plan. or 12", others={"demand": [1.0, 2.0]})
    refused("got 'yesterday'", others={"demand": "yesterday"})
    ahead = outlook(funnel_known, periods=4)
    with pytest.raises(QueryError, match="3 x 4; got 2 x 4"):
        ahead.profit(np.zeros((2, 4)))
    with pytest.raises(QueryError, match="is -1 for social in 2025-03-03"):
        ahead.profit(np.array([[1, 1, 1, 1], [1, -1, 1, 1], [1, 1, 1, 1.0]]))
