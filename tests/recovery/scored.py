"""What a fit says of a market whose truth is known: kept raw, a line a market, and scored when it is read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

import bayes_roi as br
from bayes_roi.errors import BayesRoiError
from bayes_roi.value.priors.media_share import MOSTLY_PRIOR
from tests.calibration.kept import markdown
from tests.recovery.markets import Market
from tests.recovery.rules import ruled

PROB = 0.9
PRIOR_DRAWS = 400
SMALL, GOOD = 0.6, 1.7
"""A small good channel has less than this share of an even spend, and more than this multiple of the mean ROAS."""


@dataclass(frozen=True)
class Said:
    """A truth, the median, the mean and the ends of the 90 % interval of one quantity."""

    truth: float
    lower: float
    median: float
    upper: float
    mean: float

    @property
    def covered(self) -> bool:
        return self.lower <= self.truth <= self.upper

    @property
    def width(self) -> float:
        return (self.upper - self.lower) / abs(self.truth)

    @property
    def error(self) -> float:
        """Of the median, over the truth."""
        return (self.median - self.truth) / abs(self.truth)

    @property
    def score(self) -> float:
        """Width, and 2 / (1 - PROB) for each unit missed: the interval score of Gneiting and Raftery (2007)."""
        missed = max(self.lower - self.truth, 0.0) + max(self.truth - self.upper, 0.0)
        return self.upper - self.lower + 2 / (1 - PROB) * missed


@dataclass(frozen=True)
class Scored:
    """One market under one rule.

    Parameters
    ----------
    cell, seed, rule
        Which market it is.
    channels, total
        ROAS by channel, and the contribution of all channels together.
    spent
        Channel -> its spend in the window.
    labels, of_prior
        Channel -> the words of its evidence, and the width of its interval over that of the prior.
    engines, seconds
        Who drew how many blocks, and the CPU seconds of the fit.
    ok, problems
        The diagnosis.
    traits
        The market's.
    failed
        What a fit that failed said; then there are no channels.
    """

    cell: str
    seed: int
    rule: str
    channels: Mapping[str, Said] = field(default_factory=dict)
    total: Said | None = None
    spent: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    of_prior: Mapping[str, float] = field(default_factory=dict)
    engines: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    ok: bool = False
    problems: Sequence[str] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)
    failed: str = ""

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Scored:
        """Return what a line of a file keeps."""
        channels = {c: Said(**x) for c, x in line["channels"].items()}
        return cls(**{**line, "channels": channels, "total": Said(**line["total"]) if line["total"] else None})

    def line(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    @property
    def covered(self) -> float:
        """Share of the channels whose interval holds the truth."""
        return float(np.mean([s.covered for s in self.channels.values()]))

    @property
    def width(self) -> float:
        """Of the median channel, over its truth."""
        return float(np.median([s.width for s in self.channels.values()]))

    @property
    def error(self) -> float:
        """Size of the error of the median, of the median channel, over its truth."""
        return float(np.median([abs(s.error) for s in self.channels.values()]))

    @property
    def score(self) -> float:
        """Interval scores of the channels' contributions, added up, over the true total."""
        assert self.total is not None
        return sum(s.score * self.spent[c] for c, s in self.channels.items()) / abs(self.total.truth)

    @property
    def carried(self) -> float:
        """Share of the channels that the report says the prior carries."""
        return float(np.mean([w > MOSTLY_PRIOR for w in self.of_prior.values()])) if self.of_prior else float("nan")

    @property
    def assumed(self) -> float:
        """Share of the channels whose evidence is not plainly "identified"."""
        return float(np.mean([w != "identified" for w in self.labels.values()])) if self.labels else float("nan")

    @property
    def small_good(self) -> list[Said]:
        """The channels that are small and much better than the rest."""
        spent, even = sum(self.spent.values()), 1 / len(self.spent)
        mean = sum(s.truth * self.spent[c] for c, s in self.channels.items()) / spent
        small = (s for c, s in self.channels.items() if self.spent[c] / spent < SMALL * even)
        return [s for s in small if s.truth > GOOD * mean]


def score(market: Market, cell: str, seed: int, rule: str) -> Scored:
    """Fit a market and return what the fit says of its truth."""
    model = ruled(market.model, market.data, rule)
    started = time.process_time()
    try:
        fit = br.fit(model, market.data, seed=seed, progress=False)
    except BayesRoiError as error:
        return Scored(cell, seed, rule, traits=market.traits, failed=str(error))
    seconds = time.process_time() - started
    spent, true = market.spent, market.contributions
    roas, money = br.roas(fit, horizon=0), br.contribution(fit, horizon=0)  # of these rows, as the truth is
    labels = roas.labels()
    prior = br.prior_check(model, market.data, draws=PRIOR_DRAWS, seed=seed)
    found = {c: said(true[c] / spent[c], roas.sel(channel=c)) for c in spent}
    return Scored(
        cell=cell,
        seed=seed,
        rule=rule,
        channels=found,
        total=said(sum(true.values()), money.sum("channel")),
        spent=spent,
        labels={c: str(labels.sel(channel=c).item()) for c in spent},
        of_prior={c: (s.upper - s.lower) / _length(prior.sel(channel=c)) for c, s in found.items()},
        engines=dict(Counter(b.engine for b in fit.diagnosis.blocks)),
        seconds=round(seconds, 3),
        ok=bool(fit.diagnosis),
        problems=list(fit.diagnosis.problems),
        traits=market.traits,
    )


def said(truth: float, draws: br.Draws) -> Said:
    """Return what draws say of a truth."""
    ends = draws.interval(PROB)
    return Said(float(truth), float(ends.lower), float(draws.median()), float(ends.upper), float(draws.mean()))


def _length(draws: br.Draws) -> float:
    ends = draws.interval(PROB)
    return float(ends.upper - ends.lower)


HEADER = (
    "worlds",
    "channels covered",
    "total covered",
    "median width / truth",
    "median error",
    "bias of total",
    "width of total",
    "interval score, channels / total",
    "small good channels covered",
    "carried by the prior",
    "not plainly identified",
    "diagnosis ok",
    "engines",
    "CPU s, median (most)",
)


def row(found: Sequence[Scored]) -> tuple[str, ...]:
    """Return the figures of some markets, in the order of `HEADER`; errors are clustered by market."""
    there = [s for s in found if not s.failed]
    failed = f" ({len(found) - len(there)} failed)" if len(there) < len(found) else ""
    if not there:
        return (f"0{failed}", *[""] * (len(HEADER) - 1))
    totals = [s.total for s in there if s.total is not None]
    small = [x for s in there for x in s.small_good]
    engines = sum((Counter(s.engines) for s in there), Counter())
    return (
        f"{len(there)}{failed}",
        mean_and_error(s.covered for s in there),
        mean_and_error(float(t.covered) for t in totals),
        f"{np.median([s.width for s in there]):.2f}",
        f"{np.median([s.error for s in there]):.2f}",
        f"{np.median([t.error for t in totals]):+.2f}",
        f"{np.median([t.width for t in totals]):.2f}",
        f"{np.mean([s.score for s in there]):.2f} / {np.mean([t.score / abs(t.truth) for t in totals]):.2f}",
        f"{sum(x.covered for x in small)} of {len(small)}, bias {np.median([x.error for x in small]):+.2f}"
        if small
        else "none",
        f"{np.mean([s.carried for s in there]):.2f}",
        f"{np.mean([s.assumed for s in there]):.2f}",
        str(sum(s.ok for s in there)),
        ", ".join(f"{n} {engine}" for engine, n in engines.most_common()),
        f"{np.median([s.seconds for s in there]):.1f} ({max(s.seconds for s in there):.1f})",
    )


def mean_and_error(values: Iterable[float]) -> str:
    """Return a mean over markets with its standard error."""
    x = np.array(list(values), float)
    return f"{x.mean():.3f} (se {x.std(ddof=1) / np.sqrt(len(x)):.3f})" if len(x) > 1 else f"{x.mean():.3f}"


def tabled(groups: Mapping[str, Sequence[Scored]]) -> str:
    """Return the figures of groups of markets as Markdown."""
    return markdown(("", *HEADER), [(name, *row(found)) for name, found in groups.items() if found])
