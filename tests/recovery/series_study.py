"""Coverage where noise hangs together from week to week: taken for independent, and modelled as AR(1).

    python -m tests.recovery.series_study [WORLDS]

A hundred and four weeks; the noise of revenue has an autocorrelation of 0.6, and demand and television's budget move
slowly too, which is when it matters: over 104 weeks the same slow wave in noise and in spend looks like an effect.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

import bayes_roi as br
from bayes_roi.model.simulation.exogenous import ExogenousLaw
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth

WEEKS = 104
RHO = 0.6
ROAS = 2.5
EQUATIONS = "revenue ~ demand + tv_spend"
TRUTH = Truth(
    parameters={
        "revenue.intercept": 60_000.0,
        "revenue.demand.effect": 200.0,
        "revenue.tv_spend.effect": ROAS,
        "revenue.sigma": 5_000.0,
        "revenue.autocorrelation": RHO,
    },
    exogenous={
        "demand": ExogenousLaw(100.0, 15.0, autocorrelation=0.9),
        "tv_spend": ExogenousLaw(8_000.0, 3_000.0, autocorrelation=0.9),
    },
    periods=WEEKS,
)


def model(noise: str | None) -> br.Model:
    """Return the model with a noise of revenue; independent where it is None."""
    return br.Model(
        name="series",
        equations=EQUATIONS,
        outcome="revenue",
        time="week",
        channels={"tv": "tv_spend"},
        noise={} if noise is None else {"revenue": noise},
    )


@dataclass(frozen=True)
class World:
    """Whether ROAS and the effect of demand are covered, the width of ROAS over its truth, and what the check said."""

    roas: bool
    demand: bool
    width: float
    alarmed: bool


def run(noise: str | None, seed: int) -> World:
    """Return what a fit with one kind of noise says of the world of a seed."""
    data = simulate(model("ar(1)"), TRUTH, seed=seed)
    fit = br.fit(model(noise), data, seed=seed, progress=False)
    ends = br.roas(fit).sel(channel="tv").interval(0.9)
    low, high = np.quantile(fit.parameters["revenue.demand.effect"], [0.05, 0.95])
    return World(
        roas=bool(ends.lower <= ROAS <= ends.upper),
        demand=bool(low <= 200.0 <= high),
        width=float(ends.upper - ends.lower) / ROAS,
        alarmed=any("autocorrelated" in p for p in fit.diagnosis.problems),
    )


def summary(noise: str | None, worlds: list[World]) -> str:
    """Return the rates of one kind of noise as text."""
    count = len(worlds)
    roas, demand, alarmed = (np.mean([getattr(w, what) for w in worlds]) for what in ("roas", "demand", "alarmed"))
    error = np.sqrt(0.9 * 0.1 / count)
    return (
        f"{noise or 'independent':12} {count} worlds: 90 % interval holds ROAS {roas:.3f}, demand {demand:.3f} "
        f"(se of a true 0.9: {error:.3f}); median width over truth {np.median([w.width for w in worlds]):.2f}; "
        f"the residual check rings in {alarmed:.2f}"
    )


def main(count: int = 200) -> None:
    """Print both."""
    for noise in (None, "ar(1)"):
        print(summary(noise, [run(noise, seed) for seed in range(count)]), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
