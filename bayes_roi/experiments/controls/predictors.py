r"""Weights that match predictors of the outcome instead of its every period, as in Abadie and Gardeazabal (2003).

$$w(V) = \arg\min_w \sum_k v_k (x_{1k} - \sum_j w_j x_{jk})^2, \qquad
V = \arg\min_V \sum_{t \in fitted} (y_{1t} - \sum_j w_j(V) y_{jt})^2$$
with predictors in units of their sd over all units (Abadie, Diamond and Hainmueller 2010). The importance $V$ may also
come from earlier periods than the predictors (Abadie, Diamond and Hainmueller 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from bayes_roi.errors import QueryError
from bayes_roi.experiments.controls.chosen import Chosen
from bayes_roi.experiments.controls.simplex import simplex_weights
from bayes_roi.experiments.panel_table import column, moment, periods

if TYPE_CHECKING:
    from bayes_roi.experiments.panel_table import Table

MOST_STEPS = 3000
SMALLEST = 1e-12


@dataclass(frozen=True)
class Predictors:
    """What the weights of a synthetic control match.

    Parameters
    ----------
    averaged
        (column, first period, last period) of each: its mean over these periods, missing values left out.
    fitted
        First and last period in which the outcome is to be followed: this chooses how much each predictor counts. All
        before the window when None.
    importance
        How much each predictor counts, in their order, instead; `SyntheticControl.importance` has that of an answer.

    Examples
    --------
    >>> Predictors([("invest", 1964, 1969), ("popdens", 1969, 1969)], fitted=(1960, 1969)).names
    ('invest', 'popdens')
    """

    averaged: Sequence[tuple[str, Any, Any]]
    fitted: tuple[Any, Any] | None = None
    importance: Sequence[float] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Columns of the predictors."""
        return tuple(name for name, _, _ in self.averaged)


@dataclass(frozen=True, eq=False)
class Matching:
    """Predictors of the units of a question.

    Parameters
    ----------
    treated
        (predictors,) of the treated, averaged, in sd.
    donors
        (predictors, controls).
    importance
        (predictors,) how much each counts; adds up to one.
    """

    treated: np.ndarray
    donors: np.ndarray
    importance: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """(controls,) weights of the treated."""
        return matched(self.treated, self.donors, self.importance)

    def weights_of(self, control: int) -> np.ndarray:
        """Return the weights of the other controls for one of them."""
        others = np.delete(self.donors, control, axis=1)
        return matched(self.donors[:, control], others, self.importance)


def matched(treated: np.ndarray, donors: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """Return the weights whose predictors are nearest to those of the treated."""
    root = np.sqrt(importance)
    return simplex_weights(root[:, None] * donors, root * treated)


def matching(table: Table, asked: Chosen, wanted: Predictors, *, unit: str, time: str) -> Matching:
    """Return the predictors of a question, and how much each counts.

    Raises
    ------
    QueryError
        When a predictor has no value for a unit, or is the same for all.
    """
    names, at = np.array([str(n) for n in column(table, unit)]), periods(column(table, time), time)
    x = np.stack([_averaged(table, part, names, at, asked) for part in wanted.averaged])
    sd = x.std(axis=1, ddof=1)
    if not (sd > 0).all():
        raise QueryError(f"predictor {wanted.names[int(sd.argmin())]!r} is the same for all units; leave it out")
    x = x / sd[:, None]
    count = len(asked.treated)
    treated, donors = x[:, :count].mean(axis=1), x[:, count:]
    if wanted.importance is not None:
        given = np.asarray(wanted.importance, float)
        if given.shape != sd.shape or not (given >= 0).all() or not given.sum() > 0:
            raise QueryError(f"importance must have {len(sd)} numbers, zero or more, one a predictor")
        return Matching(treated, donors, given / given.sum())
    first, last = wanted.fitted or (asked.data.times[0], asked.data.times[asked.before - 1])
    fitted = (asked.data.times >= moment(first, asked.data.times)) & (
        asked.data.times <= moment(last, asked.data.times)
    )
    if not fitted.any():
        raise QueryError(f"no row lies in the periods {first} to {last} in which the outcome is to be followed")
    return Matching(treated, donors, _importance(treated, donors, asked.path[fitted], asked.donors[fitted]))


def _averaged(table: Table, part: tuple[str, Any, Any], names: np.ndarray, at: np.ndarray, asked: Chosen) -> np.ndarray:
    """Return the mean of a predictor for the treated and then the controls."""
    name, first, last = part
    cells = column(table, name).astype(float)
    inside = (at >= moment(first, at)) & (at <= moment(last, at)) & np.isfinite(cells)
    found = []
    for k in (*asked.treated, *asked.controls):
        own = inside & (names == asked.data.units[k])
        if not own.any():
            raise QueryError(f"predictor {name!r} has no value for {asked.data.units[k]} from {first} to {last}")
        found.append(cells[own].mean())
    return np.array(found)


def _importance(treated: np.ndarray, donors: np.ndarray, path: np.ndarray, paths: np.ndarray) -> np.ndarray:
    """Return the importance with which the weights follow the outcome best, searched from two starts."""

    def share(logs: np.ndarray) -> np.ndarray:
        v = np.exp(logs - logs.max())
        return np.asarray(v / v.sum())

    def loss(logs: np.ndarray) -> float:
        return float(((path - paths @ matched(treated, donors, share(logs))) ** 2).mean())

    x, y = np.column_stack([treated, donors]), np.column_stack([path, paths])
    slopes = np.linalg.lstsq(np.column_stack([np.ones(x.shape[1]), x.T]), y.T, rcond=None)[0][1:]
    starts = (np.zeros(len(x)), np.log((slopes**2).sum(axis=1) + SMALLEST))
    options = {"maxiter": MOST_STEPS, "maxfev": MOST_STEPS, "xatol": 1e-3, "fatol": 1e-9 * float(path.var()) + SMALLEST}
    tried = [minimize(loss, start, method="Nelder-Mead", options=options) for start in starts]
    return share(min(tried, key=lambda found: float(found.fun)).x)
