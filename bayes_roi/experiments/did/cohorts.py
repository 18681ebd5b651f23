r"""Cohorts: units by the period in which they were first treated, and the effects that their mean paths imply.

With $\bar Y_{g,t}$ the mean of cohort $g$ in period $t$ and $C$ the units that are not treated yet (or never),
$$ATT(g, t) = (\bar Y_{g,t} - \bar Y_{g,b}) - (\bar Y_{C,t} - \bar Y_{C,b})$$
with $b$ the last period before $g$, or the mean of all of them. Callaway and Sant'Anna (2021, Journal of Econometrics
225, 200-230), without covariates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

Controls = Literal["never", "not yet"]
Base = Literal["all", "last"]
OWN_SPREAD = 10
"""Units from which on a cohort's spread is its own; smaller cohorts share the spread of all."""


@dataclass(frozen=True, eq=False)
class Cohorts:
    """Units in cohorts.

    Parameters
    ----------
    values
        (units, time) the outcome.
    first
        (units,) position of the period in which each is first treated; the number of periods where never.
    controls
        Who stands for the treated: those never treated, or those not treated yet.
    base
        What a cohort is compared with: the last period before, or the mean of all before.
    """

    values: np.ndarray
    first: np.ndarray
    controls: Controls
    base: Base

    @cached_property
    def starts(self) -> np.ndarray:
        """(cohorts,) first treated period of each cohort, the never treated last."""
        return np.unique(self.first)

    @cached_property
    def sizes(self) -> np.ndarray:
        """(cohorts,) units in each."""
        return np.array([(self.first == g).sum() for g in self.starts])

    @cached_property
    def treated(self) -> list[int]:
        """Positions of the cohorts that have an effect: treated within the table, with controls at least once."""
        return [k for k, g in enumerate(self.starts) if 0 < g < self.periods and self._controls(int(g), int(g)).any()]

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.values.shape[1])

    @cached_property
    def means(self) -> np.ndarray:
        """(cohorts, time) mean path of each cohort."""
        return np.stack([self.values[self.first == g].mean(axis=0) for g in self.starts])

    def _controls(self, g: int, t: int) -> np.ndarray:
        """(cohorts,) which cohorts stand for cohort g untreated in period t."""
        after = self.starts >= self.periods if self.controls == "never" else self.starts > max(t, g)
        return np.asarray(after & (self.starts != g))

    def effects(self, means: np.ndarray) -> np.ndarray:
        """Return ATT(g, t) of each treated cohort, before its treatment too.

        Parameters
        ----------
        means
            (..., cohorts, time) mean paths.

        Returns
        -------
        numpy.ndarray
            (..., treated cohorts, time), NaN where nobody is left to compare with.
        """
        found = np.full((*means.shape[:-2], len(self.treated), self.periods), np.nan)
        for k, own in enumerate(self.treated):
            g = int(self.starts[own])
            before = slice(0, g) if self.base == "all" else slice(g - 1, g)
            compared = np.array([self._controls(g, t) for t in range(self.periods)])
            for who in np.unique(compared[compared.any(axis=1)], axis=0):
                share = who * self.sizes
                gap = means[..., own, :] - np.einsum("...kt,k->...t", means, share / share.sum())
                at = (compared == who).all(axis=1)
                found[..., k, at] = (gap - gap[..., before].mean(axis=-1, keepdims=True))[..., at]
        return found

    def draw(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        r"""Return draws of the mean paths, (draws, cohorts, time).

        $Y_i \sim N(\mu_g, \Sigma)$ with $\Sigma$ over periods unrestricted, so that a unit's noise may be
        autocorrelated in any way; flat priors. Any weighting of the means then has a Student t posterior with the
        degrees of freedom of the units, which is the pooled t interval (Gelman et al., Bayesian Data Analysis, 3.2).
        """
        residual = [self.values[self.first == g] - m for g, m in zip(self.starts, self.means, strict=True)]
        pooled, shared = np.concatenate(residual), len(self.values) - len(self.starts)
        heat = {"shared": _heat(shared, draws, rng)}
        found = np.empty((draws, *self.means.shape))
        for k, (own, n) in enumerate(zip(residual, self.sizes, strict=True)):
            apart = n >= OWN_SPREAD
            rows, freedom = (own, n - 1) if apart else (pooled, shared)
            if freedom == 0:
                found[:, k] = np.nan
                continue
            # R'R is the covariance of a unit's path
            root = np.linalg.qr(rows, mode="r") / np.sqrt(freedom)
            spread = _heat(freedom, draws, rng) if apart else heat["shared"]
            noise = rng.standard_normal((draws, len(root))) @ root
            found[:, k] = self.means[k] + spread[:, None] * noise / np.sqrt(n)
        return found


def _heat(freedom: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws of the sd of noise over its estimate."""
    if freedom == 0:
        return np.full(draws, np.nan)
    return np.asarray(np.sqrt(freedom / rng.chisquare(freedom, draws)))
