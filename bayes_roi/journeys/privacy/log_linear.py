r"""How many journeys a set of channels has before the noise: a mean by its channels, and how far sets are from it.

Most sets have fewer journeys than the noise adds, and yet all sets with a channel tell together how common the channel
is, and how often it comes with a conversion. The mean of a set is therefore log-linear in its channels,
$\mu_T = \exp(\gamma_0 + \sum_{c \in T} \gamma_c)$, and the count of a set geometric with a mean of $\mu_T$ times one of
a few factors (none at all to tenfold; their weights are those of the highest marginal likelihood). Given $\mu_T$ the
law of a noised count is known in closed form, so that the coefficients have a posterior over all sets at once:
drawn from a t law at its mode and chosen anew by their weights (sampling importance resampling, Rubin 1988).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayes_roi.journeys.privacy.geometric import drawn, log_marginal, log_prior, log_total
from bayes_roi.journeys.privacy.prior import components, mixture_weights

FACTORS = np.log([1e-4, 0.1, 0.3, 1.0, 3.0, 10.0])
COMMON, APART = 3.0, 2.0
"""Standard deviations of the priors of the common mean (around that of all cells) and of the channels' coefficients."""
ROUNDS = 3
STEPS, HALVINGS, ENOUGH = 50, 12, 1e-6
"""Newton's steps at most, how often each is halved, and the gain below which they end."""
FINE, COARSE = 1e-3, 0.1
"""Steps over which slopes and bends are taken."""
FREEDOM = 5
CELLS = 300_000
"""Cells times draws of coefficients that are looked at, a hundred to a thousand draws."""
BOUNDS = -12.0, 18.0
"""Of log means, beyond which there are no logs."""


@dataclass(frozen=True, eq=False)
class CellMeans:
    """What is known of the means of cells, and the noise below which they are.

    Parameters
    ----------
    members
        Ones for the intercept and the channels of each set (sets, 1 + channels).
    values
        Counts with noise (sets,).
    scale
        Of the noise.
    weights
        Of the factors (factors,).
    """

    members: np.ndarray
    values: np.ndarray
    scale: float
    weights: np.ndarray

    def log_ratios(self, means: np.ndarray) -> np.ndarray:
        """Return log q of the geometric components (..., sets, factors), given log means (..., sets)."""
        return np.minimum(-np.logaddexp(0.0, -(np.clip(means, *BOUNDS)[..., None] + FACTORS)), -1e-12)

    def evidence(self, means: np.ndarray) -> np.ndarray:
        """Return log P(m) by factor (..., sets, factors), given log means (..., sets)."""
        return log_marginal(self.values[:, None], self.log_ratios(means), self.scale)

    def log_likelihood(self, means: np.ndarray) -> np.ndarray:
        """Return log P(m) of each cell (..., sets)."""
        return log_total(self.evidence(means) + np.log(self.weights))

    def log_density(self, counts: np.ndarray, means: np.ndarray) -> np.ndarray:
        """Return log P(n) of counts (..., sets) before their noise is looked at."""
        each = log_prior(counts[..., None], self.log_ratios(means)) + np.log(self.weights)
        return log_total(each)

    def counts(self, means: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws (draws, sets) of counts given their values with noise and log means (sets,)."""
        logs, ratios = self.evidence(means) + np.log(self.weights), self.log_ratios(means)
        chosen = components(logs, draws, rng)
        ratio = ratios[np.arange(len(means)), chosen]
        return drawn(np.broadcast_to(self.values, chosen.shape), ratio, self.scale, rng)

    def log_posterior(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density of coefficients (..., 1 + channels)."""
        away = (coefficients - self._centre) / self._apart
        return self.log_likelihood(coefficients @ self.members.T).sum(axis=-1) - 0.5 * (away**2).sum(axis=-1)

    @property
    def _centre(self) -> np.ndarray:
        common = np.log(max(float(self.values.mean()), 0.05))
        return np.r_[common, np.zeros(self.members.shape[1] - 1)]

    @property
    def _apart(self) -> np.ndarray:
        return np.r_[COMMON, np.full(self.members.shape[1] - 1, APART)]

    def mode(self, start: np.ndarray) -> np.ndarray:
        """Return the coefficients of the highest posterior density, by Newton's steps, halved until they lead up."""
        at, here = start, float(self.log_posterior(start))
        for _ in range(STEPS):
            slope, bend = self._derivatives(at @ self.members.T, FINE)
            up = slope @ self.members - (at - self._centre) / self._apart**2
            step = np.linalg.solve(self._precision(bend), up)
            tried = at + np.outer(0.5 ** np.arange(HALVINGS), step)
            found = self.log_posterior(tried)
            best = int(np.argmax(found))
            if found[best] < here + ENOUGH:
                break
            at, here = tried[best], float(found[best])
        return at

    def spread(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the inverse of what the posterior bends by at its mode: a covariance of coefficients.

        The bend is over a tenth in logarithms: less is not told apart anyway, and cells in the noise have kinks.
        """
        _, bend = self._derivatives(coefficients @ self.members.T, COARSE)
        return np.linalg.inv(self._precision(bend))

    def _derivatives(self, means: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the slope of log P(m) in the log mean of each cell, and how far it bends down, 0 or more (sets,)."""
        low, here, high = self.log_likelihood(means + step * np.array([-1.0, 0.0, 1.0])[:, None])
        return (high - low) / (2 * step), np.maximum(2 * here - low - high, 0.0) / step**2

    def _precision(self, bend: np.ndarray) -> np.ndarray:
        return self.members.T @ (bend[:, None] * self.members) + np.diag(self._apart**-2)


def cell_means(members: np.ndarray, values: np.ndarray, scale: float) -> tuple[CellMeans, np.ndarray]:
    """Return the means of cells with the weights of the highest marginal likelihood, and the coefficients there."""
    found = CellMeans(members, values, scale, np.full(len(FACTORS), 1 / len(FACTORS)))
    at = found._centre
    for _ in range(ROUNDS):
        at = found.mode(at)
        found = replace(found, weights=mixture_weights(found.evidence(at @ members.T)))
    return found, found.mode(at)


def coefficient_draws(known: CellMeans, mode: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, 1 + channels) of the coefficients."""
    many, size = int(np.clip(CELLS // len(known.values), 100, 1_000)), len(mode)
    root = np.linalg.cholesky(known.spread(mode))
    standard = rng.normal(size=(many, size)) * np.sqrt(FREEDOM / rng.chisquare(FREEDOM, size=(many, 1)))
    proposed = mode + standard @ root.T
    given = -0.5 * (FREEDOM + size) * np.log1p((standard**2).sum(axis=1) / FREEDOM)
    logs = known.log_posterior(proposed) - given
    return proposed[rng.choice(many, draws, p=np.exp(logs - log_total(logs)))]
