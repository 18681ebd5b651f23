"""Half-normals of log-normal scale: the density against quadrature, its gradient, and draws of the scale."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from bayes_roi.mechanisms.autodiff import tape, value_and_gradient
from bayes_roi.mechanisms.scale_mixture import draw_log_scale, log_density

AT = (-8.0, -2.0, 0.0, 1.5, 4.0)


def by_quadrature(d, sd):
    """Return the density of log x by adaptive quadrature over the log scale."""

    def integrand(e):
        return 2 * stats.norm.pdf(np.exp(d - sd * e)) * np.exp(d - sd * e) * stats.norm.pdf(e)

    return integrate.quad(integrand, -12, 12, limit=500, epsabs=0, epsrel=1e-11)[0]


@pytest.mark.parametrize("sd", [0.1, 0.8, 3.0])
def test_the_density_is_the_integral(sd):
    at = [d for d in AT if sd > 0.2 or d < 2]  # twenty sd away there is nothing to compare with
    found = np.exp(log_density(np, np.array(at)[:, None], np.array([sd])))[:, 0]
    np.testing.assert_allclose(found, [by_quadrature(d, sd) for d in at], rtol=5e-5)


def test_its_gradient_is_that_of_differences():
    d, sd = np.array(AT)[:, None], np.array([0.8])
    _, slope = value_and_gradient(lambda x: log_density(tape, x, sd)[:, 0], d)
    up, down = log_density(np, d + 1e-5, sd), log_density(np, d - 1e-5, sd)
    np.testing.assert_allclose(slope, (up - down) / 2e-5, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("d", [-3.0, 0.5, 4.0])
def test_draws_of_the_scale_have_the_law_of_the_scale_given_the_value(d):
    count, sd = 20_000, 0.8
    drawn = draw_log_scale(np.full((count, 1), d), np.array([sd]), np.random.default_rng(0))[:, 0]

    def height(s):
        return 2 * stats.norm.pdf(np.exp(d - s)) * np.exp(d - s) * stats.norm.pdf(s, scale=sd)

    total = integrate.quad(height, -8, 8, limit=500)[0]
    at = np.quantile(drawn, [0.1, 0.5, 0.9])
    told = [integrate.quad(height, -8, x, limit=500)[0] / total for x in at]
    np.testing.assert_allclose(told, [0.1, 0.5, 0.9], atol=4 * 0.5 / np.sqrt(count))
