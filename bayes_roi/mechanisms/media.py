r"""What the spends of one equation contribute, taken together: the joint prior of their mean contributions.

Each spend with a prior of its own would be a prior on their sum that nobody wrote: half-normals of the size of the
outcome, held below it, are nearly uniform on a simplex, and say that J channels make J / (J + 1) of it. So the prior is
put on the contributions $c_j$ (effect times the mean of the curve over the rows of the likelihood) and on what all of
them leave, with M the mean of the outcome:

- `Roas`, where the outcome is money. $c_j \sim \text{HalfNormal}(s_j)$ with $s_j = \text{typical} \cdot
  \text{relative}_j \cdot \text{spend}_j / 0.6745$: given these two the return on a unit of money has median typical
  times relative. What is typical is common to all channels of the equation; times $1 - T$, $T = \sum c / M$.
- `Share`, where it is not: $T \sim \text{Beta}$, and $c / \sum c$ is uniform on the simplex (a flat Dirichlet).
- `Room`: no more than that media leave something, $T < 1$; each effect has a prior of its own.

Under a log link $c_j$ is M times the mean effect on the linear predictor and what media leave is the share
$e^{-\sum c / M}$ of the outcome: no bound is needed. Where the outcome may be negative there is neither bound nor room.
Effects with a written prior are not in it, but what they contribute takes room (`others`).

Everything is written over an array namespace, for the PyMC model, the engines and the prior's own draws.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from bayes_roi.mechanisms import scale_mixture
from bayes_roi.mechanisms.arrays import Array, Namespace, side_by_side
from bayes_roi.mechanisms.prior import Beta, LogNormal, Prior
from bayes_roi.mechanisms.uniforms import PRIOR_EDGE, uniforms
from bayes_roi.numbers import plain

MEDIAN_OF_HALF_NORMAL = 0.6744897501960817
"""Median of a HalfNormal(1)."""
DEFAULT_ROAS = {"typical": 2.0, "common": 1.0, "between": 0.8}
"""Median of the typical return, and sd of the logs of the typical and of each channel's relative one."""
DEFAULT_SHARE = Beta(1.0, 2.0)
"""Share of media in an outcome that is not money: a third in the mean, 90 % between .03 and .78."""

Room_ = Literal["bounded", "log", "open"]
"""What contributions leave: 1 - T, and T < 1; e^-T under a log link; nothing is said of it."""


@dataclass(frozen=True)
class Joint(Prior):
    """The prior of an effect that has no density of its own: `MediaPrior` has that of all of them."""

    support = (0.0, math.inf)

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        raise TypeError("this effect has no prior of its own; ask the MediaPrior of its equation")

    def ppf(self, q: np.ndarray) -> np.ndarray:
        raise TypeError("this effect has no prior of its own; ask the MediaPrior of its equation")

    def text(self, digits: int | None = None) -> str:
        return "joint prior of media"


@dataclass(frozen=True, kw_only=True)
class MediaPrior(ABC):
    """Joint prior of the mean contributions of the spend terms of one equation.

    Parameters
    ----------
    node
        Whose equation it is.
    effects
        Names of the effects it is the prior of, J of them.
    others
        Names of the positive effects of spends that have a prior of their own: what they contribute takes room.
    top
        Mean of the outcome, in its units (on the response scale under a log link).
    room
        What contributions leave.
    """

    kind: ClassVar[str]
    node: str
    effects: tuple[str, ...]
    others: tuple[str, ...]
    top: float
    room: Room_

    @property
    def bounded(self) -> bool:
        """Whether all contributions together stay below `top`."""
        return self.room == "bounded"

    @property
    def unit(self) -> float:
        """Contribution, in the outcome's units, of a mean effect of one on the linear predictor."""
        return self.top if self.room == "log" else 1.0

    @property
    def hyper(self) -> dict[str, Prior]:
        """Parameters of the prior itself, each with a prior that depends on nothing else."""
        return {}

    @abstractmethod
    def text(self) -> str:
        """Return the prior in words."""

    @abstractmethod
    def log_density(self, xp: Namespace, contributions: Array, others: Array, parameters: Mapping[str, Array]) -> Array:
        """Return the log density (...,) of contributions (..., J) in the outcome's units.

        Parameters
        ----------
        contributions
            Of the effects, in their order.
        others
            What all others contribute together (...,).
        parameters
            Name -> values (...,) of `hyper`.
        """

    def usual(self, effect: str) -> float:
        """Return a contribution of an effect that is no surprise: the scale of how it may vary between panel units."""
        return self.top

    @abstractmethod
    def draw(
        self, hyper: Mapping[str, np.ndarray], others: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return contributions (count, J) drawn without regard to the room, and the probability to keep each draw."""

    def log_left(self, xp: Namespace, total: Array) -> Array:
        """Return the log of the share of the outcome that contributions (...,) leave, -inf where nothing is left."""
        share = total / np.float64(self.top)
        if self.room == "log":
            return -share
        left = 1.0 - share
        some = left > 0
        return xp.where(some, xp.log(xp.where(some, left, 1.0)), -np.inf)


@dataclass(frozen=True, kw_only=True)
class Roas(MediaPrior):
    """Returns that the channels of an equation have in common, and each its own.

    Parameters
    ----------
    labels
        What the terms' parameters begin with, by effect.
    spends
        Mean spend of each term in units of the outcome (money over its value): what a ROAS of one contributes.
    typical, common, between
        Median of the typical ROAS, sd of its log, and sd of the log of each term's relative to it.
    """

    kind = "roas"
    labels: tuple[str, ...]
    spends: tuple[float, ...]
    typical: float = DEFAULT_ROAS["typical"]
    common: float = DEFAULT_ROAS["common"]
    between: float = DEFAULT_ROAS["between"]

    @property
    def typical_name(self) -> str:
        return f"{self.node}.typical_roas"

    @property
    def relative_names(self) -> tuple[str, ...]:
        return tuple(f"{label}.relative_roas" for label in self.labels)

    @property
    def hyper(self) -> dict[str, Prior]:
        relative: Prior = LogNormal(0.0, self.between)
        typical: Prior = LogNormal(math.log(self.typical), self.common)
        return {self.typical_name: typical} | dict.fromkeys(self.relative_names, relative)

    def text(self) -> str:
        return (
            f"each channel's ROAS half-normal around a typical one of {plain(self.typical)} "
            f"(sd of logs {plain(self.common)} in common, {plain(self.between)} between)"
        )

    def usual(self, effect: str) -> float:
        spend = self.spends[self.effects.index(effect)]
        return spend * self.typical * math.exp(math.hypot(self.common, self.between)) / MEDIAN_OF_HALF_NORMAL

    def scales(self, xp: Namespace, parameters: Mapping[str, Array]) -> Array:
        """Return the scales (..., J) of the half-normal contributions."""
        units = np.array(self.spends) / MEDIAN_OF_HALF_NORMAL
        relative = side_by_side(xp, parameters, self.relative_names)
        return parameters[self.typical_name][..., None] * relative * units

    def log_density(self, xp: Namespace, contributions: Array, others: Array, parameters: Mapping[str, Array]) -> Array:
        scales = self.scales(xp, parameters)
        density = (-0.5 * (contributions / scales) ** 2 - xp.log(scales)).sum(-1)
        density = density + len(self.effects) * 0.5 * math.log(2 / math.pi)
        return density + self._log_room(xp, contributions, others)

    def _log_room(self, xp: Namespace, contributions: Array, others: Array) -> Array:
        return 0.0 if self.room == "open" else self.log_left(xp, contributions.sum(-1) + others)

    def log_marginal(
        self,
        xp: Namespace,
        log_contributions: Array,
        others: Array,
        typical: Array,
        relative: Sequence[LogNormal],
    ) -> Array:
        """Return the log density (...,) of the logs of contributions (..., J), relative returns integrated out.

        Parameters
        ----------
        log_contributions, others
            Logs (..., J) of contributions as in `log_density`, and what all others contribute (...,).
        typical
            The typical return (...,).
        relative
            Priors of the relative ones.
        """
        apart = self._apart(xp, log_contributions, typical, relative)
        density = scale_mixture.log_density(xp, apart, np.array([p.sigma for p in relative])).sum(-1)
        return density + self._log_room(xp, xp.exp(log_contributions), others)

    def draw_relative(
        self,
        log_contributions: np.ndarray,
        typical: np.ndarray,
        relative: Sequence[LogNormal],
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return draws (count, J) of the relative returns given all else, as `log_marginal` has it."""
        apart = self._apart(np, log_contributions, typical, relative)
        log_scale = scale_mixture.draw_log_scale(apart, np.array([p.sigma for p in relative]), rng)
        return np.asarray(np.exp(log_scale + [p.mu for p in relative]))

    def _apart(self, xp: Namespace, log_contributions: Array, typical: Array, relative: Sequence[LogNormal]) -> Array:
        """Return logs of contributions (..., J) less the means of the logs of their scales."""
        units = np.array(self.spends) / MEDIAN_OF_HALF_NORMAL
        middle = np.log(units) + np.array([p.mu for p in relative])
        return log_contributions - middle - xp.log(typical)[..., None]

    def draw(
        self, hyper: Mapping[str, np.ndarray], others: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        scales = self.scales(np, hyper)
        contributions = np.abs(rng.standard_normal(scales.shape)) * scales
        if self.room == "open":
            return contributions, np.ones(len(scales))
        return contributions, np.exp(self.log_left(np, contributions.sum(-1) + others))


@dataclass(frozen=True, kw_only=True)
class Share(MediaPrior):
    """The share of all media in the outcome, divided among the channels without preference."""

    kind = "share"
    share: Beta = DEFAULT_SHARE

    def text(self) -> str:
        return f"share of media in the outcome {self.share.text(4)}, divided without preference (flat Dirichlet)"

    def log_density(self, xp: Namespace, contributions: Array, others: Array, parameters: Mapping[str, Array]) -> Array:
        a, b, count = self.share.alpha, self.share.beta, len(self.effects)
        constant = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + math.lgamma(count)
        total = contributions.sum(-1)
        if self.room == "log":  # T = 1 - e^-S, dT/dS = e^-S
            s = total / np.float64(self.top)
            log_t = xp.log(1.0 - xp.exp(-s)) if a != 1 else 0.0 * s
            return constant + (a - 1) * log_t - b * s - (count - 1) * xp.log(s) - np.float64(count * math.log(self.top))
        left = np.float64(self.top) - others
        some = left > 0
        left = xp.where(some, left, 1.0)
        rest = 1.0 - total / left
        inside = some & (rest > 0)
        log_t, log_rest = xp.log(total / left), xp.log(xp.where(inside, rest, 1.0))
        density = constant + (a - count) * log_t + (b - 1) * log_rest - count * xp.log(left)
        return xp.where(inside, density, -np.inf)

    def draw(
        self, hyper: Mapping[str, np.ndarray], others: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        count = len(others)
        share = self.share.ppf(uniforms(rng, count, PRIOR_EDGE))
        parts = rng.dirichlet(np.ones(len(self.effects)), count)
        left = np.full(count, self.top) if self.room == "log" else self.top - others
        total = -np.log1p(-share) if self.room == "log" else share
        return (total * left)[:, None] * parts, np.asarray(left > 0, float)


@dataclass(frozen=True, kw_only=True)
class Room(MediaPrior):
    """No prior but that media leave something: each effect has its own."""

    kind = "room"

    def text(self) -> str:
        return "media together explain no more than the mean of the outcome"

    def log_density(self, xp: Namespace, contributions: Array, others: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.where(others <= np.float64(self.top), 0.0, -np.inf)

    def draw(
        self, hyper: Mapping[str, np.ndarray], others: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((len(others), 0)), np.asarray(others <= self.top, float)
