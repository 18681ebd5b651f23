"""One equation of a block: its terms sorted into what can be computed at once, and its linear predictor."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_roi.inference.engines.hmc.coordinates import Positive, coordinate
from bayes_roi.inference.engines.hmc.effects import Room, Swings
from bayes_roi.inference.engines.hmc.parameters import Coordinates, Layout, Values
from bayes_roi.inference.engines.hmc.terms import Lines, Stack, StackedView, form
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Normal
from bayes_roi.model.design import View
from bayes_roi.model.parameters import LEVEL_WIDTH, NodeParameters, TermParameters

Part = Lines | Stack


@dataclass(frozen=True, eq=False)
class Range:
    """Coordinates that are no parameter's own, for the effects of some parts of an equation."""

    number: int
    parts: tuple[Part, ...]


class Equation:
    """The linear predictor of one node over all chains, and the density of what is not sampled by its own prior.

    Parameters
    ----------
    node
        Its parameters.
    view
        The observed rows.
    layout
        Takes the places of its parameters.
    left_out
        Nodes whose terms are no part of the predictor, and priors of effects that are open in sign.
    """

    def __init__(
        self, node: NodeParameters, view: View, layout: Layout, *, hidden: Collection[str], open_signs: Collection[str]
    ) -> None:
        self.node, self.rows = node, view.design.length
        own = [t for t in node.terms if not set(t.term.parents) & set(hidden)]
        self.offset = _offset(own, view)
        self.lines = _lines(own, view, node)
        self.stacks = _stacks(own, view, node)
        self.inside = [p for p in (*self.lines, *self.stacks) if p.terms[0] in node.capped_terms]
        self.room: int | None = None
        self.swings: dict[int, int] = {}
        self._place(layout, [t for t in node.terms if t not in own], open_signs)

    def _place(self, layout: Layout, unseen: Sequence[TermParameters], open_signs: Collection[str]) -> None:
        """Give every parameter its place."""
        node = self.node
        for stack in self.stacks:
            for role in stack.terms[0].shape:
                for t in stack.terms:
                    layout.add(t.shape_names[role], t.shape[role])
        for i, part in enumerate((*self.lines, *self.stacks)):
            if part in self.inside:
                continue
            if part in self.stacks and _positive(part.terms[0]):
                self.swings[i] = layout.reserve(len(part.terms))
                continue
            for t in part.terms:
                layout.add(t.effect_name, _prior(t), t.width)
        if self.inside:
            self.room = layout.reserve(sum(len(p.terms) for p in self.inside))
        for t in unseen:
            if t.effect is not None:
                opened = Normal(0.0, t.effect.sigma) if t.effect_name in open_signs else t.effect  # type: ignore[attr-defined]
                layout.add(t.effect_name, opened)
        self.level: int | None = None
        if node.intercept:
            prior = node.user_intercept or node.level
            if isinstance(prior, Normal):
                self.level = layout.reserve(1)
            else:
                layout.add(f"{node.node}.intercept", prior)
        for role, name in node.family_names.items():
            layout.add(name, node.family[role])
        for role, name in node.noise_names.items():
            layout.add(name, node.noise[role])

    def close(self, coordinates: Coordinates) -> None:
        """Take note of where the ranges stand."""
        at, node = coordinates.ranges, self.node
        parts = (*self.lines, *self.stacks)
        self._swings = {
            i: Swings(at[n], _coordinate(parts[i].terms), node.scale.sd) for i, n in self.swings.items()
        }
        self._room = None
        if self.room is not None:
            ends = np.cumsum([0, *(len(p.terms) for p in self.inside)]).tolist()
            runs = [(slice(a, b), _coordinate(p.terms)) for a, b, p in zip(ends, ends[1:], self.inside, strict=False)]
            self._room = Room(at[self.room], node.scale.mean, runs)
        self._level = None if self.level is None else at[self.level]

    @property
    def shares(self) -> list[slice]:
        """Where log-ratios of contributions stand."""
        return [] if self._room is None else [self._room.at]

    def predictor(self, xp: Namespace, q: Array, values: Values) -> tuple[Array, Array]:
        """Return the linear predictor (chains, time), and the log density (chains,) of effects and intercept."""
        curves = {id(s): s.curve(xp, values) for s in self.stacks}
        means = {key: xp.mean(f) for key, f in curves.items()}
        effects, density = self._effects(xp, q, values, curves, means)
        eta: Array = self.offset
        media: Array = 0.0
        others: Array = 0.0
        for part in (*self.lines, *self.stacks):
            effect = effects[id(part)]
            if isinstance(part, Lines):
                eta = eta + part.predictor(xp, effect)
                contribution = xp.matmul(effect, part.means[:, None])[:, 0] if part.terms[0].media else 0.0
            else:
                turned = xp.swapaxes(effect, 0, 1)[..., None]
                eta = eta + xp.combined(turned, curves[id(part)])
                contribution = (turned * means[id(part)]).sum(0)[:, 0]
            if part.terms[0].media:
                media = media + contribution
            else:
                others = others + contribution
        if self.node.intercept:
            intercept, own = self._intercept(xp, q, values, media, others)
            eta, density = eta + intercept[:, None], density + own
        return eta, density

    def _effects(
        self, xp: Namespace, q: Array, values: Values, curves: dict[int, Array], means: dict[int, Array]
    ) -> tuple[dict[int, Array], Array]:
        """Return the effects (chains, effects) of each part, and the log density of those without a prior's place."""
        effects: dict[int, Array] = {}
        density: Array = 0.0
        for i, part in enumerate((*self.lines, *self.stacks)):
            if i in self._swings:
                logs, own = self._swings[i].logs(xp, q, curves[id(part)], means[id(part)])
                effects[id(part)], density = xp.exp(logs), density + own
            elif part not in self.inside:
                effects[id(part)] = values.together(part.names)
        if self._room is not None:
            import os
            sw = [xp.swapaxes((0.5*xp.log(xp.mean((curves[id(p)]-means[id(p)])**2)+1e-12) - xp.log(means[id(p)]))[...,0],0,1) for p in self.inside]
            sw = sw[0] if len(sw)==1 else xp.concatenate(sw,axis=-1)
            if 'NOSW' in os.environ: sw=0.0
            logs, jacobian = self._room.log_contributions(xp, q, sw)
            each = [_means(xp, p, means) for p in self.inside]
            logs = logs - (each[0] if len(each) == 1 else xp.concatenate(each, axis=-1))
            density = density + jacobian + self._room.log_prior(xp, logs)
            effect = xp.exp(logs)
            for part, (at, _) in zip(self.inside, self._room.priors, strict=True):
                effects[id(part)] = effect[:, at]
        for part in (*self.lines, *self.stacks):
            values.name(part.names, effects[id(part)], [t.width for t in part.terms])
        return effects, density

    def _intercept(self, xp: Namespace, q: Array, values: Values, media: Array, others: Array) -> tuple[Array, Array]:
        """Return the intercept (chains,) and its log density: sampled by the level at average curves of all terms."""
        name, node = f"{self.node.node}.intercept", self.node
        if self._level is None:
            return values[name], 0.0
        prior = node.user_intercept or Normal(node.level.mu, node.level.sigma)
        assert isinstance(prior, Normal)
        step = min(prior.sigma, node.scale.sd)
        within = prior.mu + step * q[:, self._level][:, 0] - others
        values[name] = intercept = within - media
        told = intercept if node.user_intercept else within  # what the prior is of
        return intercept, -0.5 * ((told - prior.mu) * (1 / prior.sigma)) ** 2


def _prior(term: TermParameters) -> Any:
    return term.effect


def _positive(term: TermParameters) -> bool:
    return term.effect is not None and term.effect.support == (0.0, np.inf)


def _coordinate(terms: Sequence[TermParameters]) -> Positive:
    found = coordinate([t.effect for t in terms if t.effect is not None])
    assert isinstance(found, Positive)
    return found


def _means(xp: Namespace, part: Part, means: dict[int, Array]) -> Array:
    """Return the logs of the curves' means (chains, effects)."""
    if isinstance(part, Lines):
        return np.log(part.means)[None]
    return xp.log(xp.swapaxes(means[id(part)][..., 0], 0, 1))


def _offset(terms: Sequence[TermParameters], view: View) -> np.ndarray:
    """Return what terms with fixed effects add (time,)."""
    fixed = [t.term.fixed_effect * t.curve(view, {}) for t in terms if t.term.fixed_effect is not None]
    return sum(fixed, np.zeros(view.design.length))


def _lines(terms: Sequence[TermParameters], view: View, node: NodeParameters) -> tuple[Lines, ...]:
    groups: dict[Any, list[TermParameters]] = {}
    for t in terms:
        if t.effect is not None and not t.shape:
            groups.setdefault((type(t.effect), t in node.capped_terms, t.media), []).append(t)
    return tuple(
        Lines(tuple(found), np.concatenate([np.atleast_2d(t.curve(view, {})) for t in found]))
        for found in groups.values()
    )


def _stacks(terms: Sequence[TermParameters], view: View, node: NodeParameters) -> tuple[Stack, ...]:
    groups: dict[Any, list[TermParameters]] = {}
    for t in terms:
        if t.effect is not None and t.shape:
            priors = tuple((role, type(p)) for role, p in t.shape.items())
            key = (form(t.term, view.spends), priors, type(t.effect), t in node.capped_terms, t.media)
            groups.setdefault(key, []).append(t)
    return tuple(Stack(tuple(found), StackedView(view, [t.term for t in found])) for found in groups.values())
