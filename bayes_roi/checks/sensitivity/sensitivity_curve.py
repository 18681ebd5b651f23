"""The answer of `sensitivity`: a channel's ROI as a function of the strength of a hidden common cause."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.checks.sensitivity.benchmarks import Benchmark
from bayes_roi.checks.sensitivity.measures import MOST_R2, equal_r2, strength
from bayes_roi.draws import as_interval
from bayes_roi.errors import QueryError
from bayes_roi.numbers import level, number, percent, percent_span, ratio

if TYPE_CHECKING:
    import pandas as pd

MULTIPLES = (1.0, 2.0)


@dataclass(frozen=True)
class Held:
    """ROI with the hidden cause held at one strength: median, ends of the interval, probability of a profit."""

    strength: float
    median: float
    lower: float
    upper: float
    probability_positive: float


@dataclass(frozen=True, repr=False)
class Sensitivity:
    """ROI of a channel were there a hidden common cause of its spend and a node.

    Parameters
    ----------
    channel, spend, node
        The channel, its spend, and the node whose equation the hidden cause enters.
    points
        ROI at strengths from none on: the node's equation fitted again at each.
    benchmarks
        The observed causes in the same measure, the strongest first.
    sign
        1 where the hidden cause moves both up, -1 where it moves them apart.
    adverse
        Whether that sign takes ROI towards break-even.
    prob
        Probability inside the interval.
    bound, seen
        Where the node's equation does not read the spend, so that a hidden cause would show in the table: the strongest
        of this sign that the data do not contradict at 1 %, and the correlation that is there; else None.
    e_values
        E-value of the outcome with against without the channel, and of the interval's nearer end; None where the
        outcome is no count and no share.
    evidence
        What stands behind ROI without a hidden cause.
    """

    channel: str
    spend: str
    node: str
    points: tuple[Held, ...]
    benchmarks: tuple[Benchmark, ...]
    sign: int
    adverse: bool
    prob: float
    bound: float | None = None
    seen: float | None = None
    e_values: tuple[float, float] | None = None
    evidence: str = ""

    @property
    def without(self) -> Held:
        """ROI without a hidden cause."""
        return self.points[0]

    @property
    def most(self) -> float:
        """The strongest cause that ROI was computed for."""
        return self.points[-1].strength

    def at(self, r2_spend: float, r2_node: float) -> Held:
        """Return ROI with a hidden cause that explains these shares of what is left of spend and node.

        Raises
        ------
        QueryError
            When one is no share, or the two together are stronger than what was computed.
        """
        for name, share in (("r2_spend", r2_spend), ("r2_node", r2_node)):
            if not 0 <= share < 1:
                raise QueryError(f"{name} must be a share in [0, 1), got {share}")
        asked = strength(r2_spend, r2_node)
        if asked > self.most * (1 + 1e-9):
            most = ratio(equal_r2(self.most))
            raise QueryError(
                f"a cause with these partial R2 has strength {ratio(asked)}, and ROI is known up to {ratio(self.most)} "
                f"({most} of each); ask sensitivity(..., strongest={ratio(asked)})"
            )
        return self.of_strength(asked)

    def of_strength(self, asked: float) -> Held:
        """Return ROI at a strength, between points by monotone cubics (Fritsch and Carlson 1980)."""
        found = {name: float(curve(asked)) for name, curve in self._curves.items()}
        return Held(asked, **found)

    def medians(self, asked: np.ndarray) -> np.ndarray:
        """Return the median of ROI at strengths, of any shape."""
        return np.asarray(self._curves["median"](asked), float)

    @cached_property
    def _curves(self) -> dict[str, Any]:
        from scipy.interpolate import PchipInterpolator

        at = [p.strength for p in self.points]
        names = ("median", "lower", "upper", "probability_positive")
        return {name: PchipInterpolator(at, [getattr(p, name) for p in self.points]) for name in names}

    @cached_property
    def breaks_even(self) -> float | None:
        """The strength at which the interval first holds break-even; None where none of those computed does."""
        return self._first(lambda p: p.lower <= 0 <= p.upper)

    @cached_property
    def turns(self) -> float | None:
        """The strength at which the median of ROI is break-even; None where none of those computed makes it."""
        above = self.without.median > 0
        return self._first(lambda p: (p.median > 0) != above)

    def _first(self, holds: Any) -> float | None:
        if holds(self.without):
            return 0.0
        grid = np.linspace(0, self.most, 501)
        inside = next((k for k, s in enumerate(grid) if holds(self.of_strength(float(s)))), None)
        if inside is None:
            return None
        low, high = float(grid[inside - 1]), float(grid[inside])
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (low, middle) if holds(self.of_strength(middle)) else (middle, high)
        return high

    @property
    def robustness_value(self) -> float | None:
        """Share of what is left of both that a hidden cause must explain for the interval to hold break-even."""
        return None if self.breaks_even is None else equal_r2(self.breaks_even)

    @cached_property
    def marks(self) -> tuple[tuple[str, float, tuple[float, float], Held], ...]:
        """Causes as strong as an observed one and twice that: name, strength, both partial R2, ROI."""
        found = []
        for b in self.benchmarks:
            for k in MULTIPLES:
                both = b.times(k)
                if both is not None and (s := strength(*both)) <= self.most:
                    found.append((b.named(k), s, both, self.of_strength(s)))
        return tuple(found)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for no hidden cause and for each benchmark: partial R2, ROI and its interval."""
        none = ("no hidden cause", 0.0, (0.0, 0.0), self.without)
        return [
            {
                "cause": name,
                "r2_spend": both[0],
                "r2_node": both[1],
                "strength": s,
                "median": p.median,
                "lower": p.lower,
                "upper": p.upper,
                "probability_positive": p.probability_positive,
            }
            for name, s, both, p in (none, *self.marks)
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    @property
    def estimand(self) -> str:
        """What is computed, in words."""
        return f"ROI of {self.channel} with a hidden cause of {self.spend} and {self.node} held at a strength"

    @property
    def unit(self) -> str:
        """Unit of its numbers."""
        return "money per unit of money"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "estimand": self.estimand,
            "unit": self.unit,
            "channel": self.channel,
            "node": self.node,
            "sign": "both up" if self.sign > 0 else "apart",
            "adverse": self.adverse,
            "interval": as_interval(self.prob),
            "curve": [vars(p) | {"equal_r2": equal_r2(p.strength)} for p in self.points],
            "benchmarks": self.rows()[1:],
            "breaks_even": {"strength": self.breaks_even, "robustness_value": self.robustness_value},
            "turns": {"strength": self.turns, "equal_r2": None if self.turns is None else equal_r2(self.turns)},
            "bound": self.bound,
            "e_value": None if self.e_values is None else {"point": self.e_values[0], "limit": self.e_values[1]},
            "evidence": self.evidence,
        }

    @property
    def sentence(self) -> str:
        """What a reader should take from it."""
        p = self.without
        head = f"ROI of {self.channel} is {percent(p.median)} ({percent_span(p.lower, p.upper)}) without a hidden cause"
        moves = "moves both up" if self.sign > 0 else "moves one up and the other down"
        cause = f"a hidden cause of {self.spend} and {self.node} that {moves}"
        if self.breaks_even == 0:
            return f"{head}: its interval holds break-even already"
        if self.breaks_even is None:
            return f"{head}; {cause} leaves the interval on its side up to {percent(equal_r2(self.most))} of each"
        share = percent(self.robustness_value)
        return f"{head}; {cause} must explain {share} of what the other causes leave of each for it to hold break-even"

    @property
    def lines(self) -> Sequence[str]:
        """What stands below the table."""
        found = []
        if self.breaks_even:
            enough = [name for name, s, *_ in self.marks if s >= self.breaks_even]
            found.append(
                f"strong enough: {', '.join(enough)}" if enough else "no benchmark of the table is that strong"
            )
        if cut := [name for name, _, (_, of_node), *_ in self.marks if of_node >= MOST_R2]:
            found.append(f"cut off at {percent(MOST_R2)} of {self.node}, as nothing explains more: {', '.join(cut)}")
        if beyond := [b.name for b in self.benchmarks if not math.isfinite(b.strength())]:
            found.append(f"no hidden cause can explain as much of {self.spend} as {', '.join(beyond)} beside it")
        if self.bound is not None and self.seen is not None:
            found.append(
                f"{self.node} does not read {self.spend}, so that such a cause would show: the correlation it makes is "
                f"{ratio(self.seen)}, and one of {percent(equal_r2(self.bound))} of each or more is contradicted at 1 %"
            )
        if self.e_values is not None:
            point, limit = self.e_values
            found.append(f"E-value {number(point)}, of the interval {number(limit)}")
        return found

    def __str__(self) -> str:
        head = ("", "of the spend", f"of {self.node}", "ROI", f"{level(self.prob)} interval", "P(ROI>0)")
        rows = [
            (
                str(r["cause"]),
                percent(r["r2_spend"]),
                percent(r["r2_node"]),
                percent(r["median"]),
                percent_span(r["lower"], r["upper"]),
                percent(r["probability_positive"]),
            )
            for r in self.rows()
        ]
        width = [max(len(r[at]) for r in (head, *rows)) for at in range(len(head))]
        drawn = ["  ".join(c.ljust(w) for c, w in zip(r, width, strict=True)).rstrip() for r in (head, *rows)]
        return "\n".join([self.sentence, *drawn, *self.lines])

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
