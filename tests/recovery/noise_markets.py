"""Markets whose noise is as the model claims, and markets where one claim fails, with the model that mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import bayes_roi as br
from bayes_roi.panel import Panel

WEEKS, UNITS, PANEL_WEEKS, YEAR = 104, 10, 78, 52
ROAS = 2.0


@dataclass(frozen=True)
class NoiseMarket:
    """A model, its data, the true ROAS of its only channel, and models that mend what is wrong, by name."""

    model: br.Model
    data: Panel
    roas: float
    mended: dict[str, br.Model]


def slow(rng: np.random.Generator, rows: int, retention: float, lag: int = 1) -> np.ndarray:
    """Return a series of variance one in which a row keeps a share of that `lag` rows before."""
    x = rng.standard_normal(rows + 200)
    for t in range(lag, len(x)):
        x[t] = retention * x[t - lag] + np.sqrt(1 - retention**2) * x[t]
    return x[200:]


def weekly(seed: int, noise: Callable[[np.random.Generator, np.ndarray], np.ndarray], mended: str = "") -> NoiseMarket:
    """Two years of weeks: revenue by demand and television, which pauses; noise (rows,) given the share of the mean."""
    rng = np.random.default_rng([seed, 1])
    tv = np.maximum(100 + 40 * slow(rng, WEEKS, 0.7), 0.0) * (rng.random(WEEKS) > 0.15)
    demand = slow(rng, WEEKS, 0.8)
    mean = 1000 + 80 * demand + ROAS * tv
    revenue = mean + 100 * noise(rng, tv / tv.mean())
    model = br.Model(
        name="weekly",
        equations="revenue ~ demand + tv_spend + trend() + season(period=52.18, order=2)",
        outcome="revenue",
        time="week",
        channels={"tv": "tv_spend"},
        currency="EUR",
    )
    data = Panel(
        {"demand": demand, "tv_spend": tv, "revenue": revenue}, np.arange(WEEKS), "week", "week", "noise market"
    )
    return NoiseMarket(model, data, ROAS, {mended: replace(model, noise={"revenue": mended})} if mended else {})


def clicks(seed: int, kappa: float | None) -> NoiseMarket:
    """Clicks out of impressions, whose rate is a beta of `kappa` around what the equation says (None: exactly that)."""
    rng = np.random.default_rng([seed, 2])
    tv, demand = rng.gamma(2.0, 50.0, WEEKS) * (rng.random(WEEKS) > 0.2), slow(rng, WEEKS, 0.8)
    impressions = rng.poisson(20_000, WEEKS).astype(float)
    without = -4 + 0.3 * demand
    rate, base = (1 / (1 + np.exp(-eta)) for eta in (without + 0.004 * tv, without))
    drawn = rate if kappa is None else rng.beta(kappa * rate, kappa * (1 - rate))
    count = rng.binomial(impressions.astype(int), drawn).astype(float)
    market = _funnel(rng, tv, demand, {"impressions": impressions}, count, "binomial(impressions)")
    roas = float((PER_CLICK * impressions * (rate - base)).sum() / tv.sum())
    return _mended(replace(market, roas=roas), "beta_binomial(impressions)" if kappa else "")


def counts(seed: int, alpha: float | None) -> NoiseMarket:
    """Clicks whose expected number is a gamma of shape `alpha` around what the equation says (exactly it for None)."""
    rng = np.random.default_rng([seed, 3])
    tv, demand = rng.gamma(2.0, 50.0, WEEKS) * (rng.random(WEEKS) > 0.2), slow(rng, WEEKS, 0.8)
    base = np.exp(5 + 0.3 * demand)
    rate = base * np.exp(0.004 * tv)
    count = rng.poisson(rate if alpha is None else rng.gamma(alpha, rate / alpha)).astype(float)
    market = _funnel(rng, tv, demand, {}, count, "poisson")
    roas = float((PER_CLICK * (rate - base)).sum() / tv.sum())
    return _mended(replace(market, roas=roas), "negative_binomial" if alpha else "")


PER_CLICK = 3.0


def _funnel(
    rng: np.random.Generator,
    tv: np.ndarray,
    demand: np.ndarray,
    more: dict[str, np.ndarray],
    count: np.ndarray,
    law: str,
) -> NoiseMarket:
    revenue = 2_000 + PER_CLICK * count + 100 * rng.standard_normal(len(count))
    model = br.Model(
        name="funnel",
        equations="clicks ~ demand + tv_spend\nrevenue ~ clicks + demand",
        outcome="revenue",
        time="week",
        channels={"tv": "tv_spend"},
        currency="EUR",
        families={"clicks": law},
    )
    columns = {"tv_spend": tv, "demand": demand, **more, "clicks": count, "revenue": revenue}
    return NoiseMarket(model, Panel(columns, np.arange(len(count)), "week", "week", "noise market"), 0.0, {})


def _mended(market: NoiseMarket, law: str) -> NoiseMarket:
    return replace(market, mended={law: replace(market.model, families={"clicks": law})} if law else {})


SHARED = (
    ("(1 | week)", "(1 | week)"),
    ("(1 | week), the week's mean spend", "(1 | week) + tv_of_all"),
    ("factor(week)", "factor(week)"),
)
"""Name -> what models of regions have for what all share in a week."""


def regions(
    seed: int, *, shock: float = 0.0, drives: float = 0.0, sizes: float = 0.0, weeks: int = PANEL_WEEKS
) -> NoiseMarket:
    """Ten regions of a national plan of spend: a shock common to all of a week, `shock` times the noise of a region.

    `drives` is the correlation of the shock with the week's spend, `sizes` the sd of the log of the regions' noise.
    """
    rng = np.random.default_rng([seed, 4])
    week, region = np.tile(np.arange(weeks), UNITS), np.repeat(np.arange(UNITS), weeks)
    plan, common = slow(rng, weeks, 0.5), rng.standard_normal(weeks)
    common = drives * (plan - plan.mean()) / plan.std() + np.sqrt(1 - drives**2) * common
    tv = np.maximum(100 + 40 * plan, 0.0)[week] * rng.lognormal(0.0, 0.2, len(week))
    own = rng.standard_normal(len(week)) * np.exp(sizes * rng.standard_normal(UNITS))[region]
    revenue = 500 + (80 * rng.standard_normal(UNITS))[region] + ROAS * tv + 60 * (own + shock * common[week])
    columns = {"tv_spend": tv, "tv_of_all": np.bincount(week, tv)[week] / UNITS, "revenue": revenue}
    data = Panel(
        columns, week, "week", "week", "noise market",
        unit="geo", units=np.array([f"region {i}" for i in range(UNITS)])[region],
    )  # fmt: skip
    dates = np.datetime64("2023-01-02") + 7 * np.arange(weeks)
    data = replace(data, columns={**data.columns, "week": week}, levels={"week": tuple(map(str, dates))})
    model = br.Model(
        name="regions",
        equations="revenue ~ (1 | geo) + tv_spend",
        outcome="revenue",
        time="week",
        panel="geo",
        channels={"tv": "tv_spend"},
        currency="EUR",
    )
    mended = {}
    if shock:
        ways = SHARED if drives else SHARED[:1]
        mended |= {name: replace(model, equations=f"revenue ~ (1 | geo) + tv_spend + {how}") for name, how in ways}
    if sizes:
        mended["by(geo)"] = replace(model, noise={"revenue": "by(geo)"})
    return NoiseMarket(model, data, ROAS, mended)


def _white(rng: np.random.Generator, tv: np.ndarray) -> np.ndarray:
    return rng.standard_normal(len(tv))


def _series(retention: float, lag: int = 1) -> Callable[[np.random.Generator, np.ndarray], np.ndarray]:
    return lambda rng, tv: slow(rng, len(tv), retention, lag)


def _with_spend(rng: np.random.Generator, tv: np.ndarray) -> np.ndarray:
    return rng.standard_normal(len(tv)) * (0.2 + 0.8 * tv)


CELLS: dict[str, Callable[[int], NoiseMarket]] = {
    "weekly, clean": lambda seed: weekly(seed, _white),
    "clicks, clean": lambda seed: clicks(seed, None),
    "counts, clean": lambda seed: counts(seed, None),
    "regions, clean": regions,
    "beta-binomial clicks": lambda seed: clicks(seed, 200.0),
    "gamma-Poisson counts": lambda seed: counts(seed, 8.0),
    "AR(1), 0.6": lambda seed: weekly(seed, _series(0.6), "ar(1)"),
    "AR(1), -0.6": lambda seed: weekly(seed, _series(-0.6), "ar(1)"),
    "lag four, 0.6": lambda seed: weekly(seed, _series(0.6, 4)),
    "variance with spend": lambda seed: weekly(seed, _with_spend),
    "common shock": lambda seed: regions(seed, shock=1.0, weeks=YEAR),
    "common shock, spend follows it at .3": lambda seed: regions(seed, shock=1.0, drives=0.3, weeks=YEAR),
    "common shock, spend follows it at .6": lambda seed: regions(seed, shock=1.0, drives=0.6, weeks=YEAR),
    "noise of each region its own": lambda seed: regions(seed, sizes=0.5),
}
"""Name -> the market of a seed."""
