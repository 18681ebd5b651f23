"""The collapsed engine on panels: its density against dense normals, its draws against brute force and NUTS."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines.collapsed import Collapsed
from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.inference.engines.exact import Exact
from bayes_roi.inference.engines.nuts import Nuts
from tests.inference.panel_worlds import brute_force, brute_log_density, typical, world
from tests.inference.test_collapsed import assert_same_distribution, sample

NORMAL = {"y.tv.effect": "Normal(mu=20, sigma=15)"}
"""The effect of tv may have either sign: its units' are normal too."""

EQUATIONS = {
    "intercepts": "y ~ demand + hill(tv)",
    "slopes": "y ~ (demand | geo) + hill(tv)",
    "curves": "y ~ (demand | geo) + (hill(adstock(tv, max_lag=2)) | geo)",
    "no intercept": "y ~ 0 + (hill(tv) | geo) + demand",
}


@pytest.mark.parametrize("autoregressive", [False, True])
@pytest.mark.parametrize("equation", EQUATIONS.values(), ids=EQUATIONS.keys())
def test_the_density_is_that_of_dense_normals(equation: str, autoregressive: bool) -> None:
    model, rows = world(
        equation, units=3, rows=10, autoregressive=autoregressive, priors=NORMAL, level_spread=10, effect_spread=8
    )
    target = CollapsedNode.of(model, rows, "y")
    points = typical(target, 12)
    ours, _ = target.evaluate(points, np.random.default_rng(1))
    theirs = np.array([brute_log_density(target, rows, p) for p in points])
    apart = ours - theirs
    assert apart == pytest.approx(apart[0], abs=1e-8 * np.ptp(theirs) + 1e-8)


PANELS = {
    "intercepts": {"equation": "y ~ demand"},
    "slopes": {"equation": "y ~ (demand | geo)", "priors": {"y.demand.spread": "HalfNormal(sigma=5)"}},
    "positive curves": {
        "equation": "y ~ (hill(tv) | geo)",
        "priors": {"y.tv.effect": "HalfNormal(sigma=30)", "y.tv.spread": "HalfNormal(sigma=15)"},
    },
    "positive effects near zero": {
        "equation": "y ~ 0 + (hill(tv) | geo) + demand",
        "effect": 4.0,
        "effect_spread": 10.0,
        "level": 0.0,
        "priors": {"y.tv.effect": "HalfNormal(sigma=20)", "y.tv.spread": "HalfNormal(sigma=10)"},
    },
    "logarithms": {"equation": "y ~ demand", "family": "lognormal"},
    "series": {
        "equation": "y ~ 0 + (demand | geo)",
        "autoregressive": True,
        "rho": 0.5,
        "level": 0.0,
        "priors": {"y.demand.effect": "Normal(mu=0, sigma=10)", "y.demand.spread": "HalfNormal(sigma=5)"},
    },
}


@pytest.mark.parametrize("options", PANELS.values(), ids=PANELS.keys())
def test_it_draws_what_brute_force_over_the_prior_gives(options: dict[str, object]) -> None:
    model, rows = world(**({"units": 2, "rows": 4, "noise": 15.0} | options))  # type: ignore[arg-type]
    reference, weights = brute_force(model, rows)
    assert 1 / (weights**2).sum() > 150
    assert Collapsed().refuses(model, rows, Block(("y",))) is None
    assert_same_distribution(*sample(model, rows), reference, weights)


NUTS = {
    "intercepts and a slope": {"equation": "y ~ (demand | geo) + tv", "level_spread": 10.0, "units": 5, "rows": 30},
    "positive curves": {
        "equation": "y ~ demand + (hill(adstock(tv, max_lag=2)) | geo)",
        "units": 6,
        "rows": 60,
        "level_spread": 10.0,
        "effect_spread": 12.0,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("options", NUTS.values(), ids=NUTS.keys())
def test_it_agrees_with_nuts_on_the_pymc_model(options: dict[str, object]) -> None:
    model, rows = world(**options)  # type: ignore[arg-type]
    ours, _ = sample(model, rows)
    theirs, _ = sample(model, rows, Nuts(), draws=2500)
    assert ours.keys() == theirs.keys()
    for name in theirs:
        found, reference = light_tailed(ours[name], theirs[name])
        sd = reference.std(axis=(0, 1))
        assert (np.abs(found.mean(axis=(0, 1)) - reference.mean(axis=(0, 1))) < 0.1 * sd).all(), name
        assert found.std(axis=(0, 1)) == pytest.approx(sd, rel=0.1), name


def light_tailed(*draws: np.ndarray) -> list[np.ndarray]:
    """Return logarithms of what is positive: a half-saturation's tail is so long that 4,000 draws leave its sd open.

    From one seed to the next it lay between 22.8 and 30.3, that of the logarithm between .327 and .353.
    """
    return [np.log(x) for x in draws] if all((x > 0).all() for x in draws) else list(draws)


def test_a_unit_without_rows_is_drawn_from_the_common_law() -> None:
    model, rows = world("y ~ demand", units=4, rows=20, level_spread=10.0)
    keep = np.asarray(rows.codes) != 2
    assert keep.sum() == 60
    target = CollapsedNode.of(model, rows, "y")
    groups = target.regression.groups
    assert groups.inner(np.ones((1, 80)), np.ones((1, 80))).tolist() == [[20.0] * 4]
    without = type(groups)(4, groups.which[[0, 1, 3]], np.array([0, 20, 40]), 60)
    assert without.inner(np.ones((1, 60)), np.ones((1, 60))).tolist() == [[20.0, 20.0, 0.0, 20.0]]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"equation": "y ~ demand", "family": "student_t"}, "its noise is student_t, and y.intercept varies by geo"),
        ({"equation": "y ~ demand", "noise": "by(geo)"}, "y.sigma varies by geo"),
        (
            {"equation": "y ~ (hill(tv) | geo) + (tanh(tv, label='again') | geo)"},
            "2 effects above zero vary by geo, and weights fail in so many dimensions",
        ),
    ],
)
def test_it_says_what_it_is_not_for(options: dict[str, str], reason: str) -> None:
    noise = options.get("noise")
    model, rows = world(options["equation"], units=3, rows=10, family=options.get("family", "normal"), says=noise)
    assert Collapsed().refuses(model, rows, Block(("y",))) == reason


def test_a_panel_is_not_for_the_exact_engine() -> None:
    model, rows = world("y ~ demand", units=3, rows=10)
    assert Exact().refuses(model, rows, Block(("y",))) == "y.intercept varies by geo"
