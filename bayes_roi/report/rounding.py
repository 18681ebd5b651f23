"""Columns of numbers for the report: rounded by the width of their intervals, set with a true minus sign.

The rule for a single number is `bayes_roi/numbers.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bayes_roi.draws import Draws
from bayes_roi.numbers import level
from bayes_roi.numbers import number as plain_number
from bayes_roi.numbers import places as plain_places
from bayes_roi.numbers import plain as as_given
from bayes_roi.numbers import probability as plain_probability

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
"""Stands where a number is undefined."""
MOST_DECIMALS = 6
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Estimate:
    """The centre of a posterior (its mean, or its median where no mean need exist) and its credible interval."""

    centre: float
    lower: float
    upper: float

    @property
    def defined(self) -> bool:
        return math.isfinite(self.centre)

    @property
    def width(self) -> float:
        return self.upper - self.lower

    def times(self, factor: float) -> Estimate:
        """Return the estimate in another unit."""
        return Estimate(factor * self.centre, factor * self.lower, factor * self.upper)


@dataclass(frozen=True)
class MoneyUnit:
    """A unit of large numbers, such as "million"."""

    size: float
    word: str

    def unit(self, of: str) -> str:
        """Return the unit of what is shown, e.g. "million USD"."""
        return f"{self.word} {of}".strip()


SCALES = (
    MoneyUnit(1.0, ""),
    MoneyUnit(1e3, "thousand"),
    MoneyUnit(1e6, "million"),
    MoneyUnit(1e9, "billion"),
    MoneyUnit(1e12, "trillion"),
)


def estimates(draws: Draws, prob: float, dim: str = "channel") -> dict[str, Estimate]:
    """Return label -> estimate, for draws with one dim."""
    columns = (draws.centre(), *draws.arrays.interval(prob))
    labels = columns[0].labels(dim).tolist()
    return {label: Estimate(*map(float, row)) for label, *row in zip(labels, *(c.array for c in columns), strict=True)}


def decimals(width: float, least: int = 0, most: int = MOST_DECIMALS) -> int:
    """Return how many decimals show two significant digits of an interval's width.

    >>> decimals(1.4), decimals(0.14), decimals(1400.0)
    (1, 2, 0)
    """
    if not math.isfinite(width) or width <= 0:
        return least
    return min(max(1 - math.floor(math.log10(width)), least), most)


def scale(values: Iterable[float]) -> MoneyUnit:
    """Return the scale that leaves the largest of some numbers with one to three digits before the point.

    >>> scale([250.0, 12_300_000.0]).word
    'million'
    """
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    return max((s for s in SCALES if largest >= s.size or s.size == 1), key=lambda s: s.size)


def typeset(text: str) -> str:
    """Return a number's text with a true minus sign and no break before its unit."""
    return text.replace("-", MINUS).replace(" %", f"{NO_BREAK}%")


def number(x: float, places: int = 0) -> str:
    """Return a number with thousand separators, a true minus sign, and a dash where it is undefined.

    >>> number(1234567.891, 1), number(float("nan"))
    ('1,234,567.9', '–')
    """
    if not math.isfinite(x):
        return DASH
    return plain_places(x, places).replace("-", MINUS)


def percent(x: float, places: int = 0) -> str:
    """Return a share in per cent, e.g. "42 %"."""
    return f"{number(100 * x, places)}{NO_BREAK}%" if math.isfinite(x) else DASH


def share(x: float) -> str:
    """Return a given share in per cent with as many decimals as it was given with, e.g. "40 %" or "37.5 %"."""
    return f"{as_given(100 * x)}{NO_BREAK}%"


def probability(p: float) -> str:
    r"""Return a probability in whole per cent; never exactly 0 or 100 %, which draws cannot know.

    >>> probability(0.0), probability(0.999)
    ('<1\xa0%', '>99\xa0%')
    """
    if not math.isfinite(p):
        return DASH
    return typeset(plain_probability(p))


def interval_name(prob: float) -> str:
    """Return what the intervals of a report are called, e.g. "90 % credible interval"."""
    return f"{level(prob)} credible interval"


def span(e: Estimate, places: int = 0) -> str:
    """Return an interval in words, e.g. "1.2 to 2.6"."""
    return f"{number(e.lower, places)} to {number(e.upper, places)}" if e.defined else DASH


def magnitude(x: float, unit: str = "") -> str:
    """Return a known number of any size with three digits and its unit.

    >>> magnitude(12_345_678.0, "USD")
    '12.3 million USD'
    """
    s = scale([x])
    return f"{number(x / s.size, decimals(abs(x) / s.size / 10, most=2))} {s.unit(unit)}".strip()


def percent_span(e: Estimate, places: int = 0) -> str:
    """Return an interval of shares in words, e.g. "−52 to 4 %"."""
    return f"{span(e.times(100), places)}{NO_BREAK}%" if e.defined else DASH


def plain(x: float) -> str:
    """Return a parameter of unknown size with three significant digits, never in scientific notation.

    >>> plain(0.01234), plain(45678.0)
    ('0.0123', '45,678')
    """
    return typeset(plain_number(x)) if math.isfinite(x) else DASH


def with_unit(name: str, unit: str) -> str:
    """Return a head with the unit of what stands below it."""
    return f"{name}, {unit}" if unit else name


def aligned(values: Sequence[float]) -> list[str]:
    """Return numbers with as many decimals as give the smallest of them three digits, at most two."""
    least = min((abs(v) for v in values if v), default=0.0)
    return [number(v, decimals(least / 10, most=2)) for v in values]


def two_columns(found: Sequence[Estimate], least: int = 0, most: int = 3) -> tuple[list[str], list[str]]:
    """Return the centres and the intervals of a column, with as many decimals as its narrowest interval asks for."""
    places = _places([e.width for e in found], least, most)
    return [number(e.centre, places) for e in found], [span(e, places) for e in found]


def _places(widths: Sequence[float], least: int = 0, most: int = 3) -> int:
    return max((decimals(w, least, most) for w in widths if math.isfinite(w) and w > 0), default=least)
