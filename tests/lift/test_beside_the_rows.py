"""The likelihood of a test is one function of the parameters, whatever namespace computes it."""

from __future__ import annotations

import numpy as np
import pytensor
import pytest

import bayes_roi as br
from bayes_roi.lift.place import place
from bayes_roi.mechanisms.autodiff import tape, value_and_gradient
from bayes_roi.model.pymc.build import build
from tests.lift.test_lift import CURVED, asked, table


@pytest.fixture(scope="module")
def placed():  # type: ignore[no-untyped-def]
    fit = br.fit(CURVED, table(CURVED), seed=3, draws=25)
    return place(asked(fit), fit)


def test_pymc_has_the_same_likelihood(placed) -> None:  # type: ignore[no-untyped-def]
    fit = placed.scene.fit

    def beside(xp, parameters):  # type: ignore[no-untyped-def]
        return placed.test.log_likelihood(xp, placed.lift.at_means(xp, parameters))

    scm = build(CURVED, fit.design, ("clicks", "y"), beside=beside)
    potential = {p.name: p for p in scm.potentials}["beside the rows"]
    point = {v: fit.parameters[v.name][0] for v in scm.free_RVs}
    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        found = potential.eval({v: x for v, x in point.items() if v in pytensor.graph.ancestors([potential])})
    assert found == pytest.approx(placed.log_likelihood[0], rel=1e-9)


def test_its_gradient_is_that_of_small_steps(placed) -> None:  # type: ignore[no-untyped-def]
    name = "clicks.search.retention"
    parameters = {n: x[:5] for n, x in placed.scene.fit.parameters.items()}

    def beside(x):  # type: ignore[no-untyped-def]
        return placed.test.log_likelihood(tape, placed.lift.at_means(tape, {**parameters, name: x[:, 0]}))

    at = parameters[name][:, None]
    value, slope = value_and_gradient(beside, at)
    step = 1e-6
    up, down = (value_and_gradient(beside, at + d)[0] for d in (step, -step))
    assert value == pytest.approx(placed.log_likelihood[:5], rel=1e-9)
    assert slope[:, 0] == pytest.approx((up - down) / (2 * step), rel=1e-5)
    assert np.isfinite(slope).all()
