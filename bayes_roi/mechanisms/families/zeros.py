"""What families with zeros of their own share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.base import Family
from bayes_roi.mechanisms.uniforms import inside

BELOW = 1e9
"""How far the noise of a zero of its own stands below all noise of the other family."""


class WithZeros(Family):
    r"""Zero with probability $1 - \psi$, else a value of the family `other`, never negative.

    The noise of a value is that of the other family, however unlikely the value: as a quantile of the mixture,
    $1 - \psi + \psi F(y)$, it would be lost to rounding. The noise of a zero of its own is `BELOW` all that, and holds
    the normal quantile of its place among such zeros. So more noise is never less value.
    """

    link_name = "log"
    atoms = True
    other: ClassVar[type[Family]]

    @classmethod
    def link(cls, y: np.ndarray) -> np.ndarray:
        return cls.other.link(np.where(y > 0, y, np.nan))  # a zero may be of its own, and says nothing of the rest

    @classmethod
    def mean(cls, xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return parameters["psi"] * cls.other.mean(xp, eta, parameters)

    @classmethod
    def cdf(cls, y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        psi, some = parameters["psi"], np.asarray(y) >= 0
        return np.where(some, 1 - psi + psi * cls.other.cdf(np.maximum(y, 0.0), eta, parameters), 0.0)

    @classmethod
    def noise(cls, u: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        gone = 1 - parameters["psi"]
        own = u <= gone
        rest = np.where(own, 0.5, (u - gone) / parameters["psi"])
        return np.where(own, _of_own(u, gone), cls.other.noise(rest, parameters))

    @staticmethod
    def residual(z: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        from scipy.special import ndtr, ndtri

        psi, own = parameters["psi"], _own(z)
        z = np.where(own, z + BELOW, z)
        lower = np.where(own, (1 - psi) * ndtr(z), 1 - psi + psi * ndtr(z))
        upper = np.where(own, psi + (1 - psi) * ndtr(-z), psi * ndtr(-z))
        return np.where(lower < 0.5, ndtri(lower), -ndtri(upper))

    @classmethod
    def respond(cls, xp: Namespace, eta: Array, z: Array, parameters: Mapping[str, Array]) -> Array:
        own = _own(z)
        return np.where(own, 0.0, cls.other.respond(np, eta, np.where(own, 0.0, z), parameters))

    @classmethod
    def abduct(cls, y: Array, eta: Array, parameters: Mapping[str, Array], u: Array) -> Array:
        y, u, eta = np.broadcast_arrays(np.asarray(y, float), u, eta)
        psi, gone = parameters["psi"], 1 - parameters["psi"]
        others = psi * cls.other.cdf(np.zeros(()), eta, parameters) if cls.other.atoms else np.zeros(())
        place = u * (gone + others)
        own = (y == 0) & (place <= gone)
        with np.errstate(all="ignore"):
            of_others = np.where(y == 0, np.clip((place - gone) / others, 0.0, 1.0), u)
        rest = cls.other.abduct(np.where(own, 1.0, y), eta, parameters, np.where(own, 0.5, of_others))
        return np.where(own, _of_own(place, gone), rest)


def _own(z: np.ndarray) -> np.ndarray:
    return z < -0.5 * BELOW


def _of_own(u: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """Return the noise of zeros of their own at quantiles `u` of the mixture, of which they are the first `gone`."""
    from scipy.special import ndtri

    with np.errstate(all="ignore"):
        among = inside(u / gone)
    return ndtri(among) - BELOW
