r"""What channels added: the one computation that contribution, ROAS, ROI and cost per unit are read from.

With A the actual spends, W the window, and H the rows of W and of the horizon after it:

* **other spends held**: contribution $\sum_{t \in H} E[Y_t \mid do(A)] - E[Y_t \mid do(A, x_c = 0 \text{ in } W)]$, all
  other spends at what they were, paid for by $\sum_{t \in W} x_{ct}$;
* **in total**: with R the spends that respond to $x_c$ (`queries.responding`), the same contrast of
  $do(A \setminus R)$, so that what channel c makes others spend works and costs too: the **induced spend**
  $\sum_{t \in H} \sum_{s \in R} E[s_t \mid do(A \setminus R)] - E[s_t \mid do(A \setminus R, x_c = 0 \text{ in } W)]$
  of every draw stands in the denominator beside the channel's own.

In both arms R follows its equations on the same noise. Where R is empty the two are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bayes_roi.draws import Draws, Evidence, standing
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.by_row import summed
from bayes_roi.model.design import During
from bayes_roi.model.forward import NoiseKind
from bayes_roi.model.intervention import Intervention, scale_by, turn_off
from bayes_roi.model.model import Model
from bayes_roi.queries.evidence import Support, supported
from bayes_roi.queries.expect import Held, Scene, by_chain, expect, scene
from bayes_roi.queries.responding import (
    evidence_of_money,
    held_beside,
    leading_nowhere,
    responding,
    said_of_held,
    unobserved_cause_of_money,
)
from bayes_roi.value.never_paused import never_paused


@dataclass(frozen=True, eq=False)
class Increments:
    """Outcome, money and spend that interventions on each channel change.

    Parameters
    ----------
    channels
        Labels of the last axis.
    outcome, money
        (draws, channels), or (draws, channels, units) by panel unit: E[Y | do(A)] - E[Y | do(A, x_c changed in W)]
        summed over W and the horizon, in units of the outcome and in money.
    spend
        (channels,) or (channels, units): the channel's own spend that was taken away, in W.
    induced
        (draws, channels) or (draws, channels, units): the spend of other channels that went with it, in W and the
        horizon; zero where other spends are held or none responds.
    evidence, support
        (channels,).
    reasons
        Why a channel's numbers are only assumed, by channel; empty where they are more than that.
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
    induced: np.ndarray
    evidence: np.ndarray
    support: np.ndarray
    reasons: tuple[str, ...]
    note: str
    by: str | None = None

    @cached_property
    def cost(self) -> np.ndarray:
        """Own plus induced spend (draws, channels, ...): what was paid for the outcome."""
        return self.spend + self.induced

    @cached_property
    def cost_has_floor(self) -> bool:
        """Whether no draw has the cost below the own spend: then a mean of what is divided by the cost exists."""
        return bool((self.induced >= 0).all())

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
            reason="; ".join(dict.fromkeys(f"{c}: {r}" for c, r in zip(self.channels, self.reasons, strict=True) if r)),
            skewed=True,
        )


def increments(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: str | None = None,
    seed: int | None = None,
    noise: NoiseKind = "mean",
    hold_spend: bool = True,
    channel: str | None = None,
) -> Increments:
    """Return what each channel (one alone where it is named) added in a window: its spend there against none."""
    check_by(fit.model, by)
    changes = {c: turn_off(s, during=during) for c, s in channels_of(fit.model).items() if channel in (None, c)}
    return _increments(_Asked(fit, during, horizon, by, seed, noise, hold_spend), changes)


def margin_of_money(
    fit: Fit,
    step: float,
    *,
    during: During = None,
    by: str | None = None,
    seed: int | None = None,
    noise: NoiseKind = "mean",
    hold_spend: bool = True,
) -> Increments:
    """Return what a share `step` of each channel's spend added, by central difference."""
    check_by(fit.model, by)
    channels = channels_of(fit.model)
    ways = [(c, 1 + way * step) for way in (-1, 1) for c in channels]
    changes = {w: scale_by(channels[w[0]], w[1], during=during) for w in ways}
    both = _increments(_Asked(fit, during, None, by, seed, noise, hold_spend), changes)
    down, up = (slice(None, len(channels)), slice(len(channels), None))
    return Increments(
        fit=fit,
        channels=tuple(channels),
        outcome=both.outcome[:, down] - both.outcome[:, up],
        money=both.money[:, down] - both.money[:, up],
        spend=both.spend[down] - both.spend[up],
        induced=both.induced[:, down] - both.induced[:, up],
        evidence=both.evidence[up],
        support=np.minimum(both.support[down], both.support[up]),
        reasons=tuple(a or b for a, b in zip(both.reasons[down], both.reasons[up], strict=True)),
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


@dataclass(frozen=True, eq=False)
class _Asked:
    """A question about money but for the interventions; fields are those of `Money`."""

    fit: Fit
    during: During
    horizon: int | None
    by: str | None
    seed: int | None
    noise: NoiseKind
    hold_spend: bool

    @property
    def whole(self) -> bool:
        """Whether the means over all rows suffice where the model is linear."""
        return self.during is None and not isinstance(self.fit.model.value, str) and self.noise == "mean"

    def total(self, x: Array) -> Array:
        """Return the sum over rows (..., time) of each unit, or of all."""
        if self.by is None or self.fit.design.codes is None:
            return x.sum(axis=-1)
        return summed(x, self.fit.design.codes, len(self.fit.design.units))

    def responding(self, intervention: Intervention) -> tuple[str, ...]:
        """Return the spends that are let go."""
        return () if self.hold_spend else responding(self.fit.model, intervention.node)


def _increments(asked: _Asked, changes: Mapping[Any, Intervention]) -> Increments:
    model, full = asked.fit.model, scene(asked.fit)
    note = counted_rows(asked.fit, asked.during, asked.horizon)[1]
    said = said_of_held(model) if asked.hold_spend else ""
    always = never_paused(model, asked.fit.design)
    alike: dict[tuple[str, ...], dict[Any, Intervention]] = {}
    for key, i in changes.items():
        alike.setdefault(asked.responding(i), {})[key] = i
    sums: dict[Any, np.ndarray] = {}
    known: dict[Any, tuple[Evidence, float, str]] = {}
    for free, members in alike.items():
        lost = _lost(asked, list(members.values()), free)
        sums |= {key: lost[:, at] for at, key in enumerate(members)}
        known |= {key: _behind(full, i, free, hold_spend=asked.hold_spend) for key, i in members.items()}
    values = np.stack([sums[key] for key in changes], axis=1)
    return Increments(
        fit=asked.fit,
        channels=tuple(changes),
        outcome=values[:, :, 0],
        money=values[:, :, 1],
        spend=np.array(
            [asked.total(_mean(full.observed[i.node]) - _mean(_changed(full, i))) for i in changes.values()]
        ),
        induced=values[:, :, 2],
        evidence=np.array([int(known[key][0]) for key in changes]),
        support=np.array([known[key][1] for key in changes]),
        reasons=tuple(known[key][2] for key in changes),
        note="; ".join(n for n in (note, said, *leading_nowhere(model).values(), *always.values()) if n),
        by=asked.by,
    )


def _lost(asked: _Asked, changes: list[Intervention], free: tuple[str, ...]) -> np.ndarray:
    """Return what each change takes away: outcome, its money and spend in `free`, (draws, changes, 3, ...)."""
    target, stage = asked.fit.model.outcome, scene(asked.fit, means_only=asked.whole)
    counted = counted_rows(asked.fit, asked.during, asked.horizon)[0]
    counted = counted[: stage.design.length] if stage.design is asked.fit.design else np.ones(1, bool)
    base = _held(stage, free)
    arms = [base, *(base | {i.node: _changed(stage, i)} for i in changes)]
    weight = money_per_unit(asked.fit, stage)

    def lost(values: list[dict[str, Array]]) -> Array:
        sums = []
        for v in values[1:]:
            gone = {n: (values[0][n] - v[n]) * counted for n in (target, *free)}
            induced = sum((gone[n] for n in free), np.zeros_like(gone[target]))
            sums.append([asked.total(x) for x in (gone[target], gone[target] * weight, induced)])
        return np.moveaxis(np.array(sums), 2, 0) * stage.design.copies

    first = asked.fit.seed if asked.seed is None else asked.seed
    return expect(stage, arms, lost, frozenset({target, *free}), noise=asked.noise, seed=first)


def _held(stage: Scene, free: tuple[str, ...]) -> Held:
    """Return the actual spends, but for those that are let go."""
    return {n: x for n, x in stage.held([], hold_spend=True).items() if n not in free}


def _behind(
    full: Scene, change: Intervention, free: tuple[str, ...], *, hold_spend: bool
) -> tuple[Evidence, float, str]:
    """Return the evidence of a change's money, its support, and why it is assumed where it is."""
    model = full.fit.model
    known = evidence_of_money(model, change.node, hold_spend=hold_spend)
    least = min(_supports(full, change, free), key=lambda s: s.share)
    evidence = standing(known, least.share)
    told = unobserved_cause_of_money(model, change.node, hold_spend=hold_spend) or least.reason
    return evidence, least.share, told if evidence == Evidence.ASSUMED else ""


def posterior_support(fit: Fit, channel: str, *, during: During = None, hold_spend: bool = True) -> float:
    """Return the support of a channel's return at the posterior mean of the retention, where the label has the prior's.

    It is that of the channel's own spend.
    """
    change, full = turn_off(fit.model.channels[channel], during=during), scene(fit)
    held = held_beside(fit.model, change.node, hold_spend=hold_spend)
    way = {change.node: full.observed[change.node]}, {change.node: _changed(full, change)}
    return supported(fit, *way, change.node, held=held, retention="posterior").share


def _supports(full: Scene, change: Intervention, free: tuple[str, ...]) -> list[Support]:
    """Return the support of the way that a change takes a spend, and of those that `free` take in response.

    What responds is told at the posterior mean of the parameters and without noise, by its range alone: it moves with
    what it follows.
    """
    model, node = full.fit.model, change.node
    way = {node: full.observed[node]}, {node: _changed(full, change)}
    shares = [supported(full.fit, *way, node, held=held_beside(model, node, hold_spend=not free))]
    if free:
        means = {name: draws.mean(axis=0, keepdims=True) for name, draws in full.fit.parameters.items()}
        held = {n: _mean(x) for n, x in _held(full, free).items()}
        arms = held, held | {change.node: _mean(way[1][change.node])}
        before, after = (full.forward.run(means, arm, targets=frozenset(free)).values for arm in arms)
        shares += [supported(full.fit, {s: _mean(before[s])}, {s: _mean(after[s])}, s, held=None) for s in free]
    return shares


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
