"""What the numbers of a plan count: the planned periods in its outcome, its own spend in all that is incremental."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from tests.model.made import series

WEEKS, BASE, LAGS = 60, 9000.0, 6
DRAWS = 8


def shop(*, carried: bool = True, saturated: bool = True) -> Fit:
    """Return a shop that takes about 9,000 a week without any spend, with draws around its parameters."""
    rng = np.random.default_rng(5)
    tv, radio = rng.gamma(3, 200, WEEKS), rng.gamma(3, 80, WEEKS)
    reached = f"adstock(tv, max_lag={LAGS})" if carried else "tv"
    first = f"hill({reached})" if saturated else reached
    text = f"revenue ~ {first} + {'adstock(radio, max_lag=2)' if carried else 'radio'}"
    model = Model("shop", text, "revenue", time="week", channels={"tv": "tv", "radio": "radio"}, margin=0.5)
    draws = {
        "revenue.intercept": rng.normal(BASE, 50, DRAWS),
        "revenue.tv.effect": rng.normal(1500, 200, DRAWS) if saturated else rng.normal(2.0, 0.2, DRAWS),
        "revenue.radio.effect": rng.normal(1.5, 0.2, DRAWS),
        "revenue.sigma": np.full(DRAWS, 200.0),
    }
    if saturated:
        draws |= {"revenue.tv.half": rng.normal(600, 50, DRAWS), "revenue.tv.slope": np.full(DRAWS, 1.2)}
    if carried:
        draws |= {"revenue.tv.retention": rng.uniform(0.5, 0.7, DRAWS), "revenue.radio.retention": np.full(DRAWS, 0.3)}
    return fit_of(model, series({"tv": tv, "radio": radio, "revenue": BASE + 2 * tv + radio}), draws)


@pytest.fixture(scope="module")
def fit() -> Fit:
    return shop()


def total(ahead: br.Outlook, spend: np.ndarray) -> np.ndarray:
    """Return the outcome (draws, periods + horizon) by one forward pass: what both arms of a plan are made of."""
    return np.asarray(ahead.scene.forward.run(ahead.fit.parameters, ahead.held(spend)).values["revenue"])


def test_one_planned_week_brings_what_one_week_takes(fit: Fit) -> None:
    plan = br.optimise(fit, budget=800, periods=1, extrapolate=True)
    assert plan.outlook.horizon == LAGS
    assert BASE < float(plan.outcome.mean()) < BASE + 1500 + 1.5 * 800  # and not seven weeks of it
    assert float(plan.incremental_outcome.mean()) < 1500 + 1.5 * 800
    assert float(plan.profit.mean()) < 0.5 * (1500 + 1.5 * 800) - 800


def test_a_target_is_met_by_the_planned_periods_alone(fit: Fit) -> None:
    """Without spend thirteen weeks take 13 x 9,000: a target above it cannot be met by spending nothing."""
    ahead = br.outlook(fit, periods=13)
    dark, today = (float(ahead.outcome([s]).sum(axis=-1).mean()) for s in (0 * ahead.reference, ahead.reference))
    target = dark + 0.8 * (today - dark)
    plan = br.optimise(fit, objective="least_spend", target=target, periods=13)
    assert float(plan.outcome.mean()) == pytest.approx(target, rel=1e-6)
    assert 0 < plan.budget < ahead.reference.sum()


def test_the_outcome_is_that_of_a_pass_over_the_planned_periods_and_the_rest_is_a_difference(fit: Fit) -> None:
    ahead = br.outlook(fit, periods=8)
    plan = 1.3 * ahead.reference
    with_it, without = total(ahead, plan), total(ahead, 0 * plan)
    np.testing.assert_allclose(ahead.outcome([plan])[:, 0], with_it[:, :8], rtol=1e-12)
    profit = 0.5 * (with_it - without).sum(axis=1) - plan.sum()
    np.testing.assert_allclose(ahead.profit(plan), profit, rtol=1e-9)
    found = br.compare(fit, [br.scenario(fit, "more", periods=8, change=0.3)])
    np.testing.assert_allclose(found.profit.values.values[0, :, 0], profit, rtol=1e-9)
    np.testing.assert_allclose(found.roi.values.values[0, :, 0], profit / plan.sum(), rtol=1e-9)
    chosen = br.decision(fit, periods=8, plans={"more": plan})
    np.testing.assert_allclose(chosen.earned[:, 0], profit, rtol=1e-9)


def test_differences_between_plans_are_those_of_all_that_is_made_to_the_end_of_the_run_off(fit: Fit) -> None:
    """What a difference of whole profits was, baseline and run-off counted in both, it stays."""
    ahead = br.outlook(fit, periods=8)
    plans = [ahead.reference, 0.5 * ahead.reference, ahead.reference[::-1]]
    whole = np.stack([0.5 * total(ahead, p).sum(axis=1) - p.sum() for p in plans], axis=1)
    gained = ahead.profits(plans)
    np.testing.assert_allclose(gained[:, 1:] - gained[:, [0]], whole[:, 1:] - whole[:, [0]], rtol=1e-8, atol=1e-6)


def test_without_carry_over_the_run_off_is_empty_and_nothing_is_left_out(fit: Fit) -> None:
    ahead = br.outlook(shop(carried=False), periods=8)
    assert ahead.horizon == 0
    plan = ahead.reference
    np.testing.assert_allclose(ahead.outcome([plan])[:, 0], total(ahead, plan), rtol=1e-12)
    added = (total(ahead, plan) - total(ahead, 0 * plan)).sum(axis=1)
    np.testing.assert_allclose(ahead.profit(plan), 0.5 * added - plan.sum(), rtol=1e-9)


@given(spend=st.lists(st.floats(0, 3000), min_size=2, max_size=6), channel=st.integers(0, 1))
def test_a_period_more_never_lowers_the_outcome(fit: Fit, spend: list[float], channel: int) -> None:
    """The expected outcome without spend is not negative here, so that what is appended cannot be either."""
    plan = np.zeros((2, len(spend)))
    plan[channel] = spend
    longer, shorter = (br.outlook(fit, periods=p.shape[1]).outcome([p]).sum(axis=-1) for p in (plan, plan[:, :-1]))
    assert (longer >= shorter).all()


@given(scale=st.floats(0.1, 3), periods=st.integers(1, 12))
def test_an_affine_plan_adds_the_same_wherever_its_end_falls(scale: float, periods: int) -> None:
    """Carry-over is counted to its end, so that each unit of a linear channel adds its effect, in the last week too."""
    fit = LINE
    ahead = br.outlook(fit, periods=periods)
    plan = scale * ahead.reference
    each = np.stack([fit.parameters[f"revenue.{c}.effect"] for c in ("tv", "radio")], axis=1)
    np.testing.assert_allclose(ahead.profit(plan), 0.5 * each @ plan.sum(axis=1) - plan.sum(), rtol=1e-9, atol=1e-6)


LINE = shop(saturated=False)


def test_budget_and_target_of_a_search_are_of_the_same_numbers_as_its_plan(fit: Fit) -> None:
    plan = br.optimise(fit, objective="roi", target=-0.3, periods=8)
    np.testing.assert_allclose(float(plan.roi.mean()), -0.3, atol=1e-5)
    np.testing.assert_allclose(plan.roi.values, plan.profit.values / plan.budget, rtol=1e-12)
    sure = br.optimise(fit, objective="probability", target=0.0, periods=8, budget=2000)
    assert float(sure.profit.probability(above=0)) == pytest.approx(
        float((br.outlook(fit, periods=8).profit(sure.money.array) > 0).mean())
    )
