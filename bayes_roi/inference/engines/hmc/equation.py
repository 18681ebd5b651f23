"""One equation of a block: its terms sorted into what can be computed at once, and its linear predictor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines.hmc.coordinates import Residual
from bayes_roi.inference.engines.hmc.crossed_regression import CrossedRegression
from bayes_roi.inference.engines.hmc.grouped import drawn, lines, offset, stacks, swings
from bayes_roi.inference.engines.hmc.panel_regression import PanelRegression
from bayes_roi.inference.engines.hmc.parameters import Coordinates, Slots, Values
from bayes_roi.inference.engines.hmc.positive import PositiveEffects
from bayes_roi.inference.engines.hmc.regression import Regression
from bayes_roi.inference.engines.hmc.terms import Lines, Part, Stack
from bayes_roi.inference.engines.hmc.units import UnitRows, Units
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.noise import INDEPENDENT
from bayes_roi.mechanisms.prior import HalfNormal, Normal, Prior
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import missing_name
from bayes_roi.model.law.parameters import NodeParameters, TermParameters
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View

RESIDUAL = 0.1
"""Share of a variance that an unobserved cause and all else are taken to leave, where its coordinate is scaled."""


def collapses(model: Model, node: str) -> bool:
    """Whether the noise of a node is normal on the scale of its predictor, and independent with one size."""
    return model.noise_of(node) == INDEPENDENT and model.family(node).link_noise == "normal"


@dataclass(frozen=True, eq=False)
class Predictor:
    """The linear predictor of a node over all chains, less what is integrated out.

    Parameters
    ----------
    eta
        (chains, rows).
    log_density
        Of coordinates that do not stand under a prior of their own (chains,).
    media
        What terms of spends add to it in the mean (chains,).
    contributions
        Logs of contributions under the joint prior of media (chains, J).
    """

    eta: Array
    log_density: Array
    media: Array
    contributions: Array


class EquationDensity:
    """The linear predictor of one node.

    Parameters
    ----------
    node
        Its parameters.
    view
        The observed rows.
    layout
        Takes the places of its parameters.
    y
        The node on the scale of the predictor (rows,), NaN where it has no value there; None where it is not observed.
    collapses
        Whether its noise is normal and independent: level and effects with normal priors are then integrated out.
    hidden
        Nodes whose terms are no part of the predictor.
    open_signs
        Effects of theirs whose sign is left open.
    """

    def __init__(
        self,
        node: NodeParameters,
        view: View,
        layout: Slots,
        *,
        y: np.ndarray | None,
        collapses: bool,
        hidden: Collection[str],
        open_signs: Collection[str],
    ) -> None:
        self.node = node
        unseen = [t for t in node.terms if set(t.term.parents) & set(hidden)]
        seen = [t for t in node.terms if t not in unseen]
        self.offset = offset(seen, view)
        self.parts: tuple[Part, ...] = (*lines(seen, view, node), *stacks(seen, view, node))
        codes = np.zeros(view.design.length, int) if view.design.codes is None else view.design.codes
        of_units = UnitRows(codes, len(view.design.units)) if node.pooled else None
        levels = codes if node.pooled_intercept is not None else np.zeros_like(codes)
        self.positive = PositiveEffects(node, self.parts, y, levels)
        prior = node.user_intercept or node.level
        self.level = prior if node.intercept and isinstance(prior, Normal) else None
        self.drawn = [p for p in self.parts if isinstance(p, Lines) and collapses and drawn(p)]
        self.regression = self._regression(y, of_units, view.design) if collapses and y is not None else None
        sampled = node.pooled_intercept is not None and self.regression is None
        self.units = None if of_units is None else Units(node, self.parts, of_units, y, intercept=sampled)
        self._media = any(p.terms[0].media for p in self.parts if p not in self.drawn)
        self._place(layout, unseen, open_signs, y)

    @property
    def _intercept(self) -> str:
        return f"{self.node.node}.intercept"

    @property
    def _on_level(self) -> bool:
        """Whether the prior of the intercept is of the level at average media."""
        return self.node.intercept and self.node.user_intercept is None

    def _regression(self, y: np.ndarray, units: UnitRows | None, rows: Design) -> Regression:
        """Return the regression on level, effects that have normal priors, intercepts of units, and periods."""
        columns = [] if self.level is None else [np.ones((1, len(y)))]
        columns += [p.curves - p.means[:, None] * (p.terms[0].media and self._on_level) for p in self.drawn]
        priors = [] if self.level is None else [self.level]
        priors += [t.effect for p in self.drawn for t in p.terms for _ in range(t.width or 1)]  # type: ignore[misc]
        together = np.concatenate([np.empty((0, len(y))), *columns])
        varies = units is not None and self.node.pooled_intercept is not None
        if self.node.periods is not None:
            of_units = (units.codes, units.units) if units is not None and varies else None
            return CrossedRegression(y, together, priors, rows.period_places, of_units)
        if units is None or not varies:
            return Regression(y, together, priors)
        return PanelRegression(y, together, priors, units)

    def _of_residual(self, prior: Prior, y: np.ndarray | None) -> Prior:
        """Return the prior of a sigma of which an unobserved cause may leave nothing."""
        if y is None or type(prior) is not HalfNormal:
            return prior
        return Residual(prior.sigma, unit=float(RESIDUAL * np.nanvar(y) * np.sqrt(2 / len(y))))

    def _place(
        self,
        layout: Slots,
        unseen: Sequence[TermParameters],
        open_signs: Collection[str],
        y: np.ndarray | None,
    ) -> None:
        """Give every parameter that is not integrated out its place."""
        node = self.node
        for part in self.parts:
            for role in part.terms[0].shape:
                for t in part.terms:
                    layout.add(t.shape_names[role], t.shape[role])
        placed = (p for p in self.parts if p not in self.positive.parts and p not in self.drawn)
        for t in (t for p in placed for t in p.terms):
            layout.add(t.effect_name, t.effect, t.width)  # type: ignore[arg-type]
        self.positive.place(layout)
        for t in unseen:
            if t.effect is not None:
                opened = t.effect_name in open_signs
                layout.add(t.effect_name, Normal(0.0, t.effect.sigma) if opened else t.effect)  # type: ignore[attr-defined]
        own = {n: prior for n, prior in node.hyper.items() if n not in self.positive.integrated}
        family = {n: node.family[r] for r, n in node.family_names.items()}
        own |= {n: self._of_residual(prior, y) if unseen else prior for n, prior in family.items()}
        own |= {n: node.noise[r] for r, n in node.noise_names.items()}
        self._range = layout.reserve(1) if self.level is not None and self.regression is None else None
        if self.level is None and node.user_intercept is not None:
            own[self._intercept] = node.user_intercept
        for name, prior in own.items():
            layout.add(name, prior)
        if self.units is not None:
            self.units.place(layout)
        if node.periods is not None:
            layout.add(node.periods.spread_name, node.periods.spread)

    def close(self, coordinates: Coordinates) -> None:
        """Take note of where the ranges stand."""
        self.positive.close(coordinates)
        if self.units is not None:
            self.units.close(coordinates)
        self._level_at = None if self._range is None else coordinates.ranges[self._range].start

    def predictor(self, xp: Namespace, q: Array, values: Values) -> Predictor:
        """Return the linear predictor, and note effects and intercept."""
        stacks = [p for p in self.parts if isinstance(p, Stack)]
        curves: dict[Part, Array] = {p: p.curve(xp, values) for p in stacks}
        means: dict[Part, Array] = {p: p.mean(xp, curves[p], values) for p in stacks}
        density, contributions = self.positive.evaluate(xp, q, values, curves, means)
        eta: Array = self.offset
        added: dict[bool, Array] = {True: 0.0, False: 0.0}  # in the mean: by media, by others
        for part in (p for p in self.parts if p not in self.drawn):
            if part not in self.positive.parts:
                values.note(part, values.together([t.effect_name for t in part.terms]))
            effect, media = values.effects[part], part.terms[0].media
            turned = xp.swapaxes(effect, 0, 1)[..., None]
            if self.units is not None and part.pooled:
                of_rows, more = self.units.effects(xp, q, values, part, swings(xp, part, curves, means))
                eta = eta + (of_rows * (part.curves[:, None] if isinstance(part, Lines) else curves[part])).sum(0)
                density = density + more
            elif isinstance(part, Lines):
                eta = eta + xp.matmul(effect, part.curves)
            else:
                eta = eta + xp.combined(turned, curves[part])
            if isinstance(part, Lines):
                mean = xp.matmul(effect, part.means[:, None])[:, 0]
            else:
                mean = (turned * means[part]).sum(0)[:, 0]
            added[media] = added[media] + mean
        if self.units is not None:
            density = density + self.units.sigmas(xp, q, values)
        if self.node.intercept and (self.regression is None or self.level is None):
            density = density + self._note_intercept(xp, q, values, added)
            if self.units is not None and self.units.intercept is not None:
                of_rows, more = self.units.intercepts(xp, q, values, eta)
                eta, density = eta + of_rows, density + more
            else:
                eta = eta + values[self._intercept][:, None]
        elif self._on_level and self._media:  # the level is a column of the regression
            eta = eta - added[True][:, None]
        if eta.ndim == 1:  # all that is added is integrated out
            eta = np.broadcast_to(eta, (q.shape[0], len(eta)))
        return Predictor(eta, density, added[True], contributions)

    def _note_intercept(self, xp: Namespace, q: Array, values: Values, added: Mapping[bool, Array]) -> Array:
        """Note the intercept (chains,) and return its log density: sampled by the level at average curves of all."""
        prior = self.level
        if prior is None or self._level_at is None:
            return 0.0
        step = min(prior.sigma, self.node.scale.sd)
        level = prior.mu + step * q[:, self._level_at] - added[False]
        values[self._intercept] = level - added[True]
        at = level if self._on_level else values[self._intercept]  # what the prior is of
        return -0.5 * ((at - prior.mu) * (1 / prior.sigma)) ** 2

    def log_likelihood(self, xp: Namespace, at: Predictor, values: Values) -> Array:
        """Return the log density (chains,) of the rows by the regression that integrates coefficients out."""
        assert self.regression is not None
        return self.regression.log_density(xp, at.eta, *self._scales(values))

    def _scales(self, values: Values) -> list[Array]:
        """Return sigma, and the spreads of intercepts and of periods where there are any."""
        spreads = [p.spread_name for p in (self.node.pooled_intercept, self.node.periods) if p is not None]
        return [values[n] for n in (self.node.family_names["sigma"], *spreads)]

    def draw(self, values: Values, at: Predictor, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return draws by name (draws, ...) of what was integrated out, given the rest, at the predictor."""
        found = self.positive.draw(at.contributions, values, rng)
        if self.regression is None:
            return found
        drawn = self.regression.draw(at.eta, *self._scales(values), rng=rng)
        of_units = 0 if self.units is None or self.node.pooled_intercept is None else self.units.rows.units
        ends = np.cumsum([len(self.regression.sd), of_units])
        coefficients, apart, shared = np.split(drawn, ends, axis=1)
        if not self.regression.seen.all():
            found[missing_name(self.node.node)] = self._cells(values, at.eta, coefficients, rng)
        rest, media = coefficients if self.level is None else coefficients[:, 1:], at.media
        for part in self.drawn:
            effect, rest = np.split(rest, [len(part.curves)], axis=1)
            media = media + effect @ part.means if part.terms[0].media else media
            ends = np.cumsum([t.width or 1 for t in part.terms])[:-1]
            for t, own in zip(part.terms, np.split(effect, ends, axis=1), strict=True):
                found[t.effect_name] = own[:, 0] if t.width is None else own
        if self.level is not None:
            found[self._intercept] = coefficients[:, 0] - (media if self._on_level else 0.0)
        if (pooled := self.node.pooled_intercept) is not None:
            common = found[pooled.name] if pooled.name in found else values[pooled.name]
            found[pooled.units_name] = common[:, None] + apart
        if (periods := self.node.periods) is not None:
            found[periods.periods_name] = shared
        return found

    def _cells(self, values: Values, eta: np.ndarray, coefficients: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return draws (draws, cells) of the missing values, which nothing reads: what the equation says of them."""
        assert self.regression is not None
        gaps = np.flatnonzero(~self.regression.seen)
        mean = eta[:, gaps] + coefficients @ self.regression.columns[:, gaps]
        sigma = values[self.node.family_names["sigma"]]
        return np.asarray(mean + sigma[:, None] * rng.standard_normal(mean.shape))
