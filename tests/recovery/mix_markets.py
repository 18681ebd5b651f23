"""One revenue equation with many channels, a little of everything that real tables have.

Unequal channels, a third of which never pauses; budgets that chase demand; in half of the markets two budgets that move
together; two to four controls; noise that is independent, grows with the mean or hangs together from week to week. In
half of the markets the curves are those of the fitted model, in the others they are not: tanh, exponential and
logarithmic curves, delayed carry-over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import bayes_roi as br
from tests.recovery.markets import PERIOD, WARM_UP, Additive, Market, Spends, budgets, response, table, wave

LEVEL = 400_000.0
"""Revenue of a mean week."""
LEAST_ROAS, MOST_ROAS = 0.5, 6.0
"""Of all media together, log-uniform."""
MEDIA = "hill(adstock({}))"
CONTROLS = ("price", "competitor", "holiday", "weather")
NOISES = ("independent", "grows with the mean", "ar(0.3)")


@dataclass(frozen=True)
class Cell:
    """Number of channels, and the share of revenue that media make together."""

    channels: int
    share: float

    def __str__(self) -> str:
        return f"J={self.channels},share={self.share:g}"

    @classmethod
    def of(cls, text: str) -> Cell:
        """Return the cell that a text names, as 6:0.2.

        Raises
        ------
        ValueError
            When it names none.
        """
        channels, _, share = text.partition(":")
        return cls(int(channels), float(share))


CELLS = tuple(Cell(channels, share) for channels in (3, 6, 10, 16) for share in (0.05, 0.2, 0.5))


@dataclass(frozen=True, eq=False)
class Scene:
    """What surrounds the channels of one market: demand, budgets, controls and the revenue without media."""

    demand: np.ndarray
    spends: dict[str, np.ndarray]
    planned: tuple[str, ...]
    controls: dict[str, np.ndarray]
    base: np.ndarray


def scene(rng: np.random.Generator, cell: Cell, length: int) -> Scene:
    """Return budgets whose ROAS is log-uniform, and a base that media leave room for."""
    total = WARM_UP + length
    week = np.arange(total)
    season = np.sin(2 * np.pi * (week / PERIOD + rng.random()))
    demand = np.clip(0.8 * wave(rng, total, 0.85) + 0.6 * season, -2.5, 2.5)
    parts = np.maximum(rng.dirichlet(np.full(cell.channels, 1.5)), 0.1 / cell.channels)
    spent = LEVEL * cell.share / np.exp(rng.uniform(np.log(LEAST_ROAS), np.log(MOST_ROAS)))
    series, planned = budgets(rng, spent * parts / parts.sum(), demand)
    controls = {name: wave(rng, total, 0.7) for name in CONTROLS[: int(rng.integers(2, 5))]}
    if "holiday" in controls:
        controls["holiday"] = (rng.random(total) < 0.08).astype(float)
    moved = 0.12 * demand + 0.05 * season + rng.uniform(-0.1, 0.15) * week / total
    moved = moved + sum(rng.uniform(-0.04, 0.04) * x for x in controls.values())
    spends = {f"c{j + 1}": x[None] for j, x in enumerate(series)}
    return Scene(demand, spends, tuple(planned), controls, LEVEL * (1 - cell.share) * (1 + moved - moved.mean()))


def earnings(rng: np.random.Generator, cell: Cell, spends: Spends) -> np.ndarray:
    """Return what each channel earns a week: money works unequally well from channel to channel."""
    worth = np.array([x.mean() for x in spends.values()]) * rng.lognormal(0.0, 0.6, cell.channels)
    return cell.share * LEVEL * worth / worth.sum()


def noise(rng: np.random.Generator, mean: np.ndarray, kind: str) -> np.ndarray:
    """Return noise of 3 to 8 % of the level around a mean (units, weeks)."""
    size = LEVEL * rng.uniform(0.03, 0.08)
    if kind == "ar(0.3)":
        return size * np.array([wave(rng, mean.shape[1], 0.3) for _ in mean])
    grown = mean / mean.mean() if kind == "grows with the mean" else 1.0
    return size * grown * rng.standard_normal(mean.shape)


def model_of(cell: Cell, controls: list[str]) -> br.Model:
    """Return what an analyst would write: every channel alike, trend and season."""
    channels = {f"c{j + 1}": f"spend_{j + 1}" for j in range(cell.channels)}
    media = " + ".join(MEDIA.format(s) for s in channels.values())
    right = f"demand + {' + '.join(controls)} + {media} + trend() + season(period={PERIOD}, order=2)"
    return br.Model(
        name=f"mix of {cell.channels}",
        equations=f"revenue ~ {right}",
        outcome="revenue",
        time="week",
        channels=channels,
        currency="USD",
        margin=0.4,
    )


def market(cell: Cell, seed: int) -> Market:
    """Return the market of a cell and a seed."""
    rng = np.random.default_rng([seed, cell.channels, round(1000 * cell.share)])
    around = scene(rng, cell, int(rng.integers(104, 209)))
    own, kind = bool(rng.random() < 0.5), str(rng.choice(NOISES))
    earned = earnings(rng, cell, around.spends)
    responses = {c: response(rng, x, e, own=own) for (c, x), e in zip(around.spends.items(), earned, strict=True)}
    mean = Additive(around.base, responses)
    revenue = mean(around.spends)
    revenue = revenue + noise(rng, revenue, kind)
    model = model_of(cell, list(around.controls))
    columns = {model.channels[c]: x for c, x in around.spends.items()}
    columns |= {"demand": around.demand, "revenue": revenue} | around.controls
    traits = {
        "weeks": len(around.demand) - WARM_UP,
        "curves": "own" if own else "other",
        "noise": kind,
        "tied": "tied to the first" in around.planned,
        "steady": [c for c, p in zip(around.spends, around.planned, strict=True) if p == "never pauses"],
    }
    return Market(model, table(columns), around.spends, mean, responses, traits)
