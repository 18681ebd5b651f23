"""Do the totals of a plan hold? Its incremental profit against the truth's, its outcome against futures that come.

    python -m tests.recovery.plan_totals_study [WORLDS] [FIRST]

Each world has curves, carry-over and two nodes with noise, and parameters of its own. The fit sees all but the last
eight weeks; the plan for these is carried out in the same world, where noise and demand go on. Demand is no part of the
model's equations to forecast: the outcome is asked with demand as it came, and with last year's, as a planner has it.

What the interval of an outcome misses has two parts, and each is counted by itself: the noise of the periods, at the
parameters that made them, which is covered as often as the interval says by construction, so that what is missing there
is the luck of these worlds; and the parameters, by the expected outcome. Lines are kept under runs/: what is there is
not done again.
"""

from __future__ import annotations

import math
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import bayes_roi as br
from bayes_roi.draws import Draws
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.intervention import Intervention
from bayes_roi.model.rows.design import design
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth
from bayes_roi.panel import Panel
from tests.calibration.kept import ROOT, digest, each_kept
from tests.conftest import known

WEEKS, PLANNED = 130, 8
PROB = 0.9
KEEP = ROOT / "runs" / "plan_totals"
MODEL = Model(
    name="futures",
    equations="""
        visits  ~ demand + hill(adstock(tv, max_lag=6))
        revenue ~ demand + visits + adstock(radio, max_lag=3)
    """,
    outcome="revenue",
    time="week",
    currency="USD",
    margin=0.5,
    channels={"tv": "tv", "radio": "radio"},
)
ASKED = (
    "incremental profit",
    "incremental outcome",
    "gain over last year",
    "outcome",
    "outcome, demand as last year",
    "outcome, at the parameters that made it",
    "expected outcome",
)
DRAWS = 4000
"""Of the noise, at the parameters that made it."""


@dataclass(frozen=True)
class World:
    """What one world says: which of `ASKED` are covered."""

    seed: int
    covered: tuple[bool, ...]


def truth_of(seed: int) -> Truth:
    """Return parameters and laws of a world: made up, with carry-over and a curve that bends where money is spent."""
    made = made_up_truth(MODEL, seed=seed)
    rng = np.random.default_rng([seed, 31])
    own = {
        "visits.tv.retention": rng.uniform(0.3, 0.8),
        "visits.tv.slope": rng.uniform(0.9, 1.8),
        "revenue.radio.retention": rng.uniform(0.1, 0.6),
    }
    return replace(made, parameters={**made.parameters, **own})


def run(seed: int) -> World:
    """Return what one world covers."""
    truth = truth_of(seed)
    whole = simulate(MODEL, truth, periods=WEEKS + PLANNED, seed=seed)
    data = cut(whole, WEEKS)
    fit = br.fit(MODEL, data, seed=seed, progress=False)
    demand = whole.columns["demand"][WEEKS:]
    plan = spend_of(fit, seed)
    found, guessed = (compared(fit, plan, nodes) for nodes in ({"demand": demand}, {}))
    made_it = in_terms_of(data, whole, truth)
    true = compared(known(MODEL, data, made_it), plan, {"demand": demand})
    many = {name: np.full(DRAWS, value) for name, value in made_it.parameters.items()}
    noisy = compared(fit_of(MODEL, data, many, seed=seed), plan, {"demand": demand})
    came = outcome_that_came(truth, whole, plan, seed)
    pairs = [
        (found.profit, number(true.profit)),
        (found.incremental_outcome, number(true.incremental_outcome)),
        (found.difference, number(true.difference)),
        (found.predictive.outcome, came),
        (guessed.predictive.outcome, came),
        (noisy.predictive.outcome, came),
        (found.outcome, number(true.outcome)),
    ]
    return World(seed, tuple(inside(draws, right) for draws, right in pairs))


def outcome_that_came(truth: Truth, whole: Panel, plan: np.ndarray, seed: int) -> float:
    """Return the outcome of the planned weeks of a world in which the plan was carried out."""
    future = simulate(MODEL, truth, periods=WEEKS + PLANNED, seed=seed, do=carried_out(whole, plan))
    return float(future.columns["revenue"][WEEKS:].sum())


def in_terms_of(data: Panel, whole: Panel, truth: Truth) -> Truth:
    """Return the truth with its intercepts at the means of the rows that are fitted.

    An intercept is the mean of a node at the mean of its covariates; a simulation takes the mean of all its rows.
    """
    means = [{n: scale.mean for n, scale in design(MODEL, panel).scales.items()} for panel in (data, whole)]
    moved = {
        f"{node}.intercept": truth.parameters[f"{node}.intercept"]
        + sum(truth.parameters[f"{node}.{cause}.effect"] * (means[0][cause] - means[1][cause]) for cause in causes)
        for node, causes in (("visits", ("demand",)), ("revenue", ("demand", "visits")))
    }
    return replace(truth, parameters={**truth.parameters, **moved})


def cut(panel: Panel, length: int) -> Panel:
    """Return the first rows of a table of one series."""
    assert panel.periods is not None
    assert panel.clock is not None
    columns = {name: x[:length] for name, x in panel.columns.items()}
    return replace(panel, columns=columns, periods=panel.periods[:length], clock=panel.clock[:length])


def spend_of(fit: br.Fit, seed: int) -> np.ndarray:
    """Return a plan (channels, periods): each channel .6 to 1.4 of last year's, week by week in another order."""
    rng, today = np.random.default_rng([seed, 37]), br.outlook(fit, periods=PLANNED).reference
    return np.stack([rng.uniform(0.6, 1.4) * rng.permutation(x) for x in today])


def compared(fit: br.Fit, plan: np.ndarray, nodes: dict[str, Any]) -> br.Comparison:
    spend = dict(zip(MODEL.channels, plan, strict=True))
    plans = [
        br.scenario(fit, "as last year", periods=PLANNED, nodes=nodes),
        br.scenario(fit, "plan", spend=spend, nodes=nodes),
    ]
    return br.compare(fit, plans)


def carried_out(whole: Panel, plan: np.ndarray) -> list[Intervention]:
    """Return the plan as what is done in the last weeks of a world."""
    assert whole.periods is not None
    weeks = [str(w) for w in whole.periods[WEEKS:]]
    return [
        br.set_to(node, float(x), during=week)
        for node, row in zip(MODEL.channels.values(), plan, strict=True)
        for week, x in zip(weeks, row, strict=True)
    ]


def number(draws: Draws) -> float:
    return float(draws.arrays.values.sel(scenario="plan").array.item())


def inside(draws: Draws, right: float) -> bool:
    low, high = draws.sel(scenario="plan").arrays.interval(PROB)
    return bool(low.array <= right <= high.array)


def worlds(seeds: range, keep: Path = KEEP) -> list[World]:
    """Return what worlds say: what is kept, and the rest made now and kept."""
    file = keep / digest(Path(__file__), *sorted((ROOT / "bayes_roi" / "decisions").rglob("*.py"))) / "worlds.jsonl"
    return each_kept(
        file, seeds, run, read=lambda x: World(x["seed"], tuple(x["covered"])), key=lambda w: w.seed, line=asdict
    )


def summary(found: list[World]) -> str:
    """Return the coverage of each, with its standard error."""
    rates = np.mean([w.covered for w in found], axis=0)
    count = len(found)
    return "\n".join(
        f"{what}: {rate:.3f} +- {math.sqrt(rate * (1 - rate) / count):.3f} of {count} worlds"
        for what, rate in zip(ASKED, rates.tolist(), strict=True)
    )


def main(count: int = 100, first: int = 0) -> None:
    """Print the coverage."""
    print(summary(worlds(range(first, first + count))))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
