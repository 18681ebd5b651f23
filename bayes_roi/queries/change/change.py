"""Why the outcome changed: its change between two windows split over what moved and what drifted."""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.model.law.intervention import check_node
from bayes_roi.model.rows.during import During
from bayes_roi.queries.change.drift import unmoved, window_fit
from bayes_roi.queries.change.explained import Change, change_of
from bayes_roi.queries.change.matching import AFTER, BEFORE, Grid, matched
from bayes_roi.queries.change.mixtures import States


def decompose_change(
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

    - inputs: the values of each exogenous node, with the history that carries over into each window. Through a curve
      the spread over periods counts as well as the mean, so that the same spend can bring more, or less, than before;
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
        shares are then wider, the level of each window belongs to its mechanism, so that little is left to noise, and
        trend, season and curves seen in one window are carried over to the other. False takes the fit's parameters for
        both.
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
    >>> shop = "visits ~ tv \n sales ~ visits + price + trend()"
    >>> model = br.Model(name="shop", equations=shop, outcome="sales", time="week")
    >>> fit = br.fit(model, br.simulate(model, periods=104, seed=1), draws=250)
    >>> why = br.decompose_change(fit, "2023", "2024", mechanisms=False)
    >>> sorted(c.name for c in why.causes)
    ['noise of sales', 'noise of visits', 'price', 'trend of sales', 'tv']
    >>> bool(abs(why.share.sum("cause").mean() / why.difference - 1) < 1e-9)
    True
    """
    name = target_of(fit, target, "decompose_change")
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
