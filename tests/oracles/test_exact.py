"""The exact engine against quadrature, textbook formulas and the density of the PyMC model."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines import Exact, Refusal, Settings
from bayes_roi.model.pymc.build import build
from bayes_roi.model.rows.design import design
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
    """Return the log posterior density in (effect, level, sigma) that priors and likelihood say, written by hand."""
    x, y = panel.columns["x"], panel.columns["y"]
    spend = bool(model.channels)
    scale = y.mean() / x.mean() if spend else 2.5 * y.std() / x.std()

    def log_density(effect, level, sigma):
        effect, level, sigma = np.broadcast_arrays(effect, level, sigma)
        residual = y - level[..., None] - effect[..., None] * (x - x.mean())
        likelihood = -len(y) * np.log(sigma) - 0.5 * (residual**2).sum(-1) / sigma**2
        prior = -0.5 * (effect / scale) ** 2 - 0.5 * ((level - y.mean()) / (10 * y.std())) ** 2
        return likelihood + prior - 0.5 * (sigma / y.std()) ** 2

    return log_density


def grid(model, panel):
    """Return effects, sigmas and the normalised posterior mass on their grid, the level integrated by its own grid."""
    y = panel.columns["y"]
    effect, sigma = np.linspace(0.5, 3.5, 121), np.linspace(30, 120, 121)
    level = y.mean() + y.std() * np.linspace(-1, 1, 41)
    log_mass = density(model, panel)(effect[:, None, None], level[None, :, None], sigma[None, None, :])
    mass = np.exp(log_mass - log_mass.max()).sum(axis=1)
    return effect, sigma, mass / mass.sum()


@pytest.mark.parametrize("spend", [False, True], ids=["covariate", "spend"])
def test_moments_agree_with_quadrature(spend):
    model, panel = world(spend=spend)
    draws = draw(model, panel)
    for name, axis in (("y.x.effect", 1), ("y.sigma", 0)):
        effect, sigma, mass = grid(model, panel)
        values, by_value = (effect, mass.sum(axis=1)) if axis else (sigma, mass.sum(axis=0))
        mean = (values * by_value).sum()
        sd = np.sqrt(((values - mean) ** 2 * by_value).sum())
        found = draws[name]
        assert found.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(len(found)))
        assert found.std() == pytest.approx(sd, rel=4 / np.sqrt(2 * len(found)))


def test_the_sign_is_a_truncation_of_the_same_posterior():
    _, panel = world(effect=0.05, spend=True)
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
            names["y.intercept"].name: (level - panel.columns["y"].mean()) / panel.columns["y"].std(),
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


def test_an_identity_without_noise_is_fitted():
    rng = np.random.default_rng(0)
    a, b = rng.normal(50, 5, 100), rng.normal(20, 5, 100)
    model = br.Model(name="m", equations="y ~ a + b", outcome="y")
    panel = Panel(columns={"a": a, "b": b, "y": a + b}, periods=None, time=None, frequency=None, source="made")
    draws = draw(model, panel, count=200)
    np.testing.assert_allclose(draws["y.a.effect"], 1.0, atol=1e-3)


def test_an_equation_without_coefficients_has_a_sigma():
    rng = np.random.default_rng(0)
    a = rng.normal(50, 5, 200)
    model = br.Model(name="m", equations="y ~ 0 + 1*a", outcome="y")
    columns = {"a": a, "y": a - a.mean() + rng.normal(0, 3.0, 200)}
    panel = Panel(columns=columns, periods=None, time=None, frequency=None, source="made")
    draws = draw(model, panel, count=2000)
    assert set(draws) == {"y.sigma"}
    assert draws["y.sigma"].mean() == pytest.approx(3.0, abs=0.6)
