"""Who made the outcome: Shapley attribution to channels, and what is lost without each."""

from __future__ import annotations

from collections.abc import Iterable

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
    channels, parts = tuple(channels_of(fit.model)), parted(fit, by)
    if BASELINE in channels:
        raise QueryError(f"a channel is called {BASELINE!r}, as the rest of an attribution is; give it another name")
    sets = interacting(fit.model)
    many = [i for i, c in enumerate(channels) if any(c in s and len(s) > EXACT_PLAYERS for s in sets)]
    groups = GROUPS if many else 1
    rng = np.random.default_rng([fit.seed if seed is None else seed, len(channels)])
    sums = Sums(channels, groups * len(channels) + 1)
    for players in sets:
        if len(players) <= EXACT_PLAYERS:
            sums.add_shapley(players, 0)
            continue
        for group in range(groups):
            sums.add_orders(players, group * len(channels), rng)
    sums.add(sums.size - 1, (), 1.0)
    asked = _window(fit, during, horizon, parts)
    found = sums.of(fit, asked, parts, seed)
    each = found[:, :-1].reshape(len(found), groups, len(channels), *found.shape[2:])
    shares = each[:, 0]
    shares[:, many] = each[:, :, many].mean(axis=1)
    return _draws(
        fit,
        np.concatenate([shares, found[:, -1:]], axis=1),
        outcome_unit(fit.model),
        "attribution: Shapley value over channels of E[Y | do(spend of the others = 0 in W)]",
        (during, asked, parts),
        _interplay(sets),
        _order_error(each[:, :, many]) if many else "",
    )


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
    channels, parts = tuple(channels_of(fit.model)), parted(fit, by)
    sums = Sums(channels, len(channels) + 1)
    for i, channel in enumerate(channels):
        sums.add(i, channels, 1.0)
        sums.add(i, set(channels) - {channel}, -1.0)
    sums.add(len(channels), channels, 1.0)
    asked = _window(fit, during, horizon, parts)
    found = sums.of(fit, asked, parts, seed)
    total = found[:, -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(total > 0, found[:, :-1] / total, np.nan)
    note = "" if (total > 0).all() else "the total of the outcome is not positive: there is no share of it"
    estimand = "removal effect: 1 - E[Y | do(A, x_c = 0 in W)] / E[Y | do(A)]"
    return _draws(fit, shares, "1", estimand, (during, asked, parts), note)


def _window(fit: Fit, during: During, horizon: int | None, parts: Parted) -> Window:
    return window(fit, during, horizon, split=parts.split, means_only=during is None)


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


def _draws(
    fit: Fit,
    values: np.ndarray,
    unit: str,
    estimand: str,
    asked: tuple[During, Window, Parted],
    *notes: str,
) -> Draws:
    """Return values (draws, channels or one more, ...) as `Draws`; the baseline is where all spend is off at once."""
    (during, own, parts), model = asked, fit.model
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
    axes = along(**{name: list(labels) for name, labels in parts.axes(fit, own).items()})
    kind = evidence_in(fit, model.spends, model.outcome)
    return Draws(
        values=Labelled(by_chain(fit, values), ("chain", "draw", "channel", *axes), coords | axes),
        unit=unit,
        estimand=estimand,
        evidence=evidence_array(kind, coords),
        support=support_array([s.share for s in inside.values()], coords),
        reason=why_assumed(fit, model.spends, model.outcome) or reasons_of(inside),
        note="; ".join(n for n in (own.note, said_of_held(model), *notes) if n),
    )
