"""Coverage of both returns of a channel whose advertising makes another spend: other spends held, and in total.

    python -m tests.recovery.mediator_study [linear|hill] [SEEDS] [FIRST]

Television sends people to search, paid search follows the searches and is a channel too: tv -> searches -> search spend
-> search clicks -> revenue. Every world has a made-up truth of its own. Exit code 1 when the pooled coverage of one of
the two estimands is not between 85 and 97 %.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

import bayes_roi as br
from bayes_roi.draws import Draws
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth
from tests.conftest import known

LEAST, MOST = 0.85, 0.97
WEEKS = 150
EQUATIONS = {
    "linear": """
        searches      ~ demand + tv_spend
        search_spend  ~ searches
        search_clicks ~ demand + search_spend
        revenue       ~ demand + tv_spend + search_clicks""",
    "hill": """
        searches      ~ demand + hill(adstock(tv_spend, max_lag=4))
        search_spend  ~ searches
        search_clicks ~ demand + hill(search_spend)
        revenue       ~ demand + hill(adstock(tv_spend, max_lag=4)) + search_clicks""",
}
ESTIMANDS = ("held", "in total")


@dataclass(frozen=True)
class World:
    """What the intervals of one world say: (estimand, quantity) -> whether the truth is inside; and the error.

    `crossed`: whether the true contribution in total lies inside the interval of the one with other spends held, which
    is how a table with one number for both would read.
    """

    inside: dict[tuple[str, str], bool]
    error: dict[tuple[str, str], float]
    crossed: bool

    def rate(self, estimand: str) -> float:
        """Return the share of an estimand's quantities that is inside."""
        return float(np.mean([x for (e, _), x in self.inside.items() if e == estimand]))


def paid_mediator(form: str) -> br.Model:
    """Return the model of one form."""
    return br.Model(
        name="paid mediator",
        time="week",
        outcome="revenue",
        currency="USD",
        margin=0.4,
        channels={"tv": "tv_spend", "search": "search_spend"},
        equations=EQUATIONS[form],
    )


def truth_of(model: br.Model, seed: int) -> Truth:
    """Return a made-up truth whose search budget is a price times the searches, far from zero and not tied to them."""
    truth, rng = made_up_truth(model, seed=seed, periods=WEEKS), np.random.default_rng([seed, 1])
    price = rng.uniform(0.6, 1.4)
    changed = {
        "searches.sigma": 600.0,
        "search_spend.intercept": 5_000.0 * price,  # at the mean of the searches
        "search_spend.searches.effect": price,
        "search_spend.sigma": 500.0 * price,
    }
    return replace(truth, parameters={**truth.parameters, **changed})


def quantities(fit: br.Fit) -> dict[tuple[str, str], Draws]:
    """Return (estimand, quantity) -> draws."""
    found = {}
    for name, hold in zip(ESTIMANDS, (True, False), strict=True):
        for verb in (br.contribution, br.roas, br.marginal_roas):
            found[name, verb.__name__] = verb(fit, hold_spend=hold).sel(channel="tv")
    return found


def run(form: str, seed: int) -> World:
    """Return what the intervals of one world hold."""
    model = paid_mediator(form)
    truth = truth_of(model, seed)
    data = simulate(model, truth, periods=WEEKS + model.max_lag, seed=seed)
    right = quantities(known(model, data, truth))
    asked = quantities(br.fit(model, data, seed=seed, draws=500, progress=False))
    inside, error = {}, {}
    for key, draws in asked.items():
        value = _middle(right[key])
        inside[key] = _holds(draws, value)
        error[key] = _middle(draws) / value - 1
    crossed = _holds(asked["held", "contribution"], _middle(right["in total", "contribution"]))
    return World(inside, error, crossed)


def _middle(draws: Draws) -> float:
    return float(draws.median().item())


def _holds(draws: Draws, value: float) -> bool:
    low, high = (float(end.array) for end in draws.arrays.interval(0.9))
    return low <= value <= high


def summary(worlds: Iterable[World]) -> str:
    """Return coverage and median error of every quantity."""
    each = list(worlds)
    lines = [f"{'estimand':10} {'quantity':14} covered  median error"]
    for key in each[0].inside:
        covered, error = np.mean([w.inside[key] for w in each]), np.median([w.error[key] for w in each])
        lines.append(f"{key[0]:10} {key[1]:14} {covered:7.1%} {error:+13.1%}")
    crossed = np.mean([w.crossed for w in each])
    return "\n".join([*lines, f"the total inside the interval of the one with other spends held: {crossed:.1%}"])


def main(form: str = "hill", count: int = 30, first: int = 0) -> int:
    """Print the coverage; return the exit code."""
    worlds = []
    for seed in range(first, first + count):
        worlds.append(run(form, seed))
        print(f"seed {seed}: {worlds[-1].inside}", file=sys.stderr)
    print(f"{form}, {count} worlds\n{summary(worlds)}")
    rates = [float(np.mean([w.rate(e) for w in worlds])) for e in ESTIMANDS]
    return int(not all(LEAST <= r <= MOST for r in rates))


if __name__ == "__main__":
    form, *counts = sys.argv[1:] or ["hill"]
    sys.exit(main(form, *map(int, counts)))
