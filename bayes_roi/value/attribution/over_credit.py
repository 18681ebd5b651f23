r"""What rules hand out by a touch log beside what the model says the same channels caused, in the same window.

Over-credit of a channel by a rule: its share of credit among the conversions of the log over its contribution as a
share of the outcome, $C_c / E[Y \mid do(A)]$, or their difference where what it caused may be nothing. The log and
the table are two samples, so that draws of the two are paired by chance. Rules hand out every conversion; a model
leaves most of the outcome to its baseline. Both are shares, so that a log which holds a part of all conversions is
compared as one that holds all, if that part is like the rest.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.draws import Draws, check_prob, evidence_array, support_array
from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.journeys.counts.journey_counts import JourneyCounts
from bayes_roi.journeys.privacy.private_counts import PrivateCounts
from bayes_roi.journeys.table import CreditTable, credit_table
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.rows.by_row import calendar
from bayes_roi.model.rows.during import During, inside
from bayes_roi.numbers import number, percent, percent_span, ratio, signed
from bayes_roi.plain_text import aligned, listed
from bayes_roi.showing import Guessed, picture
from bayes_roi.value.attribution.attribution import removal_effect
from bayes_roi.value.attribution.columns import percents
from bayes_roi.value.attribution.credit_to_cause import CreditToCause, credit_to_cause

if TYPE_CHECKING:
    import pandas as pd

TWO_KINDS = (
    "credit is descriptive and sums to all conversions; what was caused is the model's, and leaves the rest to "
    "its baseline: a factor above one says that a rule gives a channel more than it caused"
)


@dataclass(frozen=True, eq=False, repr=False)
class OverCredit(Guessed):
    """Credit by a touch log beside what the model says was caused.

    Parameters
    ----------
    channels
        Channels of the model that the log has too.
    caused
        Contribution of each as a share of the outcome, dim `channel`, with its evidence.
    credit
        Rule -> share of credit, dim `channel`, descriptive.
    compared
        Rule -> how credit compares with cause, channel by channel.
    not_in_model
        Rule -> share of credit that goes to channels that the model does not have.
    window
        First and last period that were compared, as they are written.
    notes
        What must be known beside the numbers.
    prob
        Probability inside the intervals that are shown.
    """

    it = "comparison"

    channels: tuple[str, ...]
    caused: Draws
    credit: Mapping[str, Draws]
    compared: Mapping[str, tuple[CreditToCause, ...]]
    not_in_model: Mapping[str, float]
    window: tuple[str, str]
    notes: tuple[str, ...]
    prob: float

    def to_frame(self) -> pd.DataFrame:
        """Return a row a channel and rule: credit, what was caused, and the factor or difference; with intervals."""
        import pandas as pd

        lower, upper = self.caused.arrays.interval(self.prob)
        cause, words = self.caused.centre().array, np.broadcast_to(self.caused.words().array, len(self.channels))
        rows = [
            {
                "channel": c.channel,
                "rule": rule,
                "credit": float(self.credit[rule].centre().sel(channel=c.channel).array),
                "caused": cause[i],
                "caused_lower": lower.array[i],
                "caused_upper": upper.array[i],
                "kind": c.kind,
                "median": c.median,
                "lower": c.lower,
                "upper": c.upper,
                "evidence": f"descriptive against {words[i]}",
            }
            for rule, found in self.compared.items()
            for i, c in enumerate(found)
        ]
        frame = pd.DataFrame(rows)
        frame.attrs |= {"note": TWO_KINDS, "window": self.window}
        return frame

    @cached_property
    def cells(self) -> list[list[str]]:
        """The table as texts, channels as heads: what was caused, its evidence, then each rule's share and factor."""
        words = np.broadcast_to(self.caused.words().array, len(self.channels)).tolist()
        rules = [
            [rule.replace("_", " "), *(self._cell(rule, i) for i in range(len(self.channels)))] for rule in self.credit
        ]
        caused = [["caused", *percents(self.caused, self.prob)], ["evidence", *map(str, words)]]
        return [["", *self.channels], *caused, *rules]

    def _cell(self, rule: str, i: int) -> str:
        found = self.compared[rule][i]
        share = percent(float(self.credit[rule].centre().array[i]))
        if found.kind == "ratio":
            return f"{share}: {ratio(found.median)} x [{ratio(found.lower)}, {ratio(found.upper)}]"
        median, low, high = (signed(number(100 * x)) for x in (found.median, found.lower, found.upper))
        return f"{share}: {median} points [{low}, {high}]"

    def __repr__(self) -> str:
        first, last = self.window
        head = f"credit by the touch log beside what was caused, {first} to {last}: share, and its factor over cause"
        return "\n".join([head, *aligned(self.cells), *(f"note: {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        heads, *rows = [[html.escape(cell) for cell in row] for row in self.cells]
        top = "".join(f"<th>{h}</th>" for h in heads)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        notes = "".join(f"<p><small>{html.escape(n)}</small></p>" for n in self.notes)
        return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{notes}{picture(self)}"


def over_credit(
    fit: Fit,
    journeys: CreditTable | JourneyCounts | PrivateCounts,
    *,
    named: Mapping[str, str] | None = None,
    during: During = None,
    prob: float = 0.9,
    seed: int | None = None,
) -> OverCredit:
    """Return each rule's credit by a touch log beside what the model says the same channels caused.

    Parameters
    ----------
    fit
        A fit.
    journeys
        What `credit_table` returns, or counts, by all usual rules.
    named
        Channel of the model -> its name in the log, where they differ.
    during
        The window of the model's rows; by default the periods that lie in the log's.
    prob
        Probability inside the intervals.
    seed
        Of what is drawn; the fit's own when None.

    Returns
    -------
    OverCredit
        What was caused with its evidence, each rule's share, and the factor between them with its interval.

    Raises
    ------
    QueryError
        When no channel of the model is in the log, or the two have no period in common.
    """
    check_prob(prob)
    table = journeys if isinstance(journeys, CreditTable) else credit_table(journeys, seed=seed or 0)
    names = _names(fit, table.counts.channels, named or {})
    window, notes = _window(fit, table.counts, during)
    contribution = removal_effect(fit, during=window, seed=seed)
    everything = contribution.arrays.values
    kept = [everything.labels("channel").tolist().index(c) for c in names]
    caused = _of(contribution, kept, list(names))
    rng = np.random.default_rng([fit.seed if seed is None else seed, 31])
    credit, compared, not_in_model = {}, {}, {}
    for rule, draws in table.credit.items():
        values = draws.arrays.values
        labels = values.labels("channel").tolist()
        total = values.array.sum(axis=-1, keepdims=True)
        columns = [labels.index(own) for own in names.values()]
        shares = values.array / total
        credit[rule] = _of(draws, columns, list(names), shares)
        not_in_model[rule] = float(1 - shares[..., columns].sum(axis=-1).mean())
        cause = caused.arrays.values.array.reshape(-1, len(names))
        paired = shares[..., columns].reshape(-1, len(names))
        paired = paired[rng.permutation(np.resize(np.arange(len(paired)), len(cause)))]
        compared[rule] = tuple(credit_to_cause(c, paired[:, i], cause[:, i], prob) for i, c in enumerate(names))
    periods = [] if fit.design.periods is None else [str(p) for p in calendar(fit.design)[0]]
    there = [p for p, within in zip(periods, inside(window, periods), strict=True) if within]
    ends = (there[0], there[-1]) if there else ("the first row", "the last")
    notes += [TWO_KINDS, *_beside(fit, table, names, not_in_model)]
    return OverCredit(tuple(names), caused, credit, compared, not_in_model, ends, tuple(notes), prob)


def _of(draws: Draws, columns: list[int], channels: list[str], values: np.ndarray | None = None) -> Draws:
    """Return draws of some channels under the model's names."""
    known = draws.arrays
    coords = along(channel=channels)
    array = (known.values.array if values is None else values)[..., columns]
    evidence = np.broadcast_to(known.evidence.array, known.values.array.shape[-1:])[columns]
    support = None if known.support is None else np.broadcast_to(known.support.array, known.values.array.shape[-1:])
    return Draws(
        values=Labelled(array, ("chain", "draw", "channel"), coords),
        unit="share",
        estimand=draws.estimand,
        evidence=evidence_array(evidence, coords),
        support=None if support is None else support_array(support[columns], coords),
        note=draws.note,
        reason=draws.reason,
    )


def _names(fit: Fit, log: tuple[str, ...], named: Mapping[str, str]) -> dict[str, str]:
    """Return channel of the model -> its name in the log, of those that both have."""
    channels = list(fit.model.channels)
    for channel, own in named.items():
        if channel not in channels:
            raise QueryError(f"named: {channel!r} is not a channel of the model{nearest(channel, channels)}")
        if own not in log:
            raise QueryError(f"named: {own!r} is not a channel of the log{nearest(own, log)}; it has {', '.join(log)}")
    found = {c: named.get(c, c) for c in channels if named.get(c, c) in log}
    if not found:
        raise QueryError(
            f"the model has the channels {listed(channels)} and the log {listed(list(log))}: none in common; say which "
            f"is which with named={{{channels[0]!r}: {log[0]!r}}}"
            if channels
            else "the model has no channels"
        )
    return found


def _window(fit: Fit, counts: JourneyCounts | PrivateCounts, during: During) -> tuple[During, list[str]]:
    """Return the periods of the model's rows that the log covers, and what is to be said of it."""
    if during is not None or counts.first is None or counts.last is None:
        unknown = during is None and isinstance(counts, PrivateCounts)
        return during, ["a release does not say of which time it is; say it with during=..."] if unknown else []
    periods = [] if fit.design.periods is None else list(calendar(fit.design)[0])
    if not periods or isinstance(periods[0], (int, np.integer)):
        return None, ["the rows of the model have no dates: whether the log is of the same time cannot be seen"]
    first, last = f"{counts.first:%Y-%m-%d}", f"{counts.last:%Y-%m-%d}"
    labels = [str(p) for p in periods]
    there = np.flatnonzero(inside((first, last), labels))
    if not len(there):
        raise QueryError(
            f"the log is of {first} to {last} and the rows of the model of {labels[0]} to {labels[-1]}: they have no "
            "period in common; give during=... if they are to be compared all the same"
        )
    whole = len(there) == len(labels)
    return (None if whole else (labels[there[0]], labels[there[-1]])), []


def _beside(fit: Fit, table: CreditTable, names: Mapping[str, str], not_in_model: Mapping[str, float]) -> list[str]:
    notes = []
    if lost := [c for c in table.counts.channels if c not in names.values()]:
        low, high = min(not_in_model.values()), max(not_in_model.values())
        notes.append(f"{percent_span(low, high)} of credit goes to {listed(lost)}, which the model does not have")
    if silent := [c for c in fit.model.channels if c not in names]:
        notes.append(f"not in the log: {listed(silent)}")
    return notes
