"""The interval of a plan's outcome is of noise and parameters, each of which is held to its closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import bayes_roi as br
from bayes_roi.inference.fit import fit_of
from bayes_roi.mechanisms.prior import parse_prior
from bayes_roi.model.simulation.simulate import simulate
from tests.conftest import known
from tests.model.made import series
from tests.recovery.plan_totals_study import (
    DRAWS,
    MODEL,
    PLANNED,
    WEEKS,
    compared,
    cut,
    in_terms_of,
    number,
    outcome_that_came,
    truth_of,
)


@pytest.mark.parametrize("seed", range(3))
def test_what_comes_is_what_is_expected_of_the_true_parameters_and_the_noise_of_both_nodes(seed: int) -> None:
    truth = truth_of(seed)
    whole = simulate(MODEL, truth, periods=WEEKS + PLANNED, seed=seed)
    data, nodes = cut(whole, WEEKS), {"demand": whole.columns["demand"][WEEKS:]}
    plan = np.stack([1.2 * whole.columns[c][WEEKS - PLANNED : WEEKS] for c in ("tv", "radio")])
    made_it = in_terms_of(data, whole, truth)
    expected = number(compared(known(MODEL, data, made_it), plan, nodes).outcome)
    noise = {n: noise_of(n, seed) for n in ("visits", "revenue")}
    p = {name: float(value) for name, value in made_it.parameters.items()}
    passed_on = p["revenue.visits.effect"] * p["visits.sigma"]
    right = expected + p["revenue.sigma"] * noise["revenue"] + passed_on * noise["visits"]
    assert outcome_that_came(truth, whole, plan, seed) == pytest.approx(right, rel=1e-9)
    many = fit_of(MODEL, data, {name: np.full(DRAWS, value) for name, value in p.items()}, seed=seed)
    drawn = compared(many, plan, nodes).predictive.outcome.sel(scenario="plan").arrays.values.array
    spread = np.sqrt(PLANNED) * np.hypot(p["revenue.sigma"], passed_on)
    assert drawn.mean() == pytest.approx(expected, abs=4 * spread / np.sqrt(DRAWS))
    assert drawn.std() == pytest.approx(spread, rel=4 / np.sqrt(2 * DRAWS))


def noise_of(node: str, seed: int) -> float:
    """Return the sum of the standard noise of the planned weeks, from the generator that a simulation gives a node."""
    rng = np.random.default_rng([seed, MODEL.computation.order.index(node), 1])
    return float(stats.norm.ppf(rng.random(MODEL.max_lag + WEEKS + PLANNED))[-PLANNED:].sum())


def test_the_interval_of_an_outcome_is_that_of_a_regression_with_its_parameters_unknown() -> None:
    """Under flat priors of coefficients and sigma the sum is Student's t (Gelman et al. 2013, section 14.2).

    With sigma^2 flat in sigma it has n - k - 1 degrees of freedom.
    """
    rows, ahead = 24, 6
    rng = np.random.default_rng(8)
    price, ad = rng.normal(10.0, 1.0, rows), rng.gamma(3.0, 30.0, rows)
    sales = 500 + 20 * price + 1.5 * ad + rng.normal(0.0, 25.0, rows)
    wide = {"sales.sigma": "HalfNormal(sigma=1e5)"}
    wide |= {f"sales.{x}": "Normal(mu=0, sigma=1e6)" for x in ("intercept", "price.effect", "ad.effect")}
    model = br.Model(
        name="shop",
        equations="sales ~ price + ad",
        outcome="sales",
        time="week",
        channels={"ad": "ad"},
        priors={name: parse_prior(text) for name, text in wide.items()},
    )
    fit = br.fit(model, series({"price": price, "ad": ad, "sales": sales}), seed=1, draws=5000)
    spend, prices = rng.gamma(3.0, 30.0, ahead), rng.normal(10.0, 1.0, ahead)
    plan = br.scenario(fit, "plan", spend={"ad": spend}, nodes={"price": prices})
    drawn = br.compare(fit, [plan]).predictive.outcome.arrays.values.array.ravel()

    x, to_come = (np.stack([np.ones_like(p), p, a], 1) for p, a in ((price, ad), (prices, spend)))
    b, (squares,), *_ = np.linalg.lstsq(x, sales, rcond=None)
    free = rows - x.shape[1] - 1
    total = to_come.sum(axis=0)
    spread = np.sqrt(squares / free * (ahead + total @ np.linalg.solve(x.T @ x, total)))
    law = stats.t(free, float(total @ b), spread)
    for p in (0.05, 0.5, 0.95):
        at, error = law.ppf(p), np.sqrt(p * (1 - p) / drawn.size) / law.pdf(law.ppf(p))
        assert np.quantile(drawn, p) == pytest.approx(at, abs=4 * error), p
