"""What a plan must keep to: bounds of channels and groups, the change against the reference, linear limits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import is_number
from bayes_roi.numbers import amount, percent, plain

Bound = tuple[float | None, float | None]
Linear = tuple[Mapping[str, float], float]
"""({channel or group: coefficient}, most): the weighted sum of their totals is at most so much."""
NOT_NEGATIVE = "spend is not negative"


@dataclass(frozen=True, eq=False)
class Limit:
    r"""$\text{low} \le \sum_c a_c X_c \le \text{high}$ for the totals X of channels over the plan, in money.

    Parameters
    ----------
    text
        What it is called in messages.
    weights
        (channels,) a.
    low, high
        Infinite where that side is open.
    """

    text: str
    weights: np.ndarray
    low: float = -math.inf
    high: float = math.inf

    @property
    def sides(self) -> list[tuple[np.ndarray, float]]:
        """The same as (weights, most), one for each side that is closed."""
        below = [(self.weights, self.high)] if self.high < math.inf else []
        return below + ([(-self.weights, -self.low)] if self.low > -math.inf else [])


@dataclass(frozen=True, eq=False)
class Names:
    """Channels, and groups of them: name -> members."""

    channels: tuple[str, ...]
    groups: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        for group, members in self.groups.items():
            if group in self.channels:
                raise QueryError(f"the group {group!r} has the name of a channel; call it something else")
            if isinstance(members, str) or not members:
                raise QueryError(f"the group {group!r} needs a list of channels, got {members!r}")
            for member in members:
                if member not in self.channels:
                    raise QueryError(f"the group {group!r} holds {self.unknown(member)}")

    def unknown(self, name: str) -> str:
        known = (*self.channels, *self.groups)
        return f"{name!r}, which is not a channel{nearest(str(name), known)}; there are {', '.join(known)}"

    def weights(self, coefficients: Mapping[str, float], where: str) -> np.ndarray:
        """Return coefficients of channels and groups as those of each channel (channels,)."""
        found = np.zeros(len(self.channels))
        for name, coefficient in coefficients.items():
            if name not in self.channels and name not in self.groups:
                raise QueryError(f"{where} name {self.unknown(name)}")
            _check_number(coefficient, f"{where}: the coefficient of {name!r}", least=-math.inf)
            for member in self.groups.get(name, (name,)):
                found[self.channels.index(member)] += coefficient
        return found


def limits(
    names: Names,
    reference: np.ndarray,
    *,
    bounds: Mapping[str, Bound] | None,
    most_change: float | Mapping[str, float] | None,
    constraints: Iterable[Linear],
) -> tuple[Limit, ...]:
    """Return all that a plan was told to keep to; `reference` are the totals (channels,) that changes are shares of.

    Raises
    ------
    QueryError
        When one of them cannot be right by itself.
    """
    found = [Limit(f"{c}: {NOT_NEGATIVE}", w, low=0.0) for c, w in _each(names)]
    for name, bound in (bounds or {}).items():
        low, high = _ends(name, bound)
        found.append(Limit(f"{name}: {_span(low, high)}", names.weights({name: 1.0}, "bounds"), low, high))
    for name, share in _changes(names, most_change).items():
        _check_number(share, f"most_change of {name!r}")
        weights = names.weights({name: 1.0}, "most_change")
        spent = float(weights @ reference)
        text = f"{name}: within {percent(share)} of last year's {amount(spent)}"
        found.append(Limit(text, weights, max(1 - share, 0.0) * spent, (1 + share) * spent))
    for number, constraint in enumerate(constraints, 1):
        found.append(_linear(names, constraint, number))
    return tuple(found)


def _each(names: Names) -> Iterable[tuple[str, np.ndarray]]:
    return zip(names.channels, np.eye(len(names.channels)), strict=True)


def _ends(name: str, bound: Bound) -> tuple[float, float]:
    if not isinstance(bound, (tuple, list)) or len(bound) != 2:
        raise QueryError(f"the bound of {name!r} is a pair (low, high) of totals over the plan, got {bound!r}")
    low = -math.inf if bound[0] is None else bound[0]
    high = math.inf if bound[1] is None else bound[1]
    for end in (low, high):
        if end is not low or bound[0] is not None:
            _check_number(end, f"the bound of {name!r}", most=math.inf)
    if low > high:
        raise QueryError(f"the bound of {name!r} has its low end above its high one: {amount(low)} and {amount(high)}")
    return float(low), float(high)


def _changes(names: Names, most_change: float | Mapping[str, float] | None) -> Mapping[str, float]:
    if most_change is None or isinstance(most_change, Mapping):
        return most_change or {}
    return dict.fromkeys(names.channels, most_change)


def _linear(names: Names, constraint: Linear, number: int) -> Limit:
    if not isinstance(constraint, (tuple, list)) or len(constraint) != 2 or not isinstance(constraint[0], Mapping):
        raise QueryError(
            f"a constraint is a pair ({{channel: coefficient}}, most), the sum being at most so much; number {number} "
            f"is {constraint!r}"
        )
    coefficients, most = constraint
    _check_number(most, f"constraint {number}", least=-math.inf)
    weights = names.weights(coefficients, f"constraint {number}")
    text = " ".join(
        f"{'+' if a >= 0 else '-'} {plain(abs(a))} {name}" for name, a in coefficients.items()
    ).removeprefix("+ ")
    return Limit(f"{text} at most {amount(most)}", weights, high=float(most))


def _check_number(value: object, what: str, *, least: float = 0.0, most: float = 1e300) -> None:
    if not is_number(value, kind=Real, largest=math.inf) or value > most:  # type: ignore[operator]
        raise QueryError(f"{what} must be a number, got {value!r}")
    if value < least:  # type: ignore[operator]
        raise QueryError(f"{what} cannot be negative, got {value!r}")


def _span(low: float, high: float) -> str:
    if low == -math.inf or high == math.inf:
        return f"at most {amount(high)}" if high < math.inf else f"at least {amount(low)}"
    return f"{amount(low)} to {amount(high)}"
