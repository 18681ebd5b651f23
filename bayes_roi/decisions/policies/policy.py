"""Learning while spending: policies that choose, see what comes of it and choose again, on a world that is known."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook, outlook
from bayes_roi.decisions.information.expected_value import evsi
from bayes_roi.decisions.information.reallocation import MOVES, different, reallocated
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import positive_amount, whole_number
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.lift.fit import fit
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.intervention import set_to
from bayes_roi.model.rows.layout import carry_in_rows
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth
from bayes_roi.numbers import amount, number
from bayes_roi.panel import Panel

if TYPE_CHECKING:
    import pandas as pd

Policy = Literal["point", "thompson", "value_of_information"]
POLICIES: tuple[Policy, ...] = ("point", "thompson", "value_of_information")
SIMULATIONS = 200
"""Outcomes of a plan that are simulated to know what it would teach."""


@dataclass(frozen=True, eq=False, repr=False)
class PolicyRun:
    """What a policy chose in a known world, round by round, and what it lost by not knowing the truth.

    Parameters
    ----------
    policy
        Its name.
    channels
        The channels.
    plans, best
        (rounds,) the plan chosen, and the plan that was best under the truth.
    spend
        (rounds, channels) money spent in each round.
    regret
        (rounds,) expected profit, under the truth, of the best plan less that of the chosen one; in money.
    unit
        Unit of money.
    """

    policy: Policy
    channels: tuple[str, ...]
    plans: tuple[str, ...]
    best: tuple[str, ...]
    spend: np.ndarray
    regret: np.ndarray
    unit: str

    @cached_property
    def cumulative(self) -> np.ndarray:
        """(rounds,) the regret up to and with each round: the regret curve."""
        summed: np.ndarray = np.cumsum(self.regret)
        return summed

    def to_frame(self) -> pd.DataFrame:
        """Return a table, one row a round."""
        import pandas as pd

        chosen = {"plan": self.plans, "best": self.best, "regret": self.regret, "cumulative": self.cumulative}
        spent = {f"{c} spend": self.spend[:, i] for i, c in enumerate(self.channels)}
        return pd.DataFrame({"round": np.arange(1, len(self.regret) + 1), **chosen, **spent}).set_index("round")

    def __repr__(self) -> str:
        lines = [
            f"  {i + 1}: {p}, regret {amount(r)}" for i, (p, r) in enumerate(zip(self.plans, self.regret, strict=True))
        ]
        head = f"<{self.policy} over {len(self.plans)} rounds: regret {amount(self.cumulative[-1])} {self.unit}"
        return "\n".join([head, *lines]) + ">"

    def _repr_html_(self) -> str:
        table: str = self.to_frame().to_html(float_format=number)
        return (
            f"<p>{html.escape(self.policy)}: regret {amount(self.cumulative[-1])} {html.escape(self.unit)}</p>{table}"
        )


def simulate_policy(
    model: Model,
    truth: Truth,
    *,
    policy: Policy = "thompson",
    rounds: int = 8,
    periods: int = 4,
    budget: float | None = None,
    history: int = 52,
    draws: int = 400,
    seed: int = 0,
) -> PolicyRun:
    r"""Return what comes of choosing by a policy, round after round, in a simulated world.

    In each round the model is fitted to all that has been seen, one of finitely many plans is chosen and carried out
    for some periods, and the world responds by its truth and with noise of its own. The world's noise depends on the
    seed alone, so that policies with the same seed meet the same world.

    The policies choose the plan d with the highest

    - "point": $\pi_d(\bar\theta)$ at the posterior mean of the parameters, as a planner with point estimates does;
    - "thompson": $\pi_d(\theta)$ under one posterior draw (Thompson 1933; Russo et al. 2018);
    - "value_of_information": $E[\pi_d] + R \cdot \text{EVSI}_d$, where EVSI is what the outcome of plan d would be
      worth to the next choice and R the number of rounds left: the knowledge gradient for choices that earn (Ryzhov,
      Powell & Frazier 2012).

    Parameters
    ----------
    model, truth
        The equations, which the planner knows, and their parameters and laws, which it does not.
    policy
        "point", "thompson" or "value_of_information".
    rounds, periods
        How many choices, and periods a choice.
    budget
        Money a round, spent evenly over its periods; what the history spends in as many periods when None.
    history
        Periods that are seen before the first choice, history not counted.
    draws
        Posterior draws of each fit.
    seed
        Of the world, the fits and the policy.

    Returns
    -------
    PolicyRun
        Regret in money: expected profit over the round and its carry-over, under the truth, less than the best plan's.

    Raises
    ------
    QueryError
        When the policy is not known, an option is out of range, or the model has no periods, is a panel or has nodes
        that are not observed.
    """
    _check(model, policy, rounds=rounds, periods=periods, history=history, draws=draws)
    world = _World(model, truth, carry_in_rows(model) + history, rounds, periods, seed)
    money = world.usual.sum() * periods if budget is None else positive_amount(budget, "budget")
    plans = candidates(world.usual / world.usual.sum() if world.usual.any() else None, tuple(model.channels))
    rng = np.random.default_rng([seed, 47])
    chosen: list[int] = []
    lost, best = [], []
    for done in range(rounds):
        spends = {name: money * share for name, share in plans.items()}
        data = world.seen([list(spends.values())[i] for i in chosen])
        by_period = [np.repeat(s[:, None] / periods, periods, axis=1) for s in spends.values()]
        true = _outlook(fit_of(model, data, _arrays(truth)), periods).profits(by_period)[0]
        found = fit(model, data, seed=seed + done, draws=draws, chains=1, progress=False)
        chosen.append(_choose(policy, found, by_period, rounds - done - 1, rng))
        best.append(int(true.argmax()))
        lost.append(float(true.max() - true[chosen[-1]]))
    names = tuple(plans)
    return PolicyRun(
        policy=policy,
        channels=tuple(model.channels),
        plans=tuple(names[i] for i in chosen),
        best=tuple(names[i] for i in best),
        spend=money * np.array([plans[names[i]] for i in chosen]),
        regret=np.array(lost),
        unit=model.currency or "money",
    )


def candidates(shares: np.ndarray | None, channels: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return the plans of each round: name -> shares of the budget (channels,)."""
    count = len(channels)
    even = np.full(count, 1 / count)
    start = even if shares is None else shares
    corners = {f"all on {c}": np.eye(count)[i] for i, c in enumerate(channels)}
    return different({"as before": start, "equal parts": even} | corners | reallocated(channels, start, MOVES))


def _choose(policy: Policy, found: Fit, plans: list[np.ndarray], left: int, rng: np.random.Generator) -> int:
    """Return the position of the plan that a policy chooses after a fit."""
    if policy == "point":
        means = {name: draws.mean(axis=0) for name, draws in found.parameters.items()}
        at_means = fit_of(found.model, found.data, {n: np.asarray(v)[None] for n, v in means.items()})
        return int(_outlook(at_means, plans[0].shape[1]).profits(plans)[0].argmax())
    ahead = _outlook(found, plans[0].shape[1])
    earned = ahead.profits(plans)
    if policy == "thompson":
        return int(earned[rng.integers(len(earned))].argmax())
    taught = _taught(ahead, earned, plans, int(rng.integers(2**31))) if left else np.zeros(len(plans))
    return int((earned.mean(axis=0) + left * taught).argmax())


def _taught(ahead: Outlook, earned: np.ndarray, plans: list[np.ndarray], seed: int) -> np.ndarray:
    """Return what the outcome of each plan would be worth to the next choice (plans,), in money a round."""
    expected = ahead.outcome(plans)
    shown = ahead.outcome(plans, noise="predictive", seed=seed)
    values = []
    for i in range(len(plans)):
        noise = np.atleast_2d(np.cov(shown[:, i] - expected[:, i], rowvar=False))
        values.append(evsi(earned, expected[:, i], noise, seed=seed, simulations=SIMULATIONS).value)
    return np.array(values)


def _outlook(found: Fit, periods: int) -> Outlook:
    return outlook(found, periods=periods)


class _World:
    """A simulated world that is shown up to the present: the past as it was, then what the policy has spent so far."""

    def __init__(self, model: Model, truth: Truth, start: int, rounds: int, periods: int, seed: int) -> None:
        self.model, self.truth, self.seed = model, truth, seed
        self.start, self.each, self.total = start, periods, start + rounds * periods
        self.undisturbed = simulate(model, truth, periods=self.total, seed=seed)
        spent = [self.undisturbed.columns[n][:start] for n in model.channels.values()]
        self.usual = np.array([x.mean() for x in spent])

    def seen(self, spends: list[np.ndarray]) -> Panel:
        """Return the table after rounds in which each channel spent so much (channels,)."""
        labels = self.undisturbed.periods
        assert labels is not None
        done = []
        for i, spend in enumerate(spends):
            first = self.start + i * self.each
            during = (str(labels[first]), str(labels[first + self.each - 1]))
            done += [
                set_to(node, float(x) / self.each, during=during)
                for node, x in zip(self.model.channels.values(), spend, strict=True)
            ]
        whole = simulate(self.model, self.truth, periods=self.total, seed=self.seed, do=done)
        return whole.kept(np.arange(self.start + len(spends) * self.each))


def _arrays(truth: Truth) -> Mapping[str, np.ndarray]:
    return {name: np.asarray(value, float)[None] for name, value in truth.parameters.items()}


def _check(model: Model, policy: str, **counts: int) -> None:
    if policy not in POLICIES:
        raise QueryError(f"policy must be one of {', '.join(POLICIES)}, got {policy!r}{nearest(str(policy), POLICIES)}")
    for name, count in counts.items():
        whole_number(count, name, 1)
    if model.time is None or not model.channels:
        raise QueryError("a policy spends on channels in periods; this model has no time: or no channels:")
    if model.panel is not None or model.hidden:
        raise QueryError("policies are simulated for a single series whose nodes are all observed")
