"""Coordinates that parameters are sampled in: there and back, and by how much they stretch."""

from __future__ import annotations

import numpy as np
import pytensor.tensor as pt
import pytest

from bayes_roi.model.pymc.transforms import Around, LogStandardised, Standardised

CASES = {
    "standardised": (Standardised(), lambda mu, sigma: (mu, sigma)),
    "in small steps": (Standardised(0.1), lambda mu, sigma: (mu, sigma)),
    "log standardised": (LogStandardised(), lambda mu, sigma: (np.log(mu), sigma)),
    "around": (Around(np.array([3.0]), 2.0), lambda mu, sigma: ()),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("mu", "sigma"), [(5.0, 0.01), (5.0, 2.0), (0.2, 3.0)])
def test_a_coordinate_comes_back_and_tells_its_stretch(name: str, mu: float, sigma: float) -> None:
    transform, inputs = CASES[name]
    given = tuple(pt.constant(np.float64(x)) for x in inputs(mu, sigma))
    v = np.array([-2.0, -0.3, 0.0, 0.7, 2.5])
    coordinate = pt.vector("v")
    there = transform.backward(coordinate, *given)
    values, back, stretch = (
        x.eval({coordinate: v}, mode="FAST_COMPILE")
        for x in (there, transform.forward(there, *given), transform.log_jac_det(coordinate, *given))
    )
    step = 1e-6
    high, low = (there.eval({coordinate: v + s}, mode="FAST_COMPILE") for s in (step, -step))
    np.testing.assert_allclose(back, v, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(stretch, np.log((high - low) / (2 * step)), rtol=1e-5, atol=1e-5)
    if name == "log standardised":
        assert (values > 0).all()
