"""What a family is: how a node's value comes from its linear predictor and its noise.

The noise z is standardised and drawn from uniforms that are supplied, so that two arms of a contrast can share it and
a period's own noise can be recovered (abduction) and kept.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Prior
from bayes_roi.numbers import plain

LinkName = Literal["identity", "log", "logit"]
LinkNoise = Literal["normal", "student_t"]
"""Laws of noise that is added on the scale of the linear predictor."""


class Family(ABC):
    """A family of distributions of a node given its parents; a subclass in a file of this folder is known by its name.

    In every method `eta` is the linear predictor (..., time) and `parameters` hold the roles of `priors`, each with a
    trailing axis of length one. Where `takes_trials`, they also hold "trials", the values of another node: (time,) or
    (..., time).
    """

    name: ClassVar[str]
    pymc_name: ClassVar[str]
    link_name: ClassVar[LinkName] = "identity"
    """The function that takes the mean (of binomial its share of the trials) to the linear predictor."""
    discrete: ClassVar[bool] = False
    atoms: ClassVar[bool] = False
    """Whether some value has a probability of its own, so that it does not tell its noise: abduction then draws it."""
    amount: ClassVar[bool] = True
    """Whether values are amounts that grow with the size of the row; shares are not."""
    takes_trials: ClassVar[bool] = False
    """Whether values are successes out of the trials that another node counts."""
    most: ClassVar[float] = math.inf
    """No value is above it."""
    wider: ClassVar[str] = ""
    """The family of such values whose rows may vary more; empty where the family has a scale of its own."""
    link_noise: ClassVar[LinkNoise | None] = None
    """Law of (link(y) - eta) / sigma; None where noise is not added on that scale."""

    @staticmethod
    @abstractmethod
    def priors(sd: float) -> dict[str, Prior]:
        """Return role -> default prior of its own parameters, given the outcome's sd on the link scale."""

    @classmethod
    def link(cls, y: np.ndarray) -> np.ndarray:
        """Return the outcome on the scale of the linear predictor; NaN where it has none."""
        if cls.link_name == "identity":
            return y
        above = np.log(np.where(y > 0, y, np.nan))
        return above if cls.link_name == "log" else above - np.log1p(-np.where(y < 1, y, np.nan))

    @classmethod
    def link_of(cls, y: np.ndarray, trials: np.ndarray | None = None) -> np.ndarray:
        """Return `link(y)`, of a family that takes trials given them (rows,)."""
        return cls.link(y)

    @classmethod
    def inverse_mean(cls, m: float) -> float:
        """Return the linear predictor at which a value of middling noise is about `m`, a share of its trials if any."""
        if cls.link_name == "identity":
            return m
        return math.log(m) if cls.link_name == "log" else math.log(m / (1 - m))

    @classmethod
    def objection(cls, y: np.ndarray) -> str | None:
        """Return why observed values (rows,) cannot come from this family, or None."""
        positive = cls.link_name == "log" and not cls.atoms
        if not positive or y.min() > 0:
            return None
        return f"the {cls.name} family needs values above zero, the lowest is {plain(y.min())}"

    @classmethod
    def objection_to_trials(cls, y: np.ndarray, trials: np.ndarray) -> str | None:
        """Return why observed values (rows,) cannot come out of these trials (rows,), or None."""
        return None

    @classmethod
    def sized(
        cls, xp: Namespace, eta: Array, parameters: Mapping[str, Array], size: Array
    ) -> tuple[Array, Mapping[str, Array]]:
        r"""Return linear predictor and parameters of the value of a row `size` (time,) times as large.

        An amount is $s$ times as large: with an identity link $s \eta$ and $s \sigma$, with a log link
        $\eta + \log s$, which of counts makes s an exposure (an offset; McCullagh and Nelder 1989, chapter 6). A
        share stays as it is. `size` is above zero.
        """
        if not cls.amount:
            return eta, parameters
        if cls.link_name == "identity":
            return size * eta, {**parameters, "sigma": size * parameters["sigma"]}
        return eta + xp.log(size), parameters

    @staticmethod
    @abstractmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        """Return E[value | parents] on the response scale."""

    @classmethod
    @abstractmethod
    def cdf(cls, y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return P(value <= y)."""

    @classmethod
    def quantile(cls, u: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the least value whose cdf reaches u in (0, 1)."""
        return cls.respond(np, eta, cls.noise(u, parameters), parameters)

    @staticmethod
    @abstractmethod
    def noise(u: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        """Return standardised noise from uniforms in (0, 1)."""

    @staticmethod
    def residual(z: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        """Return noise as a residual that is standard normal where the model is right."""
        return z

    @classmethod
    @abstractmethod
    def respond(cls, xp: Namespace, eta: Array, z: Array, parameters: Mapping[str, Array]) -> Array:
        """Return the value with noise `z`."""

    @classmethod
    @abstractmethod
    def abduct(cls, y: Array, eta: Array, parameters: Mapping[str, Array], u: Array) -> Array:
        """Return noise that made `y`; `respond` of it gives `y` back.

        Where a value has a probability of its own, all noise between two bounds makes it: it is drawn between them by
        `u`, uniforms in (0, 1) that broadcast with y and eta (Dunn and Smyth 1996). Other families ignore `u`.
        """

    @classmethod
    @abstractmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        """Return the log density of values `y` (time,), less what does not depend on the parameters.

        `xp` is `mechanisms/autodiff/`'s, which has gammaln, log1p and softplus.
        """

    @staticmethod
    @abstractmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Return the arguments of the PyMC distribution `pymc_name`; here the parameters have no trailing axis."""
