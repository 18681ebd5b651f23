"""The stress worlds that mmm-framework publishes, made anew from their description.

Four channels in 156 weeks, by mmm-framework 1.5.0 (Apache-2.0; `mmm_framework.synth.dgp`, `tests/synth/README.md`):
a baseline of level, line, yearly wave and price; geometric carry-over over eight weeks of spend over its largest week;
an exponential curve; normal noise. `clean` has spends in short cycles of their own. The others break one thing each:
`confounding_controlled` has demand that moves search, social media and sales, and a noisy proxy of it in the table;
`reverse_causality` has budgets paced to last week's sales; `multicollinearity` has one cycle for all channels. The
numbers are theirs, the code and the random draws are ours: `published` reads their own tables, where their package is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import bayes_roi as br
from tests.recovery.markets import FORMS, WARM_UP, Additive, Market, Response, table

WEEKS = 156
CURVE = "hill"
"""Saturation of our model; theirs, and the one the worlds are made by, is `exponential`."""
YEAR = 52.0
SPEND = {"tv": 100.0, "search": 60.0, "social": 50.0, "display": 40.0}
CYCLE = {"tv": 9.0, "search": 7.0, "social": 11.0, "display": 13.0}
RETENTION = {"tv": 0.6, "search": 0.2, "social": 0.4, "display": 0.5}
STEEPNESS = {"tv": 1.6, "search": 1.8, "social": 1.7, "display": 1.5}
TOP = {"tv": 150.0, "search": 100.0, "social": 90.0, "display": 65.0}
CHASE = {"tv": 0.1, "search": 1.6, "social": 1.2, "display": 0.15}
PACE = {"tv": 0.6, "search": 1.0, "social": 0.8, "display": 0.5}
LAGS = 8
NOISE = 22.0
LEAST_SPEND = 0.5

Columns = dict[str, np.ndarray]


def cycles(rng: np.random.Generator, *, together: bool = False) -> Columns:
    """Return spends before anything chases: half of each cycle on air, all channels in one cycle where `together`."""
    week, phase, found = np.arange(WEEKS), rng.random(), {}
    for channel, mean in SPEND.items():
        turn = (week / CYCLE["tv"] + phase) if together else week / CYCLE[channel] + rng.random()
        on_air = np.maximum(np.sin(2 * np.pi * turn), 0.0)
        found[channel] = mean * (0.08 + 1.6 * on_air) * rng.lognormal(0.0, 0.05 if together else 0.25, WEEKS)
    return found


def prices(rng: np.random.Generator, *, sales: bool) -> np.ndarray:
    """Return a price with a yearly wave, and a discount in one week of seven where there are sales."""
    wave = 12 + 0.5 * np.cos(2 * np.pi * np.arange(WEEKS) / YEAR)
    return wave - 0.8 * (rng.random(WEEKS) < 0.15) if sales else wave


def baseline(price: np.ndarray) -> np.ndarray:
    """Return sales without media."""
    week = np.arange(WEEKS)
    season = 35 * np.sin(2 * np.pi * week / YEAR) + 22 * np.cos(2 * np.pi * week / YEAR)
    return 300 + 60 * week / WEEKS + season - 28 * (price - price.mean())


def responses(largest: Mapping[str, float]) -> dict[str, Response]:
    """Return how the channels work, given the largest week of each."""
    found = {}
    for channel, retention in RETENTION.items():
        weights = retention ** np.arange(LAGS)
        half = largest[channel] / STEEPNESS[channel]
        found[channel] = Response(weights / weights.sum(), "exponential", half, 1.0, retention, TOP[channel])
    return found


def clean(rng: np.random.Generator) -> tuple[Columns, np.ndarray, Columns]:
    """Return spends, the mean without media, and the controls."""
    price = prices(rng, sales=True)
    return cycles(rng), baseline(price), {"price": price}


def multicollinearity(rng: np.random.Generator) -> tuple[Columns, np.ndarray, Columns]:
    """Return the same with one cycle for all channels."""
    price = prices(rng, sales=True)
    return cycles(rng, together=True), baseline(price), {"price": price}


def confounding_controlled(rng: np.random.Generator) -> tuple[Columns, np.ndarray, Columns]:
    """Return the same with demand that search, social media and sales follow, and its proxy."""
    week, shocks = np.arange(WEEKS), rng.normal(0.0, 0.18, WEEKS)
    for t in range(1, WEEKS):
        shocks[t] += 0.5 * shocks[t - 1]
    demand = 1 + 0.35 * np.cos(2 * np.pi * week / YEAR) + 0.45 * week / WEEKS + shocks
    above = demand - demand.mean()
    spends = {c: x * np.maximum(1 + CHASE[c] * above, 0.1) for c, x in cycles(rng).items()}
    price = prices(rng, sales=False)
    proxy = 100 * demand + rng.normal(0.0, 6.0, WEEKS)
    return spends, baseline(price) + 90 * above, {"price": price, "category_demand": proxy}


def reverse_causality(rng: np.random.Generator) -> tuple[Columns, np.ndarray, Columns, np.ndarray]:
    """Return the same with budgets paced to the sales of the week before, and the noise that they answered to."""
    price = prices(rng, sales=False)
    base, wanted = baseline(price), cycles(rng)
    wobble = NOISE * 0.3 * np.sin(2 * np.pi * np.arange(WEEKS) / YEAR)
    noise, paced = rng.normal(0.0, NOISE, WEEKS), {c: np.zeros(WEEKS) for c in SPEND}
    works = responses({c: 1.8 * x for c, x in SPEND.items()})
    signal = 0.0
    for t in range(WEEKS):
        for channel, series in paced.items():
            series[t] = max(wanted[channel][t] * (1 + PACE[channel] * signal), LEAST_SPEND)
        media = sum(_now(works[c], series[: t + 1]) for c, series in paced.items())
        signal = (base[t] + media + wobble[t] + noise[t]) / base.mean() - 1
    return paced, base + wobble, {"price": price}, noise


def _now(works: Response, spend: np.ndarray) -> float:
    """Return what a response adds in the last week of a series."""
    recent = spend[-LAGS:]
    carried = float(recent[::-1] @ works.weights[: len(recent)])
    return works.effect * float(FORMS[works.form](np.array(carried / works.half), works.slope))


SCENARIOS: dict[str, Callable[[np.random.Generator], tuple[Any, ...]]] = {
    "clean": clean,
    "confounding_controlled": confounding_controlled,
    "reverse_causality": reverse_causality,
    "multicollinearity": multicollinearity,
}


def market(scenario: str, seed: int, curve: str = CURVE) -> Market:
    """Return a world of a scenario."""
    rng = np.random.default_rng([seed, *scenario.encode()])
    raw, base, controls, *noise = SCENARIOS[scenario](rng)
    spends = {c: _dark_before(np.maximum(x, LEAST_SPEND)) for c, x in raw.items()}
    mean = Additive(_dark_before(base), responses({c: x.max() for c, x in spends.items()}))
    sales = mean(spends) + _dark_before(noise[0] if noise else rng.normal(0.0, NOISE, WEEKS))
    columns = {"sales": np.maximum(sales, 1.0)} | {n: _dark_before(x) for n, x in controls.items()}
    columns |= {f"{c}_spend": x for c, x in spends.items()}
    return Market(model_of(controls, curve), table(columns), spends, mean, mean.responses, {"scenario": scenario})


def published(found: Mapping[str, Any], curve: str = CURVE) -> Market:
    """Return the world of a table that the package itself made, with the truth that it states."""
    names = {n: n.lower() if n in found["controls"] else f"{n.lower()}_spend" for n in found["columns"]}
    names |= {"sales": "sales", "CategoryDemand": "category_demand"}
    columns = {names[n]: _dark_before(np.array(x)) for n, x in found["columns"].items()}
    spends = {c.lower(): columns[f"{c.lower()}_spend"] for c in found["channels"]}
    stated = {c.lower(): x for c, x in found["truth"].items()}
    model = model_of([names[c] for c in found["controls"]], curve)
    return Market(model, table(columns, source=found["version"]), spends, lambda s: np.zeros(0), stated=stated)


def model_of(controls: Any, curve: str = CURVE) -> br.Model:
    """Return what an analyst would write: our defaults, and no spend before the first week."""
    media = " + ".join(f"{curve}(adstock({c}_spend))" for c in SPEND)
    return br.Model(
        name="stress",
        equations=f"sales ~ {' + '.join(controls)} + {media} + trend() + season(period={YEAR:g}, order=2)",
        outcome="sales",
        time="week",
        channels={c: f"{c}_spend" for c in SPEND},
        currency="USD",
        carry_in="zero",
    )


def _dark_before(x: np.ndarray) -> np.ndarray:
    """Return a series (1, weeks) with nothing in the weeks before it."""
    return np.concatenate([np.zeros(WARM_UP), x])[None]
