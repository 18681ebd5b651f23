"""What a plan adds by posterior draw, with its gradient: what every search for a better plan climbs on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.mechanisms.autodiff import Traced, gradient, plain, tape
from bayes_roi.mechanisms.uniforms import uniforms
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.exact_means import mean_is_exact
from bayes_roi.model.law.forward import Drawn, Forward, Noise

CELLS = 1 << 18
"""Draws x rows of a pass that are written down at once."""


class Earned(NamedTuple):
    """What a plan adds (draws,), and the pull from weights (draws,) to the gradient of the weighted sum of profits."""

    profit: np.ndarray
    pull: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Response:
    r"""Profit by draw of plans over some draws of the posterior.

    $\pi_d(x) = \text{margin} \sum_t v_t E[Y_t \mid do(x), \theta_d] - \sum_{c,t} x_{ct}$ over the periods of the plan
    and the run-off after them.

    Parameters
    ----------
    outlook
        The periods to plan.
    draws
        Positions of the draws to use.
    seed
        Of the noise, where conditional means do not carry the expectation: every plan then meets the same noise, each
        draw its own and the reverse of it.
    units_only
        Whether units of the outcome in the planned periods are counted instead, and spend costs nothing.
    """

    outlook: Outlook
    draws: np.ndarray
    seed: int = 0
    units_only: bool = False

    @cached_property
    def forward(self) -> Forward:
        scene = self.outlook.scene
        return Forward(scene.fit.model, scene.design, xp=tape)

    @cached_property
    def nothing(self) -> dict[str, Array]:
        """What is held where nothing is spent: node -> rows."""
        return self.outlook.held(np.zeros_like(self.outlook.reference))

    @cached_property
    def rows_of(self) -> dict[str, np.ndarray]:
        """Spend node -> (channel's periods, rows): the money that lands in each row per unit of money planned."""
        found = {}
        channels = self.outlook.fit.model.channels
        for c, name in enumerate(self.outlook.channels):
            node, unit = channels[name], np.zeros_like(self.outlook.reference)
            rows = []
            for t in range(self.outlook.periods):
                unit[c, t] = 1.0
                rows.append(self.outlook.held(unit)[node] - self.nothing[node])
                unit[c, t] = 0.0
            found[node] = np.stack(rows)
        return found

    @cached_property
    def exact(self) -> bool:
        """Whether conditional means alone give the expected outcome."""
        model = self.outlook.fit.model
        later = bool(len(self.outlook.scene.design.later))
        return mean_is_exact(model, frozenset(self.nothing), frozenset({model.outcome}), later_periods=later)

    @property
    def unit_value(self) -> np.ndarray:
        """What one unit of the outcome counts in each row (rows,), before spend."""
        return self.outlook.planned if self.units_only else self.outlook.margin * self.outlook.value

    @cached_property
    def base(self) -> np.ndarray:
        """What comes without spend and is no merit of a plan (draws,); 0 where units of the outcome are counted."""
        if self.units_only:
            return np.zeros(len(self.draws))
        parts = self._parts()
        found = [np.broadcast_to(plain(self._counted(self.nothing, p)), (len(self.draws[p]),)) for p in parts]
        return np.concatenate(found)

    @property
    def price(self) -> float:
        """What one unit of spend costs."""
        return 0.0 if self.units_only else 1.0

    def __call__(self, spend: np.ndarray) -> Earned:
        """Return the profit of a plan (channels, periods), or of one plan a draw (draws, channels, periods)."""
        parts = [self._part(spend, part) for part in self._parts()]
        sizes = np.cumsum([len(p.profit) for p in parts])[:-1]

        def pull(weights: np.ndarray) -> np.ndarray:
            pieces = [p.pull(w) for p, w in zip(parts, np.split(weights, sizes), strict=True)]
            return np.concatenate(pieces) if spend.ndim == 3 else np.asarray(sum(pieces))

        return Earned(np.concatenate([p.profit for p in parts]), pull)

    def only(self, which: np.ndarray) -> Response:
        """Return the same over some of the draws, by position among them; each keeps its noise."""
        if len(which) == len(self.draws):
            return self
        some = Response(self.outlook, self.draws[which], self.seed, self.units_only)
        kept = {k: v for k, v in vars(self).items() if k in ("forward", "nothing", "rows_of", "exact", "uniforms")}
        vars(some).update(kept | {"base": self.base[which]})
        return some

    def _parts(self) -> list[slice]:
        size = max(CELLS // self.outlook.scene.design.length, 1)
        return [slice(i, min(i + size, len(self.draws))) for i in range(0, len(self.draws), size)]

    def _part(self, spend: np.ndarray, part: slice) -> Earned:
        own = spend[part] if spend.ndim == 3 else spend
        leaves = [Traced(own[..., c, :]) for c in range(own.shape[-2])]
        held = dict(self.nothing)
        for leaf, (node, rows) in zip(leaves, self.rows_of.items(), strict=True):
            held[node] = tape.matmul(leaf, rows) + self.nothing[node]
        count = len(self.draws[part])
        earned = self._counted(held, part)
        values = np.broadcast_to(plain(earned), (count,)) - self.base[part]

        def pull(weights: np.ndarray) -> np.ndarray:
            cost = self.price * (np.broadcast_to(weights[:, None, None], own.shape) if own.ndim == 3 else weights.sum())
            if not isinstance(earned, Traced):
                return -cost * np.ones(own.shape)
            seed = weights if earned.ndim else weights.sum()
            return np.stack(gradient(earned, seed, leaves), axis=-2) - cost

        return Earned(values - self.price * own.sum(axis=(-2, -1)), pull)

    def _counted(self, held: dict[str, Array], part: slice) -> Array:
        """Return the outcome of a part of the draws (draws,), each row by its value, on a pair of noises if need be."""
        passes = [self._outcome(held, part, flip) for flip in ((False,) if self.exact else (False, True))]
        return (sum(passes[1:], passes[0]) * (1 / len(passes)) * self.unit_value).sum(-1)

    def _outcome(self, held: dict[str, Array], part: slice, flip: bool) -> Array:
        at, target = self.draws[part], self.outlook.fit.model.outcome
        parameters = {name: values[at] for name, values in self.outlook.fit.parameters.items()}
        noise = None if self.exact else self._noise(part, flip)
        if not self.exact:
            parameters = dict(self.forward.with_later_periods(parameters, self._of_periods(part, flip)))
        done = self.forward.run(parameters, held, noise=noise, targets=frozenset({target}))
        return done.values[target]

    def _noise(self, part: slice, flip: bool) -> Noise:
        """Return the same noise for every plan; the outcome, and nodes whose noise is not added, take their means."""
        model = self.outlook.fit.model

        def noise(node: str, law: Conditional) -> Array | None:
            if node == model.outcome or law.family.link_noise is None:
                return None
            key = (node, part.start, flip)
            if key not in self.drawn:
                u = self._uniforms(node)[self.draws[part]]
                self.drawn[key] = law.noise(1 - u if flip else u)
            return self.drawn[key]

        return noise

    def _of_periods(self, part: slice, flip: bool) -> Drawn:
        """Return what gives the same standard normals for every plan, of what units share in a period."""
        fit = self.outlook.fit

        def drawn(node: str, shape: tuple[int, ...]) -> np.ndarray:
            rng = np.random.default_rng([self.seed, fit.model.computation.order.index(node), 1])
            z = rng.standard_normal((fit.chains * fit.draws, shape[-1]))[self.draws[part]]
            return -z if flip else z

        return drawn

    def _uniforms(self, node: str) -> np.ndarray:
        """Return the uniforms (draws of the fit, rows) that a node's noise is made of."""
        if node not in self.uniforms:
            fit = self.outlook.fit
            shape = (fit.chains * fit.draws, self.outlook.scene.design.length)
            rng = np.random.default_rng([self.seed, fit.model.computation.order.index(node)])
            self.uniforms[node] = uniforms(rng, shape)
        return self.uniforms[node]

    @cached_property
    def uniforms(self) -> dict[str, np.ndarray]:
        """The uniforms of each node drawn so far."""
        return {}

    @cached_property
    def drawn(self) -> dict[tuple[str, int, bool], Array]:
        """The noise made of them so far."""
        return {}
