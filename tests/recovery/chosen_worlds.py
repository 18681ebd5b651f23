"""Worlds to plan in: a table to fit, and what any plan of spend for the weeks that follow truly adds.

Three laws, from near to far. `prior`: parameters are drawn from the prior of the model that is fitted, data from them,
as calibration has them (`tests/calibration/worlds.py`): given the data the truth is one more draw of the posterior, so
that whatever is read off the data, the best plan too, is as good as it is said to be, on average. `own curves`: Hill
curves with geometric carry-over, but returns, half-saturations and slopes of a market, not of the prior. `other
curves`: concave ones that no Hill curve is (tanh, exponential, logarithm), two of five with delayed carry-over.

In all of them three to six channels of unequal size, a third of which never pauses, budgets that chase an observed
demand more or less, 104 to 156 weeks, media that make .1 to .4 of the outcome, and noise that the model has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import fit_of
from bayes_roi.mechanisms.media import Roas
from tests.calibration.worlds import World as Drawn
from tests.recovery import mix_markets
from tests.recovery.markets import Response, budgets, response, table, wave, weeks
from tests.recovery.mix_markets import LEVEL, Cell, Scene

MARGIN = 0.6
"""Of revenue: the median market then spends about as much as pays."""
AFTER = 16
"""Weeks after a plan in which its carry-over is counted: more than any has."""
LEVEL_OF_PRIOR, SD_OF_PRIOR = 100.0, 20.0
TYPICAL_ROAS = 1.7
"""Median of the prior of a channel's return."""


@dataclass(frozen=True, eq=False)
class World:
    """A table to fit and plan on.

    Parameters
    ----------
    model, data
        What a planner has.
    added
        Plan (channels, periods) -> the outcome that its spend truly adds, in the planned weeks and after them.
    """

    model: br.Model
    data: br.Panel
    added: Callable[[np.ndarray], float]


@dataclass(frozen=True, eq=False)
class Chased(Drawn):
    """A world of calibration over the budgets of a market: the columns are of a seed."""

    seed: int = 0

    @cached_property
    def model(self) -> br.Model:
        return replace(super().model, margin=MARGIN)

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        rng = np.random.default_rng([self.seed, 41])
        demand = wave(rng, self.rows, 0.85)
        share = rng.uniform(0.1, 0.4)
        parts = np.maximum(rng.dirichlet(np.full(len(self.spends), 1.5)), 0.1 / len(self.spends))
        spent = share * LEVEL_OF_PRIOR / TYPICAL_ROAS * parts / parts.sum()
        series, _ = budgets(rng, spent, demand)
        return {"demand": demand, **dict(zip(self.spends, series, strict=True))}

    def panel(self, y: np.ndarray) -> br.Panel:
        return replace(super().panel(y), periods=weeks(self.rows))


def from_prior(seed: int) -> World:
    """Return a world whose truth comes from the prior of the model that is fitted to it."""
    rng = np.random.default_rng([seed, 43])
    count, rows = 3 + seed % 4, int(rng.integers(104, 157))
    spends = tuple(f"c{j + 1}" for j in range(count))
    curves = " + ".join(f"hill(adstock({s}, max_lag=4))" for s in spends)
    reference = (LEVEL_OF_PRIOR, SD_OF_PRIOR)
    law = Chased("drawn", f"y ~ demand + {curves}", {}, spends, reference, rows, money=True, seed=seed)
    assert isinstance(law.proposal[0].media, Roas)
    truth, data = law.pair(seed)
    known = fit_of(law.model, data, truth)
    return World(law.model, data, lambda plan: added_by(known, plan))


def added_by(known: br.Fit, plan: np.ndarray) -> float:
    """Return what a plan (channels, periods) adds by the one draw of a fit."""
    profit = float(br.outlook(known, periods=plan.shape[1]).profit(plan)[0])
    return (profit + float(plan.sum())) / known.model.margin


def of_market(seed: int, *, own: bool) -> World:
    """Return a world of a market: with the curves of the model where `own`, with other concave ones elsewhere."""
    rng = np.random.default_rng([seed, 47, own])
    cell = Cell(3 + seed % 4, round(rng.uniform(0.1, 0.4), 3))
    around = mix_markets.scene(rng, cell, int(rng.integers(104, 157)))
    earned = mix_markets.earnings(rng, cell, around.spends)
    works = {c: _response(rng, x, e, own) for (c, x), e in zip(around.spends.items(), earned, strict=True)}
    return _world(cell, around, works, rng)


def _response(rng: np.random.Generator, spend: np.ndarray, earned: float, own: bool) -> Response:
    while True:
        found = response(rng, spend, earned, own=own)
        if own or found.form != "hill":
            return found


def _world(cell: Cell, around: Scene, works: dict[str, Response], rng: np.random.Generator) -> World:
    mean = around.base + sum(r(around.spends[c]) for c, r in works.items())
    revenue = mean + LEVEL * rng.uniform(0.03, 0.08) * rng.standard_normal(mean.shape)
    model = replace(mix_markets.model_of(cell, list(around.controls)), margin=MARGIN)
    columns = {model.channels[c]: x for c, x in around.spends.items()}
    columns |= {"demand": around.demand, "revenue": revenue} | around.controls

    def added(plan: np.ndarray) -> float:
        return sum(_more(works[c], around.spends[c][0], own) for c, own in zip(model.channels, plan, strict=True))

    return World(model, table(columns), added)


def _more(works: Response, history: np.ndarray, spend: np.ndarray) -> float:
    """Return what spend (periods,) adds after a history (weeks,), against none."""
    after = np.zeros(AFTER)
    with_it, without = (np.concatenate([history, x, after]) for x in (spend, 0 * spend))
    return float((works(with_it) - works(without)).sum())


LAWS: dict[str, Callable[[int], World]] = {
    "prior": from_prior,
    "own curves": lambda seed: of_market(seed, own=True),
    "other curves": lambda seed: of_market(seed, own=False),
}
