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

LinkNoise = Literal["normal", "student_t"]
"""Laws of noise that is added on the scale of the linear predictor."""


class Family(ABC):
    """A family of distributions of a node given its parents; a subclass in a file of this folder is known by its name.

    In every method `eta` is the linear predictor (..., time) and `parameters` hold the roles of `priors`, each with a
    trailing axis of length one.
    """

    name: ClassVar[str]
    pymc_name: ClassVar[str]
    identity_link: ClassVar[bool] = True
    discrete: ClassVar[bool] = False
    most: ClassVar[float] = math.inf
    """No value is above it."""
    link_noise: ClassVar[LinkNoise | None] = None
    """Law of (link(y) - eta) / sigma; None where noise is not added on that scale."""

    @staticmethod
    @abstractmethod
    def priors(sd: float) -> dict[str, Prior]:
        """Return role -> default prior of its own parameters, given the outcome's sd on the link scale."""

    @staticmethod
    def link(y: np.ndarray) -> np.ndarray:
        """Return the outcome on the scale of the linear predictor; zeros are moved a little where it has none."""
        return y

    @staticmethod
    def inverse_mean(m: float) -> float:
        """Return the linear predictor at which a value of middling noise is about `m`."""
        return m

    @staticmethod
    def objection(y: np.ndarray) -> str | None:
        """Return why observed values (rows,) cannot come from this family, or None."""
        return None

    @staticmethod
    @abstractmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        """Return E[value | parents] on the response scale."""

    @staticmethod
    @abstractmethod
    def noise(u: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        """Return standardised noise from uniforms in (0, 1)."""

    @staticmethod
    @abstractmethod
    def respond(xp: Namespace, eta: Array, z: Array, parameters: Mapping[str, Array]) -> Array:
        """Return the value with noise `z`."""

    @staticmethod
    @abstractmethod
    def abduct(y: Array, eta: Array, parameters: Mapping[str, Array]) -> Array:
        """Return the noise that made `y`; `respond` of it gives `y` back."""

    @staticmethod
    @abstractmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Return the arguments of the PyMC distribution `pymc_name`; here the parameters have no trailing axis."""
