r"""A transition model that is learned over features of states, where single states have few decisions.

What kind of outcome follows, a reward or none and the end or not, is a multinomial logit over the features of the
state, the action, and their products. Coefficients are normal a priori, features standardised; their posterior is
normal at its mode with the inverse Hessian (Laplace). Which state comes next, given the kind, is
counted as in `posterior`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from bayes_roi.errors import QueryError
from bayes_roi.journeys.process.decision_log import DecisionLog
from bayes_roi.journeys.process.posterior import ProcessPosterior, drawn_dirichlet, joined, kinds_of, posterior_of

PRIOR_SD = 1.5
"""Standard deviation of coefficients a priori, features and actions standardised; products have half of it."""


@dataclass(frozen=True, eq=False)
class LearnedOutcomes:
    """Kinds of outcomes over features.

    Parameters
    ----------
    posterior
        What was counted; its amounts are drawn as they are.
    design
        Features of each action in each state (states x actions, columns).
    kinds
        Which of the four kinds, twice a reward or none and then the end or not, were there; the first is the base.
    mode, cholesky
        Coefficients (kinds - 1 x columns,) at their mode, and the lower root of their covariance.
    """

    posterior: ProcessPosterior
    design: np.ndarray
    kinds: np.ndarray
    mode: np.ndarray
    cholesky: np.ndarray

    def probabilities(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the probabilities of the four kinds (..., states, actions, 2 rewards, 2 ends)."""
        shape = (*coefficients.shape[:-1], len(self.kinds) - 1, self.design.shape[1])
        scores = np.einsum("...kf,nf->...nk", coefficients.reshape(shape), self.design)
        scores = np.concatenate([np.zeros((*scores.shape[:-1], 1)), scores], axis=-1)
        found = np.zeros((*scores.shape[:-1], 4))
        found[..., self.kinds] = np.exp(scores - logsumexp(scores, axis=-1, keepdims=True))
        s, a = self.posterior.seen.shape
        return found.reshape(*found.shape[:-2], s, a, 2, 2)

    def drawn(self, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return draws as `ProcessPosterior.drawn` does."""
        normal = rng.normal(size=(draws, len(self.mode)))
        kinds = self.probabilities(self.mode + normal @ self.cholesky.T)
        following = drawn_dirichlet(self.posterior.next_states, draws, rng)
        return joined(kinds, following), self.posterior.drawn_amounts(draws, rng)


def learned(log: DecisionLog) -> LearnedOutcomes:
    """Return the outcomes behind a log, learned over the features of its states.

    Raises
    ------
    QueryError
        When the log has no features of its states, or nothing was learned.
    """
    if log.features is None:
        raise QueryError(
            "the states of this log have no features; give read_decisions(features=...), or model='tabular'"
        )
    posterior = posterior_of(log)
    s, a = posterior.seen.shape
    design, sd = _design(log.features, posterior.seen)
    counts = kinds_of(posterior.outcomes).reshape(s * a, 4)
    kinds = np.flatnonzero(counts.sum(axis=0))
    counts, shape = counts[:, kinds], (len(kinds) - 1, design.shape[1])
    totals, precision = counts.sum(axis=1), np.tile(sd**-2.0, shape[0])

    def scores(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        eta = np.concatenate([np.zeros((s * a, 1)), design @ flat.reshape(shape).T], axis=1)
        norm = logsumexp(eta, axis=1, keepdims=True)
        return eta - norm, np.exp(eta - norm)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        logs, p = scores(flat)
        slope = (totals[:, None] * p - counts)[:, 1:].T @ design
        return float(-(counts * logs).sum() + 0.5 * (precision * flat**2).sum()), slope.ravel() + precision * flat

    options = {"maxiter": 5_000, "ftol": 1e-14, "gtol": 1e-9}
    found = minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options=options)
    p = scores(found.x)[1][:, 1:]
    spread = totals[:, None, None] * (np.eye(shape[0]) * p[:, :, None] - p[:, :, None] * p[:, None])
    hessian = np.einsum("nkl,nf,ng->kflg", spread, design, design).reshape(len(found.x), len(found.x))
    covariance = np.linalg.inv(hessian + np.diag(precision))
    return LearnedOutcomes(posterior, design, kinds, found.x, np.linalg.cholesky((covariance + covariance.T) / 2))


def _design(features: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns of each action in each state (states x actions, columns) and their prior deviations."""
    s, a = seen.shape
    weight = seen.sum(axis=1) / seen.sum()
    mean = weight @ features
    sd = np.sqrt(weight @ (features - mean) ** 2)
    known = (features - mean)[:, sd > 0] / sd[sd > 0]
    rows, acts = np.repeat(known, a, axis=0), np.tile(np.eye(a), (s, 1))
    products = (rows[:, :, None] * acts[:, None]).reshape(s * a, -1)
    columns = np.concatenate([np.ones((s * a, 1)), rows, acts, products], axis=1)
    each = [np.array([10.0]), np.full(rows.shape[1] + a, PRIOR_SD), np.full(products.shape[1], PRIOR_SD / 2)]
    return columns, np.concatenate(each)
