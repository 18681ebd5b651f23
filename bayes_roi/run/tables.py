"""A fit as sheets: what its channels are worth, by quarter and by period, beside what stands behind these numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled
from bayes_roi.queries.paths.responding import NAMES
from bayes_roi.run.estimates import channel_numbers, estimates
from bayes_roi.spreadsheet import Sheet, day
from bayes_roi.value.answers import MoneyAnswers
from bayes_roi.value.attribution.channel_table import channel_table
from bayes_roi.value.money.curves import contribution_over_time
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.window import part_of_calendar
from bayes_roi.version import __version__

SAMPLE = ("chain", "draw")
ENDS = ("median", "lower", "upper")
MEAN = ("mean", *ENDS)
OF_WHOLE = {"contribution": MEAN, "roas": ENDS, "roi": ENDS, "marginal_roas": ENDS, "cost_per": ENDS}
OF_PART = {"contribution": MEAN, "roas": ENDS, "roi": ENDS}
TITLES = {
    "contribution": "contribution",
    "roas": "ROAS",
    "roi": "ROI",
    "marginal_roas": "marginal ROAS",
    "cost_per": "cost per unit",
}
HELD, TOTAL = NAMES[True], NAMES[False]


@dataclass(frozen=True, eq=False)
class RunTables:
    """The tables of a fit, one sheet each.

    Parameters
    ----------
    fit
        A fit.
    prob
        Probability inside the intervals, which have equal tails.
    """

    fit: Fit
    prob: float = DEFAULT_PROB

    @cached_property
    def money(self) -> Money:
        """The money quantities of all rows."""
        return Money(self.fit)

    @cached_property
    def part(self) -> str | None:
        """The part of the calendar that numbers are told by; None where the rows have no dates or lie in one."""
        return part_of_calendar(self.fit) if self.fit.model.channels else None

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """What estimates.json holds, by quarter or month too."""
        return estimates(self.fit, prob=self.prob, answers=MoneyAnswers(self.money), by=self.part)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets that the fit has: without channels there are parameters, audit and what it is about."""
        of_money = [self.roi, *self.by_part] if self.fit.model.channels else []
        over_time = self.fit.model.channels and self.fit.design.periods is not None
        of_money += [self.over_time] if over_time else []
        of_money += [self.channels] if self.fit.model.channels else []
        return (*of_money, self.parameters, self.audit, self.about)

    @property
    def roi(self) -> Sheet:
        """Spend, returns and their evidence: a row for each channel and estimand, and one for all channels."""
        rows = [row for name, c in self.numbers["channels"].items() for row in _estimands(name, c)]
        total = self.numbers["total"]
        rows.append(("all channels", HELD, *_returns(total, OF_WHOLE), None, *_behind(total)))
        head = ("channel", "estimand", *self._heads(OF_WHOLE), "P(ROI > 0) before the data")
        return Sheet("ROI", (*head, "evidence", "support", "reason"), tuple(rows))

    @property
    def by_part(self) -> tuple[Sheet, ...]:
        """The same by quarter or month, whose `remainder` is what they lack of the whole, and by the panel's unit."""
        return tuple(self._by(name) for name in self.numbers.get("by", {}))

    def _by(self, name: str) -> Sheet:
        rows = [
            (label, channel, estimand, *_returns({"spend": c["spend"]} | numbers, OF_PART))
            for label, channels in self.numbers["by"][name].items()
            for channel, c in channels.items()
            for estimand, numbers in ((HELD, c), *([(TOTAL, c["in_total"])] if "in_total" in c else []))
        ]
        for channel, lacking in self.numbers.get("remainder", {}).get(name, {}).items():
            rows.append(("remainder", channel, HELD, *_returns({"contribution": lacking}, OF_PART)))
        return Sheet(f"by {name}", (name, "channel", "estimand", *self._heads(OF_PART)), tuple(rows))

    @property
    def over_time(self) -> Sheet:
        """What each channel added in each period, other spends held."""
        return long("contribution by period", contribution_over_time(self.fit), self.prob)

    @property
    def channels(self) -> Sheet:
        """Credit beside cause: a row for each channel, or other node, and question."""
        table = channel_table(self.fit, prob=self.prob, money=self.money)
        found, units = channel_numbers(table), {c.name: c.draws.unit for c in table.columns}
        rows = [
            (
                row,
                name,
                asked["question"],
                *(numbers[name].get(end) for end in MEAN),
                units[name],
                numbers[name].get("evidence", asked["evidence"]),
            )
            for row, numbers in found["rows"].items()
            for name, asked in found["columns"].items()
            if name in numbers
        ]
        return Sheet("channels", ("row", "measure", "question", *MEAN, "unit", "evidence"), tuple(rows))

    @property
    def parameters(self) -> Sheet:
        """Mean, standard deviation and interval of each parameter, in the units of the data."""
        rows: list[tuple[object, ...]] = []
        tails = [0.5, (1 - self.prob) / 2, (1 + self.prob) / 2]
        for name, draws in self.fit.groups["posterior"].items():
            cells = draws.first(*SAMPLE).array.reshape(-1, int(np.prod(draws.array.shape[2:], dtype=int)))
            each = zip(_labels(draws), cells.T, strict=True)
            rows += [(name, label, x.mean(), x.std(ddof=1), *np.quantile(x, tails)) for label, x in each]
        return Sheet("parameters", ("parameter", "of", "mean", "sd", *ENDS), tuple(rows))

    @property
    def audit(self) -> Sheet:
        """What reading and cleaning changed or flagged."""
        rows = tuple((e.action, e.row, e.period, e.column, e.before, e.after, e.reason) for e in self.fit.data.audit)
        return Sheet("audit", ("what", "row", "period", "column", "before", "after", "why"), rows)

    @property
    def about(self) -> Sheet:
        """What the numbers are of, and whether they can be trusted."""
        found, diagnosis = self.numbers, self.fit.diagnosis
        first, last = found["window"] or (None, None)
        lines = [
            ("model", found["model"]),
            ("outcome", found["outcome"]),
            ("currency", found["currency"]),
            ("profit per unit of money earned", found["margin"]),
            ("money per unit of the outcome", found["value"]),
            ("first period", day(first)),
            ("last period", day(last)),
            ("periods counted after the last", found["horizon"]),
            ("rows", found["rows"]),
            ("probability inside lower to upper", self.prob),
            ("the draws can be trusted", bool(diagnosis)),
            *(("problem", text) for text in found["diagnosis"]["problems"]),
            *(("warning", text) for text in found["diagnosis"]["warnings"]),
            *(("note", text) for text in found["notes"]),
            ("seed", self.fit.seed),
            ("bayes_roi", __version__),
        ]
        return Sheet("about", ("what", "value"), tuple(lines))

    def _heads(self, quantities: Mapping[str, Sequence[str]]) -> list[str]:
        units = self.numbers["units"]
        each = [f"{TITLES[name]} {end} [{units[name]}]" for name, ends in quantities.items() for end in ends]
        return [f"spend [{units['spend']}]", *each, "P(ROI > 0)"]


def long(name: str, draws: Draws, prob: float) -> Sheet:
    """Return draws as a sheet: a row for each label, its mean (or median) and interval, unit and evidence."""
    lower, upper = draws.arrays.interval(prob)
    columns = [draws.centre(), lower, upper, draws.words()]
    dims = tuple(dim for dim in draws.arrays.values.dims if dim not in SAMPLE)
    sizes = {dim: columns[0].sizes[dim] for dim in dims}
    cells = zip(*(c.over(sizes).ravel().tolist() for c in columns), strict=True)
    rows = [(*at, *x[:3], draws.unit, x[3]) for at, x in zip(_places(columns[0], dims), cells, strict=True)]
    return Sheet(name, (*dims, draws.point, "lower", "upper", "unit", "evidence"), tuple(rows))


def _places(values: Labelled, dims: Sequence[str]) -> Iterator[tuple[object, ...]]:
    labels = [values.labels(dim).tolist() for dim in dims]
    for at in np.ndindex(*(len(x) for x in labels)):
        yield tuple(x[i] for x, i in zip(labels, at, strict=True))


def _labels(draws: Labelled) -> list[object]:
    """Return what each cell of a parameter is of: its label, several joined, or None for a single number."""
    dims = [dim for dim in draws.dims if dim not in SAMPLE]
    return [", ".join(map(str, at)) if at else None for at in _places(draws, dims)]


def _estimands(name: str, c: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    before = c["prior"]["probability_positive"]
    yield (name, HELD, *_returns(c, OF_WHOLE), before, *_behind(c))
    if "in_total" in c:
        yield (name, TOTAL, *_returns(c["in_total"], OF_WHOLE), None, *_behind(c["in_total"]))


def _returns(c: Mapping[str, Any], quantities: Mapping[str, Sequence[str]]) -> list[object]:
    """Return spend, the numbers of each quantity, and P(ROI > 0); None for what is not there."""
    cells = [c.get(name, {}).get(end) for name, ends in quantities.items() for end in ends]
    positive = c.get("roi", {}).get("probability_positive", c.get("probability_positive"))
    return [c.get("spend"), *cells, positive]


def _behind(c: Mapping[str, Any]) -> tuple[object, ...]:
    return c["evidence"], c["support"], c["reason"] or None
