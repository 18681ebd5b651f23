"""Experiments on a channel's spend: what they would show under each draw, with what noise, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_roi.decisions.outlook import Outlook
from bayes_roi.errors import QueryError, nearest
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.queries.expect import Held, expect

FACTORS = {"off": 0.0, "double": 2.0}


@dataclass(frozen=True)
class Experiment:
    """A test: a channel's spend is changed for some periods, everywhere or in some units of the panel.

    Parameters
    ----------
    channel
        The channel.
    how
        "off", "double", or the factor by which its spend is multiplied.
    periods
        How long.
    units
        In how many units of the panel, chosen to be like the rest in size, or which (their labels). The rest are the
        control. None for all of them: then what would have been without the test is what the model expects.
    cost
        Money that the test costs beside the profit that it forgoes.

    Examples
    --------
    >>> print(Experiment("search", "off", periods=6))
    search off for 6 periods
    """

    channel: str
    how: Literal["off", "double"] | float = "off"
    periods: int = 4
    units: int | tuple[str, ...] | None = None
    cost: float = 0.0

    def __post_init__(self) -> None:
        if self.how not in FACTORS and not _number(self.how):
            raise QueryError(f"an experiment's how must be 'off', 'double' or a factor of 0 or more, got {self.how!r}")
        if isinstance(self.periods, bool) or not isinstance(self.periods, int) or self.periods < 1:
            raise QueryError(f"an experiment takes a whole number of periods, 1 or more, got {self.periods!r}")
        if not _number(self.cost):
            raise QueryError(f"the cost of an experiment must be money, 0 or more, got {self.cost!r}")

    @property
    def factor(self) -> float:
        """What the spend is multiplied by."""
        return FACTORS[self.how] if isinstance(self.how, str) else float(self.how)

    def __str__(self) -> str:
        doing = {"off": "off", "double": "doubled"}.get(str(self.how), f"x {self.factor:g}")
        where = ""
        if self.units is not None:
            where = f" in {self.units if isinstance(self.units, int) else ', '.join(self.units)}"
            where += " units" if isinstance(self.units, int) else ""
        return f"{self.channel} {doing}{where} for {self.periods} period{'s' * (self.periods > 1)}"


def _number(x: object) -> bool:
    return not isinstance(x, (bool, str)) and isinstance(x, (int, float)) and 0 <= x < math.inf


@dataclass(frozen=True, eq=False, repr=False)
class Trial:
    """What an experiment would show.

    Parameters
    ----------
    experiment
        The experiment.
    nodes
        What is measured: the observed nodes that the channel moves on its way to the outcome, and the outcome.
    signal
        (draws, periods x nodes) the lift of each node in each period given the draw, all nodes of a period together.
    noise
        (periods x nodes, periods x nodes) covariance of what is measured around it.
    lost
        (draws,) profit that the test forgoes, without `experiment.cost`; in money.
    """

    experiment: Experiment
    nodes: tuple[str, ...]
    signal: np.ndarray
    noise: np.ndarray
    lost: np.ndarray

    @property
    def cost(self) -> float:
        """What the test is expected to cost, in money; negative where it earns more than spend as today."""
        return float(self.lost.mean()) + self.experiment.cost

    def __repr__(self) -> str:
        return f"<Trial of {self.experiment}, measured on {', '.join(self.nodes)}>"


def usual_experiments(ahead: Outlook, *, periods: int | None = None) -> tuple[Experiment, ...]:
    """Return each channel off and doubled for half of the plan, 4 to 8 periods; in a panel in half of its units."""
    length = min(max(ahead.periods // 2, 4), 8) if periods is None else periods
    units = ahead.units // 2 if ahead.units > 1 else None
    ways: tuple[Literal["off", "double"], ...] = ("off", "double")
    return tuple(Experiment(c, how, length, units) for c in ahead.channels for how in ways)


def trials(ahead: Outlook, experiments: Sequence[Experiment], *, seed: int) -> list[Trial]:
    r"""Return what experiments in the first periods of an outlook would show; else spend is as today.

    Every observed node that the channel moves on its way to the outcome is measured in each period: in the treated
    units less what it would have been, $Y_T - c Y_C$ with the control C scaled to the size of T, or, where all is
    treated, $Y_T - E[Y_T]$. The noise is that of these periods, drawn from the model with all its nodes, and what the
    model does not know of the difference without a test, taken as independent of the lift.

    Raises
    ------
    QueryError
        When an experiment cannot be made on these channels, units or periods.
    """
    for e in experiments:
        check_experiment(ahead, e)
    target, usual = ahead.fit.model.outcome, ahead.held(ahead.today)
    arms = [usual, *(_arm(ahead, usual, e) for e in experiments)]
    measures = [_Measure.of(ahead, e) for e in experiments]
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
    for e, arm, m in zip(experiments, arms[1:], measures, strict=True):
        size = m.size
        base, tested, lost, _ = np.split(expected[:, at:], [size, 2 * size, 2 * size + 1], axis=1)
        noise = _covariance(shown[:, there : there + size] - tested) + _covariance(base)
        spared = sum(float(np.sum(usual[n] - arm[n])) for n in ahead.fit.model.channels.values())
        found.append(Trial(e, tuple(m.nodes), tested - base, noise, lost[:, 0] - spared))
        at, there = at + 2 * size + 1, there + size
    return found


@dataclass(frozen=True, eq=False)
class _Measure:
    """What an experiment measures: node -> weights (rows, periods) with which its rows are summed."""

    nodes: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, ahead: Outlook, experiment: Experiment) -> _Measure:
        model, spend = ahead.fit.model, ahead.fit.model.channels[experiment.channel]
        graph = model.computation.without_causes_of(frozenset(model.spends))
        on_the_way = graph.descendants([spend]) & graph.ancestors([model.outcome]) - {spend}
        names = [n for n in model.nodes if n in on_the_way and n not in model.hidden]
        return cls({n: _weights(ahead, experiment, n) for n in names})

    @property
    def size(self) -> int:
        """Number of data."""
        return sum(w.shape[1] for w in self.nodes.values())

    def of_rows(self, values: Mapping[str, Array]) -> np.ndarray:
        """Return the data (draws, periods x nodes), all nodes of a period together."""
        each = np.stack([values[n] @ w for n, w in self.nodes.items()], axis=-1)
        return each.reshape(len(each), -1)


def check_experiment(ahead: Outlook, experiment: Experiment) -> None:
    """Raise unless an experiment can be made in an outlook.

    Raises
    ------
    QueryError
        For an unknown channel or unit, units without a panel or more than it has, or more periods than there are.
    """
    e, panel = experiment, ahead.fit.model.panel
    if e.channel not in ahead.channels:
        known = ", ".join(ahead.channels)
        raise QueryError(f"{e.channel!r} is not a channel{nearest(e.channel, ahead.channels)}; there are {known}")
    if e.periods > ahead.periods:
        raise QueryError(f"{e}: the outlook has {ahead.periods} periods; test for no longer")
    if e.units is None:
        return
    if panel is None:
        raise QueryError(f"{e}: this model has no panel:, so there are no units to choose; leave out units=")
    names = unit_names(ahead)
    if not isinstance(e.units, int):
        for unit in e.units:
            if unit not in names:
                raise QueryError(
                    f"{unit!r} is not a unit of {panel}{nearest(unit, names)}; there are {', '.join(names)}"
                )
    count = e.units if isinstance(e.units, int) else len(set(e.units))
    if isinstance(e.units, bool) or not 1 <= count <= len(names):
        raise QueryError(f"an experiment takes 1 to {len(names)} units of {panel}, got {e.units!r}")


def unit_names(ahead: Outlook) -> tuple[str, ...]:
    """Return the labels of the panel units that are planned for."""
    design = ahead.scene.design
    codes = np.zeros(design.length, int) if design.codes is None else design.codes
    return tuple(design.units[c] for c in codes.reshape(ahead.units, -1)[:, 0]) if design.units else ()


def treated(ahead: Outlook, experiment: Experiment) -> np.ndarray:
    """Return which units (units,) are treated: those named, or a number of them spread evenly over their sizes."""
    units = experiment.units
    if units is None:
        return np.ones(ahead.units, bool)
    if not isinstance(units, int):
        return np.isin(unit_names(ahead), units)
    ranked = np.argsort(_sizes(ahead, ahead.fit.model.outcome), kind="stable")
    chosen = np.zeros(ahead.units, bool)
    chosen[ranked[((np.arange(units) + 0.5) * ahead.units / units).astype(int)]] = True
    return chosen


def _sizes(ahead: Outlook, node: str) -> np.ndarray:
    """Return each planned unit's mean of a node (units,) in the rows of the fit."""
    rows = ahead.fit.design
    if rows.codes is None:
        return np.ones(1)
    means = {name: draws.mean(axis=0) for name, draws in ahead.fit.parameters.items()}
    y = np.asarray(ahead.fit.forward.observed(node, means))
    return np.array([y[rows.codes == rows.units.index(u)].mean() for u in unit_names(ahead)])


def _arm(ahead: Outlook, usual: Held, experiment: Experiment) -> Held:
    """Return what the experiment holds: its channel's spend in treated units changed in the first periods."""
    node = ahead.fit.model.channels[experiment.channel]
    rows = np.array(usual[node], float).reshape(ahead.units, -1)
    rows[treated(ahead, experiment), : experiment.periods] *= experiment.factor
    return {**usual, node: rows.ravel()}


def _weights(ahead: Outlook, experiment: Experiment, node: str) -> np.ndarray:
    """Return the weights (rows, periods) with which a node is summed: treated units less the scaled control."""
    chosen, sizes = treated(ahead, experiment), _sizes(ahead, node)
    control = 0.0 if chosen.all() else sizes[chosen].sum() / sizes[~chosen].sum()
    weight = np.where(chosen, 1.0, -control)
    each = np.eye(ahead.periods + ahead.horizon)[:, : experiment.periods]
    rows: np.ndarray = (weight[:, None, None] * each).reshape(-1, experiment.periods)
    return rows


def _covariance(x: np.ndarray) -> np.ndarray:
    """Return the covariance (data, data) of draws (draws, data)."""
    centred = x - x.mean(axis=0)
    found: np.ndarray = centred.T @ centred / max(len(x) - 1, 1)
    return found
