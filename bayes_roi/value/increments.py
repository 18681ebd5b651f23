"""What channels added: the one computation that contribution, ROAS, ROI and cost per unit are read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_roi.draws import Draws
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.by_row import summed
from bayes_roi.model.design import During
from bayes_roi.model.forward import NoiseKind
from bayes_roi.model.intervention import Intervention, scale_by, turn_off
from bayes_roi.model.model import Model
from bayes_roi.queries.evidence import evidence, support
from bayes_roi.queries.expect import Scene, by_chain, expect, scene


@dataclass(frozen=True, eq=False)
class Increments:
    """Outcome, money and spend that interventions on each channel change, all other spend held as observed.

    Parameters
    ----------
    channels
        Labels of the last axis.
    outcome, money
        (draws, channels), or (draws, channels, units) by panel unit: E[Y | do(A)] - E[Y | do(A, x_c changed in W)]
        summed over W and the horizon, in units of the outcome and in money.
    spend
        (channels,) or (channels, units): the spend that was taken away, in W.
    evidence, support
        (channels,).
    note
        What must be said beside the numbers.
    by
        The panel's unit, where the numbers are by unit; None for totals.
    """

    fit: Fit
    channels: tuple[str, ...]
    outcome: np.ndarray
    money: np.ndarray
    spend: np.ndarray
    evidence: np.ndarray
    support: np.ndarray
    note: str
    by: str | None = None

    def draws(self, values: np.ndarray, unit: str, estimand: str, *, note: str = "", has_mean: bool = True) -> Draws:
        """Return values (draws, channels, ...) as `Draws` with dim `channel`, and the unit's where they are by unit."""
        coords = along(channel=self.channels)
        units = along(**{self.by: list(self.fit.design.units)}) if self.by else {}
        return Draws(
            values=Labelled(by_chain(self.fit, values), ("chain", "draw", "channel", *units), coords | units),
            unit=unit,
            estimand=estimand,
            evidence=Labelled(self.evidence, ("channel",), coords),
            support=Labelled(self.support, ("channel",), coords),
            note="; ".join(n for n in (self.note, note) if n),
            has_mean=has_mean,
        )


def increments(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: str | None = None,
    seed: int | None = None,
    noise: NoiseKind = "mean",
) -> Increments:
    """Return what each channel added in a window: its spend there against none."""
    check_by(fit.model, by)
    changes = {c: turn_off(s, during=during) for c, s in channels_of(fit.model).items()}
    return _increments(fit, changes, during, horizon, by, seed, noise)


def margin_of_money(
    fit: Fit,
    step: float,
    *,
    during: During = None,
    by: str | None = None,
    seed: int | None = None,
    noise: NoiseKind = "mean",
) -> Increments:
    """Return what a share `step` of each channel's spend added, by central difference."""
    check_by(fit.model, by)
    channels = channels_of(fit.model)
    ways = [(c, 1 + way * step) for way in (-1, 1) for c in channels]
    changes = {w: scale_by(channels[w[0]], w[1], during=during) for w in ways}
    both = _increments(fit, changes, during, None, by, seed, noise)
    down, up = (slice(None, len(channels)), slice(len(channels), None))
    return Increments(
        fit=fit,
        channels=tuple(channels),
        outcome=both.outcome[:, down] - both.outcome[:, up],
        money=both.money[:, down] - both.money[:, up],
        spend=both.spend[down] - both.spend[up],
        evidence=both.evidence[up],
        support=np.minimum(both.support[down], both.support[up]),
        note=both.note,
        by=by,
    )


def check_by(model: Model, by: str | None) -> None:
    """Raise unless `by` is the panel's unit or None."""
    if by is not None and by != model.panel:
        there = "this model has no panel:" if model.panel is None else f"the panel's unit is {model.panel!r}"
        raise QueryError(f"by= takes the column of the panel unit, got {by!r}; {there}")


def channels_of(model: Model) -> Mapping[str, str]:
    """Return the channels, name -> spend; raise where there are none."""
    if not model.channels:
        raise QueryError("the model has no channels:, so there is no money to ask about; ate and do need none")
    return model.channels


def _increments(
    fit: Fit,
    changes: Mapping[Any, Intervention],
    during: During,
    horizon: int | None,
    by: str | None,
    seed: int | None,
    noise: NoiseKind,
) -> Increments:
    model, target = fit.model, fit.model.outcome
    stage = scene(fit, means_only=during is None and not isinstance(model.value, str) and noise == "mean")
    counted, note = counted_rows(fit, during, horizon)
    counted = counted[: stage.design.length] if stage.design is fit.design else np.ones(1, bool)
    base = stage.held([], hold_spend=True)
    arms = [base, *(base | {i.node: _changed(stage, i)} for i in changes.values())]
    weight = money_per_unit(fit, stage)

    def total(x: Array) -> Array:
        """Return the sum over rows of each unit, or of all."""
        if by is None or fit.design.codes is None:
            return x.sum(axis=-1)
        return summed(x, fit.design.codes, len(fit.design.units))

    def lost(values: list[dict[str, Array]]) -> Array:
        gone = [(values[0][target] - v[target]) * counted for v in values[1:]]
        sums = [[total(g), total(g * weight)] for g in gone]
        return np.moveaxis(np.array(sums), 2, 0) * stage.design.copies

    first = fit.seed if seed is None else seed
    values = expect(stage, arms, lost, frozenset({target}), noise=noise, seed=first)
    full = scene(fit)
    before = full.held([], hold_spend=True)
    after = [{i.node: _changed(full, i)} for i in changes.values()]
    return Increments(
        fit=fit,
        channels=tuple(changes),
        outcome=values[:, :, 0],
        money=values[:, :, 1],
        spend=np.array([total(_mean(before[n]) - _mean(v)) for a in after for n, v in a.items()]),
        evidence=np.full(len(changes), int(evidence(model, model.spends, target))),
        support=np.array([support(fit, before, a, next(iter(a))) for a in after]),
        note=note,
        by=by,
    )


def _changed(stage: Scene, intervention: Intervention) -> Array:
    return stage.held([intervention], hold_spend=False)[intervention.node]


def _mean(values: Array) -> np.ndarray:
    """Return the posterior mean of a series (time,) that may have draws where its cells are missing."""
    return values if values.ndim == 1 else values.mean(axis=0)


def money_per_unit(fit: Fit, stage: Scene) -> np.ndarray:
    """Return money per unit of the outcome in each row (time,)."""
    if isinstance(fit.model.value, str):
        return np.asarray(fit.design.value_column)
    return np.full(stage.design.length, float(fit.model.value))


def counted_rows(fit: Fit, during: During, horizon: int | None, outcome: str | None = None) -> tuple[np.ndarray, str]:
    """Return which rows (time,) count: the window and the horizon after its last row, and a note where that is cut.

    The horizon defaults to the longest carry-over from a spend to the outcome (the model's when None), added up along
    the path.
    """
    inside = fit.design.window(during)
    if fit.design.periods is None:
        return inside, ""
    length = carry_over(fit.model, outcome) if horizon is None else horizon
    if isinstance(length, bool) or not isinstance(length, int) or length < 0:
        raise QueryError(f"horizon must be a whole number of periods, 0 or more, got {horizon!r}")
    periods, asked = fit.design.index, np.unique(fit.design.index[inside])
    before = np.searchsorted(asked, periods, side="right") - 1  # the last period of the window up to each row's
    reach = (before >= 0) & (periods - asked[before] <= length)
    missing = int(asked[-1] + length - periods.max())
    cut = f"carry-over after the last row is not counted ({missing} of {length} periods)" if missing > 0 else ""
    return reach, cut


def carry_over(model: Model, outcome: str | None = None) -> int:
    """Return the most periods that an effect of a spend on an outcome (the model's when None) can take, on any path."""
    reach: dict[str, int] = {outcome or model.outcome: 0}
    for node in reversed(model.nodes):
        if node not in reach:
            continue
        lags = [(p, t.max_lag) for t in model.terms(node) for p in t.parents]
        lags += [(p, 0) for p in (model.identity[node].parents if node in model.identity else ())]
        for parent, lag in lags:
            reach[parent] = max(reach.get(parent, 0), reach[node] + lag)
    return max((reach.get(s, 0) for s in model.spends), default=0)
