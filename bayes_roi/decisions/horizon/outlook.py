"""The rows of the future: the periods to plan for, begun from the fitted history, and the run-off after them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import share, whole_number
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.edges import carry_over
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import NoiseKind
from bayes_roi.numbers import plain
from bayes_roi.panel.periods import following
from bayes_roi.queries.expect import Scene, expect
from bayes_roi.queries.horizon.future import check_history, future_rows
from bayes_roi.queries.horizon.history import LAST_YEAR, Forecast, History, by_period, known_node
from bayes_roi.queries.paths.responding import NAMES, mediations

Of = Callable[[Array, Array], Array]
"""From the outcome with a plan and the same without its spend, (draws, rows) each, to what is asked (draws, ...)."""
ADDED = "margin x value x (E[Y | do(plan)] - E[Y | do(no spend)]) - spend"
"""What incremental profit is."""


@dataclass(frozen=True, eq=False, repr=False)
class Outlook:
    """The periods to plan for, begun from the fitted history, and the run-off after them.

    Parameters
    ----------
    fit
        A fit.
    scene
        Its model on the future rows: `expect` answers on them as on those of the fit.
    periods, horizon
        Planned periods, and periods of run-off after them, in which nothing is spent and carry-over alone is counted.
    labels
        (periods,) labels of the planned periods, as the fit's calendar goes on.
    channels
        Labels of the rows of a plan.
    reference
        (channels, periods) what was spent in the same periods a year before: the plan "as last year". Where the table
        holds no whole year or has no calendar, in its last periods, repeated.
    others
        Node -> (rows,) what each other node is held at: its forecast.
    shares
        (channels, units) how a channel's spend is split over panel units: as in the last year.
    value
        (rows,) money per unit of the outcome.
    margin
        Profit per unit of money earned.
    note
        What must be said beside every number.
    as_last_year
        Nodes that are taken to be what they were in the same periods a year before.
    """

    fit: Fit
    scene: Scene
    periods: int
    horizon: int
    labels: np.ndarray
    channels: tuple[str, ...]
    reference: np.ndarray
    others: Mapping[str, np.ndarray]
    shares: np.ndarray
    value: np.ndarray
    margin: float
    note: str = ""
    as_last_year: tuple[str, ...] = ()

    @property
    def of_outcome(self) -> str:
        """What must be said beside an outcome, which hangs on what other nodes will be; what spend adds does less."""
        if not self.as_last_year:
            return ""
        named = f"{', '.join(self.as_last_year)} {'is' if len(self.as_last_year) == 1 else 'are'}"
        return f"{named} taken as a year before: what may come instead is not in the interval of the outcome"

    @property
    def units(self) -> int:
        """Panel units that are planned for; 1 for a single series."""
        return self.shares.shape[1]

    def held(self, spend: np.ndarray) -> dict[str, Array]:
        """Return node -> (rows,) of a plan (channels, periods): its spend, none in the run-off, and the forecasts.

        Raises
        ------
        QueryError
            When the plan has another shape, or spend that is negative or no number.
        """
        plan = self.checked(spend)
        nodes = self.fit.model.channels
        return {nodes[c]: self._rows(plan[i], i) for i, c in enumerate(self.channels)} | dict(self.others)

    def checked(self, spend: np.ndarray) -> np.ndarray:
        """Return a plan (channels, periods), or raise where it cannot be one."""
        plan = np.asarray(spend, float)
        if plan.shape != self.reference.shape:
            wanted = " x ".join(map(str, self.reference.shape))
            got = " x ".join(map(str, plan.shape)) or "one number"
            raise QueryError(f"a plan has a spend for each channel and period, {wanted}; got {got}")
        if not np.isfinite(plan).all() or plan.min(initial=0.0) < 0:
            row, column = np.argwhere(~(np.isfinite(plan) & (plan >= 0)))[0]
            where = f"{self.channels[row]} in {self.labels[column]}"
            raise QueryError(f"spend must be a number, 0 or more; it is {plain(plan[row, column])} for {where}")
        return plan

    def _rows(self, total: np.ndarray, channel: int) -> np.ndarray:
        """Return a channel's spend (rows,) from its total by period."""
        rows = np.concatenate([total, np.zeros(self.horizon)])
        return np.asarray(self.shares[channel][:, None] * rows).ravel()

    @property
    def planned(self) -> np.ndarray:
        """(rows,) 1 in the planned periods, 0 in the run-off after them."""
        return np.tile(np.arange(self.periods + self.horizon) < self.periods, self.units).astype(float)

    def outcome(
        self, spends: Sequence[np.ndarray], *, noise: NoiseKind = "mean", seed: int | None = None
    ) -> np.ndarray:
        """Return the outcome of plans by planned period (draws, plans, periods), units together, on the same noise.

        Parameters
        ----------
        spends
            Plans (channels, periods).
        noise
            "mean": $E[Y_t | do(plan)]$ by draw; "predictive": what a period would show.
        seed
            Of the noise; the fit's own when None.
        """
        return self._asked(spends, lambda y, _: by_period(y, self.units)[:, : self.periods], noise, seed)

    def profits(
        self, spends: Sequence[np.ndarray], *, noise: NoiseKind = "mean", seed: int | None = None
    ) -> np.ndarray:
        r"""Return the incremental profit of plans (draws, plans), on the same noise.

        $m \sum_t v_t (Y_t - Y^0_t) - \sum_{c,t} x_{ct}$ over the plan and its run-off, with the margin m, the value v
        of a unit of the outcome and the outcome $Y^0$ of the same periods without the plan's spend.
        """
        money = self._asked(spends, lambda y, without: (y - without) @ self.value, noise, seed)
        return self.margin * money - np.array([np.sum(s) for s in spends])

    def profit(self, spend: np.ndarray, *, noise: NoiseKind = "mean", seed: int | None = None) -> np.ndarray:
        """Return the incremental profit of one plan (draws,), see `profits`."""
        return self.profits([spend], noise=noise, seed=seed)[:, 0]

    def _asked(self, spends: Sequence[np.ndarray], of: Of, noise: NoiseKind, seed: int | None) -> np.ndarray:
        if not spends:
            raise QueryError("name at least one plan")
        seed = self.fit.seed if seed is None else seed
        return with_and_without([self] * len(spends), spends, of, noise=noise, seed=seed)

    def __repr__(self) -> str:
        span = f"{self.labels[0]} to {self.labels[-1]}" if self.periods > 1 else str(self.labels[0])
        over = f" in {self.units} units" if self.fit.model.panel is not None else ""
        out = f"; {self.note}" if self.note else ""
        return f"<Outlook: {self.periods} periods, {span}{over}, and {self.horizon} of run-off{out}>"


def outlook(
    fit: Fit,
    *,
    periods: int,
    horizon: int | None = None,
    others: Mapping[str, Forecast] | None = None,
    margin: float | None = None,
) -> Outlook:
    """Return the periods after those of a fit, to plan for.

    Season and trend go on, carry-over of what was spent is carried in, scales and parameters stay those of the fit.
    Unobserved nodes and noise are drawn anew.

    Parameters
    ----------
    fit
        A fit whose rows are periods.
    periods
        How many are planned.
    horizon
        Periods counted after the plan; the longest carry-over from a spend to the outcome when None.
    others
        Node -> what it will be: "last_year" (the same periods a year before), "mean" (of the last year), a number or
        category, or a value for each period. Nodes without an equation that are not named are as last year; nodes with
        one respond to their causes unless they are named.
    margin
        Profit per unit of money earned; the model's when None.

    Raises
    ------
    QueryError
        When the model has no time or no channels, or an option cannot be right.
    """
    model = fit.model
    _check(model, periods, horizon, margin)
    horizon = carry_over(model) if horizon is None else horizon
    past = History(fit, periods, periods + horizon)
    given = dict(others or {})
    known_node(past, given)
    check_history(past)
    free = [n for n in model.exogenous if n not in model.spends]
    forecasts = {n: past.forecast(n, given.get(n, LAST_YEAR)) for n in dict.fromkeys([*free, *given])}
    future = following(np.asarray(fit.data.periods), periods + horizon)
    rows = future_rows(past, forecasts, future)
    spends = [model.channels[c] for c in model.channels]
    by_column = isinstance(model.value, str)
    return Outlook(
        fit=fit,
        scene=Scene(fit, rows),
        periods=periods,
        horizon=horizon,
        labels=future[:periods],
        channels=tuple(model.channels),
        reference=np.array([past.spend(n)[:periods] for n in spends]),
        others={n: x.ravel() for n, x in forecasts.items()},
        shares=np.array([past.shares(n) for n in spends]),
        value=past.mean(str(model.value)).ravel() if by_column else np.full(rows.length, float(model.value)),
        margin=model.margin if margin is None else float(margin),
        note=_note(past),
        as_last_year=tuple(n for n in forecasts if isinstance(x := given.get(n, LAST_YEAR), str) and x == LAST_YEAR),
    )


def with_and_without(
    outlooks: Sequence[Outlook], plans: Sequence[np.ndarray], of: Of, *, noise: NoiseKind, seed: int
) -> np.ndarray:
    """Return what is asked of plans (draws, plans, ...): each beside the same periods, all else alike, without spend.

    Parameters
    ----------
    outlooks
        The rows each plan is asked on: the same periods, its own nodes.
    plans
        (channels, periods) each.
    of
        What is asked.
    noise
        "mean": expectations by draw; "predictive": one noise a draw, the same for all plans, with and without spend.
    seed
        Of the noise.
    """
    target = outlooks[0].fit.model.outcome
    each = list(dict.fromkeys(outlooks))
    arms = [o.held(plan) for o, plan in zip(outlooks, plans, strict=True)] + [o.held(0 * o.reference) for o in each]
    without = [len(plans) + each.index(o) for o in outlooks]

    def asked(values: list[dict[str, Array]]) -> Array:
        return np.stack([of(values[i][target], values[w][target]) for i, w in enumerate(without)], axis=1)

    return expect(outlooks[0].scene, arms, asked, frozenset({target}), noise=noise, seed=seed)


def _check(model: Model, periods: int, horizon: int | None, margin: float | None) -> None:
    if model.time is None:
        raise QueryError("a plan needs periods, and the rows of this model are exchangeable: it has no time:")
    if not model.channels:
        raise QueryError("the model has no channels:, so there is no spend to plan")
    for name, count, least in (("periods", periods, 1), ("horizon", 0 if horizon is None else horizon, 0)):
        whole_number(count, name, least, of="periods", kind=Integral)
    if margin is not None:
        share(margin, "margin")


def _note(past: History) -> str:
    """Return what must be said of these rows."""
    model, notes = past.fit.model, []
    if isinstance(model.value, str):
        notes.append(f"a unit of {model.outcome} is worth the mean {model.value} of the last year")
    if any(t.name == "trend" for e in model.equation.values() for t in e.terms):
        notes.append("the trend is extended as a straight line")
    if any(model.noise_of(n).autoregressive for n in model.equation):
        notes.append("noise begins anew, not from that of the last period")
    if any(model.shares_periods(n) for n in model.modelled):
        notes.append(f"what units share in a {model.time} begins anew: nothing on average")
    if answers := [f"{m.mediator} to {m.channel}" for m in mediations(model)]:
        notes.append(f"{NAMES[True]}: each is spent as planned, though spend responds ({', '.join(answers)})")
    closed = [u for u, goes_on in zip(past.fit.design.units, past.open, strict=False) if not goes_on]
    if closed:
        notes.append(f"not planned for, as the table ends before the rest: {', '.join(closed)}")
    if np.isnan(past.grid(next(iter(model.spends)))[:, past.length - model.max_lag :]).any():
        notes.append("periods missing at the end of the table count as zero in what is carried over")
    return "; ".join(notes)
