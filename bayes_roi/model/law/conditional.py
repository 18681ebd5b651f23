"""The distribution of a node given its parents, row by row: where its family, its noise and its rows come together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families import Family
from bayes_roi.mechanisms.noise import coloured, whitened
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import NodeParameters
from bayes_roi.model.rows.view import View

AUTOCORRELATION = "autocorrelation"


@dataclass(frozen=True, eq=False)
class Conditional:
    """A node's distribution in each row, given the values of its parents.

    Parameters
    ----------
    family
        Its family.
    xp
        Array namespace of the parameters.
    eta
        Linear predictor (..., time).
    parameters
        Role -> values that broadcast with it: those of a panel unit in its rows, trials, and all of them scaled to the
        size of the row.
    rho
        Autocorrelation of the noise with a trailing axis of one; None where it is independent.
    starts
        (time,) where a series begins.
    """

    family: type[Family]
    xp: Namespace
    eta: Array
    parameters: Mapping[str, Array]
    rho: Array | None
    starts: np.ndarray

    @classmethod
    def of(
        cls, model: Model, node: NodeParameters, view: View, eta: Array, parameters: Mapping[str, Array]
    ) -> Conditional:
        """Return the distribution at a linear predictor."""
        rows, family, trials = view.design, model.family(node.node), model.trials(node.node)
        own: Mapping[str, Array] = {role: parameters[name][..., None] for role, name in node.family_names.items()}
        if node.pooled_sigma is not None:
            own = {**own, "sigma": rows.of_units(parameters[node.pooled_sigma.units_name])}
        if rows.size is not None:
            eta, of_size = family.sized(view.xp, eta, own, rows.size)
            own = dict(of_size)
        if trials is not None:
            own = {**own, "trials": view.values[trials]}
        rho = parameters[f"{node.node}.{AUTOCORRELATION}"][..., None] if AUTOCORRELATION in node.noise else None
        return cls(family, view.xp, eta, own, rho, rows.starts)

    def mean(self) -> Array:
        """Return E[value | parents] (..., time) on the response scale."""
        # The stationary noise of a series has another variance than that of one period: a log link's mean knows it.
        own = dict(self.parameters)
        if self.rho is not None and "sigma" in own:
            own["sigma"] = own["sigma"] / (1 - self.rho**2) ** 0.5
        return self.family.mean(self.xp, self.eta, own)

    def noise(self, u: np.ndarray) -> np.ndarray:
        """Return standardised noise (..., time) from uniforms; that of a series is autocorrelated."""
        z = self.family.noise(u, self.parameters)
        return z if self.rho is None else coloured(z, self.rho, self.starts)

    def respond(self, z: Array) -> Array:
        """Return the value with noise `z`."""
        return self.family.respond(self.xp, self.eta, z, self.parameters)

    def abduct(self, y: Array, u: Array) -> Array:
        """Return the noise that made `y`, with uniforms `u` where several would have: `respond` gives `y` back."""
        return self.family.abduct(y, self.eta, self.parameters, u)

    def innovations(self, y: Array, u: Array) -> Array:
        """Return the same noise less what it takes over from the period before: independent if the model is right."""
        z = self.abduct(y, u)
        return z if self.rho is None else whitened(self.xp, z, self.rho, self.starts)

    def log_density(self, y: np.ndarray) -> Array:
        """Return the log density of rows `y` (time,), less what does not depend on the parameters (...,)."""
        if self.rho is None:
            return self.family.log_density(self.xp, y, self.eta, self.parameters).sum(-1)
        link = np.log(y) if self.family.link_name == "log" else y
        sigma = self.parameters["sigma"]
        z = whitened(self.xp, (link - self.eta) / sigma, self.rho, self.starts)
        begun = 0.5 * float(self.starts.sum()) * self.xp.log(1 - self.rho**2)
        return (-0.5 * z**2 - self.xp.log(sigma)).sum(-1) + begun[..., 0]
