"""What a fit says of plans that it chose, and of others at random, beside what they truly bring."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

import bayes_roi as br
from tests.recovery.chosen_worlds import LAWS, World

PERIODS, PROB = 13, 0.9
DRAWS = 100
"""A chain: a tenth of what `br.fit` draws, so that what few draws overstate would show the more."""
RANDOM = 4
"""Plans at random beside each that is chosen, within the same limits."""
FRESH_EVERY = 3
"""One world in so many is fitted again, with another seed: its draws did not choose."""
TWICE = 2.0
KINDS: dict[str, tuple[float, dict[str, Any]]] = {
    "same budget": (1.0, {}),
    "same budget, extrapolating": (1.0, {"extrapolate": True}),
    "same budget, within 30 %": (1.0, {"most_change": 0.3}),
    "free spend": (TWICE, {"spend_all": False}),
    "free spend, extrapolating": (TWICE, {"spend_all": False, "extrapolate": True}),
}
"""Kind of plan -> most spend, as a multiple of the reference's, and options of `br.optimise`."""
FIRST = "same budget"
BESIDE = ("another timing", "rest kept")
"""What is told beside the first kind: `freely_timed` and `rest_kept`, whose gain is over that plan."""


@dataclass(frozen=True)
class Told:
    """A truth and what draws say of it: mean, standard deviation, ends of the 90 % interval and P(above 0)."""

    truth: float
    mean: float
    sd: float
    lower: float
    upper: float
    above: float

    @classmethod
    def of(cls, values: np.ndarray, truth: float) -> Told:
        """Return what draws (draws,) say."""
        low, high = np.quantile(values, [(1 - PROB) / 2, (1 + PROB) / 2])
        numbers = (truth, values.mean(), values.std(), low, high, (values > 0).mean())
        return cls(*(float(x) for x in numbers))

    @property
    def covered(self) -> bool:
        return self.lower <= self.truth <= self.upper


@dataclass(frozen=True)
class Judged:
    """One plan: what its spend adds, what it gains over another in profit, and how far the data go with it.

    Parameters
    ----------
    added, gain
        The incremental outcome (and with it the profit, which is linear in it), and the gain.
    moved
        Money that a period of a channel has more or less, as a share of what the other plan spends.
    totals
        By channel.
    support
        Of the gain of a plan that was chosen.
    """

    added: Told
    gain: Told
    moved: float
    totals: Sequence[float]
    support: float = 1.0

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Judged:
        return cls(**{**kept, "added": Told(**kept["added"]), "gain": Told(**kept["gain"])})


@dataclass(frozen=True)
class Planned:
    """All plans of one world.

    Parameters
    ----------
    law, seed
        Which world.
    spent
        By the reference, by channel.
    chosen, fresh
        Kind -> the plan, by the draws that chose it and by those of another fit.
    random
        Kind -> plans within the same limits.
    ok, engines, seconds
        Of the fit; CPU seconds of all.
    """

    law: str
    seed: int
    spent: Sequence[float]
    chosen: Mapping[str, Judged]
    random: Mapping[str, Sequence[Judged]]
    fresh: Mapping[str, Judged] = field(default_factory=dict)
    ok: bool = True
    engines: Sequence[str] = ()
    seconds: float = 0.0

    def line(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    @classmethod
    def read(cls, line: Mapping[str, Any]) -> Planned:
        """Return what a line of a file keeps."""
        one = {what: {k: Judged.read(x) for k, x in line[what].items()} for what in ("chosen", "fresh")}
        many = {k: [Judged.read(x) for x in found] for k, found in line["random"].items()}
        return cls(**{**line, **one, "random": many})


def planned(law: str, seed: int, kinds: Sequence[str] = tuple(KINDS), *, draws: int = DRAWS) -> Planned:
    """Return what fits of one world say of its plans."""
    started = time.process_time()
    world = LAWS[law](seed)
    fit = br.fit(world.model, world.data, seed=seed, draws=draws, progress=False)
    today = br.outlook(fit, periods=PERIODS).reference
    plans = {kind: _optimised(fit, kind, float(today.sum())) for kind in kinds}
    random = {
        kind: _at_random(plan, np.random.default_rng([seed, 53, i])) for i, (kind, plan) in enumerate(plans.items())
    }
    chosen = _chosen(fit, world, plans)
    supports = {kind: float(plan.gain.arrays.support.array) for kind, plan in plans.items()}
    fresh = {}
    if seed % FRESH_EVERY == 0:
        fresh = _chosen(br.fit(world.model, world.data, seed=seed + 10_000, draws=draws, progress=False), world, plans)
    return Planned(
        law=law,
        seed=seed,
        spent=today.sum(axis=1).tolist(),
        chosen={k: replace(x, support=supports.get(k, 1.0)) for k, x in chosen.items()},
        random={kind: judged(fit, world, spends, today) for kind, spends in random.items()},
        fresh=fresh,
        ok=bool(fit.diagnosis),
        engines=[b.engine for b in fit.diagnosis.blocks],
        seconds=round(time.process_time() - started, 1),
    )


def _optimised(fit: br.Fit, kind: str, spent: float) -> br.Plan:
    most, options = KINDS[kind]
    return br.optimise(fit, budget=most * spent, periods=PERIODS, **options)


def _chosen(fit: br.Fit, world: World, plans: Mapping[str, br.Plan]) -> dict[str, Judged]:
    """Return what a fit says of plans over the reference, and of what is told beside the first over it."""
    today = br.outlook(fit, periods=PERIODS).reference
    found = dict(zip(plans, judged(fit, world, [p.money.array for p in plans.values()], today), strict=True))
    if FIRST in plans:
        first = plans[FIRST]
        others = {k: p for k, p in zip(BESIDE, (first.freely_timed, first.rest_kept), strict=True) if p is not None}
        spends = [p.money.array for p in others.values()]
        found |= zip(others, judged(fit, world, spends, first.money.array), strict=True)
    return found


def _at_random(plan: br.Plan, rng: np.random.Generator) -> list[np.ndarray]:
    """Return plans (channels, periods) that keep to the limits of another and have no merit."""
    problem, size = plan.question, len(plan.totals)
    share = np.ones(RANDOM) if problem.spend_all else rng.random(RANDOM)
    totals = problem.flighting.scale * share[:, None] * rng.dirichlet(np.ones(size), RANDOM)
    shares = problem.region(plan.limits).project(problem.flighting.shares(totals))
    return [problem.flighting.spend(x) for x in shares]


def judged(fit: br.Fit, world: World, spends: Sequence[np.ndarray], other: np.ndarray) -> list[Judged]:
    """Return what a fit says of plans (channels, periods) over another, beside what they truly bring."""
    ahead, margin = br.outlook(fit, periods=PERIODS), world.model.margin
    profits = ahead.profits([other, *spends])
    true_other = margin * world.added(other) - other.sum()
    found = []
    for spend, profit in zip(spends, profits[:, 1:].T, strict=True):
        truth, spent = world.added(spend), float(spend.sum())
        added = Told.of((profit + spent) / margin, truth)
        gain = Told.of(profit - profits[:, 0], margin * truth - spent - true_other)
        moved = float(np.abs(spend - other).sum() / other.sum())
        found.append(Judged(added, gain, moved, spend.sum(axis=1).tolist()))
    return found
