"""Worlds in which nothing was done, unlike what the estimators assume, and what they say of them.

Noise has Student t innovations (5 degrees of freedom) and memory that is not that of the model's grid; regions follow
common factors with loadings of their own; groups differ in spread; amounts are gamma and not log-normal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import bayes_roi as br

NAMES = {"outcome": "y", "unit": "u", "time": "t"}


@dataclass(frozen=True)
class Said:
    """What an estimator says where the effect is none: whether its 90 % interval holds that, and what its checks do."""

    covered: bool
    pre_trend: float
    """Chance that the check of the periods before the window tells; NaN where there is none."""
    placebo: float
    """Share of units as far out as the treated; NaN where there are none."""


def noise(rng: np.random.Generator, units: int, times: int, rho: float) -> np.ndarray:
    """Return AR(1) noise with heavy tails and sd one, (units, times)."""
    e = rng.standard_t(5, (units, times + 30)) * np.sqrt(3 / 5 * (1 - rho**2))
    for t in range(1, times + 30):
        e[:, t] += rho * e[:, t - 1]
    return e[:, 30:]


def rows(y: np.ndarray) -> dict[str, np.ndarray]:
    """Return (units, times) values as a long table."""
    units, times = y.shape
    return {
        "u": np.repeat([f"u{k:02d}" for k in range(units)], times),
        "t": np.tile(np.arange(times), units),
        "y": y.ravel(),
    }


def regions(seed: int, units: int, times: int) -> np.ndarray:
    """Return regions that follow three common factors, each with loadings of its own, and noise with memory."""
    rng = np.random.default_rng(seed)
    factors = noise(rng, 3, times, 0.8) * 3
    loadings = rng.dirichlet(np.ones(3), units)
    return 20 + loadings @ factors + noise(rng, units, times, 0.5)


def said(found: br.WindowEffect, placebo: float = np.nan) -> Said:
    """Return what an estimator says of a world without an effect."""
    lower, upper = (float(x.array) for x in found.average.arrays.interval())
    return Said(lower <= 0 <= upper, found.pre_trend.chance, placebo)


def synthetic_control(seed: int) -> Said:
    """40 periods before, 10 in the window, 19 controls."""
    found = br.synthetic_control(rows(regions(seed, 20, 50)), **NAMES, treated="u00", start=40, draws=400, seed=seed)
    return said(found, found.placebos.chance)


def matched_regions(seed: int) -> Said:
    """The same regions, five of them matched."""
    found = br.matched_regions(rows(regions(seed, 20, 50)), **NAMES, treated="u00", start=40, draws=400, seed=seed)
    return said(found, found.placebos.chance)


def two_groups(seed: int) -> Said:
    """10 treated regions with noise half as large again as that of 20 controls, and levels of their own."""
    rng = np.random.default_rng(seed)
    y = noise(rng, 30, 16, 0.7) * np.where(np.arange(30) < 10, 1.5, 1.0)[:, None] + rng.normal(0, 5, (30, 1))
    adopted = {f"u{k:02d}": 12 for k in range(10)}
    return said(br.difference_in_differences(rows(y), **NAMES, adopted=adopted, draws=1000, seed=seed))


def one_treated(seed: int) -> Said:
    """One treated region, 19 controls."""
    rng = np.random.default_rng(seed)
    y = noise(rng, 20, 16, 0.7) + rng.normal(0, 5, (20, 1)) + noise(rng, 1, 16, 0.9)
    found = br.difference_in_differences(rows(y), **NAMES, adopted={"u00": 12}, draws=1000, seed=seed)
    return said(found, found.placebos.chance)


def staggered(seed: int) -> Said:
    """Cohorts of four, treated one after the other, with those not yet treated as controls."""
    rng = np.random.default_rng(seed)
    y = noise(rng, 24, 16, 0.7) + rng.normal(0, 5, (24, 1)) + noise(rng, 1, 16, 0.9)
    adopted = {f"u{k:02d}": 8 + 2 * (k // 4) for k in range(12)}
    return said(
        br.difference_in_differences(rows(y), **NAMES, adopted=adopted, controls="not yet", draws=1000, seed=seed)
    )


def interrupted(seed: int) -> Said:
    """A trend, a season and AR(2) noise."""
    rng = np.random.default_rng(seed)
    e = rng.standard_t(5, 150)
    for t in range(2, 150):
        e[t] += 0.4 * e[t - 1] + 0.25 * e[t - 2]
    week = np.arange(100)
    table = {"t": week, "y": 50 + 0.2 * week + 4 * np.sin(2 * np.pi * week / 52) + e[50:]}
    return said(br.interrupted_time_series(table, outcome="y", time="t", start=90, season=52, draws=1000, seed=seed))


def rates(seed: int) -> Said:
    """500 users each, one in twenty buys."""
    a, b = np.random.default_rng(seed).binomial(500, 0.05, 2)
    found = br.ab_rates(control=(int(a), 500), treated=(int(b), 500), draws=1000, seed=seed)
    return _groups(found.difference)


def revenue(seed: int) -> Said:
    """1,000 users each, one in ten buys, for gamma amounts."""
    rng = np.random.default_rng(seed)
    a, b = rng.binomial(1, 0.1, (2, 1000)) * rng.gamma(3.0, 20.0, (2, 1000))
    return _groups(br.ab_revenue(control=a, treated=b, draws=1000, seed=seed).difference)


def _groups(difference: br.Draws) -> Said:
    lower, upper = (float(x.array) for x in difference.arrays.interval())
    return Said(lower <= 0 <= upper, np.nan, np.nan)


WORLDS: dict[str, Callable[[int], Said]] = {
    verb.__name__: verb
    for verb in (
        synthetic_control,
        matched_regions,
        two_groups,
        one_treated,
        staggered,
        interrupted,
        rates,
        revenue,
    )
}
