r"""Bayesian logistic regression of purchases on days of users.

$\mathrm{logit}\, p = \alpha + \sum_c \beta_c a_c + \gamma z$ with the remembered touches $a_c$ and the measured intent
$z$. A priori $\beta_c \sim N(0, s^2)$ for one touch, $\gamma \sim N(0, s^2)$ for two standard deviations of intent and
$\alpha \sim N(0, 10^2)$ at the mean of all: the scales of Gelman, Jakulin, Pittau and Su (2008), s = 2.5, with normal
in place of Cauchy distributions.

Draws come from the normal distribution at the mode with the inverse Hessian (Laplace), weighted by posterior over
proposal and drawn anew by these weights (Rubin 1988). Where the weights are uneven, as with few purchases, the proposal
becomes a t with the weighted moments, a few times. The weights are judged by the shape k of the Pareto distribution
of the largest (Vehtari, Simpson, Gelman, Yao and Gabry 2024).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.inference.engines.importance import (
    Proposal,
    Sample,
    StudentT,
    normalised,
    tempering,
)
from bayes_roi.journeys.logistic.rows import Rows
from bayes_roi.numbers import ratio

INTERCEPT_SD = 10.0
NEWTON_STEPS, CONVERGED = 100, 1e-6
CELLS_AT_ONCE = 200_000
"""Rows times draws that are held at once."""
GOOD_K, MOST_K = 0.5, 0.7
LEAST_SHARE = 0.4
"""Effective draws, as a share of all, below which the proposal is fitted anew."""
MOST_ROUNDS = 8
FEWEST = 1_000
"""Proposals that are weighted at least, however few draws are asked for."""
INFLATION = 1.15
NORMAL = 1e6
"""Degrees of freedom at which a t is a normal distribution."""


@dataclass(frozen=True, eq=False)
class Regression:
    """A logistic regression before it is sampled.

    Parameters
    ----------
    columns
        1, the channels and the intent, each less its mean (rows, columns).
    days, bought
        How many days a row stands for, and how many of them with a purchase (rows,).
    prior_sd
        Of each coefficient (columns,).
    """

    columns: np.ndarray
    days: np.ndarray
    bought: np.ndarray
    prior_sd: np.ndarray

    @classmethod
    def of(cls, rows: Rows, prior_sd: float) -> Regression:
        """Return the regression of rows, with the prior deviation of what a touch adds to the log-odds."""
        parts, sd = [rows.remembered], [prior_sd] * rows.remembered.shape[1]
        if rows.intent is not None:
            parts.append(rows.intent[:, None])
            spread = _spread(rows.intent, rows.days)
            sd.append(prior_sd / (2 * spread) if spread > 0 else prior_sd)
        columns = np.column_stack(parts)
        centred = columns - rows.days @ columns / rows.days.sum()
        whole = np.column_stack([np.ones(len(rows)), centred])
        return cls(whole, rows.days, rows.bought, np.array([INTERCEPT_SD, *sd]))

    def mode(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the mode (columns,) and the covariance there, by Newton's method with halved steps.

        Raises
        ------
        QueryError
            When it is not found.
        """
        share = self.bought.sum() / self.days.sum()
        at = np.zeros(self.columns.shape[1])
        at[0] = np.log(share) - np.log1p(-share) if share < 1 else 5.0
        value = self._density_at(at)
        for _ in range(NEWTON_STEPS):
            slope, information = self._curved(at)
            step = np.linalg.solve(information, slope)
            if slope @ step < CONVERGED:  # a thousandth of a standard deviation away; the last step squares that
                return at + step, np.linalg.inv(information)
            scale = 1.0
            while not (new := self._density_at(at + scale * step)) >= value and scale > CONVERGED:
                scale /= 2
            at, value = at + scale * step, new
        raise QueryError("the regression of purchases has no mode that could be found; take rare channels together")

    def _curved(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the slope of the log density and its information."""
        p = 1 / (1 + np.exp(-(self.columns @ at)))
        slope = self.columns.T @ (self.bought - self.days * p) - at / self.prior_sd**2
        information = self.columns.T @ (self.columns * (self.days * p * (1 - p))[:, None])
        return slope, information + np.diag(self.prior_sd**-2)

    def _density_at(self, at: np.ndarray) -> float:
        eta = self.columns @ at
        likelihood = self.bought @ eta - self.days @ np.logaddexp(0, eta)
        return float(likelihood - 0.5 * ((at / self.prior_sd) ** 2).sum())

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Return the log density (count,) at points (count, columns), up to a constant.

        Cells are in single precision, whose errors are random and cancel in sums over rows, sums in double.
        """
        total = points @ (self.bought @ self.columns) - 0.5 * ((points / self.prior_sd) ** 2).sum(axis=1)
        flat = points.T.astype(np.float32)
        rows = max(CELLS_AT_ONCE // len(points), 1)
        eta = np.empty((rows, len(points)), np.float32)
        for start in range(0, len(self.days), rows):
            some = slice(start, start + rows)
            here = eta[: len(self.days[some])]
            np.matmul(self.columns[some].astype(np.float32), flat, out=here)
            total -= self.days[some] @ softplus(here)
        return total


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of the coefficients.

    Parameters
    ----------
    points
        (draws, columns), as `Regression.columns` has them.
    pareto_k
        Of the weights with which they were drawn.
    """

    points: np.ndarray
    pareto_k: float


def softplus(eta: np.ndarray) -> np.ndarray:
    """Return log(1 + exp(eta)) in the place of eta.

    >>> softplus(np.array([-50.0, 0.0, 50.0])).round(3).tolist()
    [0.0, 0.693, 50.0]
    """
    positive = np.maximum(eta, 0)
    np.abs(eta, out=eta)
    np.negative(eta, out=eta)
    np.exp(eta, out=eta)
    np.log1p(eta, out=eta)
    return np.add(eta, positive, out=eta)


def posterior(regression: Regression, draws: int, rng: np.random.Generator) -> Posterior:
    """Return draws of the posterior.

    Raises
    ------
    QueryError
        When no mode is found, or the weights of draws cannot be trusted.
    """
    mode, covariance = regression.mode()
    proposal: Proposal = StudentT.of(mode, covariance, NORMAL)
    for _ in range(MOST_ROUNDS):
        found = _weighed(regression, proposal, max(draws, FEWEST), rng)
        if found.pareto_k < GOOD_K and found.size > LEAST_SHARE * len(found.points):
            break
        proposal = _fitted(found, mode)
    if not found.pareto_k < MOST_K:
        raise QueryError(
            f"the weights of draws cannot be trusted (Pareto k is {ratio(found.pareto_k)}, should be below {MOST_K}), "
            "as with very few purchases; take rare channels together or give a smaller prior_sd"
        )
    return Posterior(found.points[found.resample(draws, rng)], found.pareto_k)


def _weighed(regression: Regression, proposal: Proposal, count: int, rng: np.random.Generator) -> Sample:
    points = proposal.draw(count, rng)
    return Sample(points, np.zeros((count, 0)), regression.log_density(points) - proposal.log_density(points))


def _fitted(sample: Sample, mode: np.ndarray) -> Proposal:
    """Return a t with the moments of weighted points, which are tempered until enough of them count."""
    weights = normalised(tempering(sample.log_weights, 20.0 * len(mode)) * sample.log_weights)
    mean = weights @ sample.points
    off = sample.points - mean
    return StudentT.of(mean, INFLATION * (weights[:, None] * off).T @ off)


def _spread(values: np.ndarray, often: np.ndarray) -> float:
    mean = often @ values / often.sum()
    return float(np.sqrt(often @ (values - mean) ** 2 / often.sum()))
