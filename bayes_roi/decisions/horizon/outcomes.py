"""What plans bring: one question to the model for all of them, each with its spend and without any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook, with_and_without
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.forward import NoiseKind
from bayes_roi.queries.horizon.history import by_period

ROUNDING = 1e-9
"""Share of two amounts below which their difference is rounding."""


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the difference of amounts, none where it is rounding.

    >>> apart(np.array([3.0, 2e6 + 1e-9]), np.array([1.0, 2e6])).tolist()
    [2.0, 0.0]
    """
    found = np.asarray(one - other)
    return np.where(np.abs(found) > ROUNDING * np.maximum(np.abs(one), np.abs(other)), found, 0.0)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What plans bring.

    Parameters
    ----------
    outcome
        (draws, plans, periods): the outcome of the planned periods, panel units together.
    added
        (draws, plans, periods + horizon): what the spend adds to it, run-off included.
    money
        (draws, plans): value x what is added, in money.
    money_without
        (draws, plans): value x the outcome of the planned periods without the spend.
    """

    outcome: np.ndarray
    added: np.ndarray
    money: np.ndarray
    money_without: np.ndarray


def outcomes(outlooks: Sequence[Outlook], plans: Sequence[np.ndarray], *, noise: NoiseKind, seed: int) -> Outcomes:
    """Return what plans (channels, periods) bring: each on its own outlook of the same periods, all on one noise."""
    first = outlooks[0]
    planned = first.value * first.planned
    ends = np.cumsum([first.periods, first.periods + first.horizon, 1])

    def asked(y: Array, without: Array) -> Array:
        series = [by_period(y, first.units)[:, : first.periods], by_period(y - without, first.units)]
        return np.concatenate([*series, ((y - without) @ first.value)[:, None], (without @ planned)[:, None]], axis=1)

    found = with_and_without(outlooks, plans, asked, noise=noise, seed=seed)
    outcome, added, money, without = np.split(found, ends, axis=-1)
    return Outcomes(outcome, added, money[..., 0], without[..., 0])
