"""Plans side by side: laws of the differences, closed forms, and coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.decisions.horizon.outlook import outlook
from bayes_roi.decisions.horizon.plan_support import plan_support, plan_supports
from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from tests.decisions import comparison_study
from tests.model.made import series, units

LINE = Model(
    name="line",
    equations="clicks ~ tv + lag(tv, 1, label='before')\ny ~ z + clicks + radio",
    outcome="y",
    time="t",
    channels={"tv": "tv", "radio": "radio"},
    margin=0.5,
    value=2.0,
)


@pytest.fixture(scope="module")
def line() -> Fit:
    """Return a linear model with 40 draws from its prior."""
    rng = np.random.default_rng(1)
    tv, radio, z = rng.gamma(2, 5, 20), rng.gamma(2, 3, 20), rng.normal(3, 1, 20)
    data = series({"tv": tv, "radio": radio, "z": z, "clicks": tv + z, "y": 3 * tv + radio + z})
    return fit_of(LINE, data, prior_draws(LINE, design(LINE, data), 40, 2))


@pytest.fixture(scope="module")
def four(line: Fit) -> br.Comparison:
    plans = [
        br.scenario(line, "today", periods=6),
        br.scenario(line, "again", periods=6),
        br.scenario(line, "other", spend={"tv": [1, 0, 0, 4, 0, 2], "radio": 9}, periods=6),
        br.scenario(line, "dark", periods=6, change=-1),
    ]
    return br.compare(line, plans)


def test_a_linear_model_is_arithmetic(line: Fit, four: br.Comparison) -> None:
    p, (tv, radio) = line.parameters, four.scenarios[2].money.array
    moved = [s.money.array.sum(axis=1) - four.scenarios[0].money.array.sum(axis=1) for s in four.scenarios]
    each = np.array([p["y.clicks.effect"] * (p["clicks.tv.effect"] + p["clicks.before.effect"]), p["y.radio.effect"]])
    gain = np.array([0.5 * 2.0 * (m @ each) - m.sum() for m in moved]).T
    np.testing.assert_allclose(flat(four.against("today")), gain, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(flat(four.difference), gain[:, 1:], rtol=1e-9, atol=1e-9)
    spent = np.array([tv.sum(), radio.sum()])
    np.testing.assert_allclose(flat(four.roi)[:, 2], spent @ each / spent.sum() - 1, rtol=1e-9)
    sizes = [d.arrays.values.sizes["time"] for d in (four.by_period, four.incremental_by_period)]
    assert (four.ahead.horizon, sizes) == (1, [6, 7])
    np.testing.assert_allclose(flat(four.by_period).sum(axis=-1), flat(four.outcome), rtol=1e-12)
    added = flat(four.incremental_outcome)
    np.testing.assert_allclose(added[:, 2], each.T @ spent, rtol=1e-9)
    np.testing.assert_allclose(flat(four.incremental_by_period).sum(axis=-1), added, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(added - four.spend.array.sum(axis=1), flat(four.profit), rtol=1e-9, atol=1e-9)


def flat(draws: br.Draws) -> np.ndarray:
    """Return values with all draws on the first axis."""
    values = draws.arrays.values.array
    return values.reshape(-1, *values.shape[2:])


def test_a_plan_has_nothing_over_itself_nor_is_it_better(four: br.Comparison) -> None:
    for what in ("profit", "outcome", "incremental_outcome", "roi"):
        assert not flat(four.against("today", what=what))[:, 1].any()  # type: ignore[arg-type]
    assert not flat(four.predictive.against("today"))[:, 1].any()
    better = four.better.array
    assert (better[0, 1], better[1, 0]) == (0.0, 0.0)
    assert np.isnan(np.diag(better)).all()
    assert better[0, 2] + better[2, 0] == 1
    assert np.isnan(flat(four.roi)[:, 3]).all()


def test_differences_are_antisymmetric_and_the_noise_of_an_additive_model_leaves_them(four: br.Comparison) -> None:
    one, other = flat(four.against("today"))[:, 2], flat(four.against("other"))[:, 0]
    np.testing.assert_array_equal(one, -other)
    noisy = flat(four.predictive.against("today"))
    np.testing.assert_allclose(noisy, flat(four.against("today")), atol=1e-9 * np.abs(flat(four.outcome)).max())


def test_the_predictive_outcome_has_the_noise_of_every_node_and_period(line: Fit, four: br.Comparison) -> None:
    """Six periods of independent noise, by 40 draws: a mean and sd within 3.3 standard errors of 0 and 1."""
    p = line.parameters
    noise = (flat(four.predictive.outcome) - flat(four.outcome))[:, 0]
    z = noise / np.sqrt(6 * (p["y.sigma"] ** 2 + (p["y.clicks.effect"] * p["clicks.sigma"]) ** 2))
    assert abs(z.mean()) < 3.3 / math.sqrt(40)
    assert abs(z.std() - 1) < 3.3 / math.sqrt(80)


def test_no_carry_out_counts_less(line: Fit, four: br.Comparison) -> None:
    last = [four.scenarios[0].money.array[0, -1], 2.0, 0.0]
    short = br.compare(line, [four.scenarios[i] for i in (0, 2, 3)], horizon=0)
    lost = line.parameters["y.clicks.effect"] * line.parameters["clicks.before.effect"]
    full = flat(four.roi)[:, 2] - flat(short.roi)[:, 1]
    np.testing.assert_allclose(full, lost * last[1] / four.spend.array[2].sum(), rtol=1e-9)


def test_other_nodes_may_differ_between_plans(line: Fit) -> None:
    effect = line.parameters["y.z.effect"]
    plans = [
        br.scenario(line, "clicks", periods=4, nodes={"clicks": 12.0}),
        br.scenario(line, "low", periods=4, nodes={"z": 1.0}),
        br.scenario(line, "high", periods=4, nodes={"z": 2.0}),
        br.scenario(line, "clicks, high", periods=4, nodes={"clicks": 12.0, "z": 2.0}),
    ]
    found = br.compare(line, plans)
    high = flat(found.against("low"))[:, 2]
    np.testing.assert_allclose(high, 0.5 * 2.0 * 4 * effect, rtol=1e-9, atol=1e-9)  # in the four planned periods
    np.testing.assert_allclose(flat(found.profit)[:, 1], flat(found.profit)[:, 2], rtol=1e-9, atol=1e-9)  # of spend
    for position, alone in enumerate(plans):
        np.testing.assert_allclose(flat(found.profit)[:, position], flat(br.compare(line, [alone]).profit)[:, 0])


def test_panel_units_are_added_up() -> None:
    model = Model("m", "y ~ x + z", "y", time="t", panel="geo", channels={"x": "x"}, value=3.0)
    data = units({"north": range(12), "south": range(12)})
    fit = fit_of(model, data, prior_draws(model, design(model, data), 5, 2))
    found = br.compare(fit, [br.scenario(fit, "today", periods=4), br.scenario(fit, "more", periods=4, change=0.5)])
    spent = found.spend.array[0, 0]
    gain = 0.5 * spent * (3.0 * fit.parameters["y.x.effect"] - 1)
    np.testing.assert_allclose(flat(found.difference)[:, 0], gain, rtol=1e-9, atol=1e-9)
    assert found.by_period.arrays.values.sizes["time"] == 4


def test_a_plan_beyond_what_was_spent_is_extrapolated(funnel_known: Fit) -> None:
    ahead = outlook(funnel_known, periods=20)
    np.testing.assert_array_equal(plan_support(ahead, ahead.reference, ahead.reference), 1.0)
    tv, social, search = plan_supports(ahead, ahead.reference, 0.9 * ahead.reference)
    assert (tv.range, social.range) == (1.0, 1.0)
    assert search.range > 0.96  # it never pauses, and is carried over by the prior median of its retention
    assert min(s.variation for s in (tv, social, search)) > 0.96
    far = br.scenario(funnel_known, "far", periods=20, change={"search": 5.0})
    found = br.compare(funnel_known, [br.scenario(funnel_known, "today", periods=20), far])
    assert found.summary()["far"]["extrapolated"] == ["search"]
    assert found.profit.words().array.tolist() == ["identified, extrapolated"] * 2  # what spend adds, of none at all


def test_the_reach_of_a_plan_is_the_share_of_its_way_inside_the_observed_doses() -> None:
    model = Model("m", "w := 2 * x\ny ~ w", "y", time="t", channels={"x": "x"})
    x = np.array([1.0, 4.0, 2.0, 3.0, 2.0])
    fit = fit_of(model, series({"x": x, "y": x}), prior_draws(model, design(model, series({"x": x, "y": x})), 2, 1))
    ahead = outlook(fit, periods=2)
    assert plan_support(ahead, np.array([[2.0, 3.0]]), np.array([[6.0, 3.5]])).tolist() == [pytest.approx(2.5 / 4.5)]


def test_evidence_is_that_of_the_graph_with_all_spends_set(four: br.Comparison) -> None:
    assert set(four.profit.arrays.evidence.array.tolist()) == {int(Evidence.IDENTIFIED)}
    hidden = Model("m", "x ~ u\nz ~ u\ny ~ x + u", "y", time="t", channels={"x": "x"}, unobserved=("u",))
    x = np.arange(1.0, 13.0)
    data = series({"x": x, "z": x, "y": x})
    fit = fit_of(hidden, data, prior_draws(hidden, design(hidden, data), 3, 1))
    found = br.compare(fit, [br.scenario(fit, "today", periods=2)])
    assert found.profit.words().array.tolist() == ["assumed"]


def test_it_shows_itself_as_a_table(four: br.Comparison) -> None:
    frame = four.to_frame()
    assert frame.index.tolist() == ["today", "again", "other", "dark"]
    assert frame.loc["other", "gain"] == pytest.approx(flat(four.difference)[:, 1].mean())
    assert np.isnan(frame.loc["today", "gain"])
    assert "other" in repr(four)
    assert "<table" in four._repr_html_()
    assert four.probability_better.sel(scenario="other", another="dark").item() == four.better.array[2, 3]


def test_each_wrong_comparison_has_one_clear_answer(line: Fit, four: br.Comparison, funnel_known: Fit) -> None:
    today = four.scenarios[0]

    def refused(words: str, *plans: object, **options: object) -> None:
        with pytest.raises(QueryError, match=words):
            br.compare(line, plans, **options)  # type: ignore[arg-type]

    refused("at least one scenario")
    refused("'tv' is not a scenario", "tv")
    refused("2 scenarios are called 'today'", today, today)
    refused("compare plans of the same time", today, br.scenario(line, "short", periods=2))
    refused("of tv, social, search, the model of tv, radio", br.scenario(funnel_known, "funnel"))
    refused("horizon must be", today, horizon=-2)
    refused("margin must be", today, margin=0)
    with pytest.raises(QueryError, match="no scenario 'todya', did you mean 'today'"):
        four.against("todya")
    with pytest.raises(QueryError, match="what must be"):
        four.against("today", what="love")  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="needs two"):
        br.compare(line, [today]).difference  # noqa: B018
    with pytest.raises(QueryError, match="prob must be"):
        four.summary(90)


def test_gains_and_what_is_to_come_are_covered_over_thirty_worlds() -> None:
    """Within 3.3 standard errors of 90 %; the long form is `comparison_study`."""
    hits = np.array([comparison_study.run(seed) for seed in range(3000, 3030)])
    assert (np.abs(hits.mean(axis=0) - 0.9) < 3.3 * math.sqrt(0.09 / len(hits))).all(), hits.mean(axis=0)
