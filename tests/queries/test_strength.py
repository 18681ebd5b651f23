"""Arrow strength: its closed form, an interaction and counts by their definition, errors."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from tests.queries.test_influence import made


def test_a_linear_arrow_has_the_squared_effect_times_the_variance_of_its_parent(acquisition_fit):
    """Of 20,000 normal rows the variance has a relative sampling error of 1 %, which the draws have too."""
    strengths = br.arrow_strength(acquisition_fit)
    for node in ("organic_clicks", "social_clicks"):
        own = strengths.sel(node=node)
        effect = acquisition_fit.parameters[f"revenue.{node}.effect"].mean()
        want = effect**2 * acquisition_fit.design.rows[node].var()
        assert abs(float(own.mean()) / want - 1) < 4 * 0.01 / np.sqrt(4000)
        assert float(own.sd()) / want == pytest.approx(0.01, rel=0.1)
    share = br.arrow_strength(acquisition_fit, unit="share")
    np.testing.assert_allclose(share.values, strengths.values / acquisition_fit.design.rows["revenue"].var(), rtol=1e-9)


def test_an_arrow_that_interacts_is_averaged_over_the_other_parent():
    """y = a + b + a b about the means: the arrow of a has Var(a) x mean of (1 + 1.0 db)^2, of bootstrap weights."""
    rng = np.random.default_rng(1)
    a = rng.normal(size=300)
    b = 0.6 * a + rng.normal(size=300)
    parameters = {"y.intercept": 0.0, "y.a.effect": 1.0, "y.b.effect": 1.0, "y.a:b.effect": 1.0, "y.sigma": 1.0}
    fit = made("y ~ a + b + interact(a, b)", parameters, {"a": a, "b": b, "y": a}, draws=300)
    found = br.arrow_strength(fit)
    want = {"a": a.var() * np.mean((1 + b - b.mean()) ** 2), "b": b.var() * np.mean((1 + a - a.mean()) ** 2)}
    for node, right in want.items():
        own = found.sel(node=node)
        # a variance of n rows is on average 1 / n too small under Bayesian-bootstrap weights, a product twice that
        error = 4 * (float(own.values.mc_error) + float(own.sd()) / np.sqrt(300)) + 3 / 300 * right
        assert abs(float(own.mean()) - right) < error


def test_an_arrow_into_counts_also_gains_their_own_variance():
    """y ~ Poisson(exp(x)) with one parent: the independent copy has the law of x, so that E[Var(y | x)] goes."""
    x = np.random.default_rng(1).normal(size=200)
    parameters = {"y.intercept": 0.5, "y.x.effect": 0.6}
    y = np.round(np.exp(x))
    fit = made("y ~ x", parameters, {"x": x, "y": y}, draws=200, families={"y": "poisson"})
    own = br.arrow_strength(fit)
    rate = np.exp(0.5 + 0.6 * (x - x.mean()))
    error = 4 * (float(own.values.mc_error[0]) + float(own.sd()[0]) / np.sqrt(200)) + 2 / 200 * rate.var()
    assert abs(float(own.mean()[0]) - rate.var()) < error


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda f: br.arrow_strength(f, target="reveneu"), "'reveneu' is not a node of the model, did you mean 'reve"),
        (lambda f: br.arrow_strength(f, target="demand"), "nothing in the model causes 'demand'"),
        (lambda f: br.arrow_strength(f, unit="money"), "unit must be 'variance' or 'share', got 'money'"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(funnel_known, ask, message):
    with pytest.raises(QueryError) as error:
        ask(funnel_known)
    assert str(error.value).startswith(message)
