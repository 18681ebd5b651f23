"""Coverage of the 90 % intervals of what a change is split over, over simulated worlds.

    python -m tests.recovery.change_study [WORLDS] [FUNNELS]

A linear chain without and with a drift of one mechanism in the middle, fitted in closed form; and the shipped funnel,
its second year against its third, with noise, spends and demand of each world's own. The truth of a world is the same
split at its true parameters.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import design
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import read_truth
from bayes_roi.panel import Panel
from bayes_roi.queries.change.explained import Change, change_of
from bayes_roi.queries.change.matching import Grid, matched
from bayes_roi.queries.change.mixtures import States
from tests.conftest import known

CHAIN = Model(name="chain", equations="m ~ a\ny ~ m + a + b", outcome="y", time="t")


def panel(columns: Mapping[str, np.ndarray], first: int = 0) -> Panel:
    rows = len(next(iter(columns.values())))
    return Panel(columns, np.arange(first, first + rows), "t", "period", "simulated")


def between(fit: Fit, before: range, after: range, *, sides: tuple[Fit, Fit] | None = None) -> Change:
    """Return the change between two windows of an integer clock, with drift where the sides are given."""
    clocks = np.array(before), np.array(after)
    target = fit.model.outcome
    states = States(fit, Grid(fit, target, matched(*clocks)), sides or (fit, fit), fit.seed)
    return change_of(states, clocks, ("before", "after"), drift=sides is not None)


def shares(change: Change) -> dict[str, np.ndarray]:
    """Return cause -> its share (draws,)."""
    values = change.share.values.values.reshape(-1, len(change.causes))
    return {c.name: values[:, i] for i, c in enumerate(change.causes)}


def chain_data(seed: int, rows: int = 60, slope: float = 1.0, changed: float | None = None) -> Panel:
    """Return rows of the chain; from the middle on the slope of m on a is another."""
    rng = np.random.default_rng(seed)
    late = np.arange(rows) >= rows // 2
    a, b = rng.normal(size=(2, rows)) + np.outer([0.8, -0.5], late)
    m = 1 + np.where(late, slope if changed is None else changed, slope) * a + 0.5 * rng.normal(size=rows)
    return panel({"a": a, "b": b, "m": m, "y": 2 + 1.5 * m + 0.5 * a - b + 0.5 * rng.normal(size=rows)})


def truth(model: Model, data: Panel, slope: float = 1.0) -> Fit:
    """Return the chain with its truth as the one draw; effects are on centred parents."""
    mean = {n: s.mean for n, s in design(model, data).scales.items()}
    values = {
        "m.intercept": 1 + slope * mean["a"],
        "m.a.effect": slope,
        "m.sigma": 0.5,
        "y.intercept": 2 + 1.5 * mean["m"] + 0.5 * mean["a"] - mean["b"],
        "y.m.effect": 1.5,
        "y.a.effect": 0.5,
        "y.b.effect": -1.0,
        "y.sigma": 0.5,
    }
    return fit_of(model, data, {n: np.array([v]) for n, v in values.items()})


def true_change(data: Panel, slope: float, changed: float) -> Change:
    """Return the split by the true parameters of both halves."""
    half = data.rows // 2
    sides = truth(CHAIN, data, slope), truth(CHAIN, data, changed)
    return between(truth(CHAIN, data), range(half), range(half, data.rows), sides=sides)


def covered(drift: bool, worlds: int, *, first: int = 100, rows: int = 60) -> dict[str, list[bool]]:
    """Return cause -> whether its interval covers the truth, world by world."""
    hits: dict[str, list[bool]] = {}
    half = rows // 2
    for seed in range(first, first + worlds):
        data = chain_data(seed, rows=rows, changed=2.0 if drift else None)
        fit = br.fit(CHAIN, data, seed=seed, draws=100, progress=False)
        change = br.decompose_change(fit, (0, half - 1), (half, rows - 1), mechanisms=drift)
        true = true_change(data, 1.0, 2.0) if drift else between(truth(CHAIN, data), range(half), range(half, rows))
        _count(hits, change, true)
    return hits


def covered_funnels(worlds: int) -> dict[str, list[bool]]:
    """Return the same of simulated funnels."""
    hits: dict[str, list[bool]] = {}
    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    law = read_truth(br.shipped("data/weekly_funnel.truth.json"))
    for seed in range(worlds):
        data = simulate(model, law, seed=seed)
        fits = br.fit(model, data, seed=seed, progress=False), known(model, data, law)
        _count(hits, *(br.decompose_change(f, "2023", "2024", mechanisms=False) for f in fits))
    return hits


def _count(hits: dict[str, list[bool]], change: Change, true: Change) -> None:
    lower, upper = (e.array for e in change.share.arrays.interval(0.9))
    for i, (name, share) in enumerate(shares(true).items()):
        hits.setdefault(name, []).append(bool(lower[i] <= share[0] <= upper[i]))


def _say(title: str, hits: dict[str, list[bool]]) -> None:
    every = [h for of_one in hits.values() for h in of_one]
    print(f"{title}: {np.mean(every):.3f} of {len(every)} intervals")
    for name, of_one in hits.items():
        print(f"  {name:32} {np.mean(of_one):.3f} of {len(of_one)}")


if __name__ == "__main__":
    worlds, funnels = (int(a) for a in [*sys.argv[1:], "400", "20"][:2])
    _say("chain", covered(False, worlds))
    _say("chain with a drift", covered(True, worlds))
    _say("funnel", covered_funnels(funnels))
