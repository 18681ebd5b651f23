"""The engines are calibrated over simulated worlds, and draws that are slightly wrong are found out.

The short form of `make calibrate`. P-values are exact, so that an alarm at `LEVEL` over the number of quantities rings
by chance with probability at most `LEVEL` a test (Boole): for one set of seeds in 10,000, were the engines right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel
from tests.calibration.ranks import p_value
from tests.calibration.sbc import Draws, p_values, ranked, simulate, thinned
from tests.calibration.worlds import WORLDS, World, draw

LEVEL = 1e-4


def smallest(found: dict[str, float]) -> tuple[float, str]:
    """Return the smallest p-value times the number of quantities, and what it is of."""
    p, name = min((p, name) for name, p in found.items())
    return p * len(found), name


@dataclass(frozen=True)
class Case:
    """One world with its truth, what was drawn given it, and what was drawn under priors a fifth narrower."""

    seed: int
    truth: Draws
    panel: Panel
    right: Draws
    narrow_priors: Draws


@pytest.fixture(scope="module")
def linear() -> World:
    return WORLDS["linear"]


@pytest.fixture(scope="module")
def cases(linear: World) -> list[Case]:
    def fitted(model: Model, panel: Panel, seed: int) -> Draws:
        fit = br.fit(model, panel, seed=seed, draws=250, progress=False)
        assert [b.engine for b in fit.diagnosis.blocks] == ["exact"]
        return thinned(fit.parameters)

    narrow = {name: replace(prior, sigma=0.8 * prior.sigma) for name, prior in linear.model.priors.items()}  # type: ignore[attr-defined, type-var]
    off = replace(linear.model, priors=narrow)
    pairs = ((seed, *linear.pair(seed)) for seed in range(300))
    return [Case(s, t, p, fitted(linear.model, p, s), fitted(off, p, s)) for s, t, p in pairs]


def judged(world: World, cases: list[Case], draws: Callable[[Case], Draws]) -> dict[str, float]:
    """Return the p-value of each quantity."""
    found = [ranked(world, c.panel, c.truth, draws(c), c.seed, money=False) for c in cases]
    return {name: p_value(np.array([ranks[name] for ranks in found])) for name in found[0]}


def test_the_exact_engine_is_calibrated(linear: World, cases: list[Case]) -> None:
    p, name = smallest(judged(linear, cases, lambda case: case.right))
    assert p > LEVEL, name


def shrunk(draws: Draws) -> Draws:
    return {name: v.mean(axis=0) + 0.9 * (v - v.mean(axis=0)) for name, v in draws.items()}


def shuffled(draws: Draws, seed: int) -> Draws:
    rng = np.random.default_rng([seed, 8])
    return {name: v[rng.permutation(len(v))] for name, v in draws.items()}


WRONG: dict[str, tuple[Callable[[World, Case], Draws], str]] = {
    "intervals a tenth too narrow": (lambda w, c: shrunk(c.right), "log likelihood"),
    "priors a fifth too narrow": (lambda w, c: c.narrow_priors, "log prior"),
    "right margins, correlations lost": (lambda w, c: shuffled(c.right, c.seed), "log likelihood"),
    "the prior in place of the posterior": (
        lambda w, c: draw(*w.proposal, len(c.right["y.sigma"]), np.random.default_rng([c.seed, 8])),
        "log likelihood",
    ),
}


@pytest.mark.parametrize(("draws", "by"), WRONG.values(), ids=WRONG.keys())
def test_draws_that_are_wrong_are_found_out(
    linear: World, cases: list[Case], draws: Callable[[World, Case], Draws], by: str
) -> None:
    p, name = smallest(judged(linear, cases, lambda case: draws(linear, case)))
    assert p < LEVEL
    assert name == by


def test_the_collapsed_engine_is_calibrated_under_the_default_priors() -> None:
    """Level, cap and scales read from y, as a model without `priors:` has them; worlds it refuses go to NUTS."""
    simulations = [simulate(WORLDS["defaults"], "auto", seed) for seed in range(60)]
    assert sum(s.engine == "collapsed" for s in simulations) > 50
    p, name = smallest(p_values(simulations))
    assert p > LEVEL, name


def test_the_exact_engine_is_calibrated_under_the_default_priors() -> None:
    simulations = [simulate(WORLDS["linear_defaults"], "auto", seed) for seed in range(100)]
    assert {s.engine for s in simulations} == {"exact"}
    p, name = smallest(p_values(simulations))
    assert p > LEVEL, name
