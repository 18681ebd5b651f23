"""One surprising period: what made the outcome differ from the others."""

from __future__ import annotations

import datetime
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence, evidence_array
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.numbers import number
from bayes_roi.panel.labels import Label, read_period
from bayes_roi.queries.change.change import complete, target_of
from bayes_roi.queries.change.explained import Change, change_of
from bayes_roi.queries.change.matching import Grid, matched
from bayes_roi.queries.change.mixtures import States
from bayes_roi.queries.expect import by_chain, chunks, scene

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class DecomposedPeriod:
    """What made a node differ in one period from its mean over the others, and how surprising each noise was.

    Parameters
    ----------
    period
        Its label.
    change
        The difference of the period from the mean of the others, split over its causes.
    noise
        Each node's own noise in the period, in standard deviations of a normal law: dim `node`, in a panel the unit
        too.
    tail
        Posterior mean of the probability of noise as far from zero or farther: the same dims.
    """

    period: str
    change: Change
    noise: Draws
    tail: Labelled

    @property
    def share(self) -> Draws:
        """What each cause adds to the difference, dim `cause`."""
        return self.change.share

    def to_frame(self, prob: float = DEFAULT_PROB) -> pd.DataFrame:
        """Return the table of the change; of a single series with `noise_sd` and `tail` beside each noise."""
        frame = self.change.to_frame(prob)
        if len(self.tail.dims) == 1:
            sd = dict(zip(self.noise.centre().labels("node").tolist(), self.noise.centre().array, strict=True))
            tail = dict(zip(self.tail.labels("node").tolist(), self.tail.array, strict=True))
            node = {c.name: c.node for c in self.change.causes if c.kind in ("noise", "unobserved")}
            frame["noise_sd"] = [sd[node[name]] if name in node else np.nan for name in frame.index]
            frame["tail"] = [tail[node[name]] if name in node else np.nan for name in frame.index]
        return frame

    def __repr__(self) -> str:
        table = self.to_frame().to_string(float_format=number, na_rep="")
        return "\n".join(part for part in (self.change.head, table, self.share.note) if part)

    def _repr_html_(self) -> str:
        head, foot = (html.escape(text) for text in (self.change.head, self.share.note))
        return f"<p>{head}</p>{self.to_frame().to_html(float_format=number, na_rep='')}<p>{foot}</p>"


def decompose_period(
    fit: Fit, period: str | int, *, target: str | None = None, seed: int | None = None
) -> DecomposedPeriod:
    r"""Return what made a node differ in one period from its mean over all others, by what the period's own noise was.

    Each draw splits $y_t - \frac{1}{T - 1} \sum_{s \ne t} y_s$ by the Shapley value of the game
    $v(S) = \frac{1}{T - 1} \sum_{s \ne t} Y_s^S$, where $Y_s^S$ is the node with the sources in S as they were in
    period t and all others as in period s: inputs with the history that carries over into the period, trend and season,
    and the noise of each node, recovered from the data (abduction). The parameters are the fit's. It is the question of
    `decompose_change` with the period as one window and all others as the other; the shares sum to the difference
    exactly, draw by draw.

    Parameters
    ----------
    fit
        A fit of a model with `time:`.
    period
        A label of the rows: "2025-03-10", or "2025-W11" for the row whose date lies in that ISO week.
    target
        The node; the outcome when None.
    seed
        Of what the data leave open about the noise of a discrete node; the fit's own when None.

    Returns
    -------
    DecomposedPeriod
        `share` by cause, in units of the target; `noise` in standard deviations and its tail probability by node. One
        noise in twenty has a tail below 0.05 by chance alone.

    Raises
    ------
    QueryError
        When no row, or more than one, is of that period, or the target has no causes.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.Model(name="shop", equations="visits ~ tv \n sales ~ visits + price", outcome="sales", time="week")
    >>> fit = br.fit(model, br.simulate(model, periods=104, seed=1), draws=250)
    >>> br.decompose_period(fit, "2024-W11").period
    '2024-03-11'
    """
    name = target_of(fit, target, "decompose_period")
    label, clock = _period(fit, period)
    others = _others(fit, clock)
    first = fit.seed if seed is None else seed
    clocks = others, np.array([clock])
    states = States(fit, Grid(fit, name, matched(*clocks)), (fit, fit), first)
    words = f"the other {len(others)} periods on average", label
    change = change_of(states, clocks, words, drift=False)
    noise, tail = _noise(states, clock)
    return DecomposedPeriod(label, change, noise, tail)


def _period(fit: Fit, period: str | int) -> tuple[str, int]:
    """Return the label of a period and its number.

    Raises
    ------
    QueryError
        When there is none such, or several are meant.
    """
    if isinstance(period, bool) or not isinstance(period, (str, int, np.integer)):
        raise QueryError(f"period must be the label of one row, such as '2025-03-10' or '2025-W11', got {period!r}")
    assert fit.design.periods is not None
    labels, first = np.unique(fit.design.periods, return_index=True)
    known = [str(x) for x in labels.tolist()]
    at = _matching(known, str(period).strip())
    if len(at) > 1:
        some = f"{known[at[0]]}, {known[at[1]]}{', ...' if len(at) > 2 else ''}"
        raise QueryError(f"{len(at)} periods lie in {period!r} ({some}); name one, or compare two windows")
    if not at:
        raise QueryError(
            f"no row is of the period {period!r}{_close(known, str(period))}; the rows run from {known[0]} to "
            f"{known[-1]} (history is not counted)"
        )
    return known[at[0]], int(fit.design.index[first[at[0]]])


def _matching(known: list[str], period: str) -> list[int]:
    """Return the positions of the labels that are a period, lie in it, or begin with it."""
    if period in known:
        return [known.index(period)]
    read = read_period(period)
    if isinstance(read, Label) and read.form == "ISO week":
        week = {(datetime.date(1970, 1, 1) + datetime.timedelta(days=read.ordinal + i)).isoformat() for i in range(7)}
        return [i for i, label in enumerate(known) if label in week]
    return [i for i, label in enumerate(known) if label.startswith(period) and "-" in label] if period else []


def _close(known: list[str], period: str) -> str:
    """Return the labels on both sides of a date between two of them."""
    read = read_period(period)
    dates = [read_period(label) for label in known]
    if not isinstance(read, Label) or not all(isinstance(d, Label) for d in dates):
        return ""
    days = np.array([d.ordinal for d in dates if isinstance(d, Label)])
    order = np.argsort(days)
    at = int(np.searchsorted(days[order], read.ordinal))
    beside = [known[order[i]] for i in (at - 1, at) if 0 <= i < len(known)]
    return f"; nearest {'is' if len(beside) == 1 else 'are'} {' and '.join(beside)}"


def _others(fit: Fit, clock: int) -> np.ndarray:
    """Return the numbers of the other periods, of a panel those that every unit has."""
    rows = fit.design
    complete(fit, np.array([clock]))
    found, count = np.unique(rows.index, return_counts=True)
    others = found[(found != clock) & (count == max(len(rows.units), 1))]
    if not len(others):
        raise QueryError("there is no other period to compare with")
    return others


def _noise(states: States, clock: int) -> tuple[Draws, Labelled]:
    """Return the noise of each node in a period in standard deviations of a normal law, and its tail probability."""
    from scipy.special import ndtr

    fit, model = states.fit, states.model
    nodes = [n for n in states.nodes if n in model.equation]
    at = np.flatnonzero(fit.design.index == clock)
    stage, parts = scene(fit), []
    rng = {n: np.random.default_rng([states.seed, 0, i]) for i, n in enumerate(model.computation.order)}
    for part, parameters in chunks(stage):
        shape = (part.stop - part.start, fit.design.length)
        chunk = []
        for node in nodes:
            reads = (node, *model.computation.parents[node])
            facts = {n: fit.forward.observed(n, parameters) for n in reads}
            law = fit.forward.conditional(node, facts, parameters)
            u = rng[node].random(shape) if law.family.atoms else np.array(0.5)
            z = law.family.residual(law.innovations(facts[node], u), law.parameters)
            chunk.append(np.broadcast_to(z, shape)[..., at])
        parts.append(np.stack(chunk, axis=1))
    z = np.concatenate(parts)  # (draws, nodes, rows of the period)
    tail = 2 * ndtr(-np.abs(z)).mean(axis=0)
    values = by_chain(fit, z)
    panel = model.panel if fit.design.codes is not None else None
    units = [] if panel is None or fit.design.codes is None else [fit.design.units[c] for c in fit.design.codes[at]]
    names = along(node=nodes) | (along(**{panel: units}) if panel else {})
    if not panel:
        values, tail = values[..., 0], tail[..., 0]
    noise = Draws(
        values=Labelled(values, ("chain", "draw", *names), names),
        unit="sd",
        estimand="own noise of each node in the period, in standard deviations of a normal law",
        evidence=evidence_array(Evidence.DESCRIPTIVE),
    )
    return noise, Labelled(tail, tuple(names), names)
