"""What each channel is worth, by every question about it, side by side."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, check_prob
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.journeys.counts.journey_counts import JourneyCounts
from bayes_roi.journeys.table import CreditTable
from bayes_roi.model.rows.during import During
from bayes_roi.numbers import whole
from bayes_roi.queries.influence.influence import influence
from bayes_roi.queries.influence.strength import arrow_strength
from bayes_roi.showing import Guessed
from bayes_roi.value.attribution.attribution import BASELINE, attribution_and_removal
from bayes_roi.value.attribution.columns import OPTIONAL, QUESTIONS, TITLES, Column, by_row, of_total, percents
from bayes_roi.value.attribution.credit import click_owners, last_click
from bayes_roi.value.attribution.credit_to_cause import CreditToCause, credit_to_cause
from bayes_roi.value.attribution.over_credit import OverCredit, over_credit
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.question import channels_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ChannelTable(Guessed):
    """Every number that is said to be a channel's worth, beside the question that it answers.

    Parameters
    ----------
    fit
        A fit.
    rows
        The channels, the other nodes that a column says something of, and the baseline.
    spend
        Channel -> money spent in the window.
    columns
        The columns that the model can answer.
    left_out
        Column -> why it cannot be answered.
    prob
        Probability inside the intervals that are shown.
    journeys
        What rules hand out by a touch log beside what was caused; None without one.
    """

    it = "table"

    fit: Fit
    rows: tuple[str, ...]
    spend: Mapping[str, float]
    columns: tuple[Column, ...]
    left_out: Mapping[str, str]
    prob: float = DEFAULT_PROB
    journeys: OverCredit | None = None

    def __getitem__(self, name: str) -> Draws:
        """Return the draws of a column, dim `row`.

        Raises
        ------
        QueryError
            When the table has no such column; the message says why where one was left out.
        """
        for column in self.columns:
            if column.name == name:
                return column.draws
        why = self.left_out.get(name, f"there are {', '.join(c.name for c in self.columns)}")
        raise QueryError(f"the channel table has no column {name!r}: {why}")

    @cached_property
    def credit_to_cause(self) -> tuple[CreditToCause, ...]:
        """The share that last click credits each channel with against the share that it caused; none without clicks."""
        if "last_click" in self.left_out:
            return ()
        return tuple(self._credit_to_cause(c) for c in self.fit.model.channels)

    def _credit_to_cause(self, channel: str) -> CreditToCause:
        credit, cause = (self[c].arrays.values.sel(row=channel).array.ravel() for c in ("last_click", "attribution"))
        return credit_to_cause(channel, credit, cause, self.prob)

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers: index the rows; columns (name, "mean" or "median" | "lower" | "upper"), and the spend."""
        import pandas as pd

        found = {("spend", ""): np.array([self.spend.get(r, np.nan) for r in self.rows])}
        for column in self.columns:
            lower, upper = column.draws.arrays.interval(self.prob)
            parts = {column.draws.point: column.draws.centre(), "lower": lower, "upper": upper}
            found |= {(column.name, end): x.array for end, x in parts.items()}
        return pd.DataFrame(found, index=pd.Index(self.rows, name="row"))

    def texts(self) -> list[list[str]]:
        """Return the table as texts: the heads, the questions, the evidence, and a line for each row."""
        against = {c.channel: str(c) for c in self.credit_to_cause}
        heads = ["", "spend", *(c.title for c in self.columns), *(["credit to cause"] if against else [])]
        asked = ["", "What was paid?", *(c.question for c in self.columns)]
        asked += ["How does last click's share compare with the share caused?"] if against else []
        behind = ["evidence", "", *(c.evidence for c in self.columns), *([""] if against else [])]
        cells = [percents(c.draws, self.prob) for c in self.columns]
        lines = [
            [r, whole(self.spend[r]) if r in self.spend else "", *(c[i] for c in cells)]
            + ([against.get(r, "")] if against else [])
            for i, r in enumerate(self.rows)
        ]
        return [heads, asked, behind, *lines]

    @property
    def notes(self) -> list[str]:
        """What must be said beside the numbers."""
        said: dict[str, list[str]] = {}
        for column in self.columns:
            for note in filter(None, column.draws.note.split("; ")):
                said.setdefault(note, []).append(column.title)
            if why := column.draws.why_assumed:
                said.setdefault(f"assumed: {why}", []).append(column.title)
        found = [f"{', '.join(titles)}: {note}" for note, titles in said.items()]
        return [*found, *(f"{TITLES[name]} left out: {why}" for name, why in self.left_out.items())]

    def __repr__(self) -> str:
        heads, asked, behind, *lines = self.texts()
        widths = [max(map(len, column)) for column in zip(heads, behind, *lines, strict=True)]
        body = [
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) for line in (heads, *lines, behind)
        ]
        questions = [f"{head}: {q}" for head, q in zip(heads, asked, strict=True) if head]
        own = [line.rstrip() for line in body] + ["", *questions, *(f"note: {n}" for n in self.notes)]
        return "\n".join([*own, *([] if self.journeys is None else ["", repr(self.journeys)])])

    def _repr_html_(self) -> str:
        heads, asked, behind, *lines = [[html.escape(cell) for cell in line] for line in self.texts()]
        top = "".join(
            f"<th>{h}<br><small><i>{q}</i><br>{e}</small></th>" for h, q, e in zip(heads, asked, behind, strict=True)
        )
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines)
        notes = "".join(f"<p><small>{html.escape(n)}</small></p>" for n in self.notes)
        beside = "" if self.journeys is None else self.journeys._repr_html_()
        return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{notes}{beside}"


def channel_table(
    fit: Fit,
    *,
    clicks: Mapping[str, str] | None = None,
    during: During = None,
    prob: float = DEFAULT_PROB,
    seed: int | None = None,
    money: Money | None = None,
    journeys: CreditTable | JourneyCounts | None = None,
    named: Mapping[str, str] | None = None,
) -> ChannelTable:
    r"""Return credit beside cause for each channel, each column headed by the question that it answers.

    Spend; last click's share; the strength of the arrow of its last step into the outcome; its influence; its removal
    effect; its Shapley attribution, as a share of the outcome; its ROI. Beside them the share of credit over the share
    caused, $\text{last click}_c / (\phi_c / E[Y \mid do(A)])$, or their difference where what was caused spans zero.
    What the numbers leave to nodes that are no channel, and to the baseline, stands in rows of its own.

    Parameters
    ----------
    fit
        A fit.
    clicks
        Channel -> its click node, as in `last_click`; by default a node whose name begins with the channel's.
    during
        The window W; all rows when None.
    prob
        Probability inside the intervals that are shown.
    seed
        Of all that is drawn; the fit's own when None.
    money
        The money quantities of the window, where they have been computed already.
    journeys
        What `credit_table` or `journey_counts` returns: its rules are set beside what was caused, in the window of the
        log where `during` is None.
    named
        Channel of the model -> its name in the log, where they differ.

    Returns
    -------
    ChannelTable
        A column that the model cannot answer (last click without clicks, say) is left out and the reason told.

    Raises
    ------
    QueryError
        When the model has no channels, the window holds no period, or a click node is none of the model's.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> for against in br.channel_table(fit).credit_to_cause:
    ...     print(against.channel, against.kind, round(against.median, 1))
    tv ratio 0.0
    social ratio 2.7
    """
    check_prob(prob)
    model, channels = fit.model, channels_of(fit.model)
    owner = {spend: channel for channel, spend in channels.items()}
    steps = click_owners(model, clicks or {}) | owner
    money = money or Money(fit, during=during, seed=seed)
    split, without = attribution_and_removal(fit, during=during, seed=seed)
    queries: dict[str, tuple[Callable[[], Draws], str, Mapping[str, str]]] = {
        "last_click": (lambda: last_click(fit, clicks=clicks, during=during), "channel", {}),
        "arrow_strength": (lambda: _arrows(fit, during, seed), "node", steps),
        "influence": (lambda: influence(fit, during=during, seed=seed), "node", owner),
        "removal_effect": (lambda: without, "channel", {}),
        "attribution": (lambda: of_total(split), "channel", {}),
        "roi": (lambda: money.roi, "channel", {}),
    }
    found, left_out = {}, {}
    for name, (ask, dim, rows) in queries.items():
        try:
            found[name] = (ask(), dim, rows)
        except QueryError as error:
            if name not in OPTIONAL or (name == "last_click" and clicks):
                raise
            left_out[name] = str(error)
    order = [*channels, *model.nodes, BASELINE]
    there = {rows.get(x, x) for draws, dim, rows in found.values() for x in draws.arrays.values.labels(dim).tolist()}
    labels = tuple(r for r in dict.fromkeys([*order, *sorted(there)]) if r in there)
    columns = tuple(Column(n, by_row(*found[n], labels)) for n in QUESTIONS if n in found)
    spent = dict(zip(channels, money.increments.spend.tolist(), strict=True))
    beside = None if journeys is None else over_credit(fit, journeys, named=named, during=during, prob=prob, seed=seed)
    return ChannelTable(fit, labels, spent, columns, left_out, prob, beside)


def _arrows(fit: Fit, during: During, seed: int | None) -> Draws:
    if during is not None:
        raise QueryError("it is computed for all rows and not for a window")
    return arrow_strength(fit, unit="share", seed=seed)
