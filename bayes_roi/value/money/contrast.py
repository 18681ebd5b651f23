"""The two arms that an effect is read from, as `contribution` and `ate` compare them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.model.law.intervention import turn_off
from bayes_roi.model.rows.during import During
from bayes_roi.numbers import whole
from bayes_roi.queries.effects.ate import levels, say, support_of
from bayes_roi.queries.evidence import supported
from bayes_roi.queries.expect import Held, Scene, scene
from bayes_roi.queries.paths.responding import NAMES, held_beside, named, responding, said_of_held
from bayes_roi.value.money.increments import increments
from bayes_roi.value.money.money import outcome_unit
from bayes_roi.value.money.question import MoneyQuestion
from bayes_roi.value.money.window import window


@dataclass(frozen=True, eq=False)
class Contrast:
    """What is compared with what, and what each row of the outcome counts.

    Parameters
    ----------
    stage
        The rows.
    reference, new
        What the two arms hold.
    weights
        (rows,) what the outcome of each row counts.
    what
        The two arms in words.
    unit, money_unit
        Of the outcome counted so, and of its money.
    support
        Share of the way between the arms that lies inside what was observed.
    reason
        Why that is next to nothing, in words; empty where it is not.
    hold_spend
        Whether the other spends are held.
    cost
        Money that the arms differ by, own and induced: one number, or one a draw (draws,); None where the question is
        not what spend returned.
    cost_has_floor
        Whether what is divided by the cost has a mean, as in `Increments`.
    note
        What must be said beside the numbers.
    """

    stage: Scene
    reference: Held
    new: Held
    weights: np.ndarray
    what: str
    unit: str
    money_unit: str
    support: float
    reason: str
    hold_spend: bool
    cost: np.ndarray | None
    cost_has_floor: bool = True
    note: str = ""


def _whole(fit: Fit, during: During) -> bool:
    """Whether means over all rows suffice where the model is linear."""
    return during is None and not isinstance(fit.model.value, str)


def against_nothing(
    fit: Fit, node: str, target: str, during: During, horizon: int | None, *, hold_spend: bool
) -> Contrast:
    """Return the contrast of a contribution: the actual spend against none in W, the other spends held or in total."""
    full, model = scene(fit), fit.model
    asked = window(fit, during, horizon, target=target, means_only=_whole(fit, during))
    stage = asked.stage
    off = turn_off(node, during=during)
    actual, nothing = full.observed[node], full.held([off], hold_spend=False)[node]
    how = named(model, [node], hold_spend=hold_spend)
    beside = held_beside(model, node, hold_spend=hold_spend)
    new = {n: x for n, x in stage.held([], hold_spend=True).items() if n in beside}
    said = said_of_held(model, node) if hold_spend else ""
    found, floor = supported(fit, {node: actual}, {node: nothing}, node, held=beside), True
    inside, reason = found.share, found.reason
    cost = np.array([(actual - nothing).sum() / (1 if actual.ndim == 1 else len(actual))])
    if not hold_spend and responding(model, node):
        channel = next(c for c, s in model.channels.items() if s == node)
        added = increments(MoneyQuestion(fit, during, horizon, hold_spend=False), channel=channel)
        inside, reason = float(added.support[0]), added.reasons[0]
        cost, floor = added.cost[:, 0], added.cost_has_floor
        own, others = float(added.spend[0]), float(np.median(added.induced))
        said = f"paid for by {whole(own)} of {node} and about {whole(others)} of the spend that responds"
    return Contrast(
        stage=stage,
        reference=new | stage.held([off], hold_spend=False),
        new=new,
        weights=asked.counted[0] * float(stage.design.copies),
        what=f"from no {node} in W (x') to what there was (x){how or ', ' + NAMES[True]}",
        unit=outcome_unit(model) if target == model.outcome else target,
        money_unit=model.currency or "money",
        support=inside,
        reason=reason,
        hold_spend=hold_spend,
        cost=cost,
        cost_has_floor=floor,
        note="; ".join(n for n in (asked.note, said) if n),
    )


def between_levels(
    fit: Fit,
    node: str,
    target: str,
    shift: float | None,
    between: tuple[float, float] | None,
    during: During,
    hold_spend: bool,
) -> Contrast:
    """Return the contrast of an ATE: a level or the actual values against another, the mean over rows of W.

    Raises
    ------
    QueryError
        When both `shift` and `between` are given, or the intervention cannot be made.
    """
    if shift is not None and between is not None:
        raise QueryError("effect_paths takes shift=d or between=(a, b), not both")
    stage = scene(fit, means_only=_whole(fit, during))
    low, high = levels(node, shift, between, during)
    how = named(fit.model, [node], hold_spend=hold_spend)
    reference, new = (stage.held(level, hold_spend=hold_spend) for level in (low, high))
    inside = support_of(fit, [*low, *high], node, hold_spend=hold_spend)
    weights = stage.design.window(during) * (1.0 if stage.design.size is None else stage.design.size)
    return Contrast(
        stage=stage,
        reference=reference if low else reference | {node: stage.observed[node]},
        new=new,
        weights=weights / weights.sum(),
        what=f"from {say(low) or node + ' as observed'} (x') to {say(high)} (x), mean over rows{how}",
        unit=target,
        money_unit=f"{fit.model.currency or 'money'} per row",
        support=inside.share,
        reason=inside.reason,
        hold_spend=hold_spend,
        cost=None,
    )
