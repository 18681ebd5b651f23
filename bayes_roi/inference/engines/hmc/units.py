r"""What varies by panel unit: an effect, an intercept or a sigma of its own for each, drawn around a common one.

What the rows of a unit tell of its effect or intercept $x_u$ is near a normal of mean $d_u$ and standard deviation
$e_u$, so that given all else $x_u \sim N(\mu, \tau)$ is near a normal of variance
$v_u = 1 / (1 / e_u^2 + 1 / \tau^2)$ and mean $m_u = v_u (d_u / e_u^2 + \mu / \tau^2)$. It is sampled standardised by
these: by the data where they tell, by the common value where units are alike (Papaspiliopoulos, Roberts and Sköld
2007). How good the normal is decides how well chains move, and nothing else. An effect above zero, of a normal law that
is cut off there (`mechanisms/pooling.py`), is

$$x_u = \sqrt{v_u} \log(1 + e^{m_u / \sqrt{v_u} + q_u}).$$

An intercept is known by the mean of its unit less what all else adds to that; of an effect the rows tell how far the
outcome swings with its curve. A sigma is sampled by its distance from the common one in logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from bayes_roi.inference.engines.hmc.effects import regressed
from bayes_roi.inference.engines.hmc.parameters import Coordinates, Slots, Values
from bayes_roi.inference.engines.hmc.terms import Part
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.pooling import Pooled
from bayes_roi.model.law.parameters import NodeParameters
from bayes_roi.model.rows.by_row import unit_means


class UnitRows:
    """The rows of panel units, one unit after the other.

    Parameters
    ----------
    codes
        (rows,) the unit of each row, never falling.
    units
        Number of units; one may have no rows.

    Attributes
    ----------
    counts
        (units,) rows of each.
    """

    def __init__(self, codes: np.ndarray, units: int) -> None:
        self.codes, self.counts = codes, np.bincount(codes, minlength=units)
        self._some = np.flatnonzero(self.counts)
        self._starts = np.flatnonzero(np.diff(codes, prepend=-1))

    @property
    def units(self) -> int:
        return len(self.counts)

    @cached_property
    def _places(self) -> np.ndarray:
        return np.eye(self.units)[self._some]

    def sums(self, xp: Namespace, x: Array) -> Array:
        """Return the sums of rows (..., rows) over each unit (..., units)."""
        found = xp.sums_between(x, self._starts)
        return found if len(self._some) == self.units else xp.matmul(found, self._places)

    def spread(self, xp: Namespace, x: Array) -> Array:
        """Return values of units (..., units) in each of their rows (..., rows)."""
        return xp.repeated(x, self.counts)

    def means(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean of the finite rows of each unit, and about how far off they tell it (units,): inf of none."""
        mean, count = unit_means(y, self.codes, self.units)
        within = (y - mean[self.codes])[np.isfinite(y)]
        spread = float(within.std()) if within.size else 1.0
        return mean, np.where(count > 0, (spread or 1.0) / np.sqrt(np.maximum(count, 1)), np.inf)

    def swings(self, columns: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what each unit's rows tell of the swing of y with each column, and how far off (columns, units)."""
        sd, ends = columns.std(1), np.cumsum(self.counts)
        found, errors = np.zeros((2, len(columns), self.units))
        errors += np.inf
        for u, (first, last) in enumerate(zip(ends - self.counts, ends, strict=True)):
            x, own = columns[:, first:last], y[first:last]
            if np.isfinite(own).sum() > 1:
                found[:, u], errors[:, u] = regressed(x - x.mean(1, keepdims=True), own - np.nanmean(own), sd)
        return found, errors


class Units:
    """What varies by panel unit in one equation.

    Parameters
    ----------
    node
        The parameters of the equation.
    parts
        All its parts.
    rows
        Of the panel's units.
    y
        The node on the scale of the predictor (rows,); None where it is not observed.
    intercept
        Whether intercepts are sampled; else they are integrated out, and their spread alone is.
    """

    def __init__(
        self, node: NodeParameters, parts: Sequence[Part], rows: UnitRows, y: np.ndarray | None, *, intercept: bool
    ) -> None:
        self.node, self.rows = node, rows
        self.parts = [p for p in parts if p.pooled]
        self.intercept = node.pooled_intercept if intercept else None
        y = np.full(rows.counts.sum(), np.nan) if y is None else y
        self._means, self._errors = rows.means(y)
        self._seen = self._swings(parts, y) if self.parts else {}

    def _swings(self, parts: Sequence[Part], y: np.ndarray) -> dict[Part, np.ndarray]:
        """Return what rows tell of the swing with each curve, at prior medians, and its error (2, terms, units)."""
        stacked = np.stack(self.rows.swings(np.concatenate([p.middle for p in parts]), y))
        ends = np.cumsum([len(p.middle) for p in parts])[:-1]
        return dict(zip(parts, np.split(stacked, ends, axis=1), strict=True))

    def place(self, layout: Slots) -> None:
        """Take places for the coordinates, and for the spreads by their priors."""
        for pooled in self.node.pooled:
            layout.add(pooled.spread_name, pooled.spread)
        sampled = [*(t.pooled for p in self.parts for t in p.terms), self.intercept, self.node.pooled_sigma]
        self._ranges = {p: layout.reserve(self.rows.units) for p in sampled if p is not None}

    def close(self, coordinates: Coordinates) -> None:
        """Take note of where they are."""
        self._at = {p: coordinates.ranges[i] for p, i in self._ranges.items()}

    def effects(self, xp: Namespace, q: Array, values: Values, part: Part, swings: Array) -> tuple[Array, Array]:
        """Note the effects of units, given how far curves swing about their means (chains, terms).

        Returns
        -------
        tuple
            They in each row (terms, chains, rows), and their log density (chains,).
        """
        each: list[Array] = []
        density: Array = 0.0
        for i, (t, mean, error) in enumerate(zip(part.terms, *self._seen[part], strict=True)):
            assert t.pooled is not None
            unit = 1 / swings[:, i, None]
            own, more = self._about(xp, q, values, t.pooled, mean * unit, (error * unit) ** -2)
            values[t.pooled.units_name] = own
            each.append(self.rows.spread(xp, own))
            density = density + more
        return xp.stack(each, axis=0), density

    def intercepts(self, xp: Namespace, q: Array, values: Values, eta: Array) -> tuple[Array, Array]:
        """Note the intercepts of units, given what all else adds (chains, rows).

        Returns
        -------
        tuple
            They in each row (chains, rows), and their log density (chains,).
        """
        assert self.intercept is not None
        added = self.rows.sums(xp, eta) * (1 / np.maximum(self.rows.counts, 1))
        own, density = self._about(xp, q, values, self.intercept, self._means - added, self._errors**-2)
        values[self.intercept.units_name] = own
        return self.rows.spread(xp, own), density

    def sigmas(self, xp: Namespace, q: Array, values: Values) -> Array:
        """Note the sigmas of units, where each has its own, and return their log density (chains,)."""
        pooled = self.node.pooled_sigma
        if pooled is None:
            return 0.0
        apart = q[:, self._at[pooled]]
        values[pooled.units_name] = values[pooled.name][:, None] * xp.exp(values[pooled.spread_name][:, None] * apart)
        return (-0.5 * apart * apart).sum(-1)

    def _about(
        self, xp: Namespace, q: Array, values: Values, pooled: Pooled, seen: Array, precision: Array
    ) -> tuple[Array, Array]:
        """Return what is drawn around a common value (chains, units), and its log density (chains,).

        The rows say `seen` with a precision of 1 / e^2 (units,).
        """
        common, spread = values[pooled.name][:, None], values[pooled.spread_name][:, None]
        of_units = 1 / (spread * spread)
        variance = 1 / (precision + of_units)
        sd = variance**0.5
        own = variance * (seen * precision + common * of_units) * (1 / sd) + q[:, self._at[pooled]]
        density: Array = 0.5 * xp.log(variance * of_units)
        if pooled.law == "positive":  # the log of the slope of log(1 + e^x) is x - log(1 + e^x)
            soft = xp.softplus(own)
            density = density + own - soft - xp.log_ndtr(common / spread)
            own = soft
        own = sd * own
        apart = (own - common) / spread
        return own, (density - 0.5 * apart * apart).sum(-1)
