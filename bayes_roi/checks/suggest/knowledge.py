"""What is known of arrows before the rows are looked at: which are forbidden and which are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.errors import ModelError, QueryError, nearest
from bayes_roi.graph import Dag
from bayes_roi.guards import is_number

Arrow = tuple[str, str] | tuple[str, str, int]
"""Cause and effect at any lag, or at the lag of so many periods: 0 is the same period."""


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Which arrows are allowed and which are there, of nodes at lags 0 to `max_lag`.

    Parameters
    ----------
    names
        The nodes.
    max_lag
        The longest lag, in periods.
    allowed
        (lags, causes, effects), whether a search may draw the arrow; never from a node to itself at lag 0.
    required
        (lags, causes, effects), whether the arrow is there whatever the rows say.
    """

    names: tuple[str, ...]
    max_lag: int
    allowed: np.ndarray
    required: np.ndarray

    @cached_property
    def tested(self) -> np.ndarray:
        """(lags, causes, effects), the pairs that may be joined: at lag 0 either way."""
        tested = self.allowed.copy()
        tested[0] |= self.allowed[0].T
        return tested


def known(
    names: tuple[str, ...],
    max_lag: int,
    *,
    forbidden: Collection[Arrow] = (),
    required: Collection[Arrow] = (),
    never: Iterable[tuple[str, str]] = (),
    unless: Collection[Arrow] = (),
) -> Knowledge:
    """Return what is known of arrows.

    Parameters
    ----------
    names, max_lag
        Nodes, and the longest lag.
    forbidden, required
        Arrows that are not there, and that are.
    never
        Causes and effects that are forbidden within a period.
    unless
        Arrows that are allowed all the same.

    Raises
    ------
    QueryError
        If an arrow is none of these nodes and lags or is required and forbidden, or if those that are required within a
        period form a cycle.
    """
    shape = (max_lag + 1, len(names), len(names))
    allowed, wanted = np.ones(shape, bool), np.zeros(shape, bool)
    allowed[0] &= ~np.eye(len(names), dtype=bool)
    place = {name: i for i, name in enumerate(names)}
    for cause, effect in never:
        allowed[0, place[cause], place[effect]] = False
    for arrow in unless:
        for at in _places(arrow, names, max_lag, "allowed"):
            allowed[at] = True
    for arrow in forbidden:
        for at in _places(arrow, names, max_lag, "forbidden"):
            allowed[at] = False
    for arrow in required:
        free = [at for at in _places(arrow, names, max_lag, "required") if allowed[at]]
        if not free:
            raise QueryError(f"the arrow {in_words(arrow)} is required and forbidden; leave it out of one of the two")
        wanted[free[0]] = True
    _require_order(names, wanted[0])
    allowed[0] &= ~wanted[0].T
    return Knowledge(names, max_lag, allowed, wanted)


def _require_order(names: tuple[str, ...], wanted: np.ndarray) -> None:
    """Raise if the arrows (causes, effects) that are required within a period form a cycle."""
    causes = {e: tuple(c for i, c in enumerate(names) if wanted[i, j]) for j, e in enumerate(names)}
    try:
        Dag(causes).order  # noqa: B018
    except ModelError:
        arrows = ", ".join(in_words((c, e)) for e, found in causes.items() for c in found)
        raise QueryError(
            f"required: the arrows within a period form a cycle; leave one of them out, or give it a lag: {arrows}"
        ) from None


def in_words(arrow: Arrow) -> str:
    """Return an arrow as messages write it.

    >>> in_words(("tv", "sales")), in_words(("tv", "sales", 1))
    ('tv -> sales', 'tv[t-1] -> sales')
    """
    lag = arrow[2] if len(arrow) == 3 else 0
    return f"{arrow[0]}{f'[t-{lag}]' if lag else ''} -> {arrow[1]}"


def _places(arrow: Arrow, names: tuple[str, ...], max_lag: int, option: str) -> list[tuple[int, int, int]]:
    """Return where an arrow stands: at its lag, or at every lag that it may have."""
    if not isinstance(arrow, tuple) or len(arrow) not in (2, 3):
        raise QueryError(f'{option} takes arrows as ("cause", "effect") or ("cause", "effect", lag), got {arrow!r}')
    for name in arrow[:2]:
        if name not in names:
            what = f"{option}: there is no column {name!r} among those that are searched{nearest(str(name), names)}"
            raise QueryError(f"{what}. They are {', '.join(names)}.")
    if len(arrow) == 3 and not (is_number(arrow[2], kind=int) and 0 <= arrow[2] <= max_lag):
        raise QueryError(f"{option}: a lag must be a whole number from 0 to max_lag, which is {max_lag}, got {arrow!r}")
    cause, effect = names.index(arrow[0]), names.index(arrow[1])
    if cause == effect and len(arrow) == 3 and arrow[2] == 0:
        raise QueryError(f"{option}: nothing is its own cause in the same period, got {arrow!r}")
    lags = range(cause == effect, max_lag + 1) if len(arrow) == 2 else (arrow[2],)
    return [(lag, cause, effect) for lag in lags]
