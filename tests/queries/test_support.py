"""Support given the question: what a spend follows from, and what is left of it."""

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.inference.fit import fit_of
from bayes_roi.queries.evidence import supported
from bayes_roi.queries.variation import Residual, dependencies
from bayes_roi.value.priors.prior_check import prior_fit
from tests.recovery.label_worlds import WORLDS


def world(name, seed=0):
    made = WORLDS[name](np.random.default_rng([seed, list(WORLDS).index(name)]))
    return made.model, made.panel(seed)


def roi(name):
    return br.roi(prior_fit(*world(name), draws=40))


@pytest.mark.parametrize("name", [n for n in WORLDS if n not in ("always the same", "never pauses, 0 +")])
def test_the_label_is_what_the_world_allows(name):
    told = WORLDS[name](np.random.default_rng([0, list(WORLDS).index(name)])).told
    wanted = "identified, extrapolated" if told == "extrapolated" else told
    assert roi(name).labels().sel(channel="search").item() == wanted


def test_tied_budgets_are_both_assumed_and_say_by_which_rule():
    found = roi("tied: half of tv")
    assert found.evidence.values.tolist() == [Evidence.ASSUMED] * 2
    assert "search_spend is 0.5 x tv_spend in 130 of 130 rows; only prior and form separate them" in repr(found)


def test_what_responds_by_a_rule_is_told_in_total_and_assumed_with_other_spends_held():
    model, data = world("tied: half of tv")
    ruled = replace(model, equations="search_spend ~ tv_spend \n revenue ~ demand + tv_spend + search_spend")
    fit = prior_fit(ruled, data, draws=40)
    assert br.roi(fit).labels().sel(channel="tv") == "assumed"
    assert br.roi(fit, hold_spend=False).labels().sel(channel="tv") == "identified"


def test_the_ate_of_a_column_that_is_twice_another_is_assumed():
    _, data = world("independent bursts")
    twice = br.Model(name="m", equations="revenue ~ price + price2", outcome="revenue", time="week")
    columns = {"price": data.columns["demand"], "price2": 2 * data.columns["demand"]}
    table = replace(data, columns=columns | {"revenue": data.columns["revenue"]})
    found = br.ate(prior_fit(twice, table, draws=40), "price2", shift=0.1)
    assert found.evidence.item() == Evidence.ASSUMED
    assert "price2 is 2 x price" in repr(found)


def test_a_plan_that_leaves_the_observed_mix_is_not_supported():
    from bayes_roi.decisions.horizon.outlook import outlook
    from bayes_roi.decisions.horizon.plan_support import plan_support

    model, data = world("tied: half of tv")
    ahead = outlook(prior_fit(model, data, draws=40), periods=8)
    along, across = 0.8 * ahead.reference, ahead.reference * np.array([[0.7], [1.2]])
    assert plan_support(ahead, ahead.reference, along).min() > 0.9
    assert plan_support(ahead, ahead.reference, across).max() < 0.02


def test_support_is_the_same_before_the_data_and_with_any_retention_after_them():
    model, data = world("independent bursts, adstock")
    one = prior_fit(model, data, draws=40)
    draws = {n: x[:1] for n, x in one.parameters.items()} | {"revenue.search_spend.retention": np.array([0.95])}
    other = fit_of(model, data, draws)
    np.testing.assert_array_equal(br.roi(one).support, br.roi(other).support)
    spend = one.design.rows["search_spend"]
    way = {"search_spend": spend}, {"search_spend": 0 * spend}
    posterior = supported(other, *way, "search_spend", held=model.spends, retention="posterior")
    assert posterior.share != supported(other, *way, "search_spend", held=model.spends).share


def test_the_residual_is_that_of_least_squares():
    model, data = world("tied to tv with bursts of its own")
    fit = prior_fit(model, data, draws=2)
    seen = dict(fit.design.rows)
    beside_it = Residual(fit.design, seen, "search_spend", ("demand", "tv_spend"))
    x = np.column_stack([np.ones(fit.design.length), seen["demand"], seen["tv_spend"]])
    wanted = seen["search_spend"] - x @ np.linalg.lstsq(x, seen["search_spend"])[0]
    np.testing.assert_allclose(beside_it.residual(fit.design, seen), wanted, atol=1e-6 * seen["search_spend"].max())


def test_dependencies_among_parents_are_told_once():
    model, data = world("tied: half of tv")
    rows = prior_fit(model, data, draws=2).design
    found = dependencies(rows, rows.rows, {"revenue": ("demand", "tv_spend", "search_spend")})
    assert found == {"revenue": ["search_spend is 0.5 x tv_spend in 130 of 130 rows"]}
    model, data = world("independent bursts")
    rows = prior_fit(model, data, draws=2).design
    assert dependencies(rows, rows.rows, {"revenue": ("demand", "tv_spend", "search_spend")}) == {}
