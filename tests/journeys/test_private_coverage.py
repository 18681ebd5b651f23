"""Credit by a release holds what the rule hands out among ever more users, clipped alike; without the noise's law not.

The estimand is the credit of a population: here of 100,000 users of the same chain, clipped as the release clips, and
without any noise.
"""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.journeys.counts.exposures import ExposureSets
from bayes_roi.journeys.counts.transitions import Transitions
from bayes_roi.journeys.markov.chain import removal_effects
from bayes_roi.journeys.markov.posterior import all_together, drawn, pulled
from bayes_roi.journeys.privacy import log_linear, rates
from bayes_roi.journeys.privacy.domain import Domain, domain
from bayes_roi.journeys.privacy.tables import Tables
from bayes_roi.journeys.shapley.exposed import shapley_draws
from tests.journeys.private_worlds import counted, release, world

LOGS, WORLDS, DRAWS = 100, 10, 200
MANY = 100_000


def as_counted(tables: Tables, known: Domain, rule: str, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, channels) of credit by tables taken as they are, what is below nothing left out."""
    k = len(known.channels)
    if rule == "shapley":
        sets = np.maximum(tables["exposures"].reshape(-1, 2), 0)
        there = sets.sum(axis=1) > 0
        found = ExposureSets(known.channels, known.sets[there], sets[there].sum(axis=1), sets[there, 0])
        values = shapley_draws(found, DRAWS, rng)
    else:
        counts = np.zeros(known.transitions.shape)
        counts[known.transitions] = np.maximum(tables["transitions"], 0)
        chain = Transitions(known.channels, 1, np.arange(k + 1)[:, None], np.stack([counts] * DRAWS))
        values = (
            drawn(chain.counts[:, :k, k], 1, rng)[0]
            if rule == "last"
            else removal_effects(chain, drawn(pulled(chain, all_together(chain)), 1, rng)[0])
        )
    return values / values.sum(axis=1, keepdims=True)


def held(rules: tuple[str, ...], known: Domain, users: int, epsilon: float) -> dict[str, tuple[float, float]]:
    """Return by rule the share of 90 % intervals that hold the truth: of the release, of tables taken for counts."""
    channels = len(known.channels) - 1
    worlds = [world(seed, channels, spread=0.5) for seed in range(WORLDS)]
    rngs = [np.random.default_rng([seed, 9]) for seed in range(WORLDS)]
    of_all = [counted(w, known, MANY, rng) for w, rng in zip(worlds, rngs, strict=True)]
    truths = [{rule: as_counted(t, known, rule, rngs[0]).mean(axis=0) for rule in rules} for t in of_all]
    found: dict[str, list[list[np.ndarray]]] = {rule: [[], []] for rule in rules}
    for log in range(LOGS):
        rng = np.random.default_rng([log, 7])
        private = release(counted(worlds[log % WORLDS], known, users, rng), known, epsilon, rng)
        for rule in rules:
            truth = truths[log % WORLDS][rule]
            lower, upper = br.credit(private, rule, draws=DRAWS, seed=log).arrays.interval(0.9)
            taken = as_counted({name: t.values for name, t in private.parts.items()}, known, rule, rng)
            ends = np.quantile(taken, [0.05, 0.95], axis=0)
            for which, (low, high) in enumerate([(lower.array, upper.array), ends]):
                found[rule][which].append(((low <= truth) & (truth <= high))[:channels])
    return {rule: (float(np.mean(ours)), float(np.mean(taken))) for rule, (ours, taken) in found.items()}


def test_intervals_of_transitions_hold_the_credit_of_the_population() -> None:
    """Of 500 intervals of 90 % by each rule; taken for counts fewer than half."""
    known = domain([*"abcde"], journeys_per_user=2, touches_per_journey=5, with_sets=False)
    for modelled, taken in held(("markov", "last"), known, 4_000, 0.6).values():
        assert 0.85 <= modelled <= 0.95
        assert taken < 0.5


@pytest.mark.slow
def test_intervals_of_exposure_sets_hold_the_credit_of_the_population(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 300 intervals, by fewer proposals than a reader gets."""
    for name, value in (("COEFFICIENTS", 10), ("PROPOSED", 4_000)):
        monkeypatch.setattr(rates, name, value)
    monkeypatch.setattr(log_linear, "CELLS", 10_000)
    known = domain([*"abc"], journeys_per_user=2, touches_per_journey=3, with_sets=True)
    modelled, taken = held(("shapley",), known, 4_000, 0.5)["shapley"]
    assert 0.85 <= modelled <= 0.95
    assert taken < 0.6
