"""Markets in which the prior of media stands on other ground than one revenue equation: one kind a function.

Curves are those of the fitted model throughout: what differs from kind to kind is what media make a share of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

import bayes_roi as br
from tests.recovery.markets import (
    PERIOD,
    WARM_UP,
    Additive,
    Market,
    Response,
    Spends,
    budgets,
    response,
    scaled,
    table,
    wave,
)
from tests.recovery.mix_markets import LEVEL, Cell, Scene, earnings, model_of, noise, scene
from tests.recovery.mix_markets import market as mix_market

REGIONS = ("north", "south", "east", "west", "centre")
FEW = Cell(3, 0.2)
PANEL_WEEKS = 104


def _start(kind: str, seed: int, cell: Cell = FEW) -> tuple[np.random.Generator, Scene, dict[str, Response]]:
    """Return the generator of a market, what surrounds its channels, and how they work."""
    rng = np.random.default_rng([seed, *kind.encode()])
    around = scene(rng, cell, int(rng.integers(104, 209)))
    earned = earnings(rng, cell, around.spends)
    works = {c: response(rng, x, e, own=True) for (c, x), e in zip(around.spends.items(), earned, strict=True)}
    return rng, around, works


def _columns(model: br.Model, around: Scene) -> dict[str, np.ndarray]:
    return {"demand": around.demand} | around.controls | {model.channels[c]: x for c, x in around.spends.items()}


def _model(around: Scene, outcome: str = "revenue", cell: Cell = FEW) -> br.Model:
    """Return the model of a mix with another name of its outcome."""
    model = model_of(cell, list(around.controls))
    text = "\n".join(map(str, model.structural)).replace("revenue ~", f"{outcome} ~")
    return replace(model, equations=text, outcome=outcome)


@dataclass(frozen=True, eq=False)
class PerHead:
    """The mean of regions that respond by head: size x (base + strength x response(spend / size)), (regions, weeks)."""

    sizes: np.ndarray
    base: np.ndarray
    strength: Mapping[str, np.ndarray]
    works: Mapping[str, Response]

    def __call__(self, spends: Spends) -> np.ndarray:
        media = sum(self.strength[c] * r(spends[c] / self.sizes) for c, r in self.works.items())
        return self.sizes * (self.base + media)


def panel(seed: int, *, pooled: bool) -> Market:
    """Return five regions of different size, which answer alike or, where pooled, more or less strongly."""
    rng = np.random.default_rng([seed, 5, int(pooled)])
    total, count = WARM_UP + PANEL_WEEKS, len(REGIONS)
    sizes = rng.lognormal(0.0, 0.7, count)[:, None]
    week = np.arange(total)
    season = 0.06 * np.sin(2 * np.pi * (week / PERIOD + rng.random()))
    demand = np.clip([wave(rng, total, 0.8) for _ in REGIONS], -2.5, 2.5)
    spent = FEW.share * LEVEL / np.exp(rng.uniform(np.log(0.5), np.log(6.0))) * rng.dirichlet([1.5] * FEW.channels)
    planned = [budgets(rng, spent, d)[0] for d in demand]
    a_head = {f"c{j + 1}": np.array([region[j] for region in planned]) for j in range(FEW.channels)}
    earned = earnings(rng, FEW, a_head)
    works = {c: response(rng, x, e, own=True) for (c, x), e in zip(a_head.items(), earned, strict=True)}
    spread = 0.3 if pooled else 0.0
    strength = {c: rng.lognormal(-(spread**2) / 2, spread, (count, 1)) for c in works}
    level = LEVEL * (1 - FEW.share) * rng.lognormal(0.0, 0.15, (count, 1))
    base = level * (1 + 0.12 * demand + season + rng.uniform(-0.1, 0.15) * week / total)
    mean = PerHead(sizes, base, strength, works)
    spends = {c: x * sizes for c, x in a_head.items()}
    size = rng.uniform(0.03, 0.08) * LEVEL
    revenue = mean(spends) + sizes * size * rng.standard_normal((count, total))
    channels = {c: f"spend_{c[1:]}" for c in spends}
    terms = (f"hill(adstock({s}))" for s in channels.values())
    media = " + ".join(f"({t} | geo)" if pooled else t for t in terms)
    model = br.Model(
        name="regions",
        equations=f"revenue ~ demand + {media} + trend() + season(period={PERIOD}, order=1)",
        outcome="revenue",
        time="week",
        panel="geo",
        weights="population",
        channels=channels,
        currency="USD",
        margin=0.4,
    )
    columns = {channels[c]: x for c, x in spends.items()} | {"demand": demand, "revenue": revenue}
    columns |= {"population": np.broadcast_to(sizes, demand.shape)}
    return Market(model, table(columns, units=REGIONS), spends, mean)


@dataclass(frozen=True, eq=False)
class Multiplied:
    """The mean of a lognormal outcome, exp(base + responses + sigma^2 / 2)."""

    log_base: np.ndarray
    works: Mapping[str, Response]
    sigma: float

    def __call__(self, spends: Spends) -> np.ndarray:
        return np.exp(self.log_base + sum(r(spends[c]) for c, r in self.works.items()) + self.sigma**2 / 2)


def log_link(seed: int) -> Market:
    """Return a market in which all multiplies, with lognormal noise; without media a fifth would be missing."""
    rng, around, works = _start("log", seed)
    sigma = rng.uniform(0.04, 0.1)
    parts = {c: r(around.spends[c])[:, WARM_UP:].mean() for c, r in works.items()}
    lifted = -np.log(1 - FEW.share) / sum(parts.values())
    logged = {c: scaled(r, around.spends[c], parts[c] * lifted) for c, r in works.items()}
    mean = Multiplied(np.log(around.base)[None] - sigma**2 / 2, logged, sigma)
    revenue = mean(around.spends) * np.exp(sigma * rng.standard_normal(around.base.shape) - sigma**2 / 2)
    model = replace(_model(around), families={"revenue": "lognormal"})
    return Market(model, table(_columns(model, around) | {"revenue": revenue}), around.spends, mean)


def losses(seed: int) -> Market:
    """Return a market whose outcome is profit, with a loss in some weeks: fixed costs are taken away from a mix."""
    rng, around, works = _start("losses", seed)
    mean = Additive(around.base[None] - rng.uniform(0.85, 0.98) * LEVEL, works)
    profit = mean(around.spends)
    profit = profit + noise(rng, profit, "independent")
    model = replace(_model(around, "profit"), margin=1.0)
    return Market(model, table(_columns(model, around) | {"profit": profit}), around.spends, mean, works)


def lines(seed: int) -> Market:
    """Return two channels with curves beside two without: one carried over, one at once."""
    cell = Cell(4, FEW.share)
    rng, around, works = _start("lines", seed, cell)
    for channel in ("c3", "c4"):
        own = works[channel]
        earned = own(around.spends[channel])[:, WARM_UP:].mean()
        weights = own.weights if channel == "c3" else np.ones(1)
        straight = replace(own, form="line", weights=weights, half=1.0, effect=1.0)
        works[channel] = scaled(straight, around.spends[channel], earned)
    model = _model(around, cell=cell)
    text = "\n".join(map(str, model.structural))
    text = text.replace("hill(adstock(spend_3))", "adstock(spend_3)").replace("hill(adstock(spend_4))", "spend_4")
    model = replace(model, equations=text)
    mean = Additive(around.base[None], works)
    revenue = mean(around.spends)
    revenue = revenue + noise(rng, revenue, "independent")
    return Market(model, table(_columns(model, around) | {"revenue": revenue}), around.spends, mean, works)


def clicks(seed: int, *, least: float, most: float) -> Market:
    """Return clicks that several spends buy: no money in the outcome, and a share of media between two bounds."""
    share = float(np.random.default_rng([seed, 3]).uniform(least, most))
    rng, around, works = _start("clicks", seed, Cell(3, share))
    mean = Additive(around.base[None], works)
    expected = mean(around.spends)
    counted = np.maximum(expected * (1 + rng.uniform(0.04, 0.1) * rng.standard_normal(expected.shape)), 0.0)
    model = replace(_model(around, "clicks"), currency=None, margin=1.0)
    data = table(_columns(model, around) | {"clicks": counted})
    return Market(model, data, around.spends, mean, works, {"share": round(share, 3)})


def funnel(seed: int, *, shared: bool) -> Market:
    """Return spends that earn through clicks alone: each has its own, or all buy the same where shared."""
    rng, around, works = _start("funnel", seed)
    names = {c: "clicks" if shared else f"clicks_{c[1:]}" for c in works}
    revenue, base, columns = around.base[None], around.base[None], {}
    for node in dict.fromkeys(names.values()):  # in money, until they are counted at what one click is worth
        bought = np.sum([r(around.spends[c]) for c, r in works.items() if names[c] == node], axis=0)
        free = bought.mean() * (1 / rng.uniform(0.3, 0.98) - 1) * (1 + 0.15 * around.demand)
        seen = np.maximum((bought + free) * (1 + 0.07 * rng.standard_normal(bought.shape)), 0.0)
        columns[node] = seen / np.exp(rng.uniform(np.log(0.3), np.log(3.0)))
        revenue, base = revenue + seen, base + free
    model = _funnel_model(around, names)
    revenue = revenue + noise(rng, revenue, "independent")
    data = table(_columns(model, around) | columns | {"revenue": revenue})
    return Market(model, data, around.spends, Additive(base, works))


def _funnel_model(around: Scene, names: Mapping[str, str]) -> br.Model:
    model = _model(around)
    nodes = dict.fromkeys(names.values())
    into = {n: [f"hill(adstock({model.channels[c]}))" for c, name in names.items() if name == n] for n in nodes}
    steps = [f"{n} ~ demand + {' + '.join(terms)}" for n, terms in into.items()]
    around_it = " + ".join(["demand", *around.controls, *nodes])
    last = f"revenue ~ {around_it} + trend() + season(period={PERIOD}, order=2)"
    return replace(model, equations="\n".join([*steps, last]))


KINDS: dict[str, Callable[[int], Market]] = {
    "regions": lambda seed: panel(seed, pooled=False),
    "regions, pooled": lambda seed: panel(seed, pooled=True),
    "log link": log_link,
    "losses": losses,
    "lines": lines,
    "J=20": lambda seed: mix_market(Cell(20, 0.2), seed),
    "clicks, nearly all bought": lambda seed: clicks(seed, least=0.85, most=0.98),
    "clicks, a tenth bought": lambda seed: clicks(seed, least=0.05, most=0.15),
    "funnel": lambda seed: funnel(seed, shared=False),
    "funnel, one click node": lambda seed: funnel(seed, shared=True),
}
