"""The exact engine against quadrature, textbook formulas and the density of the PyMC model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

import bayes_roi as br
from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines import Exact, Refusal, Settings
from bayes_roi.model.build import build
from bayes_roi.model.design import design
from bayes_roi.panel import Panel


def world(rows=40, effect=2.0, seed=0, spend=False):
    rng = np.random.default_rng(seed)
    x = rng.gamma(2.0, 50.0, rows)
    y = 500 + effect * x + rng.normal(0, 60, rows)
    model = br.Model(name="m", equations="y ~ x", outcome="y", channels={"c": "x"} if spend else {})
    return model, Panel(columns={"x": x, "y": y}, periods=None, time=None, frequency=None, source="made")


def draw(model, panel, count=20_000, seed=1):
    rows = design(model, panel)
    settings = Settings(draws=count, chains=1)
    draws, _ = Exact().sample(model, rows, Block(("y",)), settings, np.random.default_rng(seed), lambda share: None)
    return {name: v.reshape(-1, *v.shape[2:]) for name, v in draws.items()}


def density(model, panel):
    """Return the log posterior density in (effect, level, sigma) that the priors and the likelihood say, by hand."""
    x, y = panel.columns["x"], panel.columns["y"]
    spend = bool(model.channels)
    from scipy import stats

    def log_density(effect, level, sigma):
        prior = stats.halfnorm(scale=y.mean() / x.mean()) if spend else stats.norm(0, 2.5 * y.std() / x.std())
        eta = level + effect * (x - x.mean())
        return (
            stats.norm(eta, sigma).logpdf(y).sum()
            + prior.logpdf(effect)
            + stats.norm(y.mean(), 10 * y.std()).logpdf(level)
            + stats.halfnorm(scale=y.std()).logpdf(sigma)
        )

    return log_density


@pytest.mark.parametrize("spend", [False, True], ids=["covariate", "spend"])
def test_moments_agree_with_quadrature(spend):
    model, panel = world(spend=spend)
    log_density, draws = density(model, panel), draw(model, panel)
    level = panel.columns["y"].mean()  # the level is orthogonal to the effect and nearly flat: fixed at its mean
    peak = log_density(2.0, level, 60.0)
    grid_effect, grid_sigma = np.linspace(1.0, 3.0, 241), np.linspace(35, 110, 201)
    weight = np.exp([[log_density(e, level, s) - peak for s in grid_sigma] for e in grid_effect])
    by_effect = weight @ np.append(np.diff(grid_sigma), grid_sigma[1] - grid_sigma[0])
    mean = (grid_effect * by_effect).sum() / by_effect.sum()
    sd = np.sqrt(((grid_effect - mean) ** 2 * by_effect).sum() / by_effect.sum())
    effect = draws["y.x.effect"]
    assert effect.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(len(effect)) + 0.01 * sd)
    assert effect.std() == pytest.approx(sd, rel=0.03)


def test_the_sign_is_a_truncation_of_the_same_posterior():
    model, panel = world(effect=0.05, spend=True)
    free, _ = world(effect=0.05)
    free = br.Model(name="m", equations="y ~ x", outcome="y", priors={"y.x.effect": "Normal(mu=0, sigma=1e3)"})
    signed = br.Model(
        name="m", equations="y ~ x", outcome="y", channels={"c": "x"}, priors={"y.x.effect": "HalfNormal(sigma=1e3)"}
    )
    unsigned_draws, signed_draws = draw(free, panel)["y.x.effect"], draw(signed, panel)["y.x.effect"]
    positive = unsigned_draws[unsigned_draws > 0]
    assert (signed_draws > 0).all()
    assert signed_draws.mean() == pytest.approx(positive.mean(), abs=5 * positive.std() / np.sqrt(len(positive)))


def test_the_draws_follow_the_density_of_the_pymc_model():
    model, panel = world(spend=True)
    rows = design(model, panel)
    draws = draw(model, panel, count=400)
    pymc_model = build(model, rows)
    with pymc_model:
        logp = pymc_model.compile_logp(mode="FAST_COMPILE")
    names = {v.name: pymc_model.rvs_to_values[v] for v in pymc_model.free_RVs}
    log_density = density(model, panel)
    differences = []
    for i in range(5):
        effect, sigma = draws["y.x.effect"][i], draws["y.sigma"][i]
        intercept = draws["y.intercept"][i]
        top = panel.columns["y"].mean() / panel.columns["x"].mean()
        level = intercept + effect * panel.columns["x"].mean()
        point = {
            names["y.x.effect"].name: np.log(effect / (top - effect)),
            names["y.intercept"].name: (level - panel.columns["y"].mean()) / (10 * panel.columns["y"].std()),
            names["y.sigma"].name: np.log(sigma),
        }
        jacobian = np.log(effect) + np.log1p(-effect / top) + np.log(sigma)
        differences.append(float(logp(point)) - jacobian - log_density(effect, level, sigma))
    assert np.ptp(differences) < 1e-6


def test_the_cap_is_an_indicator_on_the_prior():
    rng = np.random.default_rng(5)
    x = np.full(30, 100.0) + rng.normal(0, 1.0, 30)
    y = 150 + rng.normal(0, 30.0, 30)
    model = br.Model(name="m", equations="y ~ x", outcome="y", channels={"c": "x"})
    panel = Panel(columns={"x": x, "y": y}, periods=None, time=None, frequency=None, source="made")
    effect = draw(model, panel)["y.x.effect"]
    assert (effect * x.mean() <= y.mean()).all()
    assert effect.max() * x.mean() > 0.95 * y.mean()


def test_data_that_contradict_the_sign_are_refused():
    model, panel = world(effect=-3.0, spend=True)
    with pytest.raises(Refusal, match="the data contradict the assumed signs"):
        draw(model, panel, count=500)


def test_the_marginal_of_sigma_integrates_to_one():
    model, panel = world()
    sigma = np.sort(draw(model, panel)["y.sigma"])
    log_density = density(model, panel)
    level = panel.columns["y"].mean()

    def mass(s):
        inner = integrate.quad(lambda e: np.exp(log_density(e, level, s) - log_density(2.0, level, 60.0)), 1.0, 3.0)
        return inner[0]

    total = integrate.quad(mass, 35, 120, limit=60)[0]
    half = integrate.quad(mass, 35, np.median(sigma), limit=60)[0]
    assert half / total == pytest.approx(0.5, abs=0.02)


def test_an_identity_without_noise_is_fitted():
    rng = np.random.default_rng(0)
    a, b = rng.normal(50, 5, 100), rng.normal(20, 5, 100)
    model = br.Model(name="m", equations="y ~ a + b", outcome="y")
    panel = Panel(columns={"a": a, "b": b, "y": a + b}, periods=None, time=None, frequency=None, source="made")
    draws = draw(model, panel, count=200)
    np.testing.assert_allclose(draws["y.a.effect"], 1.0, atol=1e-3)
