"""Numbers as a reader of money wants them: one rule for the command line, the report, reprs and pictures.

Amounts stand in full with thousands separators, or in one unit a table; ratios have two decimals; shares and ROI are in
per cent, without decimals unless under ten; anything else has three digits. No exponents. What is undefined is a dash.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

UNDEFINED = "-"
DIGITS = 3


def number(x: float | None) -> str:
    """Return a number of unknown kind: whole from a thousand on, else three digits.

    >>> [number(v) for v in (1234567.8, 12.345, 0.01234, -0.0, 3e-7, None)]
    ['1,234,568', '12.3', '0.0123', '0', '0.0000003', '-']
    """
    if x is None or not math.isfinite(x):
        return UNDEFINED
    if x == 0:
        return "0"
    places = max(DIGITS - 1 - math.floor(math.log10(abs(x))), 0)
    text = f"{round(x, places):,.{places}f}" if abs(x) < 1000 else f"{x:,.0f}"
    return text if places <= 4 else text.rstrip("0")


def written(x: float, digits: int) -> str:
    """Return a number as a model file has it, rounded to some digits for reading.

    >>> [written(v, 4) for v in (13871.2, 0.5, 2.0, 1.25e-7)]
    ['13870', '0.5', '2', '0.000000125']
    """
    rounded = float(f"{x:.{digits}g}")
    if rounded == int(rounded):
        return f"{rounded:.0f}"
    return f"{rounded:.{max(digits - 1 - math.floor(math.log10(abs(rounded))), 0)}f}".rstrip("0")


def plain(x: float) -> str:
    """Return a number that somebody chose, as short as it can be said and without an exponent.

    >>> [plain(v) for v in (0.5, 1e6, 123456.7, 100.0, 3e-7, 0.1 + 0.2)]
    ['0.5', '1000000', '123456.7', '100', '0.0000003', '0.3']
    """
    return format(Decimal(f"{x:.12g}"), "f") if math.isfinite(x) else f"{x:g}"


def tick(x: float) -> str:
    """Return what stands at a tick of an axis, whose steps are round.

    >>> tick(1250.0), tick(0.30000000000000004)
    ('1,250', '0.3')
    """
    return f"{x:,.10g}"


def amount(x: float | None) -> str:
    """Return an amount of money or of an outcome, in full.

    >>> [amount(v) for v in (1234567.8, -312.4, 12.3, 9.0, 0.25, 0.0)]
    ['1,234,568', '-312', '12.30', '9', '0.25', '0']
    """
    if x is None or not math.isfinite(x):
        return UNDEFINED
    if x == int(x) or abs(x) >= 100:
        return _signed(f"{x:,.0f}")
    return number(x) if abs(x) < 0.1 else f"{x:.2f}"


def ratio(x: float | None) -> str:
    """Return money over money, or another ratio.

    >>> [ratio(v) for v in (1.0519, -0.4051, 0.0012, 12345.6, None)]
    ['1.05', '-0.41', '0.00', '12,346', '-']
    """
    if x is None or not math.isfinite(x):
        return UNDEFINED
    return _signed(f"{x:,.0f}" if abs(x) >= 1000 else f"{x:.2f}")


def whole(x: float | None) -> str:
    """Return a number rounded to ones, as of rows, seconds or effective draws.

    >>> [whole(v) for v in (12345.6, -0.2, None)]
    ['12,346', '0', '-']
    """
    return places(x, 0)


def places(x: float | None, decimals: int) -> str:
    """Return a number with as many decimals as its threshold has, as R-hat has three.

    >>> places(1.0049, 3), places(-0.04, 1), places(1234.5, 1)
    ('1.005', '0.0', '1,234.5')
    """
    return UNDEFINED if x is None or not math.isfinite(x) else _signed(f"{x:,.{decimals}f}")


def signed(text: str) -> str:
    """Return a number as it was written, with a plus where it is above nothing.

    >>> [signed(places(v, 1)) for v in (0.26, -0.26, 0.01)]
    ['+0.3', '-0.3', '0.0']
    """
    return f"+{text}" if re.search("[1-9]", text) and not text.startswith("-") else text


def percent(x: float | None) -> str:
    """Return a share, or a return on spend, in per cent.

    >>> [percent(v) for v in (0.4215, -1.2, 0.0421, -0.004, 0.00012, 0.0, None)]
    ['42 %', '-120 %', '4.2 %', '-0.4 %', '0.012 %', '0 %', '-']
    """
    return UNDEFINED if x is None or not math.isfinite(x) else f"{_of_hundred(100 * x)} %"


def percent_span(low: float | None, high: float | None) -> str:
    """Return an interval in per cent.

    >>> percent_span(-0.518, 0.042)
    '-52 to 4.2 %'
    """
    return f"{percent(low).removesuffix(' %')} to {percent(high)}"


def probability(p: float | None) -> str:
    """Return a probability in whole per cent; never exactly 0 or 100 %, which draws cannot know.

    >>> [probability(p) for p in (0.0, 0.123, 0.9996, None)]
    ['<1 %', '12 %', '>99 %', '-']
    """
    if p is None or not math.isfinite(p):
        return UNDEFINED
    return "<1 %" if p < 0.005 else ">99 %" if p > 0.995 else f"{100 * p:.0f} %"


def level(prob: float) -> str:
    """Return the mass of an interval as it was given.

    >>> level(0.9), level(0.995)
    ('90 %', '99.5 %')
    """
    return f"{100 * prob:.4g} %"


def span(low: float | None, high: float | None) -> str:
    """Return an interval of a quantity of unknown kind.

    >>> span(1.2, 2600.0)
    '1.20 to 2,600'
    """
    return f"{number(low)} to {number(high)}"


def _of_hundred(x: float) -> str:
    if x == 0 or abs(x) >= 9.95:
        return _signed(f"{x:,.0f}")
    return _signed(f"{x:.1f}") if abs(x) >= 0.1 else number(float(f"{x:.2g}")).rstrip("0").rstrip(".")


def _signed(text: str) -> str:
    """Return a rounded number without the sign of nothing."""
    return text if re.search("[1-9]", text) else text.lstrip("-")
