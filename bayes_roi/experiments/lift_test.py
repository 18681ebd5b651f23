"""A lift test: what was done to a channel's spend, where and when, and what it was found to change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bayes_roi.errors import QueryError
from bayes_roi.guards import is_number, is_share
from bayes_roi.numbers import amount, plain

Doses = str | float | Sequence[float]
"""What a test does to a spend: "off", the factor it is multiplied by, or the money of each period in all its units."""
Measure = Literal["outcome", "money", "percent"]
MEASURED_IN = {"outcome": "", "money": " of money", "percent": " %"}
"""What an estimate is in -> what is said behind it."""
Rows = Literal["table", "elsewhere"]
ROWS = ("table", "elsewhere")


@dataclass(frozen=True, eq=False)
class LiftTest:
    """A test of one or several channels, and its result.

    The result is the change that the test made: the outcome as it was with the test less what it would have been
    without it. Where a channel that works was switched off it is negative. Without a result the test is planned.

    Parameters
    ----------
    channel
        The channel, or several that were changed at once.
    during
        The window of the test, as `during` has it everywhere: "2025-03", "2025-W10:2025-W13". Of an estimate that knows
        its window and units they need not be said.
    design
        What was done to the spend: "off", the factor it was multiplied by, or the spend itself, a number for each
        period in all tested units together. Of several channels a mapping channel -> one of these.
    estimate
        The result: a number, or what an estimator returns (`br.difference_in_differences`, `br.matched_regions`, ...),
        which brings its draws, window, units and assumption.
    interval, prob
        Its interval, and the probability inside it. It need not be symmetric: each side then has its own width.
    se
        Its standard error, instead of an interval.
    draws
        Draws of its posterior under a flat prior, instead of estimate and interval.
    units
        The tested units of the panel; all when None.
    share
        The share of the customers that were in the test, where it split customers and not units: the estimate is of
        these alone.
    usual
        What would have been spent without the test, a number for each period or one for all, in all tested units
        together; of several channels a mapping. Where `rows` is "table" the table shows what the test did, so that
        after "off" this must be said; else the table shows the usual spend.
    measured
        The window in which the outcome was measured; that of the test when None.
    outcome
        The node that was measured; the model's outcome when None.
    unit
        What the estimate is in: units of the "outcome", "money", or "percent" of what would have been.
    rows
        What the estimate was computed from: rows of the fitted "table", which then leave the likelihood so that they
        count once, or data "elsewhere" (other customers, a platform's own records, another period).
    randomised
        Whether chance decided who was treated. Only then may a number be called experimental.
    assumption
        What a result that was not randomised assumes, in words.
    discount
        The power to which the likelihood of the result is raised: 1 takes it as it is, 0 not at all (Ibrahim and Chen
        2000).
    hold_spend
        Whether other spends stayed as they were during the test, or followed their own rules.
    name
        What tables call it.

    Raises
    ------
    QueryError
        When the numbers contradict one another.

    Examples
    --------
    >>> print(LiftTest("search", during="2025-03", design="off", estimate=-1200, interval=(-1900, -500)))
    search off during 2025-03: -1,200 [-1,900, -500]
    """

    channel: str | Sequence[str]
    during: Any = None
    design: Doses | Mapping[str, Doses] = "off"
    estimate: Any = None
    interval: tuple[float, float] | None = None
    prob: float = 0.9
    se: float | None = None
    draws: npt.ArrayLike | None = field(default=None, repr=False)
    units: Sequence[str] | None = None
    share: float = 1.0
    usual: float | Sequence[float] | Mapping[str, Any] | None = None
    measured: Any = None
    outcome: str | None = None
    unit: Measure = "outcome"
    rows: Rows | None = None
    randomised: bool = False
    assumption: str = ""
    discount: float = 1.0
    hold_spend: bool = True
    name: str = ""

    def __post_init__(self) -> None:
        for name, value in _of_noun(self).items():
            object.__setattr__(self, name, value)
        if isinstance(self.units, str):
            object.__setattr__(self, "units", (self.units,))
        for name in ("unit", "rows"):
            known = tuple(MEASURED_IN) if name == "unit" else (*ROWS, None)
            if getattr(self, name) not in known:
                text = ", ".join(repr(k) for k in known if k is not None)
                raise self._error(f"{name} must be one of {text}, got {getattr(self, name)!r}")
        if self.during is None:
            raise self._error("during= must say when the test was")
        if not self.channels or not all(isinstance(c, str) for c in self.channels):
            raise self._error(f"channel must name one channel or several, got {self.channel!r}")
        if not is_share(self.share):
            raise self._error(f"share is the share of customers tested, over 0 and at most 1, got {self.share!r}")
        if not (is_number(self.discount) and 0 <= self.discount <= 1):
            raise self._error(f"discount is a power from 0 (not at all) to 1 (as it is), got {self.discount!r}")
        if not (is_number(self.prob) and 0 < self.prob < 1):
            raise self._error(f"prob is the probability inside the interval, got {self.prob!r}")
        for channel in self.channels:
            _check_doses(self, channel)
        if self.has_result:
            _ = self.spread

    @property
    def has_result(self) -> bool:
        """Whether there is a result; without one the test is only planned."""
        return not (self.estimate is None and self.draws is None)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that were changed."""
        return (self.channel,) if isinstance(self.channel, str) else tuple(self.channel)

    def doses(self, channel: str) -> Doses:
        """Return what was done to a channel's spend."""
        return self.design[channel] if isinstance(self.design, Mapping) else self.design

    def usual_of(self, channel: str) -> Any:
        """Return what would have been spent on a channel, None where nothing is said."""
        return self.usual.get(channel) if isinstance(self.usual, Mapping) else self.usual

    @property
    def measured_in(self) -> Any:
        """The window in which the outcome was measured."""
        return self.during if self.measured is None else self.measured

    @cached_property
    def found(self) -> float:
        """The estimate; the median of draws."""
        return float(np.median(self._drawn)) if self._drawn is not None else float(self.estimate)

    @cached_property
    def spread(self) -> tuple[float, float]:
        """Standard deviations of what is below the estimate and of what is above it."""
        if self._drawn is not None:
            low, high = np.quantile(self._drawn, [0.05, 0.95])
            return self._sides(float(low), float(high), 0.9)
        if not is_number(self.estimate):
            raise self._error(f"the estimate must be a finite number, got {self.estimate!r}")
        if (self.se is None) == (self.interval is None):
            both = "both" if self.se is not None else "neither"
            raise self._error(f"give its interval=(low, high) or its standard error se=, got {both}")
        if self.se is not None:
            if not (is_number(self.se) and self.se > 0):
                raise self._error(f"the standard error must be over 0, got {self.se!r}")
            return float(self.se), float(self.se)
        assert self.interval is not None
        return self._sides(*self.interval, self.prob)

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of its interval: those that were given, or of 90 %."""
        if self.interval is not None:
            return self.interval
        z = NormalDist().inv_cdf(0.95)
        below, above = self.spread
        return self.found - z * below, self.found + z * above

    def _sides(self, low: float, high: float, prob: float) -> tuple[float, float]:
        """Return the standard deviations that an interval says."""
        if not (is_number(low) and is_number(high) and low < self.found < high):
            text = f"[{low}, {high}]"
            raise self._error(f"the estimate {plain(self.found)} lies outside its interval {text}; it must be inside")
        z = NormalDist().inv_cdf((1 + prob) / 2)
        return (self.found - low) / z, (high - self.found) / z

    @cached_property
    def _drawn(self) -> np.ndarray | None:
        if self.draws is None:
            return None
        drawn = np.asarray(self.draws, float).ravel()
        if len(drawn) < 100 or not np.isfinite(drawn).all() or np.ptp(drawn) == 0:
            raise self._error(f"draws= takes a hundred finite draws or more that differ, got {len(drawn)}")
        return drawn

    def log_likelihood(self, xp: Any, lift: Any) -> Any:
        r"""Return the log likelihood (...,) of a lift, in units of the estimate, up to a constant.

        A normal with the width of the side of the estimate that the lift lies on, raised to `discount`:
        $-\frac{d}{2}((\delta - e) / s_\pm)^2$.
        """
        below, above = self.spread
        off = lift - self.found
        return -0.5 * self.discount * xp.where(off > 0, off / above, off / below) ** 2

    def noise(self, lift: np.ndarray) -> np.ndarray:
        """Return the standard deviation (...,) of the estimate around a lift."""
        return np.where(lift > self.found, self.spread[1], self.spread[0])

    @property
    def label(self) -> str:
        """What tables call it."""
        return self.name or self.done

    @property
    def done(self) -> str:
        """What was done, in words."""
        each = ", ".join(f"{c} {_said(self.doses(c))}" for c in self.channels)
        where = f" in {', '.join(map(str, self.units))}" if self.units is not None else ""
        return f"{each}{where} during {_window(self.during)}"

    def __str__(self) -> str:
        if not self.has_result:
            return f"{self.done}: planned"
        low, high = self.ends
        return f"{self.done}: {amount(self.found)} [{amount(low)}, {amount(high)}]{MEASURED_IN[self.unit]}"

    def _error(self, what: str) -> QueryError:
        name = self.name or f"the test of {', '.join(map(str, self.channels))} during {_window(self.during)}"
        return QueryError(f"{name}: {what}")


def _of_noun(test: LiftTest) -> dict[str, Any]:
    """Return the fields of a test whose estimate is a noun with a posterior of its own; none of a number."""
    noun = test.estimate
    if noun is None or isinstance(noun, (int, float, np.number)):
        return {}
    if isinstance(noun, str):
        raise test._error(f"the estimate must be a number, or what an estimator returns, got {noun!r}")
    own = getattr(noun, "estimate", noun)  # a noun's own posterior, or the draws themselves
    of = str(getattr(own, "estimand", ""))
    if of.endswith(("a unit and period", "as a share")):
        raise test._error("these draws are an average or a share; give the effect itself, or its estimate")
    found: dict[str, Any] = {
        "draws": np.asarray(getattr(own, "values", own), float).ravel(),
        "estimate": None,
        "randomised": bool(test.randomised or getattr(noun, "randomised", False)),
        "assumption": test.assumption or str(getattr(noun, "assumption", "")),
    }
    if (window := getattr(noun, "window", None)) is not None:
        which = "during" if test.during is None else "measured"
        if getattr(test, which) is None:
            found[which] = f"{window[0]}:{window[1]}"
    if hasattr(noun, "times") and getattr(noun, "controls", None):  # else one series, or groups: no units of a panel
        units = tuple(str(u) for u in noun.units)
        if test.units is not None and set(map(str, test.units)) != set(units):
            raise test._error(f"the estimate is of {', '.join(units)}; leave out units=, or estimate those")
        if test.units is None:
            found["units"] = units
    return found


def _check_doses(test: LiftTest, channel: str) -> None:
    """Raise unless what was done to a channel's spend is said as it can be read."""
    if isinstance(test.design, Mapping) and channel not in test.design:
        raise test._error(f"design= says nothing of {channel}; give {{channel: 'off', a factor or spends}}")
    doses, usual = test.doses(channel), test.usual_of(channel)
    if usual is not None and np.asarray(usual).dtype.kind not in "iuf":
        raise test._error(f"usual= takes a spend, or one for each period, got {usual!r}")
    if isinstance(doses, str):
        if doses != "off":
            raise test._error(f"design must be 'off', a factor or a spend for each period, got {doses!r}")
        return
    numbers = np.atleast_1d(np.asarray(doses, float))
    if numbers.ndim != 1 or not len(numbers) or not np.isfinite(numbers).all() or (numbers < 0).any():
        raise test._error(f"design must be 'off', a factor or a spend for each period, 0 or more, got {doses!r}")


def _said(doses: Doses) -> str:
    if isinstance(doses, str):
        return doses
    if isinstance(doses, (int, float, np.number)):
        return f"x {plain(float(doses))}"
    return f"at {amount(math.fsum(doses))} in all"


def _window(during: Any) -> str:
    if isinstance(during, tuple):
        return f"{during[0]} to {during[1]}"
    return str(during).replace(":", " to ")
