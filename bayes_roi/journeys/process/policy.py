"""What to do in each state: policies that are greedy, drawn (Thompson) or given, acted on, saved and updated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bayes_roi.atomic import write_whole
from bayes_roi.draws import Draws, Evidence
from bayes_roi.errors import DataError, Problem, QueryError, nearest
from bayes_roi.journeys.process.decision_log import DecisionLog
from bayes_roi.journeys.process.posterior import ProcessPosterior
from bayes_roi.journeys.process.process import DRAWS, DecisionProcess, of_posterior
from bayes_roi.journeys.process.solve import action_values, evaluated, one_hot
from bayes_roi.labelled import along

if TYPE_CHECKING:
    import pandas as pd

PolicyKind = Literal["best", "thompson", "given"]
ROUNDS = 50
FORMAT = "bayes_roi action policy 1"


@dataclass(frozen=True, eq=False, repr=False)
class ActionPolicy:
    """The probability of each action in each state.

    Parameters
    ----------
    kind
        "best": the action with the highest expected value; "thompson": each action with the probability that it is
        the best one; "given": by hand.
    states, actions
        Their names.
    probabilities
        Of actions (states, actions); rows sum to one.
    evidence, reason
        What kind of evidence it was learned from.
    learned_from
        The posterior, to which `updated` adds; None where there is none.
    discount, least, draws, seed
        As in `decision_process`.
    """

    kind: PolicyKind
    states: tuple[str, ...]
    actions: tuple[str, ...]
    probabilities: np.ndarray
    evidence: Evidence = Evidence.ASSUMED
    reason: str = ""
    learned_from: ProcessPosterior | None = None
    discount: float = 0.99
    least: int = 1
    draws: int = DRAWS
    seed: int = 0

    def act(self, state: str, rng: np.random.Generator | None = None) -> str:
        """Return what to do in a state: drawn by `rng`, the most probable action without it.

        Raises
        ------
        QueryError
            When there is no such state.
        """
        if state not in self.states:
            there = ", ".join(self.states[:20])
            raise QueryError(f"there is no state {state!r}{nearest(str(state), self.states)}; there are {there}")
        chances = self.probabilities[self.states.index(state)]
        return self.actions[int(chances.argmax() if rng is None else rng.choice(len(chances), p=chances))]

    def updated(self, log: DecisionLog) -> ActionPolicy:
        """Return the policy after more decisions, of the same states and actions.

        Raises
        ------
        QueryError
            When the names differ, or the policy was given or learned over features.
        """
        if self.learned_from is None:
            raise QueryError("this policy holds no counts that more decisions could be added to; learn it anew")
        evidence = min(self.evidence, log.evidence)
        process = of_posterior(
            self.learned_from.updated(log),
            evidence,
            self.reason or log.reason,
            discount=self.discount,
            least=self.least,
            draws=self.draws,
            seed=self.seed,
        )
        return best_policy(process) if self.kind == "best" else thompson_policy(process)

    def save(self, path: str | Path) -> Path:
        """Write the policy as JSON, whole or not at all, and return the path; `load_policy` reads it."""
        known = {k: getattr(self, k) for k in ("kind", "reason", "discount", "least", "draws", "seed")}
        document = {
            "format": FORMAT,
            **known,
            "states": list(self.states),
            "actions": list(self.actions),
            "evidence": str(self.evidence),
            "probabilities": self.probabilities.tolist(),
            "learned_from": None if self.learned_from is None else _counts(self.learned_from),
        }
        return write_whole(path, json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")

    def to_frame(self) -> pd.DataFrame:
        """Return the probabilities of actions, a row a state."""
        import pandas as pd

        return pd.DataFrame(self.probabilities, pd.Index(self.states, name="state"), list(self.actions))

    def __repr__(self) -> str:
        from bayes_roi.numbers import probability

        text = self.to_frame().to_string(max_rows=30, float_format=probability)
        return f"ActionPolicy ({self.kind}), {self.evidence}\n{text}"


def best_policy(process: DecisionProcess) -> ActionPolicy:
    r"""Return the policy with the highest expected value, the expectation over the posterior of the process.

    Policy iteration on $E[Q^\pi(s, a)]$ over all draws; of the policies that it meets the one of the highest
    expected value over states. One policy for all draws: not the one that each draw would take.

    Parameters
    ----------
    process
        What `decision_process` returns.

    Returns
    -------
    ActionPolicy
        One action a state.
    """
    reward = np.where(process.allowed, process.reward, 0.0)
    chosen = np.where(process.allowed, reward.mean(axis=0), -np.inf).argmax(axis=-1)
    met: dict[bytes, tuple[float, np.ndarray]] = {}
    for _ in range(ROUNDS):
        if chosen.tobytes() in met:
            break
        policy = one_hot(chosen, len(process.actions))
        values = evaluated(process.transitions, reward, process.discount, policy)
        met[chosen.tobytes()] = float(values.mean()), policy
        q = action_values(process.transitions, reward, process.discount, values).mean(axis=0)
        chosen = np.where(process.allowed, q, -np.inf).argmax(axis=-1)
    return _of(process, "best", max(met.values(), key=lambda found: found[0])[1])


def thompson_policy(process: DecisionProcess) -> ActionPolicy:
    """Return Thompson sampling: each action with the probability that it is the best one.

    Acting by it is drawing a process from the posterior for each decision and doing what is best there: actions that
    may yet be the best are tried, and ever less so as decisions are added with `updated` (Thompson 1933; Strens 2000).

    Parameters
    ----------
    process
        What `decision_process` returns.

    Returns
    -------
    ActionPolicy
        Its probabilities are those of being the best action.
    """
    return _of(process, "thompson", process.probability_best.array)


def given_policy(log: DecisionLog, probabilities: Mapping[str, Mapping[str, float]] | None = None) -> ActionPolicy:
    """Return a policy by hand: state -> action -> probability; all actions alike in every state when None.

    Parameters
    ----------
    log
        Whose states and actions it is for.
    probabilities
        A state that is not named has all actions alike; an action that is not named in a state is never done there.

    Raises
    ------
    QueryError
        When a name is unknown, or the probabilities of a state do not sum to one.
    """
    found = np.full((len(log.states), len(log.actions)), 1 / len(log.actions))
    for state, chances in (probabilities or {}).items():
        if state not in log.states:
            raise QueryError(f"there is no state {state!r}{nearest(state, log.states)}")
        if odd := [a for a in chances if a not in log.actions]:
            raise QueryError(f"there is no action {odd[0]!r}{nearest(odd[0], log.actions)}")
        own = np.array([float(chances.get(a, 0.0)) for a in log.actions])
        if (own < 0).any() or not np.isclose(own.sum(), 1.0, atol=1e-6):
            raise QueryError(f"the probabilities of actions in {state!r} must be 0 or more and sum to one")
        found[log.states.index(state)] = own / own.sum()
    return ActionPolicy("given", log.states, log.actions, found, log.evidence, log.reason)


def policy_value(process: DecisionProcess, policy: ActionPolicy) -> Draws:
    r"""Return what a policy brings from each state on, $V^\pi = (I - \gamma P_\pi)^{-1} r_\pi$.

    Parameters
    ----------
    process
        What `decision_process` returns.
    policy
        Of the same states and actions.

    Returns
    -------
    Draws
        Dim `state`, in the unit of the reward, discounted to the first decision.

    Raises
    ------
    QueryError
        When states or actions are not those of the process.
    """
    if (policy.states, policy.actions) != (process.states, process.actions):
        raise QueryError("the policy is not of the states and actions of this process")
    values = evaluated(process.transitions, process.reward, process.discount, policy.probabilities)
    return process.as_draws(values, along(state=list(process.states)), f"value of the {policy.kind} policy")


def load_policy(path: str | Path) -> ActionPolicy:
    """Return a policy that `ActionPolicy.save` wrote.

    Raises
    ------
    DataError
        When there is no such file, or it is no policy.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']!r}")
        known = {k: document[k] for k in ("kind", "reason", "discount", "least", "draws", "seed")}
        states, actions = tuple(document["states"]), tuple(document["actions"])
        counts = document["learned_from"]
        found = ActionPolicy(
            states=states,
            actions=actions,
            probabilities=np.array(document["probabilities"], float).reshape(len(states), len(actions)),
            evidence=Evidence[document["evidence"].upper()],
            learned_from=None if counts is None else _posterior(counts, states, actions),
            **known,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        mend = "give a file that ActionPolicy.save wrote"
        raise DataError(
            str(path), [Problem(f"no policy can be read ({type(error).__name__}: {error})", mend)]
        ) from None
    if not np.allclose(found.probabilities.sum(axis=1), 1.0, atol=1e-6) or (found.probabilities < 0).any():
        raise DataError(str(path), [Problem("probabilities that do not sum to one", "save the policy again")])
    return found


def _of(process: DecisionProcess, kind: PolicyKind, probabilities: np.ndarray) -> ActionPolicy:
    kept = process.posterior if isinstance(process.posterior, ProcessPosterior) else None
    return ActionPolicy(
        kind,
        process.states,
        process.actions,
        probabilities,
        process.evidence,
        process.reason,
        kept,
        process.discount,
        process.least,
        len(process.reward),
        process.seed,
    )


def _counts(posterior: ProcessPosterior) -> dict[str, Any]:
    """Return counts as JSON holds them: outcomes that were seen, with their positions."""
    at = np.flatnonzero(posterior.outcomes)
    return {
        "at": at.tolist(),
        "outcomes": posterior.outcomes.ravel()[at].tolist(),
        "amounts": posterior.amounts.tolist(),
        "sums": posterior.sums.tolist(),
        "shape": None if np.isinf(posterior.shape) else posterior.shape,
        "costs": posterior.costs.tolist(),
    }


def _posterior(counts: dict[str, Any], states: tuple[str, ...], actions: tuple[str, ...]) -> ProcessPosterior:
    s, a = len(states), len(actions)
    outcomes = np.zeros(s * a * 2 * (s + 1))
    outcomes[np.array(counts["at"], int)] = counts["outcomes"]
    shape = np.inf if counts["shape"] is None else float(counts["shape"])
    amounts, sums = (np.array(counts[n], float).reshape(s, a) for n in ("amounts", "sums"))
    costs = np.array(counts["costs"], float).reshape(a)
    return ProcessPosterior(states, actions, outcomes.reshape(s, a, 2, s + 1), amounts, sums, shape, costs)
