r"""An equation as a regression: what its coefficients are and what they multiply.

Every coefficient multiplies a column over all rows: of numbers, or a curve with parameters. A parameter that varies by
panel unit is a common coefficient and, for each unit, its distance from it:

$$y_t = \dots + (\beta + \delta_{u(t)}) x_t + \dots, \quad \delta_u \sim N(0, \tau^2),$$

so that the prior of a distance is normal around zero whatever the common effect is, and that of an effect cut off at
zero is cut off at $\delta_u > -\beta$. A distance multiplies the same column in the rows of its unit alone. What is
put on the level is the common effect's mean contribution: its column is taken less its mean, those of the distances
are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np

from bayes_roi.inference.engines.collapsed.coefficient import Coefficient, joint_coefficient, root_mean_square
from bayes_roi.inference.engines.collapsed.gaussian_surrogate import GaussianSurrogate
from bayes_roi.inference.engines.collapsed.groups import Groups
from bayes_roi.inference.engines.collapsed.moments import Moments
from bayes_roi.inference.engines.collapsed.serial import Serial
from bayes_roi.mechanisms.pooling import Pooled
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import AUTOCORRELATION
from bayes_roi.model.law.parameters import NodeParameters, TermParameters, node_parameters
from bayes_roi.model.rows.design import Design, linked_rows
from bayes_roi.model.rows.view import View


@dataclass(frozen=True, eq=False)
class Regression:
    """The regression of a node on its columns, in units of the outcome's sd.

    Coefficients that may have either sign come first, then the positive ones. A media curve is taken less its mean, as
    in the exact engine, so that the first coefficient is the level on which the default prior is put.

    Parameters
    ----------
    node, view
        The node's priors and the rows.
    outcome
        The node's rows (time,) on the scale of the linear predictor, less what the equation fixes.
    coefficients
        What is integrated out, common to all units.
    groups, serial
        Among which rows sums are taken, and how the noise hangs together in time.
    surrogate
        The normal likelihood that coefficients are drawn from under heavy-tailed noise; None where the noise is normal.
    """

    node: NodeParameters
    view: View
    outcome: np.ndarray
    coefficients: tuple[Coefficient, ...]
    groups: Groups
    serial: Serial
    surrogate: GaussianSurrogate | None = field(default=None)

    @classmethod
    def of(cls, model: Model, rows: Design, name: str) -> Self:
        """Return the regression of a node on its rows."""
        node, view = node_parameters(model, rows, name), View(np, rows, rows.rows)
        found, outcome = [], linked_rows(model, rows, name)
        if node.intercept:
            prior = node.user_intercept or node.level
            found.append(Coefficient(f"{name}.intercept", prior, np.ones(rows.length), None, node.pooled_intercept))
        for t in node.terms:
            if t.effect is not None and t in node.media_terms:
                found.append(joint_coefficient(node, t, view))
            elif t.shape and t.effect is not None:
                found.append(Coefficient(t.effect_name, t.effect, None, t, t.pooled))
            elif t.effect is None:
                outcome = outcome - t.term.fixed_effect * t.curve(view, {})
            else:
                columns = np.atleast_2d(t.curve(view, {}))
                found += [Coefficient(t.effect_name, t.effect, c, t, t.pooled) for c in columns]
        normal = model.family(name).link_noise == "normal"
        return cls(
            node=node,
            view=view,
            outcome=outcome,
            coefficients=tuple(sorted(found, key=lambda c: (c.positive, c.column is None))),
            groups=Groups.of(rows, by_unit=any(c.pooled for c in found)),
            serial=Serial(rows.starts, node.noise_names.get(AUTOCORRELATION)),
            surrogate=None if normal else GaussianSurrogate(np.ones(rows.length), np.zeros(rows.length)),
        )

    @property
    def on_level(self) -> bool:
        """Whether the intercept's prior is put on the level."""
        return self.node.intercept and self.node.user_intercept is None

    @cached_property
    def fixed(self) -> np.ndarray:
        """Which coefficients multiply a column of numbers."""
        return np.array([i for i, c in enumerate(self.coefficients) if c.column is not None], int)

    @cached_property
    def curved(self) -> tuple[tuple[int, TermParameters], ...]:
        """Which coefficients multiply a curve with parameters, and its term."""
        return tuple((i, c.term) for i, c in enumerate(self.coefficients) if c.column is None and c.term is not None)

    @cached_property
    def varying(self) -> tuple[tuple[int, Pooled], ...]:
        """Which coefficients vary by unit, and how; those whose units' are positive come last."""
        found = [(i, c.pooled) for i, c in enumerate(self.coefficients) if c.pooled is not None]
        return tuple(sorted(found, key=lambda v: v[1].law == "positive"))

    @cached_property
    def signed(self) -> int:
        """How many of those that vary, the last ones, have units above zero."""
        return sum(p.law == "positive" for _, p in self.varying)

    @cached_property
    def scored(self) -> tuple[int, ...]:
        """Which coefficients are drawn at scores: the common ones of what varies, where units' effects have a sign."""
        return tuple(i for i, _ in self.varying) if self.signed else ()

    @cached_property
    def mean(self) -> np.ndarray:
        """Prior means of the coefficients."""
        return np.array([c.mean for c in self.coefficients])

    @cached_property
    def sd(self) -> np.ndarray:
        """Prior standard deviations of the coefficients."""
        return np.array([c.sd for c in self.coefficients])

    @cached_property
    def positive(self) -> int:
        """How many coefficients, the last ones, are positive."""
        return sum(c.positive for c in self.coefficients)

    @cached_property
    def joint(self) -> np.ndarray:
        """Which coefficient each of the effects under the joint prior of media is."""
        found = {c.joint: i for i, c in enumerate(self.coefficients) if c.joint is not None}
        return np.array([found[j] for j in range(len(found))], int)

    @cached_property
    def others(self) -> np.ndarray:
        """Which coefficients are of spends with a prior of their own that take room."""
        names = () if self.node.media is None else self.node.media.others
        return np.array([i for i, c in enumerate(self.coefficients) if c.name in names], int)

    @cached_property
    def column_sizes(self) -> np.ndarray:
        """Mean sizes of the media columns that are numbers, as contributions; zero for all other coefficients."""
        return np.array(
            [
                self.node.contribution_of(c.term, c.column) if c.term and c.term.media and c.column is not None else 0.0
                for c in self.coefficients
            ]
        )

    @cached_property
    def column_means(self) -> np.ndarray:
        """Means of the media columns that are numbers; zero for all other coefficients."""
        media = [c.term is not None and c.term.media for c in self.coefficients]
        pairs = zip(self.coefficients, media, strict=True)
        return np.array([c.column.mean() if m and c.column is not None else 0.0 for c, m in pairs])

    @cached_property
    def column_lengths(self) -> np.ndarray:
        """Root mean squares of the columns that are numbers; one for all other coefficients."""
        return np.array([1.0 if c.column is None else root_mean_square(c.column) for c in self.coefficients])

    @cached_property
    def columns(self) -> np.ndarray:
        """Columns of numbers (fixed, time) times their prior sd, in units of the outcome's sd."""
        numbers = [c.column for c in self.coefficients if c.column is not None]
        columns = np.stack(numbers) if numbers else np.zeros((0, len(self.outcome)))
        centred = columns - self.on_level * self.column_means[self.fixed, None]
        return self._weighted(centred * (self.sd[self.fixed, None] / self.node.scale.sd))

    @cached_property
    def residual(self) -> np.ndarray:
        """The outcome less the columns at their prior means, in units of its sd."""
        shift = 0.0 if self.surrogate is None else self.surrogate.shift
        return (
            self._weighted((self.outcome + shift) / self.node.scale.sd)
            - (self.mean / self.sd)[self.fixed] @ self.columns
        )

    def _weighted(self, rows: np.ndarray) -> np.ndarray:
        """Return values (..., time) times the roots of the rows' weights."""
        return rows if self.surrogate is None else rows * self.surrogate.root_weights

    @cached_property
    def unexplained(self) -> float:
        """Sd of what the columns of numbers and the units' means leave, in units of the outcome's sd."""
        columns, residual = self.columns, self.residual
        if self.node.pooled_intercept is not None:
            columns, residual = self.groups.means_removed(columns), self.groups.means_removed(residual)
        fitted = np.linalg.lstsq(columns.T, residual, rcond=None)[0] @ columns
        return float(np.std(residual - fitted))

    @cached_property
    def _numbers(self) -> np.ndarray:
        """Columns and residual (fixed + 1, time)."""
        return np.concatenate([self.columns, self.residual[None]])

    @cached_property
    def _partners(self) -> np.ndarray:
        """Their partners in products (powers, fixed + 1, time)."""
        return self.serial.partners(self._numbers)

    @cached_property
    def _number_products(self) -> np.ndarray:
        """Products (powers, groups, fixed + 1, fixed + 1) of the columns of numbers and the residual."""
        found = np.stack([self.groups.products(self._numbers, p) for p in self._partners])
        return np.swapaxes(found, 1, 2)

    def rho(self, parameters: Mapping[str, np.ndarray]) -> np.ndarray | None:
        """Return the autocorrelation (count,) of the noise; None where it is independent."""
        return None if self.serial.name is None else parameters[self.serial.name]

    def moments(
        self, parameters: Mapping[str, np.ndarray], sizes: np.ndarray, scales: np.ndarray | None = None
    ) -> Moments:
        """Return what the coefficients' normal is made of, at values of the parameters inside the curves.

        `sizes` (count, varying) are how large the units' distances are, in units of the outcome's sd; `scales` (count,
        joint) those of the half-normal contributions under the joint prior of media.
        """
        count = len(sizes)
        k, groups, unit, rho = len(self.coefficients), self.groups, self.node.scale.sd, self.rho(parameters)
        gram, cross = np.zeros((count, groups.count, k, k)), np.zeros((count, groups.count, k))
        means, used = np.tile(self.column_means, (count, 1)), np.tile(self.column_sizes, (count, 1))
        powers = self.serial.powers(rho, count)
        numbers = np.tensordot(powers, self._number_products, 1)
        gram[..., self.fixed[:, None], self.fixed] = numbers[..., :-1, :-1]
        cross[..., self.fixed], square = numbers[..., -1, :-1], numbers[..., -1, -1].sum(axis=1)
        lengths = np.tile(self.column_lengths, (count, 1))
        curves: dict[int, np.ndarray] = {}
        for i, term in self.curved:
            curve = term.curve(self.view, parameters)
            if term.pooled is not None:
                lengths[:, i] = root_mean_square(curve)
            if term.media:
                means[:, i] = curve.mean(axis=-1)
                used[:, i] = self.node.contribution_of(term, curve)
                curve = curve - self.on_level * means[:, i, None]
            curve = self._weighted(curve * (self.sd[i] / unit))
            with_numbers = sum(
                powers[:, p, None, None] * groups.products(curve, own) for p, own in enumerate(self._partners)
            )
            gram[..., i, self.fixed] = gram[..., self.fixed, i] = with_numbers[..., :-1]
            cross[..., i] = with_numbers[..., -1]
            curves[i] = curve = self.serial.whiten(curve, rho)
            for j, other in curves.items():
                gram[..., i, j] = gram[..., j, i] = groups.inner(curve, other)
        for i, _ in self.curved:
            standard = self.mean[i] / self.sd[i]
            square += standard * (standard * gram[..., i, i] - 2 * cross[..., i]).sum(axis=1)
            cross -= standard * gram[..., i]
        spreads, ratio = sizes * unit / lengths[:, [i for i, _ in self.varying]], np.ones((count, k))
        if scales is not None:
            ratio[:, self.joint] = scales / (used[:, self.joint] * self.sd[self.joint])
            gram *= (ratio[:, :, None] * ratio[:, None])[:, None]
            cross *= ratio[:, None]
            curves = {i: curve * ratio[:, i, None] for i, curve in curves.items()}
        columns = self._unit_columns(spreads, means, ratio)
        return Moments(gram, cross, square, means, used, ratio, curves, sizes, spreads, columns)

    def _unit_columns(self, spreads: np.ndarray, means: np.ndarray, ratio: np.ndarray) -> np.ndarray:
        """Return the columns of the units' distances, times their prior sd (count, varying, k), in terms of columns.

        A column that is taken less its mean gets it back.
        """
        found = np.zeros((*spreads.shape, means.shape[1]))
        for row, (i, _) in enumerate(self.varying):
            found[:, row, i] = spreads[:, row] / (self.sd[i] * ratio[:, i])
            if self.on_level and self.coefficients[i].term is not None:
                found[:, row, 0] = spreads[:, row] * means[:, i] / self.sd[0]
        return found

    @cached_property
    def usual_sizes(self) -> np.ndarray:
        """Sizes (varying,) of the units' distances at the medians of all priors."""
        middle = {t.shape_names[role]: law for _, t in self.curved for role, law in t.shape.items()}
        parameters = {name: law.ppf(np.array([0.5])) for name, law in middle.items()}
        if self.serial.name is not None:
            parameters[self.serial.name] = np.zeros(1)
        spreads = np.array([float(p.spread.ppf(np.array([0.5]))[0]) for _, p in self.varying])
        return spreads / self.moments(parameters, np.ones((1, len(self.varying)))).spreads[0]

    def errors(self, moments: Moments, beta: np.ndarray) -> np.ndarray:
        """Return r - X beta (count, time), rows weighted, where no parameter varies by unit."""
        errors = self.residual - (beta * moments.ratio)[:, self.fixed] @ self.columns
        for i, curve in moments.curves.items():
            errors -= (beta[:, i] + self.mean[i] / self.sd[i])[:, None] * curve
        return errors
