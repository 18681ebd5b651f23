"""The effects of an equation that are above zero, sampled by what they do to the outcome (see `effects`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bayes_roi.inference.engines.hmc.coordinates import Positive, coordinate
from bayes_roi.inference.engines.hmc.effects import (
    FLAT,
    bounded,
    log_swing,
    softened,
    standard_errors,
    unsoftened,
)
from bayes_roi.inference.engines.hmc.parameters import Coordinates, Slots, Values
from bayes_roi.inference.engines.hmc.terms import Part, Stack
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.media import Joint, Roas
from bayes_roi.mechanisms.prior import LogNormal
from bayes_roi.model.law.parameters import NodeParameters

BEGIN = 0.2
"""Share of the outcome that media begin with."""


class PositiveEffects:
    """Those of one equation: each coordinate is of a contribution to the mean, where media have a joint prior, or of a
    swing about it.

    Parameters
    ----------
    node
        The parameters of the equation.
    parts
        All its parts.
    y
        The node on the scale of the predictor (rows,); None where it is not observed.
    unit
        Of each row (rows,), where units have levels of their own; else zero.
    """

    def __init__(self, node: NodeParameters, parts: Sequence[Part], y: np.ndarray | None, unit: np.ndarray) -> None:
        self.node = node
        self.parts = [p for p in parts if self._takes(p)]
        self.jointly = [p for p in self.parts if p.terms[0].effect_name in node.jointly]
        self.names = [t.effect_name for p in self.jointly for t in p.terms]
        self._errors = self._standard_errors(parts, y, unit)
        self.relative = _log_normal(node)
        self._priors = {p: _coordinate(p) for p in self.parts if not isinstance(p.terms[0].effect, Joint)}

    def _takes(self, part: Part) -> bool:
        prior, media = part.terms[0].effect, self.node.media
        bound = media is not None and media.bounded and part.terms[0].effect_name in self.node.jointly
        return isinstance(prior, Joint) or bound or (isinstance(part, Stack) and prior is not None and prior.positive)

    def _standard_errors(self, parts: Sequence[Part], y: np.ndarray | None, unit: np.ndarray) -> dict[Part, np.ndarray]:
        """Return about how far off a regression on all curves tells what each coordinate is of (terms,)."""
        if y is None or not self.parts:
            return {p: np.full(len(p.terms), self.node.scale.sd) for p in self.parts}
        ends = np.cumsum([len(p.middle) for p in parts])[:-1]
        errors = standard_errors(np.concatenate([p.middle for p in parts]), y, unit)
        found = dict(zip(parts, np.split(errors, ends), strict=True))
        for part in self.jointly:  # of the mean instead of the swing
            size = 1.0 if self.node.media is None else self.node.media.unit
            found[part] *= size * np.abs(part.middle).mean(1) / np.maximum(part.middle.std(1), FLAT)
        return found

    @property
    def integrated(self) -> tuple[str, ...]:
        """Names of the relative returns, where they are integrated out."""
        media = self.node.media
        return media.relative_names if isinstance(media, Roas) and self.relative is not None else ()

    def place(self, layout: Slots) -> None:
        """Take places for the coordinates."""
        self._ranges = [layout.reserve(len(p.terms)) for p in self.parts]

    def close(self, coordinates: Coordinates) -> None:
        """Take note of where they are."""
        self._at = {p: coordinates.ranges[i] for p, i in zip(self.parts, self._ranges, strict=True)}

    @property
    def begin(self) -> dict[slice, np.ndarray]:
        """Where the coordinates begin."""
        top = 0.0 if self.node.media is None else self.node.media.top
        size = {p: BEGIN * top / len(self.names) if p in self.jointly else self.node.scale.sd for p in self.parts}
        return {self._at[p]: unsoftened(size[p] / self._errors[p]) for p in self.parts}

    def evaluate(
        self, xp: Namespace, q: Array, values: Values, curves: Mapping[Part, Array], means: Mapping[Part, Array]
    ) -> tuple[Array, Array]:
        """Note the effects (chains, terms) of each part.

        Returns
        -------
        tuple
            Log density of the coordinates (chains,), and the logs of the contributions under the joint prior of media
            (chains, J), zero where there is none.
        """
        density: Array = 0.0
        sizes, units = {}, {}
        for part in self.parts:  # log effect = log size - log unit, of which the unit hangs on the curve alone
            size, jacobian = softened(xp, q[:, self._at[part]])
            sizes[part], density = size + np.log(self._errors[part]), density + jacobian
            units[part] = self._log_unit(xp, part, curves, means)
        of_media, contributions = self._media(xp, values, sizes)
        density = density + of_media
        for part in self.parts:
            logs = sizes[part] - units[part]
            if part in self._priors:
                prior = self._priors[part]
                density = density + prior.log_density(xp, prior.of_log(logs)).sum(-1)
            values.note(part, xp.exp(logs))
        return density, contributions

    def _log_unit(self, xp: Namespace, part: Part, curves: Mapping[Part, Array], means: Mapping[Part, Array]) -> Array:
        if part in self.jointly and self.node.media is not None:
            mean = xp.swapaxes(means[part][..., 0], 0, 1) if part.terms[0].shape else part.sizes[None]
            return xp.log(mean) + np.log(self.node.media.unit)
        return log_swing(xp, curves[part], means[part])

    def _media(self, xp: Namespace, values: Values, sizes: dict[Part, Array]) -> tuple[Array, Array]:
        """Hold contributions where they leave room; return the joint log density of their logs, and these."""
        media = self.node.media
        if media is None or not self.jointly:
            return 0.0, 0.0
        each = [sizes[p] for p in self.jointly]
        logs: Array = each[0] if len(each) == 1 else xp.concatenate(each, axis=-1)
        density: Array = 0.0
        if media.bounded:
            logs, density = bounded(xp, logs - np.log(media.top))
            logs = logs + np.log(media.top)
            first = 0
            for part in self.jointly:
                sizes[part] = logs[:, first : first + len(part.terms)]
                first += len(part.terms)
        at = [self.names.index(n) for n in media.effects]
        rest = [i for i in range(len(self.names)) if i not in at]
        others = xp.exp(logs[:, rest]).sum(-1) if rest else 0.0
        if not at:
            return density + media.log_density(xp, others, others, values), 0.0
        logs = logs if at == list(range(len(self.names))) else logs[:, at]
        if isinstance(media, Roas) and self.relative is not None:
            return density + media.log_marginal(xp, logs, others, values[media.typical_name], self.relative), logs
        return density + media.log_density(xp, xp.exp(logs), others, values) + logs.sum(-1), logs

    def draw(self, contributions: np.ndarray, values: Values, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return draws (draws,) of the parameters that were integrated out, given the others."""
        media = self.node.media
        if not isinstance(media, Roas) or self.relative is None:
            return {}
        found = media.draw_relative(contributions, values[media.typical_name], self.relative, rng)
        return dict(zip(media.relative_names, found.T, strict=True))


def _log_normal(node: NodeParameters) -> list[LogNormal] | None:
    """Return the priors of relative returns, where they are such that their scales can be integrated out."""
    if not isinstance(node.media, Roas):
        return None
    priors = [node.hyper[name] for name in node.media.relative_names]
    found = [p for p in priors if isinstance(p, LogNormal)]
    return found if len(found) == len(priors) else None


def _coordinate(part: Part) -> Positive:
    found = coordinate([t.effect for t in part.terms if t.effect is not None])
    assert isinstance(found, Positive)
    return found
