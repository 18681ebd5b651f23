"""A plan is as good as it is said to be where model and prior are right, however it was chosen (`make chosen`).

Worlds of lines whose parameters come from the prior: the exact engine fits one in milliseconds, and the best plan moves
all it may to what looks best, so that nothing is more tempted to promise too much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from tests.calibration.worlds import World as Drawn
from tests.recovery import chosen_plans_study
from tests.recovery.chosen_plans import PERIODS, PROB, RANDOM, TWICE, Judged, judged
from tests.recovery.chosen_plans_study import standing
from tests.recovery.chosen_worlds import LAWS, World, added_by

COUNT, DRAWS = 40, 100
ERRORS = 4.0
"""Standard errors: what is right is farther off once in 16,000 times."""
SPENDS = tuple(f"s{j}" for j in range(6))
PRIORS = {
    **{f"y.{s}.effect": "HalfNormal(sigma=2)" for s in SPENDS},
    "y.demand.effect": "Normal(mu=0, sigma=1)",
    "y.intercept": "Normal(mu=50, sigma=5)",
    "y.sigma": "HalfNormal(sigma=20)",
}
LINES = Drawn("lines", f"y ~ demand + {' + '.join(SPENDS)}", PRIORS, SPENDS)


def of_lines(seed: int) -> World:
    truth, data = LINES.pair(seed)
    known = fit_of(LINES.model, data, truth)
    return World(LINES.model, data, lambda plan: added_by(known, plan))


@dataclass(frozen=True, eq=False)
class Tried:
    """A world, its fit and another one, and the plans (channels, periods) that the first chose, with what both say."""

    world: World
    fit: Fit
    other: Fit

    @cached_property
    def today(self) -> np.ndarray:
        return br.outlook(self.fit, periods=PERIODS).reference

    def best(self, fit: Fit, *, near: bool) -> np.ndarray:
        """Return the best plan at last year's budget, inside the observed range where `near`."""
        return br.optimise(fit, budget=float(self.today.sum()), periods=PERIODS, extrapolate=not near).money.array

    @cached_property
    def plans(self) -> list[np.ndarray]:
        return [self.best(self.fit, near=near) for near in (True, False)]

    @cached_property
    def said(self) -> list[Judged]:
        return judged(self.fit, self.world, self.plans, self.today)

    @cached_property
    def said_by_other(self) -> list[Judged]:
        return judged(self.other, self.world, self.plans, self.today)


@pytest.fixture(scope="module")
def tried() -> list[Tried]:
    found = []
    for seed in range(COUNT):
        world = of_lines(seed)
        fits = (br.fit(world.model, world.data, seed=s, draws=DRAWS, progress=False) for s in (seed, seed + COUNT))
        found.append(Tried(world, *fits))
    return found


@pytest.mark.parametrize("kind", [0, 1], ids=["inside the observed range", "beyond it"])
def test_the_best_plan_gains_what_it_is_said_to_where_the_prior_made_the_world(tried, kind):
    """Given the data the truth is one more draw: (true - said) / sd has mean 0 and variance 1 by construction."""
    plans = [t.said[kind] for t in tried]
    assert np.mean([p.moved for p in plans]) > 0.5
    assert abs(np.mean([standing(p) for p in plans])) < ERRORS / math.sqrt(COUNT)
    missed = np.mean([not p.gain.covered for p in plans]) - (1 - PROB)
    assert abs(missed) < ERRORS * math.sqrt(PROB * (1 - PROB) / COUNT)


@pytest.mark.parametrize("kind", [0, 1], ids=["inside the observed range", "beyond it"])
def test_draws_that_did_not_choose_a_plan_say_the_same_of_it(tried, kind):
    """Means of independent draws differ by the errors of both, and choosing by so many draws adds nothing to see."""
    apart = [(t.said[kind].gain.mean - t.said_by_other[kind].gain.mean) / t.said[kind].gain.sd for t in tried]
    assert abs(np.mean(apart)) < ERRORS * math.sqrt(2 / (4 * DRAWS) / COUNT)


def test_what_is_said_of_a_chosen_plan_is_what_the_plan_says(tried):
    t = tried[0]
    plan = br.optimise(t.fit, budget=float(t.today.sum()), periods=PERIODS)
    for found, own in ((t.said[0].gain, plan.gain), (t.said[0].added, plan.incremental_outcome)):
        low, high = own.arrays.interval(PROB)
        said = [float(own.mean()), float(low.array), float(high.array), float(own.probability(above=0))]
        np.testing.assert_allclose([found.mean, found.lower, found.upper, found.above], said, rtol=1e-9)


def test_a_world_that_was_judged_is_read_and_not_judged_again(tmp_path, monkeypatch):
    """Its plans at random keep to the limits of the plan beside them."""
    monkeypatch.setitem(LAWS, "lines", of_lines)
    first = chosen_plans_study.worlds(["lines"], range(2), tmp_path)
    for world in first:
        spent = sum(world.spent)
        assert [sum(p.totals) for p in world.random["same budget"]] == pytest.approx([spent] * RANDOM)
        assert all(sum(p.totals) <= TWICE * spent * (1 + 1e-9) for p in world.random["free spend"])
    monkeypatch.setattr(br, "fit", None)
    assert chosen_plans_study.worlds(["lines"], range(2), tmp_path) == first
    assert "| lines | same budget | 2 |" in chosen_plans_study.tabled(first)
