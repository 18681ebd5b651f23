"""A plausible truth for any model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bayes_roi.mechanisms.families import Family
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import NodeParameters
from bayes_roi.model.rows.view import View
from bayes_roi.model.simulation.exogenous import Categories, ExogenousLaw
from bayes_roi.model.simulation.truth import Truth, value_column
from bayes_roi.model.simulation.world import World
from bayes_roi.numbers import written

UNITS = {
    "north": 1.0,
    "south": 2.0,
    "east": 0.5,
    "west": 1.5,
    "centre": 3.0,
    "coast": 0.8,
    "hills": 0.6,
    "islands": 0.3,
}
"""Panel units of a made-up truth, with their sizes in millions."""


def made_up_truth(model: Model, *, seed: int = 0, periods: int = 156) -> Truth:
    """Return a plausible truth for any model: spends of thousands in flights, media a tenth of the outcome each."""
    rng = np.random.default_rng([seed, 7])
    exogenous: dict[str, ExogenousLaw | Categories] = {}
    trials = {model.trials(node) for node in model.modelled}
    for node in model.exogenous:
        if node in model.categorical:
            exogenous[node] = Categories(("high", "low", "middle"), (0.3, 0.4, 0.3))
        elif node in trials:
            exogenous[node] = ExogenousLaw(20_000.0, 3_000.0, autocorrelation=0.5, whole=True)
        elif node in model.spends:
            mean = float(np.round(10_000 * rng.uniform(0.5, 2.0), -2))
            exogenous[node] = ExogenousLaw(mean, 0.4 * mean, autocorrelation=0.3, dark=0.2)
        else:
            exogenous[node] = ExogenousLaw(100.0, 15.0, autocorrelation=0.6, season=10.0)
    exogenous |= {column: ExogenousLaw(10.0, 1.0) for column in value_column(model)}
    truth = Truth({}, exogenous, periods=periods, seed=seed, units=dict(UNITS) if model.panel is not None else {})
    parameters: dict[str, np.ndarray] = {}

    def chosen(node: NodeParameters, view: View) -> Mapping[str, np.ndarray]:
        target = _target(model, node.node)
        parameters.update(_made_up(node, view, target, model.family(node.node), parameters, rng))
        return parameters

    World(model, truth, periods, seed).run(chosen)
    plain = {name: float(v[0]) if v.ndim == 1 else [float(e) for e in v[0]] for name, v in parameters.items()}
    return replace(truth, parameters=plain)


def _target(model: Model, node: str) -> float:
    """Return the mean to aim at: spends and outcomes in thousands, shares a fifth."""
    if model.family(node).most <= 1 or model.trials(node) is not None:
        return 0.2
    return 10_000.0 if node in model.spends else 50_000.0 if node == model.outcome else 5_000.0


def _made_up(
    node: NodeParameters,
    view: View,
    target: float,
    family: type[Family],
    known: Mapping[str, np.ndarray],
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    size, level = target if family.link_name == "identity" else 1.0, family.inverse_mean(target)
    found: dict[str, np.ndarray] = {}
    used = np.zeros(1)
    for t in node.terms:
        if t.effect_name in known:  # shared with a term before it
            used = used + known[t.effect_name] * t.curve(view, known).mean(axis=-1)
            continue
        for role, name in t.shape_names.items():
            found[name] = t.shape[role].ppf(np.atleast_1d(rng.uniform(0.25, 0.75)))
        if t.effect is None:
            continue
        curve = np.atleast_2d(t.curve(view, found))
        if t.media:
            effect = rng.uniform(0.05, 0.15) * size / np.maximum(curve.mean(axis=-1), 1e-12)
            used = used + effect * curve.mean(axis=-1)
        else:
            effect = rng.uniform(0.03, 0.1, len(curve)) * size / np.maximum(curve.std(axis=-1), 1e-12)
        found[t.effect_name] = effect[None] if t.width else effect
    if node.intercept:
        found[f"{node.node}.intercept"] = level - used
    for role, name in node.family_names.items():
        found[name] = np.array([0.03 * size if role == "sigma" else node.family[role].ppf(np.array(0.5))])
    found |= {name: np.array([0.5]) for name in node.noise_names.values()}
    if node.periods is not None:
        found[node.periods.spread_name] = np.zeros(1) + 0.03 * size
    for pooled in node.pooled:
        common = pooled is node.pooled_intercept
        spread = 0.2 if pooled.law == "log" else 0.1 * size if common else 0.3 * abs(found[pooled.name])
        found[pooled.spread_name] = np.zeros(1) + spread
        u = rng.uniform(0.01, 0.99, (1, len(view.design.units)))
        found[pooled.units_name] = pooled.of_units(u, found[pooled.name], found[pooled.spread_name])
    return {name: np.array([float(written(v, 3)) for v in np.ravel(x)]).reshape(x.shape) for name, x in found.items()}
