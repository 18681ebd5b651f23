"""The decision process behind a log, in posterior draws: `br.decision_process`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence, evidence_array
from bayes_roi.errors import QueryError
from bayes_roi.guards import is_share, whole_number
from bayes_roi.journeys.process.decision_log import DecisionLog
from bayes_roi.journeys.process.learned import LearnedOutcomes, learned
from bayes_roi.journeys.process.posterior import ProcessPosterior, posterior_of
from bayes_roi.journeys.process.solve import action_values, one_hot, policy_iteration
from bayes_roi.labelled import Labelled, along

if TYPE_CHECKING:
    import pandas as pd

TransitionModel = Literal["tabular", "features"]
CHAINS = 4
DRAWS = 1_000
MOST_CELLS = 100_000_000
"""Cells of the transitions of all draws together: what bounds memory."""


@dataclass(frozen=True, eq=False, repr=False)
class DecisionProcess:
    r"""Posterior draws of a Markov decision process: what follows each action in each state, and what it brings.

    Parameters
    ----------
    posterior
        What the draws are of; `ActionPolicy.updated` adds to it.
    transitions
        $P(s' | s, a)$ (draws, states, actions, states); what a row lacks to one is the end of the episode.
    reward
        Expected reward of a decision, costs deducted (draws, states, actions).
    discount
        What a reward one decision later counts.
    allowed
        Which actions were tried in which state (states, actions): only those are looked at.
    evidence, reason
        As the log has it.
    least, seed
        As in `decision_process`.
    """

    posterior: ProcessPosterior | LearnedOutcomes
    transitions: np.ndarray
    reward: np.ndarray
    discount: float
    allowed: np.ndarray
    evidence: Evidence
    reason: str
    least: int
    seed: int

    @property
    def counts(self) -> ProcessPosterior:
        """What was counted, whatever the model of transitions."""
        return self.posterior if isinstance(self.posterior, ProcessPosterior) else self.posterior.posterior

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states."""
        return self.counts.states

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the actions."""
        return self.counts.actions

    @cached_property
    def _solved(self) -> tuple[np.ndarray, np.ndarray]:
        """The best actions and their values (draws, states), of each draw by itself."""
        return policy_iteration(self.transitions, self.reward, self.discount, self.allowed)

    @cached_property
    def probability_best(self) -> Labelled:
        """The probability that an action is the best one, dims `state`, `action`: how often it is among the draws."""
        found = one_hot(self._solved[0], len(self.actions)).mean(axis=0)
        return Labelled(found, ("state", "action"), along(state=list(self.states), action=list(self.actions)))

    @cached_property
    def action_values(self) -> Draws:
        """What an action brings, all later ones the best, dims `state`, `action`; undefined where it was not tried."""
        values = action_values(self.transitions, self.reward, self.discount, self._solved[1])
        labels = along(state=list(self.states), action=list(self.actions))
        return self.as_draws(
            np.where(self.allowed, values, np.nan), labels, "value of an action, the best ones after it"
        )

    @cached_property
    def gain(self) -> Draws:
        """What an action brings beyond what was done in that state, the best actions after it, dims as above."""
        seen = self.counts.seen * self.allowed
        usual = np.where(seen.any(axis=1, keepdims=True), seen, self.allowed)
        values = action_values(self.transitions, self.reward, self.discount, self._solved[1])
        gains = values - (values * (usual / usual.sum(axis=1, keepdims=True))).sum(axis=-1, keepdims=True)
        labels = along(state=list(self.states), action=list(self.actions))
        return self.as_draws(
            np.where(self.allowed, gains, np.nan), labels, "value of an action less that of what was done there"
        )

    def as_draws(self, values: np.ndarray, labels: dict[str, Labelled], estimand: str) -> Draws:
        """Return values (draws, ...) as draws with the evidence of the log."""
        return Draws(
            values=Labelled(values.reshape(CHAINS, -1, *values.shape[1:]), ("chain", "draw", *labels), labels),
            unit="reward",
            estimand=estimand,
            evidence=evidence_array(self.evidence),
            reason=self.reason,
        )

    def to_frame(self, prob: float = DEFAULT_PROB) -> pd.DataFrame:
        """Return a row a state and action that was tried there: decisions, P(best), gain and its interval, evidence."""
        import pandas as pd

        drawn = self.gain.arrays
        (lower, upper), mean = drawn.interval(prob), drawn.mean().array
        rows = [
            (
                self.states[s],
                self.actions[a],
                int(self.counts.seen[s, a]),
                self.probability_best.array[s, a],
                mean[s, a],
                lower.array[s, a],
                upper.array[s, a],
                str(self.evidence),
            )
            for s, a in zip(*np.nonzero(self.allowed & (self.counts.seen > 0)), strict=True)
        ]
        names = ["state", "action", "decisions", "probability_best", "mean", "lower", "upper", "evidence"]
        frame = pd.DataFrame(rows, columns=names)
        frame.attrs |= {"unit": "reward", "estimand": self.gain.estimand, "reason": self.reason}
        return frame

    def __repr__(self) -> str:
        from bayes_roi.numbers import number, probability

        shown = {"probability_best": probability, **dict.fromkeys(("mean", "lower", "upper"), number)}
        frame = self.to_frame()
        text = frame.to_string(max_rows=30, index=False, formatters=shown)
        note = f"\n{self.evidence}: {self.reason}" if self.reason else ""
        return (
            f"DecisionProcess: {len(self.states)} states, {len(self.actions)} actions, discount "
            f"{number(self.discount)}\n{text}{note}"
        )


def decision_process(
    log: DecisionLog,
    *,
    model: TransitionModel = "tabular",
    discount: float = 0.99,
    least: int = 1,
    draws: int = DRAWS,
    seed: int = 0,
) -> DecisionProcess:
    """Return posterior draws of the decision process behind a log.

    Parameters
    ----------
    log
        What `read_decisions` or `journey_decisions` returns.
    model
        "tabular": outcomes are counted in each state; "features": what kind of outcome follows is learned over the
        features of states, for many states with few decisions each.
    discount
        What a reward one decision later counts, in (0, 1].
    least
        An action that was tried fewer times in a state is not looked at there.
    draws
        How many, a hundred or more.
    seed
        The same seed gives the same draws.

    Returns
    -------
    DecisionProcess
        Draws of transitions and rewards; `best_policy` and `thompson_policy` say what to do. Evidence experimental
        where propensities were logged, otherwise assumed: who is targeted differs from who is not.

    Raises
    ------
    QueryError
        When an option is not as it must be, no decision brought anything, or the draws would not fit into memory.

    Notes
    -----
    Dirichlet posteriors of outcomes and gamma posteriors of amounts (Strens 2000); see `journeys/process/posterior.py`.

    Examples
    --------
    >>> import bayes_roi as br
    >>> log = br.journey_decisions(br.read_log(br.shipped("data/journeys.csv")), ["display", "email", "social"])
    >>> process = br.decision_process(log, draws=200)
    >>> float(process.probability_best.array.sum()) == len(process.states)
    True
    """
    if model not in get_args(TransitionModel):
        raise QueryError(f"model must be tabular or features, got {model!r}")
    if not is_share(discount):
        raise QueryError(f"discount must be in (0, 1], got {discount!r}")
    count = -(-whole_number(draws, "draws", 100) // CHAINS) * CHAINS
    whole_number(least, "least", 1)
    s, a = len(log.states), len(log.actions)
    if count * s * a * 2 * (s + 1) > MOST_CELLS:
        most = MOST_CELLS // (s * a * 2 * (s + 1))
        raise QueryError(f"{s} states and {a} actions leave room for {most:,} draws; ask for fewer, or merge states")
    posterior: ProcessPosterior | LearnedOutcomes = posterior_of(log) if model == "tabular" else learned(log)
    return of_posterior(posterior, log.evidence, log.reason, discount=discount, least=least, draws=count, seed=seed)


def of_posterior(
    posterior: ProcessPosterior | LearnedOutcomes,
    evidence: Evidence,
    reason: str,
    *,
    discount: float,
    least: int,
    draws: int,
    seed: int,
) -> DecisionProcess:
    """Return draws of a process by its posterior."""
    counts = posterior if isinstance(posterior, ProcessPosterior) else posterior.posterior
    outcomes, amounts = posterior.drawn(draws, np.random.default_rng([whole_number(seed, "seed", 0), 3]))
    reward = outcomes[..., 1, :].sum(axis=-1) * amounts - counts.costs
    tried = counts.seen >= least
    allowed = tried | ~tried.any(axis=1, keepdims=True)
    return DecisionProcess(
        posterior, outcomes[..., :-1].sum(axis=-2), reward, float(discount), allowed, evidence, reason, least, seed
    )
