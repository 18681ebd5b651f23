"""A difference of the outcome split over its causes, as a reader sees it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence, evidence_array, support_array
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.model import Model
from bayes_roi.numbers import number
from bayes_roi.queries.change.matching import AFTER, BEFORE
from bayes_roi.queries.change.mixtures import States
from bayes_roi.queries.change.splitting import Cause, DifferenceGame, Split, sources_of
from bayes_roi.queries.evidence import evidence_in, reasons_of, told_apart, why_assumed
from bayes_roi.queries.expect import by_chain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Change:
    """A difference of a node's mean per period between two states, split over its causes.

    Parameters
    ----------
    target
        The node that changed.
    share
        What each cause adds to the difference: dim `cause`, in units of the target per period. In every draw the
        causes sum to the difference.
    causes
        What the labels of `cause` are: name, node and kind ("input", "time", "noise", "unobserved" or "mechanism").
    before, after
        The target's observed mean per period in each state, of a panel the sum of its units.
    levels
        Name of an input -> its observed mean per period in each state; not of categories.
    windows, periods
        What each state is, and its number of periods.
    error
        (causes,) Monte-Carlo error of the mean shares; zero where they are exact.
    """

    target: str
    share: Draws
    causes: tuple[Cause, ...]
    before: float
    after: float
    levels: dict[str, tuple[float, float]]
    windows: tuple[str, str]
    periods: tuple[int, int]
    error: np.ndarray

    @property
    def difference(self) -> float:
        """The observed difference per period, after less before."""
        return self.after - self.before

    @property
    def total(self) -> Draws:
        """What each cause adds to the difference of the totals of two equally long windows.

        Raises
        ------
        QueryError
            When the windows are not equally long, so that their totals are not comparable.
        """
        if self.periods[BEFORE] != self.periods[AFTER]:
            raise QueryError(
                f"the windows have {self.periods[BEFORE]} and {self.periods[AFTER]} periods, so their totals do not "
                "compare; read the difference per period in share"
            )
        return self.share * self.periods[AFTER]

    @property
    def by_node(self) -> Draws:
        """What all that belongs to a node adds together (dim `node`): its equation, its trend and season, its noise."""
        nodes = tuple(dict.fromkeys(c.node for c in self.causes))
        values, evidence, support = self.share.arrays
        assert support is not None
        member = np.array([[c.node == n for n in nodes] for c in self.causes], float)

        def least(of: Labelled) -> list[float]:
            each = [(c.node, x) for c, x in zip(self.causes, of.array.tolist(), strict=True)]
            return [min(x for node, x in each if node == n) for n in nodes]

        names = along(node=list(nodes))
        return Draws(
            values=Labelled(values.array @ member, ("chain", "draw", "node"), names),
            unit=self.share.unit,
            estimand=f"{self.share.estimand}, by node",
            evidence=evidence_array(np.array(least(evidence), int), names),
            support=support_array(least(support), names),
            reason=self.share.reason,
            note=self.share.note,
        )

    def to_frame(self, prob: float = DEFAULT_PROB) -> pd.DataFrame:
        """Return a table, the largest shares first: kind, an input's means, mean, sd, lower, upper and evidence."""
        import pandas as pd

        frame = self.share.to_frame(prob)
        ends = [self.levels.get(c.name, (np.nan, np.nan)) for c in self.causes]
        frame.insert(0, "kind", [c.kind for c in self.causes])
        frame.insert(1, "before", [e[BEFORE] for e in ends])
        frame.insert(2, "after", [e[AFTER] for e in ends])
        order = np.argsort(-np.abs(frame["mean"].to_numpy()), kind="stable")
        return pd.DataFrame(frame.iloc[order])

    @property
    def head(self) -> str:
        """What changed, and by how much."""
        return (
            f"{self.target} per period: {number(self.before)} in {self.windows[BEFORE]}, {number(self.after)} in "
            f"{self.windows[AFTER]}, a difference of {number(self.difference)} [{self.share.unit}], which is the sum of"
        )

    def __repr__(self) -> str:
        table = self.to_frame().to_string(float_format=number, na_rep="")
        return "\n".join(part for part in (self.head, table, self.share.note) if part)

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(float_format=number, na_rep="")
        head, foot = (html.escape(text) for text in (self.head, self.share.note))
        return f"<p>{head}</p>{table}<p>{foot}</p>"


def change_of(
    states: States, clocks: tuple[np.ndarray, np.ndarray], words: tuple[str, str], *, drift: bool, note: str = ""
) -> Change:
    """Return the difference between two states, split over their sources."""
    fit, target = states.fit, states.grid.target
    split = DifferenceGame(states, sources_of(states, drift=drift)).split()
    inputs = [c.node for c in split.causes if c.kind == "input"]
    apart = told_apart(fit, inputs)
    named = [n for n in inputs if n not in fit.model.categorical]
    names = along(cause=[c.name for c in split.causes])
    carried = [n for n in inputs if states.grid.lead[n]]
    past = f"counted with what was carried over from before each window: {', '.join(carried)}" if carried else ""
    error = f"Monte-Carlo error of the mean shares at most {number(split.error.max())}" if split.error.any() else ""
    return Change(
        target=target,
        share=Draws(
            values=Labelled(by_chain(fit, split.shares), ("chain", "draw", "cause"), names),
            unit=_unit(fit.model, target),
            estimand=f"Shapley share of the difference of {target} per period, {words[AFTER]} less {words[BEFORE]}",
            evidence=evidence_array(_evidence(fit, split, target), names),
            support=support_array([apart[c.node].share if c.kind == "input" else 1.0 for c in split.causes], names),
            reason="; ".join(r for r in (_why_assumed(fit, split, target), reasons_of(apart)) if r),
            note="; ".join(n for n in (note, past, error) if n),
        ),
        causes=split.causes,
        before=float(split.before.mean()),
        after=float(split.after.mean()),
        levels={n: (_level(states, n, clocks[BEFORE]), _level(states, n, clocks[AFTER])) for n in named},
        windows=words,
        periods=(len(clocks[BEFORE]), len(clocks[AFTER])),
        error=split.error,
    )


def _unit(model: Model, target: str) -> str:
    money = target == model.outcome and model.value == 1 and model.currency
    return str(model.currency) if money else target


def _evidence(fit: Fit, split: Split, target: str) -> np.ndarray:
    inputs = [c.node for c in split.causes if c.kind == "input"]
    joint = evidence_in(fit, inputs, target)
    known = {
        "input": joint,
        "mechanism": min(joint, Evidence.ASSUMED),
        "unobserved": Evidence.ASSUMED,
        "noise": Evidence.DESCRIPTIVE,
        "time": Evidence.DESCRIPTIVE,
    }
    return np.array([int(known[c.kind]) for c in split.causes], int)


def _why_assumed(fit: Fit, split: Split, target: str) -> str:
    """Return why parts are only assumed: by the graph, or as no column shows an equation change."""
    if why := why_assumed(fit, [c.node for c in split.causes if c.kind == "input"], target):
        return why
    kinds = {c.kind for c in split.causes}
    lines = ["an equation that changed is known by the form of both"] if "mechanism" in kinds else []
    lines += ["what an unobserved cause did is known by the form of its equations"] if "unobserved" in kinds else []
    return "; ".join(lines)


def _level(states: States, node: str, clock: np.ndarray) -> float:
    """Return the mean of a node per period, of a panel the sum of its units."""
    inside = np.isin(states.fit.design.index, clock)
    rows = states.forwards[BEFORE].observed(node, states.fit.parameters)
    return float(rows[..., inside].sum(axis=-1).mean() / len(clock))
