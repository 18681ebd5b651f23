"""The rows that are simulated: node by node in causal order, each on noise of its own."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.mechanisms.uniforms import uniforms
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.intervention import Intervention, check_node, check_spend
from bayes_roi.model.law.parameters import NodeParameters, node_parameters
from bayes_roi.model.rows.design import HIDDEN, Design
from bayes_roi.model.rows.layout import carry_in_rows
from bayes_roi.model.rows.view import View
from bayes_roi.model.simulation.exogenous import Categories
from bayes_roi.model.simulation.truth import Truth, value_column
from bayes_roi.panel import Panel

Values = dict[str, np.ndarray]
Chosen = Callable[[NodeParameters, View], Mapping[str, np.ndarray]]
"""Gives the parameters of a node, each (1,) or (1, size), once its parents are simulated."""

ONE = Scale(0.0, 1.0, 1.0, 0.0, 1.0)


def true_values(truth: Truth, node: NodeParameters) -> dict[str, np.ndarray]:
    """Return the parameters of a node's equation, each with an axis of one draw."""
    names = [name for name in node.names if name in truth.parameters]
    return {name: np.asarray(truth.parameters[name], float)[None] for name in names}


class World:
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
        u = uniforms(self.rng(node, 1), self.design.length)
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
            if i.node in self.model.spends:
                check_spend(i, held[i.node])
        return self.run(lambda node, view: true_values(truth, node), held)

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
