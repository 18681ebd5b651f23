"""Influence of small nonlinear graphs against brute force: every coalition, its own samples, plain numpy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from scipy.special import ndtr

import bayes_roi as br
from tests.queries.test_influence import made

SAMPLES = 1_000_000
Respond = Callable[[dict[str, np.ndarray]], np.ndarray]


def brute_force(respond: Respond, nodes: tuple[str, ...], seed: int = 1) -> tuple[dict[str, float], float]:
    """Return Shapley values of Var(E[Y | N_S]) from standard normal noises, and their standard error at most.

    v(S) = Cov(Y(n), Y(n_S, n'_-S)), in ten batches that tell the error.
    """
    rng, count = np.random.default_rng(seed), len(nodes)
    batches = []
    for _ in range(10):
        one, two = ({n: rng.standard_normal(SAMPLES // 10) for n in nodes} for _ in range(2))
        full = respond(one)
        worth = {
            frozenset(s): np.cov(full, respond({n: (one if n in s else two)[n] for n in nodes}))[0, 1] if s else 0.0
            for k in range(count + 1)
            for s in combinations(nodes, k)
        }
        batches.append([_shapley(worth, n, nodes) for n in nodes])
    found = np.mean(batches, axis=0)
    return dict(zip(nodes, found, strict=True)), float(np.std(batches, axis=0, ddof=1).max() / np.sqrt(10))


def _shapley(worth: dict[frozenset[str], float], player: str, nodes: tuple[str, ...]) -> float:
    total, others = 0.0, [n for n in nodes if n != player]
    for k in range(len(nodes)):
        weight = factorial(k) * factorial(len(nodes) - k - 1) / factorial(len(nodes))
        for s in combinations(others, k):
            total += weight * (worth[frozenset({*s, player})] - worth[frozenset(s)])
    return total


def least_count(u: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the least count whose Poisson probability reaches u."""
    probability = np.exp(-rate)
    below, count = probability.copy(), np.zeros(len(u))
    for k in range(1, 60):
        count += u > below
        probability = probability * rate / k
        below += probability
    return count


def interaction() -> tuple[br.inference.fit.Fit, Respond]:  # type: ignore[name-defined]
    """Two causes that interact, one of them also through the other."""
    rng = np.random.default_rng(3)
    columns = {n: rng.normal(1.0, 2.0, 50) for n in ("a", "b", "y")}
    at = {n: columns[n].mean() for n in ("a", "b")}
    parameters = {"a.intercept": 1.0, "a.sigma": 1.5, "b.intercept": -0.5, "b.a.effect": 0.8, "b.sigma": 1.0}
    parameters |= {"y.intercept": 2.0, "y.a.effect": 0.5, "y.b.effect": -1.0, "y.a:b.effect": 0.7, "y.sigma": 0.6}

    def respond(z: dict[str, np.ndarray]) -> np.ndarray:
        a = 1.0 + 1.5 * z["a"]
        b = -0.5 + 0.8 * (a - at["a"]) + z["b"]
        da, db = a - at["a"], b - at["b"]
        return 2.0 + 0.5 * da - db + 0.7 * da * db + 0.6 * z["y"]

    return made("a ~ 1 \n b ~ a \n y ~ a + b + interact(a, b)", parameters, columns), respond


def saturation_and_counts() -> tuple[br.inference.fit.Fit, Respond]:  # type: ignore[name-defined]
    """A lognormal dose, counts that saturate in it, and an outcome that both move."""
    rng = np.random.default_rng(4)
    columns = {"x": rng.lognormal(0, 0.8, 50), "c": rng.poisson(4, 50) * 1.0, "y": rng.normal(10, 2, 50)}
    centre = columns["c"].mean()
    parameters = {"x.intercept": 0.0, "x.sigma": 0.8, "c.intercept": 0.3, "c.x.effect": 1.6, "c.x.half": 1.0}
    parameters |= {"c.x.slope": 1.5, "y.intercept": 1.0, "y.c.effect": 0.8, "y.x.effect": 3.0, "y.x.half": 0.7}
    parameters |= {"y.x.slope": 1.0, "y.sigma": 0.5}

    def respond(z: dict[str, np.ndarray]) -> np.ndarray:
        x = np.exp(0.8 * z["x"])
        c = least_count(ndtr(z["c"]), np.exp(0.3 + 1.6 * x**1.5 / (1 + x**1.5)))
        return 1.0 + 0.8 * (c - centre) + 3.0 * x / (x + 0.7) + 0.5 * z["y"]

    families = {"x": "lognormal", "c": "poisson"}
    return made("x ~ 1 \n c ~ hill(x) \n y ~ c + hill(x)", parameters, columns, families=families), respond


@pytest.mark.parametrize("world", [interaction, saturation_and_counts])
def test_influence_is_what_every_coalition_by_brute_force_says(world):
    fit, respond = world()
    shares = br.influence(fit, tolerance=0.001)
    nodes = tuple(shares.arrays.values.labels("node").tolist())
    exact, error = brute_force(respond, nodes)
    total = sum(exact.values())
    for i, node in enumerate(nodes):
        ours, own = shares.centre().array[i], shares.arrays.values.labels("mc_error")[i]
        assert abs(ours - exact[node] / total) < 4 * np.hypot(own, 2 * error / total)


def test_players_that_join_in_random_orders_agree_with_all_coalitions(monkeypatch):
    from bayes_roi.queries.influence import influence, resampled
    from bayes_roi.queries.influence import sampled as influence_sampled

    fit, _ = interaction()
    every = br.influence(fit, tolerance=0.002)
    for module in (influence, influence_sampled, resampled):
        monkeypatch.setattr(module, "FEW_PLAYERS", 1)
    joining = br.influence(fit, tolerance=0.004)
    error = np.hypot(every.values.mc_error, joining.values.mc_error)
    assert (abs(every.mean() - joining.mean()) <= 4 * error).all()
