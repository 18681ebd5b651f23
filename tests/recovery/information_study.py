"""What a test was said to be worth, against what came of running it, over worlds drawn from the planner's prior.

    python -m tests.recovery.information_study [WORLDS]

In each world the shop of tests/decisions is fitted to 25 weeks and a plan of 8 is chosen. Then 8 more weeks are seen:
with radio doubled, or as usual, and the choice is made anew. What is gained is judged by the later posterior, which on
average is what the truth would say, with less noise.
"""

from __future__ import annotations

import sys

import numpy as np

import bayes_roi as br
from bayes_roi.decisions.horizon.outlook import outlook
from bayes_roi.decisions.information.decision import Decision
from bayes_roi.inference.fit import fit_of
from bayes_roi.panel import Panel
from tests.decisions.test_information import SHOP, shop_data
from tests.model.made import series

NOISE = 600.0


def gone_on(data: Panel, spend: np.ndarray, effects: np.ndarray, seed: int) -> Panel:
    """Return the shop's table with the weeks in which `spend` (channels, periods) was spent."""
    rng, weeks = np.random.default_rng([seed, 5]), spend.shape[1]
    clicks = 2000 + effects[:, None] * spend + rng.normal(0, NOISE, spend.shape)
    demand = rng.normal(100, 10, weeks)
    sales = 1000 + 20 * demand + 2 * clicks.sum(axis=0) + rng.normal(0, NOISE, weeks)
    new = {"tv": spend[0], "radio": spend[1], "tv_clicks": clicks[0], "radio_clicks": clicks[1]}
    new |= {"demand": demand, "sales": sales}
    return series({n: np.concatenate([x, new[n]]) for n, x in data.columns.items()})


def gained(chosen: Decision, data: Panel, seen: Panel, seed: int) -> float:
    """Return what choosing anew after more data gains, in expectation after them."""
    found = br.fit(SHOP, seen, seed=seed, draws=1000, chains=1, progress=False)
    ahead = outlook(fit_of(SHOP, data, found.parameters), periods=chosen.outlook.periods)
    earned = ahead.profits(list(chosen.spends)).mean(axis=0)
    return float(earned.max() - earned[chosen.names.index(chosen.best)])


def world(seed: int) -> tuple[float, float, float]:
    """Return what a test was said to be worth, what it gained, and what as many usual weeks gained."""
    effects = np.abs(np.random.default_rng([seed, 1]).normal(0, 1, 2))
    data = shop_data(*effects, noise=NOISE, weeks=25, seed=seed)
    fit = br.fit(SHOP, data, seed=seed, draws=1000, chains=1, progress=False)
    chosen = br.decision(fit, periods=8, budget=10_000, steps=1)
    test = br.PlannedTest("radio", "double", 8)
    said = br.value_of_information(fit, chosen, tests=[test], seed=seed).tests[0].evsi.value
    usual = chosen.outlook.reference
    doubled = usual * np.array([[1.0], [2.0]])
    after = [gained(chosen, data, gone_on(data, spend, effects, seed), seed) for spend in (doubled, usual)]
    return said, after[0], after[1]


def main(worlds: int = 200) -> None:
    """Print the means with their standard errors, and the difference between what was said and what was gained."""
    found = np.array([world(seed) for seed in range(worlds)])
    columns = {"said": found[:, 0], "gained by the test": found[:, 1], "gained by usual weeks": found[:, 2]}
    columns["gained less said"] = found[:, 1] - found[:, 0]
    for name, x in columns.items():
        print(f"{name}: {x.mean():,.0f} +- {x.std(ddof=1) / np.sqrt(worlds):,.0f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
