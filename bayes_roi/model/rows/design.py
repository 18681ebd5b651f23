"""The model's rows: a panel as the equations see it.

The one place where scaling is decided: the `Scale` of each column is fixed here from the rows of the likelihood and
never moved by a question. Curves and priors take the data's units through it, so the same data in cents give the same
ROI.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.during import During, inside, say
from bayes_roi.model.rows.layout import Layout, layout
from bayes_roi.panel import Panel


@dataclass(frozen=True, eq=False)
class Design:
    """Rows of the likelihood, the history before the first row before them, and the scale of each column.

    Parameters
    ----------
    rows
        Node -> (time,) observed or computed values, units one after the other; NaN where a cell is missing and left to
        the model. Nothing for what is not observed.
    carry
        Node -> what came before: (max_lag,) of a single series, else zero and the history rows of all units.
    scales
        Node -> `Scale`.
    outcome_scales
        Node with an equation -> `Scale` on the link scale of its family.
    spends
        The nodes that are money spent.
    index, reference
        Number of the period of these rows, and of the rows the model was scaled on.
    starts
        (time,) whether the row one period before is not among these.
    periods
        (time,) labels, None for exchangeable rows.
    copies
        How many rows of the table each row stands for (more than one only after `averaged`).
    earlier
        (max_lag, time) where each row's past stands in `carry` and rows, one after the other; None for a single series.
    units, codes
        Labels of the panel units, and (time,) which of them each row is of; none for a single series.
    size, amounts
        (time,) weight of each row over the mean weight, and the nodes that are taken per unit of it inside equations;
        None without weights.
    levels
        Categorical node -> its labels.
    computed
        The nodes of accounting identities: theirs are not cells of the table.
    beyond
        (time,) which rows come after the table's last and are in no window; None where there are none.
    """

    rows: Mapping[str, np.ndarray]
    carry: Mapping[str, np.ndarray]
    scales: Mapping[str, Scale]
    outcome_scales: Mapping[str, Scale]
    spends: Collection[str]
    index: np.ndarray
    reference: np.ndarray
    starts: np.ndarray
    periods: np.ndarray | None = None
    copies: int = 1
    value_column: np.ndarray | None = field(default=None, repr=False)
    earlier: np.ndarray | None = None
    units: tuple[str, ...] = ()
    codes: np.ndarray | None = None
    size: np.ndarray | None = None
    amounts: Collection[str] = ()
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    computed: Collection[str] = ()
    beyond: np.ndarray | None = None

    @property
    def length(self) -> int:
        """Number of rows."""
        return len(self.index)

    @cached_property
    def missing(self) -> dict[str, np.ndarray]:
        """Node -> positions of the cells left to the model, for the nodes that have any."""
        gaps = {n: np.flatnonzero(np.isnan(x)) for n, x in self.rows.items() if n not in self.computed}
        return {n: at for n, at in gaps.items() if at.size}

    def observed(self, xp: Namespace, node: str, cells: Array | None = None) -> Array:
        """Return a node's rows (..., time), its missing cells filled with `cells` (..., missing).

        Where there are no draws of them, as under a prior, they are filled with the column's mean.
        """
        rows = self.rows[node]
        if node not in self.missing:
            return rows
        if cells is None:
            return np.nan_to_num(rows, nan=self.scales[node].mean)
        selector = np.zeros((len(self.missing[node]), self.length))
        selector[np.arange(len(selector)), self.missing[node]] = 1.0
        return np.nan_to_num(rows) + xp.matmul(cells, selector)

    def per_size(self, node: str, x: Array) -> Array:
        """Return a node's rows (..., time) per unit of the rows' size, where it is an amount."""
        return x if self.size is None or node not in self.amounts else x / self.size

    def of_units(self, x: Array) -> Array:
        """Return values (..., units) as those of each row's unit (..., time)."""
        return x[..., self.codes]

    @cached_property
    def later(self) -> np.ndarray:
        """Numbers of the periods of these rows that the model was not fitted on."""
        return np.setdiff1d(self.index, self.reference)

    @cached_property
    def period_places(self) -> np.ndarray:
        """(time,) place of each row's period among those of the fit, those of `later` after them."""
        known = np.unique(self.reference)
        numbers = np.concatenate([known, self.later])
        order = np.argsort(numbers)
        return np.asarray(order[np.searchsorted(numbers[order], self.index)])

    def of_periods(self, xp: Namespace, x: Array) -> Array:
        """Return values by period of the fit (..., periods), or by these and `later`, in each row (..., time).

        Where there are none of the later periods they are zero.
        """
        known = len(np.unique(self.reference)) if len(self.later) else 0
        if len(self.later) and x.shape[-1] == known:
            x = xp.concatenate([x, np.zeros((*x.shape[:-1], len(self.later)))], axis=-1)
        return x[..., self.period_places]

    def window(self, during: During) -> np.ndarray:
        """Return which rows (time,) lie in a window; a period is inside if its label is.

        Raises
        ------
        QueryError
            When the rows have no periods, or none of them is inside.
        """
        there = np.ones(self.length, bool) if self.beyond is None else ~self.beyond
        if during is None:
            return there
        if self.periods is None:
            raise QueryError("these rows have no periods (the model has no time:), so during= has no meaning")
        labels = self.periods[there]
        found = np.zeros(self.length, bool)
        found[there] = inside(during, labels.tolist())
        if not found.any():
            span = f"{labels[0]} to {labels[-1]}"
            raise QueryError(
                f"no period lies in {say(during, quoted=True)}; the rows run from {span} (history is not counted)"
            )
        return found

    def averaged(self) -> Design:
        """Return one row with the means of all: enough for questions that are linear in every row."""
        return replace(
            self,
            rows={n: x.mean(keepdims=True) for n, x in self.rows.items()},
            index=self.index[:1],
            starts=self.starts[:1],
            copies=self.copies * self.length,
        )


HIDDEN = Scale(mean=0.0, sd=1.0, positive_mean=1.0, low=-3.0, high=3.0)
"""Scale of an unobserved node: its noise has standard deviation one."""


def design(
    model: Model, panel: Panel, *, fitted: Design | None = None, since: int | None = None, whole: bool = False
) -> Design:
    """Return the rows that a model sees of a panel, and the scale of each column.

    With `fitted`, the design of rows before, they are the rows from period `since` on, and what came before them is
    their history; scales, sizes and what bases are centred over stay those of `fitted`. With `whole` the rows of
    `fitted` are among them, and those from `since` on are `beyond`.
    """
    where = layout(model, panel, since=since, whole=whole)
    table = computed(model, {n: panel.columns[n] for n in model.measured})
    size = _sizes(model, panel, where.rows if fitted is None else _explained_before(model, panel, since))
    amounts = model.amounts if size is not None else frozenset()
    each = {n: x / size if n in amounts else x for n, x in table.items()}  # as the equations see them
    codes, units = _units(panel, where)
    index = (np.arange(panel.rows) if panel.clock is None else panel.clock)[where.rows]
    return Design(
        rows={n: x[where.rows] for n, x in table.items()},
        carry={n: _carry(x, where, model.max_lag) for n, x in each.items()},
        scales=_scales(model, each, where) if fitted is None else fitted.scales,
        outcome_scales=_outcome_scales(model, table, each, where) if fitted is None else fitted.outcome_scales,
        spends=model.spends,
        index=index,
        reference=index if fitted is None else fitted.reference,
        starts=where.starts,
        periods=None if panel.periods is None else panel.periods[where.rows],
        value_column=panel.columns[model.value][where.rows] if isinstance(model.value, str) else None,
        earlier=None if where.contiguous else where.earlier,
        units=units,
        codes=codes,
        size=None if size is None else size[where.rows],
        amounts=amounts,
        levels=panel.levels,
        computed=frozenset(model.identity),
        beyond=index >= since if whole and since is not None else None,
    )


def _scales(model: Model, each: Mapping[str, np.ndarray], where: Layout) -> dict[str, Scale]:
    return {n: Scale.of(x[where.rows], x) for n, x in each.items()} | dict.fromkeys(model.hidden, HIDDEN)


def _outcome_scales(
    model: Model, table: Mapping[str, np.ndarray], each: Mapping[str, np.ndarray], where: Layout
) -> dict[str, Scale]:
    own = {n: Scale.of(linked(model, n, table, each)[where.rows]) for n in model.modelled}
    return own | dict.fromkeys(model.hidden, HIDDEN)


def computed(model: Model, table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the columns with those of accounting identities among them."""
    for node in (n for n in model.nodes if n in model.identity):
        with np.errstate(divide="ignore", invalid="ignore"):
            table[node] = np.asarray(model.identity[node].value(table), float)
    return table


def linked(model: Model, node: str, table: Mapping[str, np.ndarray], per_size: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return a node's rows (time,) on the scale of its linear predictor."""
    trials = model.trials(node)
    return model.family(node).link_of(per_size[node], None if trials is None else table[trials])


def time_dim(rows: Design) -> str:
    """Return the name of the dim of rows: `time` for a single series, else `row`."""
    return "row" if rows.periods is None or rows.units else "time"


def linked_rows(model: Model, rows: Design, node: str) -> np.ndarray:
    """Return a node's rows (time,) of a design on the scale of its linear predictor."""
    y = rows.per_size(node, rows.rows[node])
    return linked(model, node, rows.rows, {node: y})


def _sizes(model: Model, panel: Panel, explained: np.ndarray) -> np.ndarray | None:
    """Return the weight of every row of the table over the mean weight of those explained."""
    if model.weights is None:
        return None
    weights = panel.columns[model.weights]
    return weights / weights[explained].mean()


def _explained_before(model: Model, panel: Panel, since: int | None) -> np.ndarray:
    """Return the positions of the rows before a period that a fit to them explains."""
    rows = layout(model, panel).rows
    return rows if panel.clock is None or since is None else rows[panel.clock[rows] < since]


def _units(panel: Panel, where: Layout) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if panel.units is None:
        return None, ()
    labels, first, codes = np.unique(panel.units, return_index=True, return_inverse=True)
    order = np.argsort(first)  # as they stand in the table
    return np.argsort(order)[codes][where.rows], tuple(str(labels[i]) for i in order)


def _carry(x: np.ndarray, where: Layout, lags: int) -> np.ndarray:
    """Return what came before the rows: zeros stand for what the table does not reach."""
    history = x[where.history]
    if not where.contiguous:
        return np.concatenate([[0.0], history])
    return np.concatenate([np.zeros(max(lags - len(history), 0)), history[max(len(history) - lags, 0) :]])
