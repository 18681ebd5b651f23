r"""What channels added: the one computation that contribution, ROAS, ROI and cost per unit are read from.

With A the actual spends, W the window, and H the rows of W and of the horizon after it, beyond the last row of the
table too, where no arm spends anything (`queries.horizon.run_off`):

* **other spends held**: contribution $\sum_{t \in H} E[Y_t \mid do(A)] - E[Y_t \mid do(A, x_c = 0 \text{ in } W)]$, all
  other spends at what they were, paid for by $\sum_{t \in W} x_{ct}$;
* **in total**: with R the spends that respond to $x_c$ (`queries.paths.responding`), the same contrast of
  $do(A \setminus R)$, so that what channel c makes others spend works and costs too: the **induced spend**
  $\sum_{t \in H} \sum_{s \in R} E[s_t \mid do(A \setminus R)] - E[s_t \mid do(A \setminus R, x_c = 0 \text{ in } W)]$
  of every draw stands in the denominator beside the channel's own.

In both arms R follows its equations on the same noise, after the last row too. Where R is empty the two are one.

The channels are asked one by one, each with the others at what they were, or **together**: all spends against none, of
which the channels' own contributions need not be the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_array, support_array
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.edges import lags_to
from bayes_roi.model.law.intervention import scale_by, turn_off
from bayes_roi.queries.expect import by_chain, expect, scene
from bayes_roi.queries.paths.responding import leading_nowhere, said_of_held
from bayes_roi.value.money.evidence import behind
from bayes_roi.value.money.never_paused import never_paused
from bayes_roi.value.money.question import Change, MoneyQuestion, changed, channels_of, held_but, mean_of

TOGETHER = "all channels"
"""Label of all spends against none."""


@dataclass(frozen=True, eq=False)
class Increments:
    """Outcome, money and spend that interventions on each channel change.

    Parameters
    ----------
    channels
        Labels of the axis after the draws.
    outcome, money
        (draws, channels, ...), further axes those of `by`: E[Y | do(A)] - E[Y | do(A, x_c changed in W)] summed over W
        and the horizon, in units of the outcome and in money.
    spend
        (channels, ...): the channel's own spend that was taken away, in W.
    induced
        (draws, channels, ...): the spend of other channels that went with it, in W and the horizon; zero where other
        spends are held or none responds.
    evidence, support
        (channels,).
    reasons
        Why a channel's numbers are only assumed, by channel; empty where they are more than that.
    note
        What must be said beside the numbers.
    by
        Name of each further axis -> its labels; none for totals.
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
    by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def cost(self) -> np.ndarray:
        """Own plus induced spend (draws, channels, ...): what was paid for the outcome."""
        return self.spend + self.induced

    @cached_property
    def cost_has_floor(self) -> bool:
        """Whether no draw has the cost below the own spend: then a mean of what is divided by the cost exists."""
        return bool((self.induced >= 0).all())

    def draws(self, values: np.ndarray, unit: str, estimand: str, *, note: str = "", has_mean: bool = True) -> Draws:
        """Return values (draws, channels, ...) as `Draws` with dim `channel` and those of `by`."""
        coords, parts = along(channel=self.channels), along(**{name: list(x) for name, x in self.by.items()})
        return Draws(
            values=Labelled(by_chain(self.fit, values), ("chain", "draw", "channel", *self.by), coords | parts),
            unit=unit,
            estimand=estimand,
            evidence=evidence_array(self.evidence, coords),
            support=support_array(self.support, coords),
            note="; ".join(n for n in (self.note, note) if n),
            has_mean=has_mean,
            reason="; ".join(dict.fromkeys(f"{c}: {r}" for c, r in zip(self.channels, self.reasons, strict=True) if r)),
            skewed=True,
        )


def increments(asked: MoneyQuestion, *, channel: str | None = None) -> Increments:
    """Return what each channel (one alone where it is named, or all together) added in a window."""
    channels = channels_of(asked.fit.model)
    changes: dict[str, Change] = {c: (turn_off(s),) for c, s in channels.items() if channel in (None, c)}
    if asked.together:
        changes = {TOGETHER: tuple(turn_off(s) for s in dict.fromkeys(channels.values()))}
    return _increments(asked, changes)


def marginal(asked: MoneyQuestion, step: float) -> Increments:
    """Return what a share `step` of each channel's spend (of all together) added, by central difference."""
    channels = channels_of(asked.fit.model)
    each = {c: (s,) for c, s in channels.items()}
    moved = {TOGETHER: tuple(dict.fromkeys(channels.values()))} if asked.together else each
    ways = [(c, 1 + way * step) for way in (-1, 1) for c in moved]
    changes = {f"{c} {factor}": tuple(scale_by(s, factor) for s in moved[c]) for c, factor in ways}
    both = _increments(asked, changes)
    down, up = (slice(None, len(moved)), slice(len(moved), None))
    return Increments(
        fit=asked.fit,
        channels=tuple(moved),
        outcome=both.outcome[:, down] - both.outcome[:, up],
        money=both.money[:, down] - both.money[:, up],
        spend=both.spend[down] - both.spend[up],
        induced=both.induced[:, down] - both.induced[:, up],
        evidence=both.evidence[up],
        support=np.minimum(both.support[down], both.support[up]),
        reasons=tuple(a or b for a, b in zip(both.reasons[down], both.reasons[up], strict=True)),
        note=both.note,
        by=both.by,
    )


def of_change(asked: MoneyQuestion, label: str, change: Change) -> Increments:
    """Return what one change of spends takes away, more than one spend at once; negative where it adds."""
    return _increments(asked, {label: change})


def _increments(asked: MoneyQuestion, changes: Mapping[str, Change]) -> Increments:
    model, full, own = asked.fit.model, scene(asked.fit), asked.window
    said = said_of_held(model) if asked.hold_spend and len(next(iter(changes.values()))) == 1 else ""
    always = never_paused(asked.fit)
    alike: dict[tuple[str, ...], dict[str, Change]] = {}
    for key, change in changes.items():
        alike.setdefault(asked.responding(change), {})[key] = change
    sums: dict[str, np.ndarray] = {}
    known: dict[str, tuple[Evidence, float, str]] = {}
    for free, members in alike.items():
        sums |= _lost(asked, members, free)
        known |= {key: behind(full, asked, change, free) for key, change in members.items()}
    values = np.stack([sums[key] for key in changes], axis=1)
    return Increments(
        fit=asked.fit,
        channels=tuple(changes),
        outcome=asked.parted.arranged(values[:, :, 0]),
        money=asked.parted.arranged(values[:, :, 1]),
        spend=np.stack([asked.parted.arranged(_spent(asked, change)) for change in changes.values()]),
        induced=asked.parted.arranged(values[:, :, 2]),
        evidence=np.array([int(known[key][0]) for key in changes]),
        support=np.array([known[key][1] for key in changes]),
        reasons=tuple(known[key][2] for key in changes),
        note="; ".join(n for n in (own.note, said, *leading_nowhere(model).values(), *always.values()) if n),
        by=asked.axes,
    )


def _lost(asked: MoneyQuestion, changes: Mapping[str, Change], free: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return what each change takes away: outcome, its money and spend in `free`, (draws, 3, windows, ...).

    Windows that are far enough apart are asked in one arm: in the rows that one counts, the others do nothing.
    """
    target, own = asked.fit.model.outcome, asked.window
    stage, by_unit = own.stage, asked.parted.unit is not None
    base, weight = held_but(stage, free), stage.money_per_unit
    asks = [(key, group) for key, change in changes.items() for group in own.groups(_lags(asked, change, free))]
    arms = [base, *(base | changed(stage, changes[key], own.only(group)) for key, group in asks)]

    def lost(values: list[dict[str, Array]]) -> Array:
        sums = []
        for (_, group), v in zip(asks, values[1:], strict=True):
            gone = {n: values[0][n] - v[n] for n in (target, *free)}
            induced = sum((gone[n] for n in free), np.zeros_like(gone[target]))
            rows = np.stack([gone[target], gone[target] * weight, induced], axis=1)
            sums.append(own.only(group).sums(rows, by_unit=by_unit))
        return np.concatenate(sums, axis=2)

    first = asked.fit.seed if asked.seed is None else asked.seed
    found = expect(stage, arms, lost, frozenset({target, *free}), noise=asked.noise, seed=first)
    order = [(key, w) for key, group in asks for w in group]
    return {k: found[:, :, [order.index((k, w)) for w in range(len(own.labels))]] for k in changes}


def _lags(asked: MoneyQuestion, change: Change, free: tuple[str, ...]) -> int:
    """Return how many periods what is changed acts on the outcome, and on the spends that respond."""
    found = [lags_to(asked.fit.model, n) for n in (asked.fit.model.outcome, *free)]
    return max(lags.get(i.node, 0) for lags in found for i in change)


def _spent(asked: MoneyQuestion, change: Change) -> np.ndarray:
    """Return the spend that a change takes away, (windows,) or (windows, units)."""
    own = asked.window
    before = {i.node: own.stage.observed[i.node] for i in change}
    after = changed(own.stage, change, own)
    gone = sum(mean_of(before[n]) - mean_of(after[n]) for n in before)
    return own.sums_inside(np.asarray(gone), by_unit=asked.parted.unit is not None)
