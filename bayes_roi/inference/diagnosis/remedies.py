"""What a failed claim about noise looks like, what it costs, and what to do about it, in words."""

from __future__ import annotations

import math

from bayes_roi.inference.diagnosis.claim import Claim
from bayes_roi.inference.diagnosis.innovations import FIT
from bayes_roi.inference.diagnosis.residuals import Residuals
from bayes_roi.inference.diagnosis.variance import UNIT
from bayes_roi.numbers import number, places, ratio

LAG_ONE = "one"


def problems(r: Residuals, level: float) -> tuple[str, ...]:
    """Return what makes the intervals too narrow, if anything does."""
    return () if r.budget else tuple(problem(r, t) for t in r.ringing(level) if t.material)


def warnings(r: Residuals, level: float) -> tuple[str, ...]:
    """Return what is worth knowing without being a problem."""
    found = [note(r, t) for t in r.ringing(level) if r.budget or not t.material]
    k = r.excess_kurtosis
    if r.family != "student_t" and k > max(1.0, 4 * math.sqrt(24 / r.rows)):
        found.append(
            f"{r.node}: its residuals have heavy tails (excess kurtosis {places(k, 1)}): try "
            f"families: {{{r.node}: student_t}}"
        )
    return tuple(found)


def problem(r: Residuals, t: Claim) -> str:
    """Return what makes intervals too narrow, by how much, and what to do about it."""
    return f"{r.node}: {_seen(r, t)}, so {_cost(t)} times too narrow: {_remedy(r, t)}"


def note(r: Residuals, t: Claim) -> str:
    """Return what is worth knowing, though it does little to intervals or only to some."""
    if r.budget:
        seen = _seen(r, t).replace("its residuals are", "the residuals of this budget are")
        return (
            f"{r.node}: {seen}; money questions hold spend and do not use them, but questions that let it respond can "
            "have intervals too narrow"
        )
    return f"{r.node}: {_seen(r, t)}{_harmless(t)}"


def _seen(r: Residuals, t: Claim) -> str:
    match t.kind:
        case "dispersion":
            only = "" if t.size > 1 else "only "
            return f"its rows vary {only}{number(t.size)} times as much as {r.family} noise does"
        case "autocorrelation":
            slightly = "" if t.material or r.budget or abs(t.size) > 0.3 else "slightly "
            return f"its residuals are {slightly}autocorrelated ({ratio(t.size)} at lag {_lag(t)})"
        case "shocks":
            how = "are moved together by what they share" if t.size > 0 else "move against each other"
            return f"the residuals of the units {how} (correlation {ratio(t.size)} within a period)"
        case "driven":
            way = "up and down with" if t.size > 0 else "against"
            return f"what all units share in a period goes {way} the period's mean {t.by} (correlation {ratio(t.size)})"
        case "variance" if t.by == UNIT:
            return f"its noise differs from {r.unit} to {r.unit}, up to {number(t.size)} times"
        case _:
            return f"its noise {'grows' if t.size > 0 else 'shrinks'} with {t.by} (rank correlation {ratio(t.size)})"


def _lag(t: Claim) -> str:
    return LAG_ONE if t.lag == 1 else str(t.lag)


def _cost(t: Claim) -> str:
    """Return whose intervals are too narrow and by what factor."""
    match t.kind:
        case "dispersion":
            return f"intervals are about {places(t.narrow, 1)}"
        case "autocorrelation":
            return f"intervals can be up to {places(t.narrow_level if t.size > 0 else t.narrow, 1)}"
        case "driven":
            return f"the interval of what {t.of} does lies off as if it were {places(t.narrow, 1)}"
        case _:
            return f"the interval of what {t.of} does is about {places(t.narrow, 1)}"


def _harmless(t: Claim) -> str:
    if t.kind == "dispersion" or (t.kind != "variance" and t.size < 0):
        return ": intervals are wider than they need be" if t.narrow < 1 else ""
    if t.kind == "driven":
        return f"; the period's mean {t.by} as a term of its own would move its effect little"
    if t.kind == "shocks":
        most = places(t.narrow_level, 1)
        alike = f"intervals of totals and of what is alike in all units can be up to {most} times too narrow"
        return f"; {alike}, those of spends hardly are"
    return f"; that makes intervals of effects up to {ratio(t.narrow)} times too narrow" if t.narrow > 1.005 else ""


def _remedy(r: Residuals, t: Claim) -> str:
    match t.kind:
        case "dispersion":
            wider = f"{r.wider}({r.trials})" if r.trials else r.wider
            other = f"families: {{{r.node}: {wider}}}" if r.wider else "give its scale a wider prior"
            return f"add the cause that it lacks, or {'write ' if r.wider else ''}{other}"
        case "autocorrelation":
            return _for_series(r, t)
        case "shocks":
            column = "what all units share as a column, or the period's mean of a spend as a term of its own"
            if not r.period or t.size < 0:
                return f"add {column}"
            return f"add (1 | {r.period}) to its equation, if what they share does not drive spend; else {column}"
        case "driven":
            return (
                f"add the period's mean {t.by} as a term of its own (a column beside {t.by}), so that the units of a "
                "period alone tell its effect; or factor() of the period in place of its effects, under which a spend "
                "that is alike in all units is assumed"
            )
        case "variance" if t.by == UNIT:
            both = "ar(1) + " if "ar" in r.noise else ""
            return f"give it noise: {{{r.node}: {both}by({r.unit})}}"
        case _:
            if r.positive and r.family in ("normal", "student_t"):
                return f"try families: {{{r.node}: lognormal}}, whose noise is a share of what is expected"
            rate = f"a unit of {t.of if t.by == FIT and t.of else t.by} brings more in some rows than in others"
            return f"{rate}, so add what makes it so (a price, a season, a campaign) by interact(), or as a cause"


def _for_series(r: Residuals, t: Claim) -> str:
    if t.lag > 1 and t.size > 0:
        return f"add what comes back every {t.lag} rows (season, a column of the calendar)"
    if t.size < 0:
        return "look for amounts that are booked a period late" + _or_ar(r)
    return f"add what moves slowly (trend, season, a demand column){_or_ar(r)}"


def _or_ar(r: Residuals) -> str:
    if "ar" in r.noise or not r.can_be_autoregressive:
        return ""
    both = f" + {r.noise}" if r.noise else ""
    return f", or give it noise: {{{r.node}: ar(1){both}}}"
