"""Reallocations of a budget: finitely many ways to split it between channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import is_number
from bayes_roi.numbers import percent

MOVES = (0.1, 0.25, 0.5)
"""Shares of a channel's spend that plans move to another channel."""


def reallocated(names: Sequence[str], shares: np.ndarray, moves: Sequence[float]) -> dict[str, np.ndarray]:
    """Return reallocations of shares of a budget (channels,): what is done -> shares, of sum one or less.

    Examples
    --------
    >>> for what, shares in reallocated(("tv", "search"), np.array([0.4, 0.6]), [0.5]).items():
    ...     print(what, shares.round(2).tolist())
    50 % of tv to search [0.2, 0.8]
    tv doubled [0.8, 0.2]
    tv to the others [0.0, 1.0]
    no tv [0.0, 0.6]
    50 % of search to tv [0.7, 0.3]
    search to the others [1.0, 0.0]
    no search [0.4, 0.0]
    """
    total, found, unit = shares.sum(), {}, np.eye(len(shares))
    for i, name in enumerate(names):
        rest = total - shares[i]
        if not shares[i]:
            continue
        others = (shares - shares[i] * unit[i]) / rest if rest > 0 else np.zeros(len(shares))
        for j, other in enumerate(names):
            for move in moves if i != j else ():
                found[f"{percent(move)} of {name} to {other}"] = shares + move * shares[i] * (unit[j] - unit[i])
        if rest > 0:
            if 2 * shares[i] <= total:
                found[f"{name} doubled"] = (total - 2 * shares[i]) * others + 2 * shares[i] * unit[i]
            found[f"{name} to the others"] = total * others
        found[f"no {name}"] = rest * others
    return found


def different(parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the plans without those that are as one before them."""
    kept: dict[str, np.ndarray] = {}
    for name, part in parts.items():
        if not any(np.allclose(part, other, atol=1e-9) for other in kept.values()):
            kept[name] = part
    return kept


def check_moves(moves: Sequence[float]) -> None:
    """Raise unless moves are shares of a spend.

    Raises
    ------
    QueryError
        For the first that is not.
    """
    for move in moves:
        if not is_number(move) or not 0 < move < 1:
            raise QueryError(f"moves must be shares in (0, 1), got {move!r}; 0.25 moves a quarter of a channel's spend")
