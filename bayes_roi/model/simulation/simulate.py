"""Observational and interventional data from a model and a truth."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bayes_roi.atomic import write_whole
from bayes_roi.errors import ModelError, QueryError
from bayes_roi.mechanisms.families import Family
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.intervention import Intervention, check_node
from bayes_roi.model.law.parameters import NodeParameters, node_parameters
from bayes_roi.model.rows.design import HIDDEN, Design, View
from bayes_roi.model.rows.layout import carry_in_rows
from bayes_roi.model.simulation.truth import Categories, Law, Truth, value_column
from bayes_roi.panel import Panel
from bayes_roi.plain_text import formula, shown

Values = dict[str, np.ndarray]
Chosen = Callable[[NodeParameters, View], Mapping[str, np.ndarray]]
"""Gives the parameters of a node, each (1,) or (1, size), once its parents are simulated."""

ONE = Scale(0.0, 1.0, 1.0, 0.0, 1.0)
DIGITS = 6
MOST_ROWS = 10_000_000


def simulate(
    model: Model,
    truth: Truth | None = None,
    *,
    do: Intervention | Sequence[Intervention] = (),
    periods: int | None = None,
    seed: int | None = None,
) -> Panel:
    """Return a table drawn from a model.

    The noise depends on the seed alone, so that data under an intervention are what the same periods would have been.
    A term's centring is that of the undisturbed data. Simulated spend is cut off at zero.

    Parameters
    ----------
    model
        The equations.
    truth
        Parameters and laws of the exogenous nodes; made up (see `made_up_truth`) when None.
    do
        Interventions from the first row on, as in `br.do`.
    periods, seed
        Number of rows and seed; the truth's own when None.

    Returns
    -------
    Panel
        Weekly periods from the truth's start, or exchangeable rows. The carry-in rows of a model are simulated with
        their own history.

    Raises
    ------
    ModelError
        When the truth does not cover the model or makes a number that is none, or there are no rows or too many.

    Examples
    --------
    >>> import bayes_roi as br
    >>> from bayes_roi.model.simulation.truth import read_truth
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> truth = read_truth(br.shipped("data/weekly_funnel.truth.json"))
    >>> simulated = br.simulate(model, truth, do=br.turn_off("tv_spend"))
    >>> float(simulated.columns["tv_spend"].sum())
    0.0
    """
    _require_few(periods)
    truth = made_up_truth(model, seed=seed or 0) if truth is None else truth
    truth.check(model)
    _require_few(truth.periods, units=len(truth.units))
    world = _World(model, truth, truth.periods if periods is None else periods, truth.seed if seed is None else seed)
    interventions = (do,) if isinstance(do, Intervention) else tuple(do)
    with np.errstate(all="ignore"):  # what overflows is told below
        observed = world.run(lambda node, view: _true_values(truth, node))
        panel = world.panel(world.intervened(truth, observed, interventions) if interventions else observed)
    for node, values in panel.columns.items():
        if odd := int(np.count_nonzero(~np.isfinite(values))):
            raise ModelError(f"the truth makes {node!r} infinite in {odd} row{'s' * (odd > 1)}; give smaller numbers")
    return panel


def _require_few(periods: int | None, *, units: int = 0) -> None:
    if periods is not None and periods * max(units, 1) > MOST_ROWS:
        raise ModelError(f"simulated tables have {MOST_ROWS:,} rows at most, asked for {periods * max(units, 1):,}")


def _true_values(truth: Truth, node: NodeParameters) -> dict[str, np.ndarray]:
    """Return the parameters of a node's equation, each with an axis of one draw."""
    names = [name for name in node.names if name in truth.parameters]
    return {name: np.asarray(truth.parameters[name], float)[None] for name in names}


class _World:
    """The rows to simulate: as many as wanted, with the longest lag before them as a warm-up that is not shown.

    In a panel the rows of one unit stand after those of the other, each with a warm-up of its own.
    """

    def __init__(self, model: Model, truth: Truth, periods: int, seed: int) -> None:
        if periods <= carry_in_rows(model):
            raise ModelError(f"periods must be more than the {carry_in_rows(model)} rows of history, got {periods}")
        self.model, self.truth, self.seed = model, truth, seed
        each = np.arange(-model.max_lag, periods)
        units = tuple(truth.units) if model.panel is not None else ()
        index = np.tile(each, max(len(units), 1))
        codes = np.repeat(np.arange(len(units)), len(each)) if units else None
        sizes = np.array(list(truth.units.values()), float)
        self.shown = index >= 0
        self.explained = index >= carry_in_rows(model)
        self.design = Design(
            rows={},
            carry={n: np.zeros(1 if units else model.max_lag) for n in model.computation.order},
            scales=dict.fromkeys(model.hidden, HIDDEN),
            outcome_scales=dict.fromkeys(model.equation, ONE),
            spends=model.spends,
            index=index,
            reference=index[self.explained],
            starts=index == -model.max_lag,
            periods=self._labels(index),
            earlier=_earlier(index + model.max_lag, model.max_lag) if units else None,
            units=units,
            codes=codes,
            size=None if model.weights is None or codes is None else (sizes / sizes.mean())[codes],
            amounts=model.amounts if model.weights is not None else (),
            levels={n: law.labels for n, law in truth.exogenous.items() if isinstance(law, Categories)},
            computed=frozenset(model.identity),
        )

    def _labels(self, index: np.ndarray) -> np.ndarray | None:
        if self.model.time is None:
            return None
        try:
            first = datetime.date.fromisoformat(self.truth.start)
            return np.array([(first + datetime.timedelta(weeks=int(i))).isoformat() for i in index])
        except (ValueError, OverflowError):
            raise ModelError(f"start must be a date like 2023-01-02, got {self.truth.start!r}") from None

    def rng(self, node: str, *what: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.model.computation.order.index(node), *what])

    def run(self, chosen: Chosen, held: Values | None = None) -> Values:
        """Return every node's rows, warm-up included; scales are fixed as the nodes come, unless they are already."""
        values: Values = {}
        for node in self.model.computation.order:
            if held and node in held:
                values[node] = held[node]
            elif node in self.model.identity:
                values[node] = self.model.identity[node].value(values)
            elif node not in self.model.equation:
                values[node] = self._exogenous(node, node, 0)
            else:
                values[node] = self._respond(node, chosen, values)
            if node not in self.design.scales:
                seen = self.design.per_size(node, values[node])
                self.design.scales[node] = Scale.of(seen[self.explained], seen[self.shown])  # type: ignore[index]
        return values

    def _exogenous(self, name: str, *key: Any) -> np.ndarray:
        """Return the rows of what follows a law, with the generator of a key.

        A panel has a series of its own for each unit, spends in proportion to the unit's size.
        """
        x = self._drawn(name, *key)
        return np.maximum(x, 0.0) if name in self.model.spends else x

    def _drawn(self, name: str, *key: Any) -> np.ndarray:
        law, index = self.truth.exogenous[name], self.design.index
        if self.design.codes is None:
            return law.draw(index, self.rng(*key))
        each = len(index) // len(self.design.units)
        x = np.concatenate([law.draw(index[:each], self.rng(*key, u)) for u in range(len(self.design.units))])
        return x * self.design.size if self.design.size is not None and name in self.design.amounts else x

    def _respond(self, node: str, chosen: Chosen, values: Values) -> np.ndarray:
        own, view = node_parameters(self.model, self.design, node), View(np, self.design, values)
        parameters = chosen(own, view)
        if own.periods is not None:  # noise that units share, of no truth but its spread
            z = self.rng(node, 3).standard_normal(len(np.unique(self.design.index)))
            parameters = {**parameters, own.periods.periods_name: parameters[own.periods.spread_name][:, None] * z}
        law = Conditional.of(self.model, own, view, linear_predictor(np, own, view, parameters), parameters)
        u = np.clip(self.rng(node, 1).random(self.design.length), 1e-16, 1 - 1e-16)
        y = np.broadcast_to(law.respond(law.noise(u)), (1, self.design.length))[0]
        return np.maximum(y, 0.0) if node in self.model.spends else y

    def intervened(self, truth: Truth, observed: Values, interventions: Sequence[Intervention]) -> Values:
        """Return the rows as they would have been; history before the first row stays as it was."""
        for i in interventions:
            check_node(self.model, i.node)
        held = {i.node: observed[i.node] for i in interventions}
        for i in interventions:
            inside = self.design.window(i.during) & (self.design.index >= 0)
            held[i.node] = i.apply(held[i.node], inside)
            if i.node in self.model.spends and held[i.node].min() < 0:
                raise QueryError(f"{i}: spend would be {held[i.node].min():g} in some period; spend cannot be negative")
        return self.run(lambda node, view: _true_values(truth, node), held)

    def panel(self, values: Values) -> Panel:
        columns = {n: values[n] for n in self.model.measured}
        for column in value_column(self.model):
            columns = {column: self._exogenous(column, self.model.outcome, 2), **columns}
        if self.model.weights is not None:
            sizes = np.array(list(self.truth.units.values()) or [1.0])
            columns[self.model.weights] = sizes[0 if self.design.codes is None else self.design.codes] + 0 * self.shown
        codes, shown = self.design.codes, self.shown
        return Panel(
            columns={n: x[shown] for n, x in columns.items()},
            periods=None if self.design.periods is None else self.design.periods[shown],
            time=self.model.time,
            frequency=None if self.model.time is None else "week",
            source=f"simulated from {self.model.name}",
            unit=self.model.panel,
            units=None if codes is None else np.array(self.design.units)[codes[shown]],
            clock=None if self.model.time is None else self.design.index[shown],
            levels=self.design.levels,
        )


def _earlier(position: np.ndarray, lags: int) -> np.ndarray:
    """Return (lags, rows): where each row's past stands in zero and the rows; `position` counts within its unit."""
    rows = np.arange(len(position))
    return np.array([np.where(position >= k, 1 + rows - k, 0) for k in range(1, lags + 1)], int).reshape(
        lags, len(rows)
    )


UNITS = {
    "north": 1.0,
    "south": 2.0,
    "east": 0.5,
    "west": 1.5,
    "centre": 3.0,
    "coast": 0.8,
    "hills": 0.6,
    "islands": 0.3,
}
"""Panel units of a made-up truth, with their sizes in millions."""


def made_up_truth(model: Model, *, seed: int = 0, periods: int = 156) -> Truth:
    """Return a plausible truth for any model: spends of thousands in flights, media a tenth of the outcome each."""
    rng = np.random.default_rng([seed, 7])
    exogenous: dict[str, Law | Categories] = {}
    trials = {model.trials(node) for node in model.modelled}
    for node in model.exogenous:
        if node in model.categorical:
            exogenous[node] = Categories(("high", "low", "middle"), (0.3, 0.4, 0.3))
        elif node in trials:
            exogenous[node] = Law(20_000.0, 3_000.0, autocorrelation=0.5, whole=True)
        elif node in model.spends:
            mean = float(np.round(10_000 * rng.uniform(0.5, 2.0), -2))
            exogenous[node] = Law(mean, 0.4 * mean, autocorrelation=0.3, dark=0.2)
        else:
            exogenous[node] = Law(100.0, 15.0, autocorrelation=0.6, season=10.0)
    exogenous |= {column: Law(10.0, 1.0) for column in value_column(model)}
    truth = Truth({}, exogenous, periods=periods, seed=seed, units=dict(UNITS) if model.panel is not None else {})
    parameters: dict[str, np.ndarray] = {}

    def chosen(node: NodeParameters, view: View) -> Mapping[str, np.ndarray]:
        target = _target(model, node.node)
        parameters.update(_made_up(node, view, target, model.family(node.node), parameters, rng))
        return parameters

    _World(model, truth, periods, seed).run(chosen)
    plain = {name: float(v[0]) if v.ndim == 1 else [float(e) for e in v[0]] for name, v in parameters.items()}
    return replace(truth, parameters=plain)


def _target(model: Model, node: str) -> float:
    """Return the mean to aim at: spends and outcomes in thousands, shares a fifth."""
    if model.family(node).most <= 1 or model.trials(node) is not None:
        return 0.2
    return 10_000.0 if node in model.spends else 50_000.0 if node == model.outcome else 5_000.0


def _made_up(
    node: NodeParameters,
    view: View,
    target: float,
    family: type[Family],
    known: Mapping[str, np.ndarray],
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    size, level = target if family.link_name == "identity" else 1.0, family.inverse_mean(target)
    found: dict[str, np.ndarray] = {}
    used = np.zeros(1)
    for t in node.terms:
        if t.effect_name in known:  # shared with a term before it
            used = used + known[t.effect_name] * t.curve(view, known).mean(axis=-1)
            continue
        for role, name in t.shape_names.items():
            found[name] = t.shape[role].ppf(np.atleast_1d(rng.uniform(0.25, 0.75)))
        if t.effect is None:
            continue
        curve = np.atleast_2d(t.curve(view, found))
        if t.media:
            effect = rng.uniform(0.05, 0.15) * size / np.maximum(curve.mean(axis=-1), 1e-12)
            used = used + effect * curve.mean(axis=-1)
        else:
            effect = rng.uniform(0.03, 0.1, len(curve)) * size / np.maximum(curve.std(axis=-1), 1e-12)
        found[t.effect_name] = effect[None] if t.width else effect
    if node.intercept:
        found[f"{node.node}.intercept"] = level - used
    for role, name in node.family_names.items():
        found[name] = np.array([0.03 * size if role == "sigma" else node.family[role].ppf(np.array(0.5))])
    found |= {name: np.array([0.5]) for name in node.noise_names.values()}
    if node.periods is not None:
        found[node.periods.spread_name] = np.zeros(1) + 0.03 * size
    for pooled in node.pooled:
        common = pooled is node.pooled_intercept
        spread = 0.2 if pooled.law == "log" else 0.1 * size if common else 0.3 * abs(found[pooled.name])
        found[pooled.spread_name] = np.zeros(1) + spread
        u = rng.uniform(0.01, 0.99, (1, len(view.design.units)))
        found[pooled.units_name] = pooled.of_units(u, found[pooled.name], found[pooled.spread_name])
    return {name: np.array([float(f"{v:.3g}") for v in np.ravel(x)]).reshape(x.shape) for name, x in found.items()}


def write_table(panel: Panel, path: str | Path) -> None:
    """Write a panel as CSV, values rounded to six significant digits.

    Raises
    ------
    ModelError
        When a name or label would be a formula in a spreadsheet.
    OSError
        When the file cannot be written; an earlier one of that name stands then.
    """

    def cells(node: str, column: np.ndarray) -> list[str]:
        labels = panel.levels.get(node)
        return [_rounded(v) for v in column] if labels is None else [labels[int(v)] for v in column]

    keys = [(panel.unit, panel.units), (panel.time, panel.periods)]
    named = {name: [str(x) for x in labels] for name, labels in keys if name is not None and labels is not None}
    named |= {node: cells(node, column) for node, column in panel.columns.items()}
    labels = (label for node in panel.columns for label in panel.levels.get(node, ()))
    for name in (*named, *labels, *np.unique([] if panel.units is None else panel.units).tolist()):
        if formula(name):
            raise ModelError(f"a spreadsheet would take the name {shown(name)} for a formula; give another one")
    with io.StringIO(newline="") as text:
        table = csv.writer(text, lineterminator="\n")
        table.writerow(named)
        table.writerows(zip(*named.values(), strict=True))
        write_whole(path, text.getvalue())


def _rounded(value: float) -> str:
    return np.format_float_positional(float(f"{value:.{DIGITS}g}"), trim="-")
