"""Regret of policies that learn while they spend against the planner with point estimates, over simulated worlds.

    python -m tests.recovery.policy_study [SEEDS] [ROUNDS]

Effects are drawn from the prior that the planner has, so that its beliefs are calibrated. In the world "in use" all
three channels have been in use; in the world "new" two of them have hardly been tried, and on average are expected to
earn a little less than they cost. In the world "overlooked" all is as in "new", but the truth is one: radio, hardly
tried, earns 2.5 for 1, television 1.3. Differences are paired: policies with the same seed meet the same world.
"""

from __future__ import annotations

import sys
import time
from typing import Literal

import numpy as np

import bayes_roi as br
from bayes_roi.decisions.policies.policy import POLICIES, Policy
from bayes_roi.model.language.model import Model
from bayes_roi.model.simulation.exogenous import ExogenousLaw
from bayes_roi.model.simulation.truth import Truth

World = Literal["in use", "new", "overlooked"]
CHANNELS = ("tv", "search", "radio")
PRIOR = {"in use": (2.0, 2.0, 2.0), "new": (2.0, 1.2, 1.2), "overlooked": (2.0, 1.2, 1.2)}
"""Scale of the half-normal prior of each channel's effect, in money earned per money spent."""


def model_of(world: World) -> Model:
    """Return the model that the planner has."""
    return br.Model(
        name=world,
        time="week",
        outcome="sales",
        currency="USD",
        channels={c: f"{c}_spend" for c in CHANNELS},
        equations="sales ~ demand + tv_spend + search_spend + radio_spend",
        priors={
            f"sales.{c}_spend.effect": f"HalfNormal(sigma={s})" for c, s in zip(CHANNELS, PRIOR[world], strict=True)
        },
    )


def truth_of(world: World, seed: int) -> Truth:
    """Return a truth whose effects are drawn from the planner's prior, or the one of "overlooked"."""
    rng = np.random.default_rng([seed, 99])
    effects = np.array([1.3, 0.6, 2.5]) if world == "overlooked" else np.abs(rng.normal(0, PRIOR[world]))
    spent = (2000.0, 2000.0, 2000.0) if world == "in use" else (6000.0, 30.0, 30.0)
    return Truth(
        parameters={"sales.intercept": 20_000.0, "sales.demand.effect": 100.0, "sales.sigma": 4000.0}
        | {f"sales.{c}_spend.effect": float(e) for c, e in zip(CHANNELS, effects, strict=True)},
        exogenous={"demand": ExogenousLaw(100.0, 15.0, autocorrelation=0.5)}
        | {f"{c}_spend": ExogenousLaw(m, 0.3 * m) for c, m in zip(CHANNELS, spent, strict=True)},
    )


def regret(world: World, policy: Policy, seed: int, rounds: int) -> np.ndarray:
    """Return the regret curve (rounds,) of one policy in one world."""
    run = br.simulate_policy(
        model_of(world), truth_of(world, seed), policy=policy, rounds=rounds, history=26, draws=300, seed=seed
    )
    return run.cumulative


def main(seeds: int = 30, rounds: int = 12) -> None:
    """Print regret by round of each policy, and what each gains on the planner with point estimates."""
    worlds: tuple[World, ...] = ("overlooked", "in use", "new")
    for world in worlds:
        curves = {}
        for policy in POLICIES:
            started = time.process_time()
            curves[policy] = np.array([regret(world, policy, seed, rounds) for seed in range(seeds)])
            seconds = time.process_time() - started
            by_round = " ".join(f"{v:,.0f}" for v in curves[policy].mean(axis=0))
            print(f"{world}: {policy}: {by_round} ({seconds:.0f} s)", flush=True)
        for policy in POLICIES[1:]:
            gain = curves["point"][:, -1] - curves[policy][:, -1]
            error = gain.std(ddof=1) / np.sqrt(seeds)
            print(f"{world}: {policy} against point: {gain.mean():,.0f} +- {error:,.0f} less regret", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
