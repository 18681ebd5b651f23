"""Coverage of the intervals of a plan's gain over another, and of what its periods will show, over simulated worlds.

    python -m tests.decisions.comparison_study [SEEDS] [FIRST]

The model is linear with lags, so that a fit is exact and takes milliseconds; parameters are made up anew for each
world.
"""

from __future__ import annotations

import math
import sys

import numpy as np

import bayes_roi as br
from bayes_roi.draws import Draws
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.simulate import simulate

WORLD = Model(
    name="lags",
    equations="""
        visits  ~ demand + tv + lag(tv, 1, label="tv before")
        revenue ~ demand + visits + radio + lag(radio, 2, label="radio before")
    """,
    outcome="revenue",
    time="week",
    channels={"tv": "tv", "radio": "radio"},
    margin=0.4,
)
ASKED = (
    "gain in profit",
    "gain in ROI",
    "incremental profit",
    "revenue to come",
    "revenue of the fourth week to come",
)


def run(seed: int, *, prob: float = 0.9) -> list[bool]:
    """Return which of `ASKED` one world covers: expectations by the truth's, what is to come by a draw of it."""
    truth = made_up_truth(WORLD, seed=seed)
    data = simulate(WORLD, truth, periods=120, seed=seed)
    fit = br.fit(WORLD, data, seed=seed, draws=250, chains=2, progress=False)
    right = fit_of(WORLD, data, {n: np.asarray(v, float)[None] for n, v in truth.parameters.items()})
    found, true = (br.compare(f, plans(f), seed=seed + 1) for f in (fit, right))
    pairs = [
        (found.difference, true.difference),
        (found.against("as last year", what="roi").sel(scenario="other"), true.against("as last year", what="roi")),
        (found.profit, true.profit),
        (found.predictive.outcome, true.predictive.outcome),
        (found.predictive.by_period.sel(time=found.by_period.values.time.values[3]), true.predictive.by_period),
    ]
    return [_covers(draws, _number(of, found), prob) for draws, of in pairs]


def plans(fit: br.Fit) -> list[br.Scenario]:
    """Return two plans of half a year: as last year, and with more television and less radio in fewer weeks."""
    on = np.where(np.arange(26) % 3 == 0, 1.0, 0.0)
    today = br.scenario(fit, "as last year", periods=26)
    other = {"tv": 1.3 * today.total["tv"] * on / on.sum(), "radio": 0.6 * today.money.array[1]}
    return [today, br.scenario(fit, "other", spend=other)]


def _number(of: Draws, found: br.Comparison) -> float:
    """Return the one number of the other plan in draws of the truth, at the fourth period where there are several."""
    values = of.arrays.values.sel(scenario="other")
    return float(values.array[0, 0, 3] if "time" in values.dims else values.array.item())


def _covers(draws: Draws, right: float, prob: float) -> bool:
    own = draws.sel(scenario="other") if "scenario" in draws.arrays.values.dims else draws
    low, high = own.arrays.interval(prob)
    return bool(low.array <= right <= high.array)


def main(count: int = 400, first: int = 0) -> None:
    """Print the coverage of each, with its standard error."""
    hits = np.array([run(seed) for seed in range(first, first + count)])
    for what, rate in zip(ASKED, hits.mean(axis=0), strict=True):
        print(f"{what}: {rate:.3f} +- {math.sqrt(rate * (1 - rate) / count):.3f} of {count}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
