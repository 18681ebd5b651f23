"""Who made the outcome: Shapley attribution to channels, and what is lost without each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.draws import Draws, evidence_array, support_array
from bayes_roi.errors import QueryError
from bayes_roi.guards import answers_in_draws
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.additive import additive_blocks
from bayes_roi.model.law.intervention import turn_off
from bayes_roi.model.rows.during import During
from bayes_roi.numbers import number
from bayes_roi.queries.evidence import evidence_in, reasons_of, supported, why_assumed
from bayes_roi.queries.expect import by_chain, scene
from bayes_roi.queries.paths.responding import said_of_held
from bayes_roi.queries.shapley import EXACT_PLAYERS
from bayes_roi.value.attribution.coalitions import PAIRS, Sums
from bayes_roi.value.money.money import outcome_unit
from bayes_roi.value.money.parted import By, Parted, parted
from bayes_roi.value.money.question import channels_of
from bayes_roi.value.money.window import Window, window

BASELINE = "baseline"
GROUPS = 8
"""Groups of orders in which many channels join: the Monte-Carlo error is told by how they differ."""


@answers_in_draws
def attribution(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    seed: int | None = None,
) -> Draws:
    r"""Return the outcome split over the channels and what would have been without any, by Shapley values.

    With $v(S) = \sum_t E[Y_t \mid do(A, x_c = 0 \text{ in } W \text{ for } c \notin S)]$ over the window W, A the
    actual spends, and over the horizon after it, beyond the last row too, the same less what it is with $S$ empty: of
    what comes after the window only what its spend adds is counted. Channel $c$ gets
    $\phi_c = \sum_{S \not\ni c} \frac{|S|! (n - |S| - 1)!}{n!} (v(S \cup c) - v(S))$ (Shapley 1953) and the baseline
    $v(\emptyset)$, the outcome of the window without its spend. In every draw they sum to $E[Y \mid do(A)]$ in the
    window and what its spend brings after it. Where channels do not interact $\phi_c$ is the contribution; where they
    do, what they made together is shared.

    Parameters
    ----------
    fit
        A fit.
    during
        The window W; all rows when None.
    horizon
        Periods of carry-over counted after W; all of it when None, and 0 for what was seen in W alone.
    by
        The panel's unit, "month", "quarter" or "year", or two of them, for each; None for the total.
    seed
        Of the noise, and of the orders in which channels join where more than 12 interact; the fit's own when None.

    Returns
    -------
    Draws
        Dim `channel`, the last label "baseline" (and those of `by`), in units of the outcome.

    Raises
    ------
    QueryError
        When the model has no channels, one of them is called "baseline", or a window holds no period.

    Notes
    -----
    Only channels that interact on the way to the outcome need be asked together (`additive_blocks`). Up to 12 of them
    all coalitions are asked, beyond that orders in which they join are sampled; the note then tells the error.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> br.attribution(fit).values.channel.values.tolist()
    ['tv', 'social', 'baseline']
    """
    return _Shapley(fit, during, horizon, by, seed).draws()


def interacting(model: Model) -> list[tuple[str, ...]]:
    """Return the sets of channels that interact on the way to the outcome; none of those that do not reach it."""
    sources = {s: [c for c, spend in model.channels.items() if spend == s] for s in model.channels.values()}
    found = additive_blocks(model, model.outcome, sources, held=model.spends)
    return [tuple(c for c in model.channels if c in s) for s in sorted(found, key=sorted)]


@answers_in_draws
def removal_effect(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    seed: int | None = None,
) -> Draws:
    r"""Return the share of the outcome that would be lost without a channel alone.

    $1 - v(\text{all but } c) / v(\text{all})$ with v as in `attribution`: the contribution over the outcome of the
    window and what its spend brings after it. The shares need not sum to anything: what two channels make only together
    is lost with either.

    Parameters, dims and errors are those of `attribution`, without the baseline; dimensionless, NaN with a note where
    the total is not positive.
    """
    return _Removal(fit, during, horizon, by, seed).draws()


def attribution_and_removal(fit: Fit, *, during: During = None, seed: int | None = None) -> tuple[Draws, Draws]:
    """Return `attribution` and `removal_effect` from one pass: they ask for many of the same coalitions."""
    split, without = (kind(fit, during, None, None, seed) for kind in (_Shapley, _Removal))
    sums = Sums(split.channels, split.size + without.size)
    split.add(sums, 0)
    without.add(sums, split.size)
    found = sums.of(fit, split.window, split.parts, seed)
    return split.arranged(found[:, : split.size]), without.arranged(found[:, split.size :])


@dataclass(frozen=True, eq=False)
class _Question:
    """A question whose answer is sums over coalitions of channels; fields as in `attribution`."""

    fit: Fit
    during: During
    horizon: int | None
    by: By
    seed: int | None

    @cached_property
    def channels(self) -> tuple[str, ...]:
        return tuple(channels_of(self.fit.model))

    @cached_property
    def parts(self) -> Parted:
        return parted(self.fit, self.by)

    @cached_property
    def window(self) -> Window:
        split, whole = self.parts.split, self.during is None
        return window(self.fit, self.during, self.horizon, split=split, means_only=whole)

    @property
    def size(self) -> int:
        """Sums that it needs."""
        raise NotImplementedError

    def add(self, sums: Sums, start: int) -> None:
        """Add its sums, from `start` on."""
        raise NotImplementedError

    def arranged(self, found: np.ndarray) -> Draws:
        """Return its sums (draws, size, ...) as the answer."""
        raise NotImplementedError

    def draws(self) -> Draws:
        """Return the answer from a pass of its own."""
        sums = Sums(self.channels, self.size)
        self.add(sums, 0)
        return self.arranged(sums.of(self.fit, self.window, self.parts, self.seed))


class _Shapley(_Question):
    """Shapley values of the channels, and the outcome without any."""

    @cached_property
    def sets(self) -> list[tuple[str, ...]]:
        if BASELINE in self.channels:
            raise QueryError(
                f"a channel is called {BASELINE!r}, as the rest of an attribution is; give it another name"
            )
        return interacting(self.fit.model)

    @cached_property
    def many(self) -> list[int]:
        """Channels whose orders are sampled."""
        return [i for i, c in enumerate(self.channels) if any(c in s and len(s) > EXACT_PLAYERS for s in self.sets)]

    @property
    def groups(self) -> int:
        return GROUPS if self.many else 1

    @property
    def size(self) -> int:
        return self.groups * len(self.channels) + 1

    def add(self, sums: Sums, start: int) -> None:
        rng = np.random.default_rng([self.fit.seed if self.seed is None else self.seed, len(self.channels)])
        for players in self.sets:
            if len(players) <= EXACT_PLAYERS:
                sums.add_shapley(players, start)
                continue
            for group in range(self.groups):
                sums.add_orders(players, start + group * len(self.channels), rng)
        sums.add(start + self.size - 1, (), 1.0)

    def arranged(self, found: np.ndarray) -> Draws:
        each = found[:, :-1].reshape(len(found), self.groups, len(self.channels), *found.shape[2:])
        shares = each[:, 0].copy()
        shares[:, self.many] = each[:, :, self.many].mean(axis=1)
        return _draws(
            self,
            np.concatenate([shares, found[:, -1:]], axis=1),
            outcome_unit(self.fit.model),
            "attribution: Shapley value over channels of E[Y | do(spend of the others = 0 in W)]",
            _interplay(self.sets),
            _order_error(each[:, :, self.many]) if self.many else "",
        )


class _Removal(_Question):
    """What is lost without each channel, and what it is a share of."""

    @property
    def size(self) -> int:
        return len(self.channels) + 1

    def add(self, sums: Sums, start: int) -> None:
        for i, channel in enumerate(self.channels):
            sums.add(start + i, self.channels, 1.0)
            sums.add(start + i, set(self.channels) - {channel}, -1.0)
        sums.add(start + len(self.channels), self.channels, 1.0)

    def arranged(self, found: np.ndarray) -> Draws:
        total = found[:, -1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(total > 0, found[:, :-1] / total, np.nan)
        note = "" if (total > 0).all() else "the total of the outcome is not positive: there is no share of it"
        return _draws(self, shares, "1", "removal effect: 1 - E[Y | do(A, x_c = 0 in W)] / E[Y | do(A)]", note)


def _order_error(groups: np.ndarray) -> str:
    """Return the Monte-Carlo error of values (draws, groups, channels, ...) that are means over groups, in words."""
    error = np.sqrt(np.mean(groups.var(axis=1, ddof=1) / GROUPS, axis=0)).max()
    return (
        f"{2 * GROUPS * PAIRS} orders in which channels join stand for all of them: "
        f"Monte-Carlo error of a draw at most {number(error)}"
    )


def _interplay(sets: Iterable[tuple[str, ...]]) -> str:
    together = [" and ".join(s) for s in sets if len(s) > 1]
    return f"{'; '.join(together)} interact: what they made together is shared" if together else ""


def _draws(asked: _Question, values: np.ndarray, unit: str, estimand: str, *notes: str) -> Draws:
    """Return values (draws, channels or one more, ...) as `Draws`; the baseline is where all spend is off at once."""
    fit, during, model = asked.fit, asked.during, asked.fit.model
    full = scene(fit)
    before = full.held([], hold_spend=True)
    spends = model.channels.values()
    after = {s: full.held([turn_off(s, during=during)], hold_spend=False) for s in spends}
    inside = {c: supported(fit, before, after[s], s, held=model.spends) for c, s in model.channels.items()}
    with_baseline = values.shape[1] > len(inside)
    if with_baseline:
        nothing = full.held([turn_off(s, during=during) for s in spends], hold_spend=False)
        inside[BASELINE] = min((supported(fit, before, nothing, s) for s in spends), key=lambda s: s.share)
    coords = along(channel=[*model.channels, *([BASELINE] if with_baseline else [])])
    axes = along(**{name: list(labels) for name, labels in asked.parts.axes(fit, asked.window).items()})
    kind = evidence_in(fit, model.spends, model.outcome)
    return Draws(
        values=Labelled(by_chain(fit, values), ("chain", "draw", "channel", *axes), coords | axes),
        unit=unit,
        estimand=estimand,
        evidence=evidence_array(kind, coords),
        support=support_array([s.share for s in inside.values()], coords),
        reason=why_assumed(fit, model.spends, model.outcome) or reasons_of(inside),
        note="; ".join(n for n in (asked.window.note, said_of_held(model), *notes) if n),
    )
