"""Why the outcome changed: its change between two windows split over what moved and what drifted."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.design import During
from bayes_roi.model.intervention import check_node
from bayes_roi.model.model import Model
from bayes_roi.queries.drift import unmoved, window_fit
from bayes_roi.queries.evidence import evidence
from bayes_roi.queries.expect import by_chain
from bayes_roi.queries.matching import AFTER, BEFORE, Grid, matched
from bayes_roi.queries.mixtures import States
from bayes_roi.queries.splitting import Cause, Game, Split, sources_of

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
        Name of an input -> its observed mean per period in each state.
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
        values, evidence, _ = self.share.arrays
        member = np.array([[c.node == n for n in nodes] for c in self.causes], float)
        least = [
            min(e for e, c in zip(evidence.array.tolist(), self.causes, strict=True) if c.node == n) for n in nodes
        ]
        names = along(node=list(nodes))
        return Draws(
            values=Labelled(values.array @ member, ("chain", "draw", "node"), names),
            unit=self.share.unit,
            estimand=f"{self.share.estimand}, by node",
            evidence=Labelled(np.array(least, int), ("node",), names),
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
            f"{self.target} per period: {self.before:,.6g} in {self.windows[BEFORE]}, {self.after:,.6g} in "
            f"{self.windows[AFTER]}, a difference of {self.difference:+,.6g} [{self.share.unit}], which is the sum of"
        )

    def _foot(self) -> str:
        return self.share.note

    def __repr__(self) -> str:
        table = self.to_frame().to_string(float_format=number, na_rep="")
        return "\n".join(part for part in (self.head, table, self._foot()) if part)

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(float_format=number, na_rep="")
        foot = f"<p>{html.escape(self._foot())}</p>" if self._foot() else ""
        return f"<p>{html.escape(self.head)}</p>{table}{foot}"


def number(value: float) -> str:
    """Return a number with four digits, and never with an exponent where it is large."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def explain_change(
    fit: Fit,
    before: During,
    after: During,
    *,
    target: str | None = None,
    mechanisms: bool = True,
    seed: int | None = None,
) -> Change:
    r"""Return why a node's mean per period differs between two windows: a share for each thing that moved or drifted.

    Each draw splits the observed difference $\bar y_{after} - \bar y_{before}$ by the Shapley value of the game
    $v(S) = \bar y$ with the sources in S as they were after and all others as they were before (Budhathoki, Janzing,
    Bloebaum and Ng 2021, who split a change of a distribution so). The sources are

    - inputs: the values of each exogenous node, with the history that carries over into each window;
    - time: the trend and season of each node's equation;
    - noise: each period's own noise of each node, as it is recovered from the data (abduction, as `counterfactual`
      does): what the equation leaves unexplained. Of a budget that follows a rule it is what was decided beyond it;
    - mechanisms: the parameters of each node's equation, fitted on each window alone, with the priors of the fit.

    Periods are matched in order; windows of different length keep their own means (`matching.matched`). $v$ of nobody
    and of all are the observed means, so the shares sum to the observed difference exactly, draw by draw.

    Parameters
    ----------
    fit
        A fit of a model with `time:`.
    before, after
        The two windows, as `during` elsewhere: "2024", ("2024-01", "2024-03"). They must not overlap; `after` may be
        the earlier one, which turns every sign.
    target
        The node; the outcome when None.
    mechanisms
        Whether equations may have changed between the windows. True fits the model again, on each window alone: the two
        fits stand on different data, so that their posteriors are independent and draws are paired at random. The
        shares are then wider, and trend, season and curves seen in one window are carried over to the other. False
        takes the fit's parameters for both.
    seed
        Of the two fits, and of what the data leave open about the noise of a discrete node; the fit's own when None.

    Returns
    -------
    Change
        Its `share` has dim `cause`, in units of the target per period. Inputs have the evidence of the joint question
        about all of them; `noise` and `time` are descriptive: they say what the fit finds, not what anybody did;
        `mechanism` is assumed at best, as a cause that the model does not have looks like a drift.

    Raises
    ------
    QueryError
        When the rows have no periods, a window is empty, the windows overlap, the target has no causes, or a window is
        too short to be fitted alone.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=7, draws=100)
    >>> why = br.explain_change(fit, "2023", "2024", mechanisms=False)
    >>> bool(abs(why.share.sum("cause").mean() - why.difference) < 1e-6)
    True
    """
    name = target_of(fit, target, "explain_change")
    clocks = _window(fit, before, "before"), _window(fit, after, "after")
    _apart(clocks)
    words = _words(fit, clocks[BEFORE]), _words(fit, clocks[AFTER])
    first = fit.seed if seed is None else seed
    sides, note = (fit, fit), ""
    if mechanisms:
        # Different seeds: with the same one, the engines' random numbers would pair the two posteriors.
        seeds = np.random.SeedSequence([first, 2]).generate_state(2)
        pair = zip(clocks, words, seeds.tolist(), strict=True)
        sides = tuple(window_fit(fit, clock, word, s) for clock, word, s in pair)  # type: ignore[assignment]
        note = "; ".join(n for w, f in zip(words, sides, strict=True) for n in _warnings(w, f))
    states = States(fit, Grid(fit, name, matched(*clocks)), sides, first)
    return change_of(states, clocks, words, drift=mechanisms, note=note)


def _warnings(window: str, alone: Fit) -> list[str]:
    """Return what must be said of a fit of one window."""
    failed = [] if alone.diagnosis else [f"the fit on {window} alone did not pass its diagnosis"]
    still = unmoved(alone)
    unknown = f"{', '.join(still)} did not move in {window}: what the mechanism there made of it is what priors say"
    return [*failed, *([unknown] if still else [])]


def change_of(
    states: States, clocks: tuple[np.ndarray, np.ndarray], words: tuple[str, str], *, drift: bool, note: str = ""
) -> Change:
    """Return the difference between two states, split over their sources."""
    fit, target = states.fit, states.grid.target
    split = Game(states, sources_of(states, drift=drift)).split()
    inputs = [c.node for c in split.causes if c.kind == "input"]
    names = along(cause=[c.name for c in split.causes])
    error = f"Monte-Carlo error of the mean shares at most {split.error.max():.2g}" if split.error.any() else ""
    return Change(
        target=target,
        share=Draws(
            values=Labelled(by_chain(fit, split.shares), ("chain", "draw", "cause"), names),
            unit=_unit(fit.model, target),
            estimand=f"Shapley share of the difference of {target} per period, {words[AFTER]} less {words[BEFORE]}",
            evidence=Labelled(_evidence(fit.model, split, target), ("cause",), names),
            note="; ".join(n for n in (note, error) if n),
        ),
        causes=split.causes,
        before=float(split.before.mean()),
        after=float(split.after.mean()),
        levels={n: (_level(states, n, clocks[BEFORE]), _level(states, n, clocks[AFTER])) for n in inputs},
        windows=words,
        periods=(len(clocks[BEFORE]), len(clocks[AFTER])),
        error=split.error,
    )


def _unit(model: Model, target: str) -> str:
    money = target == model.outcome and model.value == 1 and model.currency
    return str(model.currency) if money else target


def _evidence(model: Model, split: Split, target: str) -> np.ndarray:
    inputs = [c.node for c in split.causes if c.kind == "input"]
    joint = evidence(model, inputs, target)
    known = {
        "input": joint,
        "mechanism": min(joint, Evidence.ASSUMED),
        "unobserved": Evidence.ASSUMED,
        "noise": Evidence.DESCRIPTIVE,
        "time": Evidence.DESCRIPTIVE,
    }
    return np.array([int(known[c.kind]) for c in split.causes], int)


def _level(states: States, node: str, clock: np.ndarray) -> float:
    """Return the mean of a node per period, of a panel the sum of its units."""
    inside = np.isin(states.fit.design.index, clock)
    rows = states.forwards[BEFORE].observed(node, states.fit.parameters)
    return float(rows[..., inside].sum(axis=-1).mean() / len(clock))


def target_of(fit: Fit, target: str | None, verb: str) -> str:
    """Return the node to explain, if it can be."""
    name = fit.model.outcome if target is None else target
    if fit.design.periods is None:
        raise QueryError(f"{verb} needs periods, and these rows have none (the model has no time:)")
    check_node(fit.model, name)
    if name not in fit.model.equation and name not in fit.model.identity:
        known = ", ".join(n for n in fit.model.nodes if n in fit.model.equation or n in fit.model.identity)
        raise QueryError(f"{name!r} has no causes in the model, so nothing explains it; nodes that have are {known}")
    if name in fit.model.unobserved:
        raise QueryError(f"{name!r} is not observed, so there is no change of it to explain; ask for what it acts on")
    size, codes = fit.design.size, fit.design.codes
    if size is not None and codes is not None and any(np.ptp(size[codes == u]) > 0 for u in np.unique(codes)):
        raise QueryError("the weights of some panel unit change over time, which this split has no place for")
    return name


def _window(fit: Fit, during: During, which: str) -> np.ndarray:
    """Return the numbers of the periods of a window (periods,), of which no panel unit misses any."""
    if during is None:
        raise QueryError(f"{which} must be a window such as '2024' or ('2024-01', '2024-03'), got None")
    rows = fit.design
    inside = rows.window(during)
    clock = np.unique(rows.index[inside])
    complete(fit, clock)
    return clock


def complete(fit: Fit, clock: np.ndarray) -> None:
    """Raise unless every panel unit has a row in each of these periods."""
    rows = fit.design
    if rows.codes is None:
        return
    count = np.bincount(rows.codes[np.isin(rows.index, clock)], minlength=len(rows.units))
    short = [u for u, n in zip(rows.units, count.tolist(), strict=True) if n < len(clock)]
    if short:
        raise QueryError(
            f"{', '.join(short[:5])} {'has' if len(short) == 1 else 'have'} no row in some of the {len(clock)} periods "
            f"{_words(fit, clock)}; choose a window that every {fit.model.panel} has whole"
        )


def _apart(clocks: tuple[np.ndarray, np.ndarray]) -> None:
    shared = np.intersect1d(*clocks)
    if len(shared):
        same = all(len(shared) == len(c) for c in clocks)
        what = "before and after are the same window" if same else f"the windows share {len(shared)} periods"
        raise QueryError(f"{what}; give two windows that do not overlap")


def _words(fit: Fit, clock: np.ndarray) -> str:
    """Return a window by its first and last period."""
    assert fit.design.periods is not None
    at = [int(np.flatnonzero(fit.design.index == c)[0]) for c in (clock[0], clock[-1])]
    first, last = fit.design.periods[at].tolist()
    return str(first) if first == last else f"{first} to {last}"
