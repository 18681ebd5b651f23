"""How good plans are in worlds whose response curves are known: a fit makes the plan, the truth pays for it.

    python -m tests.recovery.plan_study [WORLDS] [FIRST]

Every world has the shipped funnel's equations, curves of its own (effects, half-saturations, slopes and retentions are
scattered around the shipped ones), and noise, spends and demand of its own. A plan divides last year's budget over the
next 13 weeks, each channel between nothing and twice of what it got. It is judged by what its spend truly adds:
margin x value x (E[Y | plan] - E[Y | no spend]), as a share of what the best plan under the truth adds. The rivals are
the equal split, last year's mix, and shares by last click (which gives television nothing).
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth, read_truth
from tests.conftest import known

PERIODS = 13
RANDOM_PLANS = 10
RIVALS = ("equal", "last year", "last click")


@dataclass(frozen=True)
class World:
    """One world: shares of the best true gain that plan and rivals reach, and stated against true betterness."""

    seed: int
    plan: float
    rivals: dict[str, float]
    profit: float
    stated: tuple[float, ...]
    better: tuple[bool, ...]
    own: tuple[float, bool]
    regret: float
    true_regret: float
    seconds: float


def scattered(truth: Truth, seed: int) -> Truth:
    """Return the truth with other curves."""
    rng = np.random.default_rng([seed, 17])
    parameters = dict(truth.parameters)
    for name, value in truth.parameters.items():
        if name.endswith(("_spend.effect", ".half")):
            parameters[name] = np.asarray(value) * np.exp(rng.normal(0, 0.4))
        elif name.endswith(".slope"):
            parameters[name] = np.asarray(value) * np.exp(rng.normal(0, 0.2))
        elif name.endswith(".retention"):
            odds = np.asarray(value) / (1 - np.asarray(value)) * np.exp(rng.normal(0, 0.5))
            parameters[name] = odds / (1 + odds)
    return replace(truth, parameters=parameters)


def run(seed: int) -> World:
    """Return how the plan of one world fares."""
    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    truth = scattered(read_truth(br.shipped("data/weekly_funnel.truth.json")), seed)
    data = simulate(model, truth, seed=seed)
    right, started = known(model, data, truth), time.process_time()
    fit = br.fit(model, data, seed=seed, progress=False)
    today = br.outlook(fit, periods=PERIODS).reference
    budget, bounds = (
        float(today.sum()),
        {c: (0.0, 2.0 * x) for c, x in zip(model.channels, today.sum(axis=1), strict=True)},
    )
    plan = br.optimise(fit, budget=budget, periods=PERIODS, bounds=bounds, extrapolate=True)
    best = br.optimise(right, budget=budget, periods=PERIODS, bounds=bounds, extrapolate=True)
    seconds = time.process_time() - started
    ahead, pattern = br.outlook(right, periods=PERIODS), plan.question.flighting.pattern
    others = [
        np.array(totals)[:, None] * pattern for totals in (_equal(budget, len(pattern)), _last_click(fit, budget))
    ]
    random = _random_plans(today, budget, pattern, seed)
    spends = [np.zeros_like(today), best.money.array, plan.money.array, others[0], today, others[1], *random]
    profit = ahead.profits(spends)[0]
    gross = profit[1:6] + budget - profit[0]
    stated = br.outlook(fit, periods=PERIODS).profits([today, *random])
    return World(
        seed=seed,
        plan=float(gross[1] / gross[0]),
        rivals=dict(zip(RIVALS, (gross[2:5] / gross[0]).tolist(), strict=True)),
        profit=float(profit[2] / profit[1]),
        stated=tuple((stated[:, 1:] > stated[:, :1]).mean(axis=0).tolist()),
        better=tuple((profit[6:] > profit[4]).tolist()),
        own=(float(plan.gain.arrays.probability(above=0).array), bool(profit[2] > profit[4])),
        regret=float(br.best_plans(plan, draws=100).gain.mean()),
        true_regret=float(profit[1] - profit[2]),
        seconds=seconds,
    )


def _equal(budget: float, channels: int) -> list[float]:
    return [budget / channels] * channels


def _last_click(fit: Fit, budget: float) -> list[float]:
    """Return the budget by the revenue of the clicks that each channel's own node counts."""
    effect = {n: float(fit.parameters[f"revenue.{n}.effect"].mean()) for n in ("social_clicks", "search_clicks")}
    earned = [0.0, *(effect[n] * fit.design.rows[n].mean() for n in ("social_clicks", "search_clicks"))]
    return [budget * x / sum(earned) for x in earned]


def _random_plans(today: np.ndarray, budget: float, pattern: np.ndarray, seed: int) -> list[np.ndarray]:
    """Return plans around last year's, by which stated probabilities of being better are judged."""
    rng, mix = np.random.default_rng([seed, 23]), today.sum(axis=1) / budget
    return [budget * rng.dirichlet(20 * mix)[:, None] * pattern for _ in range(RANDOM_PLANS)]


def summary(worlds: list[World]) -> str:
    """Return what the worlds say, as text."""
    plan = np.array([w.plan for w in worlds])
    lines = [
        f"{len(worlds)} worlds; the plan reaches {plan.mean():.2%} of the best true gain of spend on average, at least "
        f"{plan.min():.2%}; of the best true incremental profit {np.mean([w.profit for w in worlds]):.3%}"
    ]
    for rival in RIVALS:
        share = np.array([w.rivals[rival] for w in worlds])
        lines.append(
            f"{rival}: {share.mean():.2%} on average; the plan beats it in {(plan > share).sum()} of {len(plan)}"
        )
    stated, better = (np.concatenate([getattr(w, f) for w in worlds]) for f in ("stated", "better"))
    lines.append("P(better than today) of random plans, stated and true:")
    for low, high in ((0.0, 0.1), (0.1, 0.35), (0.35, 0.65), (0.65, 0.9), (0.9, 1.0)):
        inside = (stated >= low) & ((stated < high) | (high == 1.0))
        if inside.any():
            lines.append(
                f"  {low:.2f} to {high:.2f}: {stated[inside].mean():.2f} {better[inside].mean():.2f} of {inside.sum()}"
            )
    lines.append(f"  all: {stated.mean():.3f} {better.mean():.3f}; Brier score {np.mean((stated - better) ** 2):.3f}")
    own = np.array([w.own for w in worlds])
    lines.append(f"P(better than today) of the plans: stated {own[:, 0].mean():.2f}, true {own[:, 1].mean():.2f}")
    lines.append(
        f"expected regret: stated {np.mean([w.regret for w in worlds]):,.0f}, "
        f"true {np.mean([w.true_regret for w in worlds]):,.0f}"
    )
    lines.append(f"median CPU seconds to fit and plan: {np.median([w.seconds for w in worlds]):.1f}")
    return "\n".join(lines)


def main(count: int = 20, first: int = 400) -> None:
    """Print how plans fare."""
    worlds = []
    for seed in range(first, first + count):
        worlds.append(run(seed))
        print(worlds[-1], file=sys.stderr, flush=True)
    print(summary(worlds))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
