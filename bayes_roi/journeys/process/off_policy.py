r"""What a policy would have brought, by the log of another one: `br.off_policy`.

With the ratio $\rho_t = \prod_{u \le t} \pi(a_u | s_u) / \mu(a_u | s_u)$ of the policy to the logged one and gains
$g_t = r_t - c_t$, the value of an episode is

- IPS: $\sum_t \gamma^t \rho_t g_t$, its mean over episodes (per decision; Precup et al. 2000);
- SNIPS: $\rho_T \sum_t \gamma^t g_t$, summed over episodes and divided by the sum of $\rho_T$ (Swaminathan and
  Joachims 2015);
- direct: the value of the policy in the process that was learned, from the first states;
- doubly robust: $\hat V(s_0) + \sum_t \gamma^t \rho_t (g_t + \gamma \hat V(s_{t+1}) - \hat Q(s_t, a_t))$, the process
  learned from the other half of the episodes (Dudik et al. 2011; Jiang and Li 2016).

With a horizon all four look at the first decisions of an episode alone, and $\hat V$, $\hat Q$ know how many are left.
Intervals of all but the direct one are over episodes drawn anew (the Bayesian bootstrap); that of the direct one is the
posterior of the process as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, evidence_array, support_array
from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.journeys.process.decision_log import ENDED, DecisionLog
from bayes_roi.journeys.process.policy import ActionPolicy
from bayes_roi.journeys.process.posterior import posterior_of
from bayes_roi.journeys.process.process import CHAINS, DRAWS, decision_process
from bayes_roi.journeys.process.solve import action_values, to_go
from bayes_roi.labelled import Labelled
from bayes_roi.numbers import number, percent, ratio, whole

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("ips", "snips", "direct", "doubly_robust")
FEW = 30
"""Effective episodes below which weights rest on a handful of them."""
Z_ODD = 4.0
"""Standard errors by which the mean of 1 / propensity may be above the number of actions."""
ESTIMATED = "propensities were not logged; how often each action was taken in each state stands for them"
AT_ONCE = 20_000_000
"""Weights of episodes that are drawn at once."""


@dataclass(frozen=True, eq=False, repr=False)
class OffPolicyValue:
    r"""What a policy would have brought an episode, four ways.

    Parameters
    ----------
    policy
        The policy.
    estimates
        Method (ips, snips, direct, doubly_robust) -> value an episode, costs deducted.
    logged
        What the logged policy brought an episode.
    effective
        Effective number of episodes behind the weights, $(\sum \rho)^2 / \sum \rho^2$.
    untried
        Share of the policy's decisions, in the states of the log, that were never taken there.
    notes
        What must be known beside the numbers.
    """

    policy: ActionPolicy
    estimates: Mapping[str, Draws]
    logged: Draws
    effective: float
    untried: float
    notes: tuple[str, ...]

    @cached_property
    def gain(self) -> Draws:
        """The doubly robust value less what was logged, over the same episodes drawn anew."""
        return self.estimates["doubly_robust"] - self.logged

    def to_frame(self, prob: float = DEFAULT_PROB) -> pd.DataFrame:
        """Return a row a method, that of the logged policy first: mean, sd, lower, upper, evidence."""
        import pandas as pd

        parts = {"logged": self.logged, **self.estimates}
        return pd.concat([d.to_frame(prob) for d in parts.values()], keys=list(parts), names=["method"]).droplevel(1)

    def __repr__(self) -> str:
        text = self.to_frame().to_string(float_format=number)
        lines = [f"effective episodes behind the weights: {whole(self.effective)}", *(f"note: {n}" for n in self.notes)]
        return "\n".join([f"value of the {self.policy.kind} policy an episode", text, *lines])


def off_policy(
    log: DecisionLog,
    policy: ActionPolicy,
    *,
    horizon: int | None = None,
    discount: float = 0.99,
    draws: int = DRAWS,
    seed: int = 0,
) -> OffPolicyValue:
    """Return what a policy would have brought an episode, estimated from the log of another one.

    Parameters
    ----------
    log
        What `read_decisions` or `journey_decisions` returns.
    policy
        Of the same states and actions: `best_policy`, `thompson_policy`, `given_policy`, `load_policy`.
    horizon
        How many decisions of an episode are looked at. All when None, which needs episodes that end in the log; those
        that are cut off before the horizon are left out.
    discount
        What a reward one decision later counts, in (0, 1].
    draws
        How many, a hundred or more.
    seed
        The same seed gives the same draws.

    Returns
    -------
    OffPolicyValue
        Draws by method, the logged policy beside them. Evidence experimental where propensities were logged and
        the policy keeps to actions that were tried; otherwise assumed.

    Raises
    ------
    QueryError
        When names differ, an option is not as it must be, episodes do not end and there is no horizon,
        or there are fewer than two episodes.

    Notes
    -----
    A policy that was learned from the same log is flattered by it: learn it from one part and judge it by another
    (`log.taken`). Formulas and sources in `journeys/process/off_policy.py`.

    Examples
    --------
    >>> import pandas as pd
    >>> import bayes_roi as br
    >>> rng = np.random.default_rng(1)
    >>> mail = rng.random(2_000) < 0.3
    >>> click = rng.random(2_000) < np.where(mail, 0.10, 0.05)
    >>> table = pd.DataFrame({"state": "any", "action": np.where(mail, "mail", "none"), "reward": click * 1.0})
    >>> log = br.read_decisions(table.assign(propensity=np.where(mail, 0.3, 0.7)))
    >>> always = br.given_policy(log, {"any": {"mail": 1.0}})
    >>> round(float(br.off_policy(log, always).estimates["doubly_robust"].mean()), 2)
    0.1
    """
    log.same_names(policy.states, policy.actions)
    count = -(-whole_number(draws, "draws", 100) // CHAINS) * CHAINS
    some, cut = _looked_at(log, horizon)
    if len(some.starts) < 2:
        raise QueryError("off-policy evaluation needs two whole episodes or more; ask for a shorter horizon")
    tried = log.outcomes.sum(axis=(2, 3))
    logged = tried / np.maximum(tried.sum(axis=1, keepdims=True), 1.0)
    chance = logged[some.state, some.action] if some.propensity is None else some.propensity
    untried = float((policy.probabilities * (tried == 0)).sum(axis=1)[some.state].mean())
    episodes = _Weighed(some, policy.probabilities[some.state, some.action] / chance, discount)
    as_logged = _Weighed(some, np.ones(len(some)), discount)
    ips, final, own = episodes.gained(), episodes.final, as_logged.gained()
    robust = episodes.doubly_robust(log, policy.probabilities, horizon)
    rng = np.random.default_rng([whole_number(seed, "seed", 0), 5])
    process = decision_process(log, discount=discount, draws=count, seed=seed)
    direct = to_go(process.transitions, process.reward, discount, policy.probabilities, horizon)[-1]
    first = some.state[some.starts]
    sums = _drawn_anew(np.column_stack([ips, final * own, final, robust, own]), first, len(log.states), count, rng)
    value = {
        "ips": sums[:, 0],
        "snips": sums[:, 1] / np.maximum(sums[:, 2], 1e-300),
        "direct": (sums[:, 5:] * direct).sum(axis=1),
        "doubly_robust": sums[:, 3],
    }
    length = "" if horizon is None else f" of {horizon} decisions"

    def as_draws(values: np.ndarray, name: str) -> Draws:
        return Draws(
            values=Labelled(values.reshape(CHAINS, -1), ("chain", "draw"), {}),
            unit="reward",
            estimand=f"value of an episode{length}, {name}",
            evidence=evidence_array(log.evidence),
            support=None if name == "logged" else support_array(1 - untried),
            reason=log.reason,
        )

    estimates = {name: as_draws(x, name) for name, x in value.items()}
    effective = float(final.sum() ** 2 / max((final**2).sum(), 1e-300))
    notes = _notes(log, effective, untried, cut)
    return OffPolicyValue(policy, estimates, as_draws(sums[:, 4], "logged"), effective, untried, notes)


def _looked_at(log: DecisionLog, horizon: int | None) -> tuple[DecisionLog, int]:
    """Return whole episodes up to the horizon, each decision a row of its own, and how many are cut off before it."""
    number = np.cumsum(np.diff(log.episode, prepend=-1) != 0) - 1
    ends = np.append(log.starts[1:], len(log)) - 1
    whole = log.after[ends] == ENDED
    if horizon is None:
        if not whole.all():
            raise QueryError(
                f"{int((~whole).sum()):,} of {len(whole):,} episodes do not end in the log; say how many decisions are "
                "looked at, e.g. horizon=14"
            )
    else:
        whole |= np.bincount(number, log.times) >= whole_number(horizon, "horizon", 1, 1_000)
    some = log.taken(np.flatnonzero(whole))
    return some.single(horizon), int((~whole).sum())


class _Weighed:
    """The episodes of a log, weighed by how much likelier a policy takes their decisions than the logged one did."""

    def __init__(self, log: DecisionLog, ratio: np.ndarray, discount: float) -> None:
        self.log, self.discount = log, discount
        self.number = np.cumsum(np.diff(log.episode, prepend=-1) != 0) - 1
        self.place = np.arange(len(log)) - log.starts[self.number]
        self.gain = log.reward - log.costs[log.action]
        zero = ratio == 0
        logs = np.log(np.where(zero, 1.0, ratio))
        self.rho = np.exp(self._until(logs)) * (self._until(zero) == 0)
        self.final = self.rho[np.append(log.starts[1:], len(log)) - 1]
        self.weight = self.discount**self.place * self.rho

    def _summed(self, values: np.ndarray) -> np.ndarray:
        return np.bincount(self.number, values, len(self.log.starts))

    def _until(self, values: np.ndarray) -> np.ndarray:
        """Return the sum over the decisions of the episode up to each."""
        total = np.cumsum(values)
        return np.asarray(total - (total - values)[self.log.starts][self.number])

    def gained(self) -> np.ndarray:
        """Return what each episode brought (episodes,), its decisions weighed and discounted."""
        return self._summed(self.weight * self.gain)

    def doubly_robust(self, whole: DecisionLog, policy: np.ndarray, horizon: int | None) -> np.ndarray:
        """Return the doubly robust value of each episode (episodes,), the process of the other half behind it."""
        log, found = self.log, np.zeros(len(self.log.starts))
        half, halves = log.episode[log.starts] % 2, whole.episode[whole.starts] % 2
        left = np.zeros(len(log), np.int64) if horizon is None else horizon - self.place
        for side in (0, 1):
            values, q = _mean_values(whole.taken(np.flatnonzero(halves != side)), policy, self.discount, horizon)
            following = values[np.maximum(left - 1, 0), np.maximum(log.after, 0)]
            on = self.discount * np.where(log.after == ENDED, 0.0, following)
            missed = self.gain + on - q[left, log.state, log.action]
            value = values[-1][log.state[log.starts]] + self._summed(self.weight * missed)
            found[half == side] = value[half == side]
        return found


def _mean_values(
    log: DecisionLog, policy: np.ndarray, discount: float, horizon: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return V (decisions left, states) and Q (decisions left, states, actions) in the mean of the posterior."""
    if not (log.reward > 0).any():
        reward, moves = np.zeros(policy.shape) - log.costs, np.zeros((*policy.shape, policy.shape[0]))
    else:
        found = posterior_of(log)
        outcomes = found.mean_outcomes
        reward = outcomes[..., 1, :].sum(axis=-1) * found.mean_amounts - found.costs
        moves = outcomes[..., :-1].sum(axis=-2)
    values = np.stack(to_go(moves, reward, discount, policy, horizon))
    before = values if horizon is None else np.concatenate([values[:1], values[:-1]])
    return values, action_values(moves, reward, discount, before)


def _drawn_anew(
    columns: np.ndarray, first: np.ndarray, states: int, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Return means of columns (draws, columns), and the shares of first states, over episodes drawn anew."""
    table = np.column_stack([columns, np.eye(states)[first]])
    step = max(1, AT_ONCE // len(table))
    found = []
    for start in range(0, draws, step):
        weights = rng.standard_exponential((min(step, draws - start), len(table)))
        found.append(weights @ table / weights.sum(axis=1, keepdims=True))
    return np.concatenate(found)


def _notes(log: DecisionLog, effective: float, untried: float, cut: int) -> tuple[str, ...]:
    notes = [] if not cut else [f"{cut:,} episodes are cut off before the horizon and left out"]
    if log.propensity is None:
        notes.append(ESTIMATED)
    elif (odd := _propensity_problem(log)) is not None:
        notes.append(odd)
    if effective < FEW:
        notes.append(
            f"the weights rest on {whole(effective)} episodes: ips and snips say next to nothing; look at doubly "
            "robust and direct, or at a policy nearer to the logged one"
        )
    if untried > 0:
        notes.append(f"{percent(untried)} of what the policy does was never done in those states: no log tells of it")
    return tuple(notes)


def _propensity_problem(log: DecisionLog) -> str | None:
    r"""Return what is odd of the propensities: $E[1 / \mu(a)]$ is how many actions there are to choose from."""
    assert log.propensity is not None
    inverse = 1 / log.propensity
    error = inverse.std() / np.sqrt(len(inverse))
    most = len(log.actions)
    if inverse.mean() > most + Z_ODD * error + 1e-9:
        return (
            f"the mean of 1 / propensity is {ratio(float(inverse.mean()))}, and should be {most}, the number of "
            "actions, or less: they may not be the probabilities of the logged actions"
        )
    return None
