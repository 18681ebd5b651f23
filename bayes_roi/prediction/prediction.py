"""What periods to come are expected to bring, and what they would show, noise and all: `br.predict`."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence, as_interval, check_prob, evidence_array
from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled
from bayes_roi.model.rows.by_row import by_row
from bayes_roi.numbers import amount, level
from bayes_roi.plain_text import aligned
from bayes_roi.prediction.coming import Coming, coming, of_table
from bayes_roi.queries.expect import by_chain
from bayes_roi.queries.horizon.history import Forecast, History

if TYPE_CHECKING:
    import pandas as pd

    from bayes_roi.decisions.scenarios.scenario import Scenario


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """A forecast of one node.

    Parameters
    ----------
    node
        What is predicted.
    expected
        Its expectation in each period: what is not known of the parameters is in its interval, noise is not.
    shown
        What each period would show: noise is in its interval too. Hold what comes against this one.
    assumed
        Nodes taken to be what they were a year before; how far they will be off is in neither interval.
    prob
        Probability inside the intervals.
    """

    node: str
    expected: Draws
    shown: Draws
    assumed: tuple[str, ...] = ()
    prob: float = DEFAULT_PROB

    @property
    def total(self) -> dict[str, float]:
        """The sum over all rows: median and interval of what they would show together."""
        draws = self.shown.arrays.values.array
        sums = np.nansum(draws.reshape(*draws.shape[:2], -1), axis=-1).ravel()
        low, middle, high = np.quantile(sums, [(1 - self.prob) / 2, 0.5, (1 + self.prob) / 2])
        return {"median": float(middle), "lower": float(low), "upper": float(high)}

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each period, and in a panel for each unit and period."""
        columns: dict[str, Labelled] = {}
        for name, draws in (("expected", self.expected), ("shown", self.shown)):
            lower, upper = draws.arrays.interval(self.prob)
            columns |= {name: draws.arrays.median(), f"{name}_lower": lower, f"{name}_upper": upper}
        shown = columns["shown"]
        labels = [shown.labels(d) for d in shown.dims]
        return [
            {d: own[i].item() for d, own, i in zip(shown.dims, labels, at, strict=True)}
            | {name: float(x.array[at]) for name, x in columns.items()}
            for at in np.ndindex(*shown.array.shape)
            if np.isfinite(shown.array[at])
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    @property
    def estimand(self) -> str:
        """What is computed, in words."""
        return self.shown.estimand

    @property
    def unit(self) -> str:
        """Unit of its numbers."""
        return self.shown.unit

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "node": self.node,
            "estimand": self.estimand,
            "unit": self.unit,
            "evidence": str(Evidence.PREDICTIVE),
            "rows": self.rows(),
            "total": self.total,
            "as_a_year_before": list(self.assumed),
            "interval": as_interval(self.prob),
        }

    def __str__(self) -> str:
        rows, wide = self.rows(), level(self.prob)
        dims = [key for key in rows[0] if not key.startswith(("expected", "shown"))]
        head = [*dims, "expected", f"{wide} of the expectation", f"{wide} of what it shows"]
        cells = [
            [
                *(str(r[d]) for d in dims),
                amount(r["expected"]),
                *(f"{amount(r[f'{k}_lower'])} to {amount(r[f'{k}_upper'])}" for k in ("expected", "shown")),
            ]
            for r in rows
        ]
        total = self.total
        lines = [
            f"{self.node}: a forecast, which claims no cause",
            *aligned([head, *cells]),
            f"together: {amount(total['median'])}, {wide} interval "
            f"{amount(total['lower'])} to {amount(total['upper'])}",
        ]
        if self.assumed:
            lines.append(f"note: {', '.join(self.assumed)} as a year before: what comes instead is in neither interval")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def predict(
    fit: Fit,
    scenario: Scenario | None = None,
    *,
    node: str | None = None,
    periods: int | None = None,
    known: Mapping[str, Forecast] | None = None,
    rows: Mapping[str, Any] | pd.DataFrame | None = None,
    given: tuple[str, ...] = (),
    prob: float = DEFAULT_PROB,
    seed: int | None = None,
) -> Prediction:
    r"""Return what the periods after a fit's last are expected to bring, and apart from it what they would show.

    $E[Y_t \mid \theta]$ by draw, and $\tilde Y_t \sim p(Y_t \mid \theta)$: the noise of the period is in the second
    alone, and what comes is to be held against that. Nodes with an equation are forecast by it unless they are given.

    Parameters
    ----------
    fit
        A fit whose rows are periods.
    scenario
        A plan of spend with what it says of other nodes: `br.scenario(...)`.
    node
        What is predicted; the outcome when None.
    periods
        How many periods; those of the scenario, of `known` or of `rows`, else 13 when None.
    known
        Channel or node -> what it will be: "last_year", "mean", a number, or a value for each period, in a panel
        (units, periods). What is not named is as a year before.
    rows
        A table with a row for each period to come, of a single series; columns of nodes with an equation are left out
        unless they are `given`.
    given
        Nodes with an equation whose values in `rows` are taken as they are.
    prob
        Probability inside the intervals.
    seed
        Of the noise; the fit's own when None.

    Returns
    -------
    Prediction
        `expected` and `shown`: dims `time`, in a panel its unit too; in units of the node. Evidence: predictive.

    Raises
    ------
    QueryError
        When more than one of scenario, `known` and `rows` is given, the node has no equation, or values have another
        length than the periods.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=7, draws=100)
    >>> found = br.predict(fit, periods=4, known={"tv": 0})
    >>> bool(found.total["lower"] < found.total["median"])
    True
    """
    check_prob(prob)
    target = fit.model.outcome if node is None else node
    if target not in fit.model.modelled:
        raise QueryError(
            f"{target!r} has no equation to predict it by; those with one are {', '.join(fit.model.modelled)}"
        )
    count, note = _known(fit, scenario, periods, known, rows, given)
    if target in note:
        raise QueryError(f"{target!r} is given, so that there is nothing to predict of it")
    ahead = coming(fit, count, note)
    first = fit.seed if seed is None else seed
    expected, shown = (_draws(fit, ahead, target, noisy, first) for noisy in (False, True))
    return Prediction(target, expected, shown, ahead.assumed, prob)


def _known(
    fit: Fit,
    scenario: Scenario | None,
    periods: int | None,
    known: Mapping[str, Forecast] | None,
    rows: Mapping[str, Any] | pd.DataFrame | None,
    given: tuple[str, ...],
) -> tuple[int, dict[str, Forecast]]:
    """Return how many periods, and what is known of them."""
    if sum(x is not None for x in (scenario, known, rows)) > 1:
        raise QueryError("give one of a scenario, known= and rows=")
    if scenario is not None:
        spend = dict(zip(scenario.channels, scenario.money.array, strict=True))
        found: dict[str, Forecast] = {c: _by_unit(fit, c, x) for c, x in spend.items()}
        return scenario.periods, found | dict(scenario.nodes)
    if rows is not None:
        return of_table(fit, rows, given)  # type: ignore[arg-type]  # a frame has columns by name too
    lengths = {np.shape(x)[-1] for x in (known or {}).values() if np.ndim(x)}
    if periods is None:
        periods = lengths.pop() if len(lengths) == 1 else 13
    return whole_number(periods, "periods", 1), dict(known or {})


def _by_unit(fit: Fit, channel: str, total: np.ndarray) -> np.ndarray:
    """Return a channel's spend of all units together (periods,) as those of a panel split it: (units, periods)."""
    if fit.model.panel is None:
        return total
    shares = History(fit, len(total), len(total)).shares(fit.model.channels[channel])
    return np.asarray(shares[:, None] * total)


def _draws(fit: Fit, ahead: Coming, node: str, noisy: bool, seed: int) -> Draws:
    values = ahead.asked((node,), noise="predictive" if noisy else "mean", seed=seed)[:, 0]
    table: Labelled = by_row(by_chain(fit, values), ("chain", "draw"), fit.model, ahead.rows)
    what = "what a period shows" if noisy else "expectation"
    return Draws(
        values=table,
        unit=node,
        estimand=f"forecast of {node}: {what}",
        evidence=evidence_array(Evidence.PREDICTIVE),
    )
