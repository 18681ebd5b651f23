"""One equation of a block: its terms sorted into what can be computed at once, and its linear predictor."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from bayes_roi.inference.engines.hmc.coordinates import Positive, coordinate
from bayes_roi.inference.engines.hmc.effects import FLAT, bounded, log_swing, softened, standard_errors, unsoftened
from bayes_roi.inference.engines.hmc.parameters import Coordinates, Layout, Values
from bayes_roi.inference.engines.hmc.terms import Lines, Stack, StackedView, form
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.media import Joint
from bayes_roi.mechanisms.prior import Normal
from bayes_roi.model.design import View
from bayes_roi.model.parameters import NodeParameters, TermParameters

Part = Lines | Stack
BEGIN = 0.2
"""Share of the outcome that media begin with."""


class Equation:
    """The linear predictor of one node over all chains, and the density of what has no coordinate by its own prior.

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
    hidden
        Nodes whose terms are no part of the predictor.
    open_signs
        Effects of theirs whose sign is left open.
    """

    def __init__(
        self,
        node: NodeParameters,
        view: View,
        layout: Layout,
        *,
        y: np.ndarray | None,
        hidden: Collection[str],
        open_signs: Collection[str],
    ) -> None:
        self.node = node
        unseen = [t for t in node.terms if set(t.term.parents) & set(hidden)]
        seen = [t for t in node.terms if t not in unseen]
        self.offset = _offset(seen, view)
        self.parts: tuple[Part, ...] = (*_lines(seen, view, node), *_stacks(seen, view, node))
        self.logs = [p for p in self.parts if self._by_log(p)]
        self.errors = self._errors(y)
        self._place(layout, unseen, open_signs)

    def _by_log(self, part: Part) -> bool:
        """Whether the effects of a part are sampled by what they contribute, not by their own priors."""
        prior = part.terms[0].effect
        media = self.node.media
        joint = isinstance(prior, Joint) or (media is not None and media.bounded and self._jointly(part))
        return joint or (isinstance(part, Stack) and prior is not None and prior.support == (0.0, np.inf))

    def _errors(self, y: np.ndarray | None) -> dict[int, np.ndarray]:
        """Return how far off the contributions or the swings are that a regression on all curves tells, by part."""
        media = self.node.media
        curves = [p.middle for p in self.parts]
        if not self.logs:
            return {}
        if y is None:
            return {id(p): np.full(len(p.terms), self.node.scale.sd) for p in self.logs}
        errors = standard_errors(np.concatenate(curves), y)
        found = dict(zip(map(id, self.parts), np.split(errors, np.cumsum([len(c) for c in curves])[:-1]), strict=True))
        for part in (p for p in self.logs if self._jointly(p)):  # of the mean instead of the swing
            assert media is not None
            found[id(part)] *= media.unit * np.abs(part.middle).mean(1) / np.maximum(part.middle.std(1), FLAT)
        return found

    def _jointly(self, part: Part) -> bool:
        return part.terms[0].effect_name in self.node.jointly

    def _place(self, layout: Layout, unseen: Sequence[TermParameters], open_signs: Collection[str]) -> None:
        """Give every parameter its place."""
        node = self.node
        for part in self.parts:
            for role in part.terms[0].shape:
                for t in part.terms:
                    layout.add(t.shape_names[role], t.shape[role])
        for t in (t for p in self.parts if p not in self.logs for t in p.terms):
            layout.add(t.effect_name, t.effect, t.width)  # type: ignore[arg-type]
        self._ranges = [layout.reserve(len(p.terms)) for p in self.logs]
        for t in unseen:
            if t.effect is not None:
                opened = t.effect_name in open_signs
                layout.add(t.effect_name, Normal(0.0, t.effect.sigma) if opened else t.effect)  # type: ignore[attr-defined]
        own = {**node.hyper, **{n: node.family[r] for r, n in node.family_names.items()}}
        own |= {n: node.noise[r] for r, n in node.noise_names.items()}
        self._level: int | None = None
        if node.intercept and isinstance(node.user_intercept or node.level, Normal):
            self._level = layout.reserve(1)
        elif node.intercept and node.user_intercept is not None:
            own[f"{node.node}.intercept"] = node.user_intercept
        for name, prior in own.items():
            layout.add(name, prior)

    def close(self, coordinates: Coordinates) -> None:
        """Take note of where the ranges stand."""
        self.at = {id(p): coordinates.ranges[i] for p, i in zip(self.logs, self._ranges, strict=True)}
        self.level_at = None if self._level is None else coordinates.ranges[self._level].start
        self.priors: dict[int, Positive] = {}
        for part in self.logs:
            if not isinstance(part.terms[0].effect, Joint):
                found = coordinate([t.effect for t in part.terms if t.effect is not None])
                assert isinstance(found, Positive)
                self.priors[id(part)] = found

    @property
    def begin(self) -> dict[slice, np.ndarray]:
        """Where coordinates begin that are not zero in the middle of the prior."""
        count = sum(len(p.terms) for p in self.logs if self._jointly(p))
        top = 0.0 if self.node.media is None else self.node.media.top
        begin = {id(p): BEGIN * top / count if self._jointly(p) else self.node.scale.sd for p in self.logs}
        return {self.at[id(p)]: unsoftened(begin[id(p)] / self.errors[id(p)]) for p in self.logs}

    def predictor(self, xp: Namespace, q: Array, values: Values) -> tuple[Array, Array]:
        """Return the linear predictor (chains, time), and the log density (chains,) of effects and intercept."""
        curves = {id(p): p.curve(xp, values) for p in self.parts if isinstance(p, Stack)}
        means = {key: xp.mean(curve) for key, curve in curves.items()}
        density = self._effects(xp, q, values, curves, means)
        eta: Array = self.offset
        media: Array = 0.0
        others: Array = 0.0
        for part in self.parts:
            effect = values.effects[id(part)]
            if isinstance(part, Lines):
                eta = eta + xp.matmul(effect, part.curves)
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
            density = density + self._intercept(xp, q, values, media, others)
            eta = eta + values[f"{self.node.node}.intercept"][:, None]
        return eta, density

    def _effects(
        self, xp: Namespace, q: Array, values: Values, curves: dict[int, Array], means: dict[int, Array]
    ) -> Array:
        """Note the effects (chains, effects) of each part; return the log density of those sampled by logs."""
        media, density, logs, sizes = self.node.media, 0.0, {}, {}
        for part in self.logs:
            key = id(part)
            size, jacobian = softened(xp, q[:, self.at[key]])
            size, density = size + np.log(self.errors[key]), density + jacobian
            if self._jointly(part):  # its contribution
                assert media is not None
                mean = part.sizes[None] if isinstance(part, Lines) else _turned(xp, means[key])
                sizes[key] = xp.log(mean) + np.log(media.unit)
                logs[key] = size - sizes[key]
            else:
                logs[key] = size - log_swing(xp, curves[key], means[key])
        if sizes:
            density = density + self._media(xp, values, logs, sizes)
        for key, prior in self.priors.items():
            density = density + prior.log_density(xp, prior.of_log(logs[key])).sum(-1)
        for part in self.parts:
            effect = (
                xp.exp(logs[id(part)]) if id(part) in logs else values.together([t.effect_name for t in part.terms])
            )
            values.note(part, effect)
        return density

    def _media(self, xp: Namespace, values: Values, logs: dict[int, Array], sizes: dict[int, Array]) -> Array:
        """Hold logs of effects where their contributions leave room; return the joint log density of media."""
        media = self.node.media
        assert media is not None
        jointly = [p for p in self.logs if id(p) in sizes]
        each = [logs[id(p)] + sizes[id(p)] for p in jointly]
        contributions = each[0] if len(each) == 1 else xp.concatenate(each, axis=-1)
        density: Array = 0.0
        if media.bounded:
            contributions, density = bounded(xp, contributions - np.log(media.top))
            contributions = contributions + np.log(media.top)
            first = 0
            for part in jointly:
                last = first + len(part.terms)
                logs[id(part)] = contributions[:, first:last] - sizes[id(part)]
                first = last
        names = [t.effect_name for p in jointly for t in p.terms]
        used = xp.exp(contributions)
        others: Array = 0.0
        at = [names.index(n) for n in media.effects]
        rest = [i for i in range(len(names)) if i not in at]
        if rest:
            others = used[:, rest].sum(-1)
        if not at:
            return density + media.log_density(xp, others, others, values)
        if at != list(range(len(names))):
            used, contributions = used[:, at], contributions[:, at]
        return density + media.log_density(xp, used, others, values) + contributions.sum(-1)

    def _intercept(self, xp: Namespace, q: Array, values: Values, media: Array, others: Array) -> Array:
        """Note the intercept (chains,) and return its log density: sampled by the level at average curves of all."""
        node, name = self.node, f"{self.node.node}.intercept"
        if self.level_at is None:
            return 0.0
        prior = node.user_intercept or node.level
        assert isinstance(prior, Normal)
        step = min(prior.sigma, node.scale.sd)
        level = prior.mu + step * q[:, self.level_at] - others
        values[name] = level - media
        told = level if node.user_intercept is None else values[name]  # what the prior is of
        return -0.5 * ((told - prior.mu) * (1 / prior.sigma)) ** 2


def _turned(xp: Namespace, mean: Array) -> Array:
    """Return means (terms, chains, 1) as (chains, terms)."""
    return xp.swapaxes(mean[..., 0], 0, 1)


def _offset(terms: Sequence[TermParameters], view: View) -> np.ndarray:
    """Return what terms with fixed effects add (time,)."""
    fixed = [t.term.fixed_effect * t.curve(view, {}) for t in terms if t.term.fixed_effect is not None]
    return sum(fixed, np.zeros(view.design.length))


def _lines(terms: Sequence[TermParameters], view: View, node: NodeParameters) -> tuple[Lines, ...]:
    groups: dict[Any, list[TermParameters]] = {}
    for t in terms:
        if t.effect is not None and not t.shape:
            groups.setdefault((type(t.effect), t.effect_name in node.jointly, t.media), []).append(t)
    return tuple(
        Lines(tuple(found), np.concatenate([np.atleast_2d(t.curve(view, {})) for t in found]))
        for found in groups.values()
    )


def _stacks(terms: Sequence[TermParameters], view: View, node: NodeParameters) -> tuple[Stack, ...]:
    groups: dict[Any, list[TermParameters]] = {}
    for t in terms:
        if t.effect is not None and t.shape:
            priors = tuple((role, type(p)) for role, p in t.shape.items())
            key = (form(t.term, view.spends), priors, type(t.effect), t.effect_name in node.jointly, t.media)
            groups.setdefault(key, []).append(t)
    return tuple(Stack(tuple(found), StackedView(view, [t.term for t in found])) for found in groups.values())
