"""What plans bring: one question to the model for all of them, each with its spend and without any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.forward import NoiseKind
from bayes_roi.queries.expect import expect
from bayes_roi.queries.horizon.history import by_period

if TYPE_CHECKING:
    from bayes_roi.decisions.horizon.outlook import Outlook

Of = Callable[[Array, Array], Array]
"""From the outcome with a plan and the same without its spend, (draws, rows) each, to what is asked (draws, ...)."""


@dataclass(frozen=True, eq=False)
class Answers:
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


def answers(outlooks: Sequence[Outlook], plans: Sequence[np.ndarray], *, noise: NoiseKind, seed: int) -> Answers:
    """Return what plans (channels, periods) bring: each on its own outlook of the same periods, all on one noise."""
    first = outlooks[0]
    planned = first.value * first.planned
    ends = np.cumsum([first.periods, first.periods + first.horizon, 1])

    def asked(y: Array, without: Array) -> Array:
        series = [by_period(y, first.units)[:, : first.periods], by_period(y - without, first.units)]
        return np.concatenate([*series, ((y - without) @ first.value)[:, None], (without @ planned)[:, None]], axis=1)

    found = with_and_without(outlooks, plans, asked, noise=noise, seed=seed)
    outcome, added, money, without = np.split(found, ends, axis=-1)
    return Answers(outcome, added, money[..., 0], without[..., 0])


def with_and_without(
    outlooks: Sequence[Outlook], plans: Sequence[np.ndarray], of: Of, *, noise: NoiseKind, seed: int
) -> np.ndarray:
    """Return what is asked of plans (draws, plans, ...): each beside the same periods, all else alike, without spend.

    Parameters
    ----------
    outlooks
        The rows each plan is asked on: the same periods, its own nodes.
    plans
        (channels, periods) each.
    of
        What is asked.
    noise
        "mean": expectations by draw; "predictive": one noise a draw, the same for all plans, with and without spend.
    seed
        Of the noise.
    """
    target = outlooks[0].fit.model.outcome
    each = list(dict.fromkeys(outlooks))
    arms = [o.held(plan) for o, plan in zip(outlooks, plans, strict=True)] + [o.held(0 * o.today) for o in each]
    without = [len(plans) + each.index(o) for o in outlooks]

    def asked(values: list[dict[str, Array]]) -> Array:
        return np.stack([of(values[i][target], values[w][target]) for i, w in enumerate(without)], axis=1)

    return expect(outlooks[0].scene, arms, asked, frozenset({target}), noise=noise, seed=seed)
