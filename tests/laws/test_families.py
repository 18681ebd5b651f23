"""Laws of every family of noise, old or new."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.mechanisms.families import FAMILIES

families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


def parameters(family, q=0.5):
    return {role: np.array([[prior.ppf(q)]]) for role, prior in family.priors(0.7).items()}


@families
@given(u=st.floats(1e-6, 1 - 1e-6), eta=st.floats(-5, 5), q=st.floats(0.1, 0.9))
def test_abduction_recovers_the_noise_and_gives_the_value_back(family, u, eta, q):
    p = parameters(family, q)
    z = family.noise(np.array([[u]]), p)
    y = family.respond(np, np.array([[eta]]), z, p)
    back = family.abduct(y, np.array([[eta]]), p)
    np.testing.assert_allclose(family.respond(np, np.array([[eta]]), back, p), y, rtol=1e-9)


@families
def test_the_mean_is_the_mean_of_its_values(family):
    p = parameters(family)
    u = (np.arange(400_000) + 0.5) / 400_000
    eta = np.full((1, len(u)), 0.3)
    y = family.respond(np, eta, family.noise(u[None], p), p)
    np.testing.assert_allclose(y.mean(), family.mean(np, eta[:, :1], p).item(), rtol=1e-3)


@families
def test_the_pymc_distribution_has_the_same_quantiles(family):
    pm = pytest.importorskip("pymc")
    p = {role: float(v.item()) for role, v in parameters(family).items()}
    law = getattr(pm, family.pymc_name).dist(**family.pymc_args(np, 0.3, p))
    own = {role: np.array([v]) for role, v in p.items()}
    for u in (0.05, 0.5, 0.9):
        y = family.respond(np, np.array([0.3]), family.noise(np.array([u]), own), own)
        below = y[0] - 1.0 if family.discrete else y[0] - 1e-9 * max(abs(y[0]), 1.0)
        reached, before = (np.exp(pm.logcdf(law, v).eval(mode="FAST_COMPILE")) for v in (y[0], below))
        assert before * (1 - 1e-6) <= u <= reached * (1 + 1e-6)


@families
def test_more_is_more(family):
    p = parameters(family)
    z = family.noise(np.linspace(0.01, 0.99, 50)[None], p)
    steps = np.diff(family.respond(np, np.full((1, 50), 2.0), z, p))
    assert (steps >= 0).all()
    assert steps.max() > 0
