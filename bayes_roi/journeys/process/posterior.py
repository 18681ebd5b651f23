r"""What a log tells of a decision process: Dirichlet posteriors of what follows, gamma posteriors of amounts.

What follows an action in a state is of one of four kinds, a reward or none and then the end or not; where it is not
the end, a next state follows. The probabilities of kinds are Dirichlet, partially pooled over the actions of a state
and over states, as strongly as the decisions say (`pooling`): where actions hardly differ they are pulled together,
and one lucky conversion makes no best action. Next states, given state, action and whether there was a reward, have a
Dirichlet prior worth one decision, spread as after all actions. Amounts above zero are gamma with a common shape, by
the moments of all of them, and a rate with a conjugate gamma prior that is worth one amount and has their common
mean. (Strens 2000, A Bayesian framework for reinforcement learning; Dearden et al. 1999.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.process.decision_log import DecisionLog
from bayes_roi.journeys.process.pooling import drawn_shares, mean_shares

PRIOR = 1.0
"""Next states, and amounts, that their priors count for."""


@dataclass(frozen=True, eq=False)
class ProcessPosterior:
    """The posterior of a decision process; more decisions are added by `updated`.

    Parameters
    ----------
    states, actions
        Their names.
    outcomes
        Counts of outcomes (states, actions, 2, states + 1), see `DecisionLog.outcomes`.
    amounts, sums
        Rewards above zero, how many and their sum (states, actions).
    shape
        Of the gamma of amounts; infinite where all were the same.
    costs
        Of actions (actions,).
    """

    states: tuple[str, ...]
    actions: tuple[str, ...]
    outcomes: np.ndarray
    amounts: np.ndarray
    sums: np.ndarray
    shape: float
    costs: np.ndarray

    @property
    def seen(self) -> np.ndarray:
        """Decisions for each action in each state (states, actions)."""
        return np.asarray(self.outcomes.sum(axis=(2, 3)))

    @property
    def kinds(self) -> np.ndarray:
        """Counts of kinds (states, actions, 4): without a reward on and to the end, with one on and to the end."""
        return kinds_of(self.outcomes).reshape(*self.seen.shape, 4)

    @cached_property
    def next_states(self) -> np.ndarray:
        """Dirichlet parameters of next states where it was not the end (states, actions, 2 rewards, states)."""
        counts = self.outcomes[..., :-1]
        return np.asarray(counts + PRIOR * shares_of(counts.sum(axis=1, keepdims=True)))

    @property
    def mean_outcomes(self) -> np.ndarray:
        """Posterior means of the probabilities of outcomes (states, actions, 2, states + 1)."""
        kinds = mean_shares(self.kinds).reshape(*self.seen.shape, 2, 2)
        return joined(kinds, self.next_states / self.next_states.sum(axis=-1, keepdims=True))

    @property
    def mean_amounts(self) -> np.ndarray:
        """Posterior means of amounts above zero (states, actions)."""
        return np.asarray((self.sums + PRIOR * self._common) / (self.amounts + PRIOR))

    @property
    def _common(self) -> float:
        return float(self.sums.sum() / max(self.amounts.sum(), 1.0))

    def drawn(self, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return draws of the probabilities of outcomes (draws, states, actions, 2, states + 1) and of mean amounts."""
        kinds = drawn_shares(self.kinds, draws, rng).reshape(draws, *self.seen.shape, 2, 2)
        return joined(kinds, drawn_dirichlet(self.next_states, draws, rng)), self.drawn_amounts(draws, rng)

    def drawn_amounts(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        r"""Return draws of the means of amounts (draws, states, actions).

        With shape $k$ and rate $\lambda \sim Gamma(k w + 1, w m)$ a priori, $k / \lambda$ has the mean $m$; $n$ amounts
        of sum $x$ make it $Gamma(k (w + n) + 1, w m + x)$.
        """
        if not np.isfinite(self.shape):
            return np.broadcast_to(self.mean_amounts, (draws, *self.sums.shape))
        known = self.shape * (PRIOR + self.amounts) + 1
        rate = rng.standard_gamma(known, size=(draws, *known.shape)) / (PRIOR * self._common + self.sums)
        return np.asarray(self.shape / rate)

    def updated(self, log: DecisionLog) -> ProcessPosterior:
        """Return the posterior after more decisions; the shape of amounts stays as it is."""
        log.same_names(self.states, self.actions)
        counts, sums = log.amounts
        return replace(
            self, outcomes=self.outcomes + log.outcomes, amounts=self.amounts + counts, sums=self.sums + sums
        )


def kinds_of(outcomes: np.ndarray) -> np.ndarray:
    """Return counts of kinds (..., 2 rewards, 2 ends) by those of outcomes (..., 2 rewards, states + 1)."""
    return np.stack([outcomes[..., :-1].sum(axis=-1), outcomes[..., -1]], axis=-1)


def shares_of(counts: np.ndarray) -> np.ndarray:
    """Return shares along the last axis; those of all where a row has no count, and all alike where there is none."""
    whole = counts.reshape(-1, counts.shape[-1]).sum(axis=0) + 1e-9
    total = counts.sum(axis=-1, keepdims=True)
    return np.where(total > 0, counts / np.maximum(total, 1.0), whole / whole.sum())


def joined(kinds: np.ndarray, following: np.ndarray) -> np.ndarray:
    """Return probabilities of outcomes (..., 2, states + 1) by those of kinds and of next states given the kind."""
    return np.concatenate([kinds[..., 0, None] * following, kinds[..., 1, None]], axis=-1)


def drawn_dirichlet(parameters: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, ...) of shares along the last axis."""
    gamma = rng.standard_gamma(parameters, size=(draws, *parameters.shape))
    return np.asarray(gamma / np.maximum(gamma.sum(axis=-1, keepdims=True), 1e-300))


def posterior_of(log: DecisionLog) -> ProcessPosterior:
    """Return the posterior of the process behind a log.

    Raises
    ------
    QueryError
        When no decision brought anything.
    """
    some = log.reward > 0
    if not some.any():
        raise QueryError("no decision brought a reward: there is nothing to learn from")
    amounts = log.reward[some]
    spread = amounts.var()
    shape = float(amounts.mean() ** 2 / spread) if spread > 1e-12 * amounts.mean() ** 2 else np.inf
    return ProcessPosterior(log.states, log.actions, log.outcomes, *log.amounts, shape, log.costs)
