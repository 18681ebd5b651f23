"""Laws of every prior, old or new."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.prior import DISTRIBUTIONS, parse_prior

TEXTS = [
    "Beta(alpha=2, beta=3)",
    "Exponential(lam=0.5)",
    "Gamma(alpha=2.5, beta=0.1)",
    "HalfNormal(sigma=3)",
    "LogNormal(mu=1, sigma=0.4)",
    "Normal(mu=-1, sigma=2)",
    "Truncated(Gamma(alpha=2, beta=0.1), lower=2)",
    "Uniform(lower=-1, upper=4)",
]


def test_every_distribution_is_among_those_tested():
    assert {t.split("(")[0] for t in TEXTS} == set(DISTRIBUTIONS)


@pytest.mark.parametrize("text", TEXTS)
def test_text_to_prior_to_text_is_the_identity(text):
    assert parse_prior(str(parse_prior(text))) == parse_prior(text)


@pytest.mark.parametrize("text", TEXTS)
def test_the_density_integrates_to_the_probability_between_quantiles(text):
    prior = parse_prior(text)
    low, high = prior.ppf(np.array([0.05, 0.8]))
    mass, _ = integrate.quad(lambda x: float(np.exp(prior.logpdf(np.array(x)))), low, high)
    assert mass == pytest.approx(0.75, abs=1e-6)


@pytest.mark.parametrize("text", TEXTS)
def test_nothing_lies_outside_the_support(text):
    prior = parse_prior(text)
    low, high = prior.support
    outside = [x for x in (low - 1.0, high + 1.0) if np.isfinite(x)]
    assert all(prior.logpdf(np.array(x)) == -np.inf for x in outside)


@pytest.mark.parametrize("text", TEXTS)
def test_pymc_has_the_same_density(text):
    pm = pytest.importorskip("pymc")
    from bayes_roi.model.pymc.declare import dist

    prior = parse_prior(text)
    x = float(prior.ppf(np.array(0.3)))
    assert pm.logp(dist(prior), x).eval(mode="FAST_COMPILE") == pytest.approx(
        float(prior.logpdf(np.array(x))), rel=1e-6
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("HalfNorml(1)", "unknown prior 'HalfNorml', did you mean 'HalfNormal'?; known are Beta, Exponential"),
        ("HalfNormal(sd=1)", "HalfNormal takes sigma, got 'sd'"),
        ("HalfNormal(1, 2)", "HalfNormal takes sigma, got '2'"),
        ("HalfNormal(sigma=-1)", "HalfNormal: sigma must be above zero, got -1"),
        ("HalfNormal('a')", "HalfNormal: sigma must be a finite number, got a"),
        ("Uniform(2, 1)", "Uniform: lower must be below upper and both finite, got 2 and 1"),
        ("Truncated(Normal(0, 1), lower=2)", "Truncated takes a Gamma first"),
        ("Normal(mu=1e999)", "Normal: mu must be a finite number, got inf"),
        ("Normal(mu=Gamma(1, 1))", "Normal: mu must be a finite number, got Gamma(alpha=1, beta=1)"),
        ("Normal(0, mu=1)", "Normal is given mu twice: 'Normal(0, mu=1)'"),
        ("3", "'3' is not a prior; write for example HalfNormal(sigma=3)"),
        ("Normal(", "'Normal(' is not a prior; write for example HalfNormal(sigma=3)"),
        ("Normal(open('x'))", "unknown prior 'open'"),
    ],
)
def test_a_wrong_prior_says_what_would_be_right(text, message):
    with pytest.raises(ModelError) as error:
        parse_prior(text)
    assert str(error.value).startswith(message)
