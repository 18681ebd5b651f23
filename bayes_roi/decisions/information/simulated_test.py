"""What a test would show under each draw, with what noise, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook
from bayes_roi.decisions.information.planned_test import PlannedTest, check_planned, mean_sizes, treated
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.queries.expect import Held, expect


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedTest:
    """What a test would show.

    Parameters
    ----------
    planned
        The test.
    nodes
        What is measured: the observed nodes that the channel moves on its way to the outcome, and the outcome.
    signal
        (draws, periods x nodes) the lift of each node in each period given the draw, all nodes of a period together.
    noise
        (periods x nodes, periods x nodes) covariance of what is measured around it.
    lost
        (draws,) profit that the test forgoes, without `planned.cost`; in money.
    """

    planned: PlannedTest
    nodes: tuple[str, ...]
    signal: np.ndarray
    noise: np.ndarray
    lost: np.ndarray

    @property
    def cost(self) -> float:
        """What the test is expected to cost, in money; negative where it earns more than spend as last year."""
        return float(self.lost.mean()) + self.planned.cost

    def __repr__(self) -> str:
        return f"<SimulatedTest of {self.planned}, measured on {', '.join(self.nodes)}>"


def simulated_tests(ahead: Outlook, tests: Sequence[PlannedTest], *, seed: int) -> list[SimulatedTest]:
    r"""Return what tests in an outlook would show; else spend is as last year.

    Every observed node that the channel moves on its way to the outcome is measured in each period: in the treated
    units less what it would have been, $Y_T - c Y_C$ with the control C scaled to the size of T, or, where all is
    treated, $Y_T - E[Y_T]$. The noise is that of these periods, drawn from the model with all its nodes, and what the
    model does not know of the difference without a test, taken as independent of the lift.

    Raises
    ------
    QueryError
        When a test cannot be made on these channels, units or periods.
    """
    for e in tests:
        check_planned(ahead, e)
    target, usual = ahead.fit.model.outcome, ahead.held(ahead.reference)
    arms = [usual, *(_arm(ahead, usual, e) for e in tests)]
    measures = [_Measure.of(ahead, e) for e in tests]
    earning = ahead.margin * ahead.value

    def means(v: list[dict[str, Array]]) -> Array:
        parts = [
            [m.of_rows(v[0]), m.of_rows(arm), ((v[0][target] - arm[target]) @ earning)[:, None]]
            for arm, m in zip(v[1:], measures, strict=True)
        ]
        return np.concatenate([x for part in parts for x in part], axis=1)

    def seen(v: list[dict[str, Array]]) -> Array:
        return np.concatenate([m.of_rows(arm) for arm, m in zip(v[1:], measures, strict=True)], axis=1)

    asked = frozenset({target}.union(*(m.nodes for m in measures)))
    expected = expect(ahead.scene, arms, means, asked, seed=seed)
    shown = expect(ahead.scene, arms, seen, asked, noise="predictive", seed=seed)
    found, at, there = [], 0, 0
    for e, arm, m in zip(tests, arms[1:], measures, strict=True):
        size = m.size
        base, tested, lost, _ = np.split(expected[:, at:], [size, 2 * size, 2 * size + 1], axis=1)
        noise = _covariance(shown[:, there : there + size] - tested) + _covariance(base)
        spared = sum(float(np.sum(usual[n] - arm[n])) for n in ahead.fit.model.channels.values())
        found.append(SimulatedTest(e, tuple(m.nodes), tested - base, noise, lost[:, 0] - spared))
        at, there = at + 2 * size + 1, there + size
    return found


@dataclass(frozen=True, eq=False)
class _Measure:
    """What a test measures: node -> weights (rows, periods) with which its rows are summed."""

    nodes: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, ahead: Outlook, test: PlannedTest) -> _Measure:
        model, spend = ahead.fit.model, ahead.fit.model.channels[test.channel]
        graph = model.computation.without_causes_of(frozenset(model.spends))
        on_the_way = graph.descendants([spend]) & graph.ancestors([model.outcome]) - {spend}
        names = [n for n in model.nodes if n in on_the_way and n not in model.hidden]
        return cls({n: _weights(ahead, test, n) for n in names})

    @property
    def size(self) -> int:
        """Number of data."""
        return sum(w.shape[1] for w in self.nodes.values())

    def of_rows(self, values: Mapping[str, Array]) -> np.ndarray:
        """Return the data (draws, periods x nodes), all nodes of a period together."""
        each = np.stack([values[n] @ w for n, w in self.nodes.items()], axis=-1)
        return each.reshape(len(each), -1)


def _arm(ahead: Outlook, usual: Held, test: PlannedTest) -> Held:
    """Return what the test holds: its channel's spend in treated units changed in its periods."""
    node = ahead.fit.model.channels[test.channel]
    rows = np.array(usual[node], float).reshape(ahead.units, -1)
    rows[treated(ahead, test), test.first : test.first + test.periods] *= test.factor
    return {**usual, node: rows.ravel()}


def _weights(ahead: Outlook, test: PlannedTest, node: str) -> np.ndarray:
    """Return the weights (rows, periods) with which a node is summed: treated units less the scaled control."""
    chosen, sizes = treated(ahead, test), mean_sizes(ahead, node)
    control = 0.0 if chosen.all() else sizes[chosen].sum() / sizes[~chosen].sum()
    weight = np.where(chosen, 1.0, -control)
    each = np.eye(ahead.periods + ahead.horizon)[:, test.first : test.last]
    rows: np.ndarray = (weight[:, None, None] * each).reshape(-1, each.shape[1])
    return rows


def _covariance(x: np.ndarray) -> np.ndarray:
    """Return the covariance (data, data) of draws (draws, data)."""
    centred = x - x.mean(axis=0)
    found: np.ndarray = centred.T @ centred / max(len(x) - 1, 1)
    return found
