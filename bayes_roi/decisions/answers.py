"""What plans bring: one question to the model for all of them, with their spend and without any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.decisions.outlook import Outlook
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.forward import NoiseKind
from bayes_roi.queries.expect import expect
from bayes_roi.queries.history import by_period


@dataclass(frozen=True, eq=False)
class Answers:
    """What plans bring.

    Parameters
    ----------
    outcome
        (draws, plans, periods + horizon), panel units together.
    money, money_without
        (draws, plans): value x outcome summed over all periods, with the plan and without any spend in its periods.
    """

    outcome: np.ndarray
    money: np.ndarray
    money_without: np.ndarray


def answers(outlooks: Sequence[Outlook], plans: Sequence[np.ndarray], *, noise: NoiseKind, seed: int) -> Answers:
    """Return what plans (channels, periods) bring: each on its own outlook of the same periods, all on one noise."""
    first = outlooks[0]
    target, periods = first.fit.model.outcome, first.periods + first.horizon
    arms = [o.held(factor * plan) for factor in (1.0, 0.0) for o, plan in zip(outlooks, plans, strict=True)]

    def asked(values: list[dict[str, Array]]) -> Array:
        return np.stack([_with_money(v[target], first) for v in values], axis=1)

    found = expect(first.scene, arms, asked, frozenset({target}), noise=noise, seed=seed)
    plain, without = found[:, : len(plans)], found[:, len(plans) :]
    return Answers(plain[..., :periods], plain[..., periods], without[..., periods])


def _with_money(values: Array, ahead: Outlook) -> Array:
    """Return the outcome by period, units together, and the money of all periods as one number more."""
    return np.concatenate([by_period(values, ahead.units), (values @ ahead.value)[:, None]], axis=1)
