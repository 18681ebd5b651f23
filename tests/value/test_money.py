"""Contribution, ROAS, ROI and their relatives against simulated truth and their own definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.language.edges import carry_over
from bayes_roi.model.simulation.simulate import simulate
from tests.conftest import known


def experiment(funnel, truth, spend, during, *, periods: int, shown: int) -> tuple[br.Panel, np.ndarray]:
    """Return the first periods of a simulated world, and what it loses in each of all where a spend is off.

    After the periods shown nothing is spent in either world.
    """
    labels = simulate(funnel, truth, periods=periods).periods
    after = (labels[shown], labels[-1])
    hold = [*(br.scale_by(s, 1.0) for s in funnel.spends), *(br.turn_off(s, during=after) for s in funnel.spends)]
    on = simulate(funnel, truth, periods=periods, do=hold)
    off = simulate(funnel, truth, periods=periods, do=[*hold, br.turn_off(spend, during=during)])
    seen = {n: x[:shown] for n, x in on.columns.items()}
    table = replace(on, columns=seen, periods=on.periods[:shown], clock=on.clock[:shown])
    return table, on.columns["revenue"] - off.columns["revenue"]


@pytest.mark.parametrize("channel", ["tv", "social", "search"])
@pytest.mark.parametrize("last", [4, 13, 156])
def test_contribution_is_what_an_experiment_would_have_lost(funnel, funnel_truth, channel, last):
    """Of the last weeks too: what a world of eight weeks more loses in these is counted, and not with `horizon=0`."""
    start = simulate(funnel, funnel_truth, periods=172).periods
    window, spend = (start[164 - last], start[163]), funnel.channels[channel]
    seen, lost = experiment(funnel, funnel_truth, spend, window, periods=172, shown=164)
    fit = known(funnel, seen, funnel_truth)
    whole = float(br.contribution(fit, during=window).sel(channel=channel).mean())
    assert whole == pytest.approx(lost.sum(), rel=1e-9)
    short = float(br.contribution(fit, during=window, horizon=0).sel(channel=channel).mean())
    assert short == pytest.approx(lost[:164].sum(), rel=1e-9)
    three = float(br.contribution(fit, during=window, horizon=3).sel(channel=channel).mean())
    assert three == pytest.approx(lost[:167].sum(), rel=1e-9)


def test_the_shipped_truth_has_the_roas_that_its_parameters_imply(funnel_truth, funnel_known):
    for channel, value in funnel_truth.roas.items():
        assert float(br.roas(funnel_known).sel(channel=channel).mean()) == pytest.approx(value, rel=1e-5)


def test_roi_is_margin_times_roas_less_one(funnel_fit):
    roi, roas = br.roi(funnel_fit, margin=0.25).values, br.roas(funnel_fit).values
    np.testing.assert_allclose(roi.values, 0.25 * roas.values - 1)


def test_roas_is_contribution_over_spend(funnel_fit):
    spend = [funnel_fit.design.rows[s].sum() for s in funnel_fit.model.channels.values()]
    np.testing.assert_allclose(br.roas(funnel_fit).values, br.contribution(funnel_fit).values / spend)


def test_contribution_by_period_sums_to_contribution(funnel_fit):
    total = br.contribution_over_time(funnel_fit).sum("time").values.transpose("chain", "draw", "channel")
    np.testing.assert_allclose(total, br.contribution(funnel_fit, horizon=0).values, rtol=1e-9)


def test_marginal_roas_is_the_slope_of_the_response_curve(funnel_known):
    curve = br.response_curve(funnel_known, "social", multiples=(0.999, 1.001))
    slope = float(curve.values.diff("multiple").item() / np.diff(curve.values.spend.values).item())
    assert float(br.marginal_roas(funnel_known).sel(channel="social").mean()) == pytest.approx(slope, rel=1e-3)


def test_the_response_curve_passes_through_nothing_and_the_contribution(funnel_fit):
    curve = br.response_curve(funnel_fit, "tv", multiples=(0.0, 0.5, 1.0))
    np.testing.assert_allclose(curve.sel(multiple=0.0).values, 0.0)
    contribution = br.contribution(funnel_fit).sel(channel="tv").values
    np.testing.assert_allclose(curve.sel(multiple=1.0).values, contribution, rtol=1e-9)


def test_returns_of_a_linear_channel_do_not_fall(acquisition_fit):
    np.testing.assert_allclose(br.marginal_roas(acquisition_fit).values, br.roas(acquisition_fit).values, rtol=1e-6)


def test_cost_per_unit_has_no_mean(funnel_fit):
    cost = br.cost_per(funnel_fit)
    with pytest.raises(QueryError, match="need not exist"):
        cost.mean()
    assert "median" in cost.to_frame().columns
    np.testing.assert_allclose(cost.values, 1 / br.roas(funnel_fit).values)


def test_no_spend_has_no_roas_and_says_so(funnel, funnel_data, funnel_known):
    periods = funnel_known.design.periods
    dark = [p for p, x in zip(periods, funnel_known.design.rows["tv_spend"], strict=True) if x == 0]
    roas = br.roas(funnel_known, during=dark[0])
    assert np.isnan(roas.sel(channel="tv").values).all()
    assert "tv: no spend in the window" in roas.note


def test_the_horizon_follows_carry_over_beyond_the_last_row(funnel, funnel_known):
    assert carry_over(funnel) == 8
    periods = funnel_known.design.periods
    whole = br.contribution(funnel_known, during=(periods[20], periods[40]))
    short = br.contribution(funnel_known, during=(periods[20], periods[40]), horizon=0)
    assert float(short.sum("channel").mean()) < float(whole.sum("channel").mean())
    last = br.contribution(funnel_known, during=(periods[-3], periods[-1]))
    far = br.contribution(funnel_known, during=(periods[-3], periods[-1]), horizon=100)
    np.testing.assert_array_equal(last.values, far.values)
    assert whole.note == last.note  # nothing forecast bears on it: effects add to those of demand
    assert whole.note.startswith("search never pauses")
    assert ";" not in whole.note


def test_value_turns_units_into_money(funnel, funnel_data, funnel_known):
    doubled = fit_of(replace(funnel, value=2.0), funnel_data, funnel_known.parameters)
    np.testing.assert_allclose(br.roas(doubled).values, 2 * br.roas(funnel_known).values)
    np.testing.assert_allclose(br.contribution(doubled).values, br.contribution(funnel_known).values)


def test_value_can_be_a_column(funnel, funnel_data, funnel_known):
    prices = np.linspace(1.0, 3.0, funnel_data.rows)
    priced = replace(funnel, value="basket")
    data = replace(funnel_data, columns={**funnel_data.columns, "basket": prices})
    by_period = br.contribution_over_time(funnel_known).values.values[0, 0]
    money = (by_period * prices[8:]).sum(axis=1)
    spend = [funnel_known.design.rows[s].sum() for s in funnel.channels.values()]
    fit = fit_of(priced, data, funnel_known.parameters)
    np.testing.assert_allclose(br.roas(fit, horizon=0).values.values[0, 0], money / spend)
    later = br.contribution(fit).values.values[0, 0] - br.contribution(fit, horizon=0).values.values[0, 0]
    roas = br.roas(fit)
    np.testing.assert_allclose(roas.values.values[0, 0], (money + later * prices[-52:].mean()) / spend)
    assert "a unit of revenue worth the mean basket of the last year" in roas.note


def test_a_channel_that_never_went_dark_is_extrapolated(funnel, funnel_data, funnel_known):
    always = replace(
        funnel_data, columns={**funnel_data.columns, "tv_spend": 10_000 + 0.1 * funnel_data.columns["tv_spend"]}
    )
    roi = br.roi(fit_of(funnel, always, funnel_known.parameters))
    assert roi.labels().sel(channel="tv") == "identified, extrapolated"
    assert roi.labels().sel(channel="social") == "identified"
    assert float(roi.support.sel(channel="social")) > 0.9


def test_a_channel_that_stays_above_eighty_percent_has_support_of_a_fifth():
    from bayes_roi.panel import Panel

    spend = np.tile([80.0, 100.0, 120.0], 20)
    model = br.Model(name="m", equations="y ~ spend", outcome="y", channels={"c": "spend"})
    panel = Panel(columns={"spend": spend, "y": 500 + spend}, periods=None, time=None, frequency=None, source="made")
    fit = fit_of(model, panel, {"y.intercept": np.ones(1), "y.spend.effect": np.ones(1), "y.sigma": np.ones(1)})
    assert float(br.roi(fit).support.sel(channel="c")) == pytest.approx(0.2, abs=0.02)


def test_an_unobserved_common_cause_makes_a_number_assumed(funnel, funnel_data, funnel_known):
    from bayes_roi.model.language.model import Model
    from bayes_roi.queries.evidence import evidence

    text = "\n".join(map(str, funnel.equations)) + "\nsearch_spend ~~ search_clicks"
    confounded = Model(name="m", equations=text, outcome="revenue", time="week", channels=funnel.channels)
    assert str(evidence(confounded, ["search_spend"], "revenue")) == "assumed"
    assert str(evidence(funnel, ["search_spend"], "revenue")) == "identified"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda f: br.roi(f, margin=35.0), "margin must be in (0, 1], got 35.0. Give a share, e.g. margin=0.35"),
        (lambda f: br.roi(f, horizon=-1), "horizon must be a whole number of periods, 0 or more, got -1"),
        (lambda f: br.roi(f).interval(90), "prob must be in (0, 1), got 90. Give a probability, e.g. 0.9"),
        (lambda f: br.roi(f).interval(0.9, kind="x"), "kind must be 'eti' or 'hdi', got 'x'"),
        (lambda f: br.roi(f).sel(channel="tvv"), "no channel 'tvv'; there are tv, social, search"),
        (lambda f: br.roi(f).sel(node="tv"), "'node' is not a dim of these draws; they have channel"),
        (lambda f: br.roi(f).probability(), "probability needs a bound"),
        (lambda f: br.roi(f) + br.contribution(f), "cannot + 'USD per USD' and 'USD'; the units must be the same"),
        (
            lambda f: br.response_curve(f, "tvv"),
            "'tvv' is not a channel, did you mean 'tv'?; there are tv, social, search",
        ),
        (lambda f: br.response_curve(f, "tv", multiples=(-1,)), "multiples of a spend cannot be negative, got -1"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(funnel_known, ask, message):
    with pytest.raises(QueryError) as error:
        ask(funnel_known)
    assert str(error.value).startswith(message)
