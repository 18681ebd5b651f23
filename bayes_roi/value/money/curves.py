"""Contribution through time, and response curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.draws import Draws, evidence_array, support_array
from bayes_roi.errors import QueryError
from bayes_roi.guards import known_channel
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.intervention import scale_by, turn_off
from bayes_roi.model.rows.by_row import calendar, summed
from bayes_roi.model.rows.during import During
from bayes_roi.queries.evidence import evidence_in, reasons_of, supported, why_assumed
from bayes_roi.queries.expect import by_chain, expect, scene
from bayes_roi.queries.paths.responding import said_of_held
from bayes_roi.value.money.money import outcome_unit
from bayes_roi.value.money.window import window

MULTIPLES = tuple(round(0.1 * k, 1) for k in range(0, 21))


def contribution_over_time(fit: Fit, *, seed: int | None = None) -> Draws:
    """Return what each channel added in each period: the spend of all periods against none.

    Dims `channel`, `time`, in units of the outcome, panel units together; summed over time it is what
    was seen of it, `contribution` with `horizon=0`.

    Raises
    ------
    QueryError
        When the rows have no periods.
    """
    if fit.design.periods is None:
        raise QueryError("these rows have no periods (the model has no time:); ask contribution for the total")
    model, target, stage = fit.model, fit.model.outcome, scene(fit)
    labels, at = calendar(fit.design)
    base = stage.held([], hold_spend=True)
    arms = [base, *(base | stage.held([turn_off(s)], hold_spend=False) for s in model.channels.values())]
    values = expect(
        stage,
        arms,
        lambda v: np.stack([summed(v[0][target] - a[target], at, len(labels)) for a in v[1:]], axis=1),
        frozenset({target}),
        seed=fit.seed if seed is None else seed,
    )
    actual = scene(fit).held([], hold_spend=True)
    off = {s: stage.held([turn_off(s)], hold_spend=False) for s in model.channels.values()}
    inside = {s: supported(fit, actual, nothing, s, held=model.spends) for s, nothing in off.items()}
    coords = along(channel=list(model.channels))
    known = evidence_in(fit, model.spends, target)
    return Draws(
        values=Labelled(by_chain(fit, values), ("chain", "draw", "channel", "time"), coords | along(time=labels)),
        unit=outcome_unit(model),
        estimand="contribution by period: E[Y_t | do(A)] - E[Y_t | do(A, x_c = 0)]",
        evidence=evidence_array(known, coords),
        support=support_array([s.share for s in inside.values()], coords),
        reason=why_assumed(fit, model.spends, target) or reasons_of(inside),
        note=said_of_held(model),
    )


def response_curve(
    fit: Fit, channel: str, *, multiples: Sequence[float] = MULTIPLES, during: During = None, seed: int | None = None
) -> Draws:
    r"""Return a channel's contribution at multiples of its spend.

    $E[Y \mid do(A, m x_c)] - E[Y \mid do(A, x_c = 0)]$ summed over W and the carry-over after it, beyond the last row
    too. Dim `multiple`,
    with the coordinate `spend` (money in W); `support` tells which points lie beyond what was observed.

    Raises
    ------
    QueryError
        When the channel is not in the model or a multiple is negative.
    """
    model, target = fit.model, fit.model.outcome
    known_channel(channel, model.channels)
    if min(multiples) < 0:
        raise QueryError(f"multiples of a spend cannot be negative, got {min(multiples)}")
    spend, asked = model.channels[channel], window(fit, during, means_only=during is None)
    stage = asked.stage
    base = stage.held([], hold_spend=True)
    held = [base | stage.held([scale_by(spend, m, during=during)], hold_spend=False) for m in (0.0, *multiples)]

    def added(values: list[dict[str, Array]]) -> Array:
        return np.stack([asked.sums(v[target] - values[0][target])[:, 0] for v in values[1:]], axis=1)

    values = expect(stage, held, added, frozenset({target}), seed=fit.seed if seed is None else seed)
    full = scene(fit)
    actual = full.held([], hold_spend=True)
    ways = (full.held([scale_by(spend, m, during=during)], hold_spend=False) for m in multiples)
    inside = {m: supported(fit, actual, way, spend, held=model.spends) for m, way in zip(multiples, ways, strict=True)}
    money = np.nanmean(np.atleast_2d(full.observed[spend]), axis=0)[fit.design.window(during)].sum()
    coords = along(multiple=multiples) | {"spend": Labelled(money * np.array(multiples), ("multiple",))}
    return Draws(
        values=Labelled(by_chain(fit, values), ("chain", "draw", "multiple"), coords),
        unit=outcome_unit(model),
        estimand=f"response of {target} to {channel}: E[Y | do(A, m x)] - E[Y | do(A, x = 0)]",
        evidence=evidence_array(evidence_in(fit, model.spends, target)),
        support=support_array([s.share for s in inside.values()], coords),
        reason=why_assumed(fit, model.spends, target) or reasons_of(inside),
        note="; ".join(n for n in (asked.note, said_of_held(model, spend)) if n),
    )
