"""The outcome with some of its sources as they were after, the others as they were before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array, short_rows
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Forward, Parameters, intercept, piece
from bayes_roi.model.law.parameters import NodeParameters, TermParameters
from bayes_roi.model.law.summands import OwnSources
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View
from bayes_roi.queries.change.matching import AFTER, BEFORE, Grid

KEPT = 8
"""How many values of a term or node are kept, one for each way its sources were last mixed."""
SIDES = (BEFORE, AFTER)


@dataclass(frozen=True, eq=False)
class Gathered(View):
    """What the terms of one equation see of parents whose rows reach further back than its own."""

    grid: Grid
    node: str

    def value(self, node: str) -> Array:
        return self.past(node, [0])[0]

    def past(self, node: str, lags: Iterable[int]) -> list[Array]:
        places = (self.grid.past(self.node, node, lag) for lag in lags)
        return [self.design.per_size(node, self.values[node][..., at]) for at in places]


@dataclass(frozen=True, eq=False)
class States:
    """Two states of the same rows: the data of each window, and the parameters that its equations have there.

    Parameters
    ----------
    fit
        The fit whose data are explained.
    grid
        The rows.
    sides
        The fits whose parameters and scales hold before and after: the same twice where nothing drifts.
    seed
        Of what the data leave open about the noise of a discrete node.
    """

    fit: Fit
    grid: Grid
    sides: tuple[Fit, Fit]
    seed: int

    @property
    def model(self) -> Model:
        return self.fit.model

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """The target and what acts on it, causes first."""
        return tuple(n for n in self.model.computation.order if n in self.grid.lead)

    @cached_property
    def scaled(self) -> tuple[Design, Design]:
        """All rows of the data as the equations of each side see them: each centres on the rows it was fitted on."""
        scaled = (
            replace(
                self.fit.design,
                scales=f.design.scales,
                outcome_scales=f.design.outcome_scales,
                reference=f.design.reference,
            )
            for f in self.sides
        )
        return next(scaled), next(scaled)

    @cached_property
    def forwards(self) -> tuple[Forward, Forward]:
        """The equations of each side over all rows of the data."""
        return Forward(self.model, self.scaled[BEFORE]), Forward(self.model, self.scaled[AFTER])

    def rows(self, node: str, time: int, mechanism: int) -> Design:
        """Return the rows of a node with the periods of one state and the scales of another."""
        return self._rows[node, time, mechanism]

    @cached_property
    def _rows(self) -> dict[tuple[str, int, int], Design]:
        return {(n, t, m): self._rows_of(n, t, m) for n in self.nodes for t in SIDES for m in SIDES}

    def _rows_of(self, node: str, time: int, mechanism: int) -> Design:
        codes, whole = self.grid.codes(node), self.fit.design
        return replace(
            self.scaled[mechanism],
            rows={},
            carry={},
            index=self.grid.clock(node, time),
            starts=np.zeros(self.grid.rows(node), bool),
            periods=None,
            value_column=None,
            earlier=None,
            codes=None if whole.codes is None else codes,
            size=None if whole.size is None else self._unit_sizes[codes],
        )

    @cached_property
    def _unit_sizes(self) -> np.ndarray:
        """(units,) weight of each unit over the mean weight: it is the same in all its rows."""
        whole = self.fit.design
        assert whole.size is not None
        assert whole.codes is not None
        return np.array([whole.size[whole.codes == u][0] for u in range(len(whole.units))])

    @cached_property
    def explained(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Node -> (rows,) row of the likelihood that each of its rows is, before and after; -1 where it is none."""
        at = {n: [self.grid.explained[self.grid.table_rows(n, side)] for side in SIDES] for n in self.nodes}
        return {n: (both[BEFORE], both[AFTER]) for n, both in at.items()}

    def observed(self, node: str, side: int, parameters: Parameters) -> Array:
        """Return a node's values (..., rows) in one state; zero where the table has none."""
        there = self.explained[node][side]
        values = self.forwards[side].observed(node, parameters)[..., there]
        return values if (there >= 0).all() else np.where(there >= 0, values, self._history[node][side])

    @cached_property
    def _history(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Node -> (rows,) its values in the table, before and after; zero where the table has none."""
        places = {n: [self.grid.table_rows(n, side) for side in SIDES] for n in self.nodes}
        tables = {n: np.nan_to_num(self.fit.data.columns.get(n, np.zeros(self.fit.data.rows))) for n in self.nodes}
        found = {n: [np.where(at >= 0, tables[n][at], 0.0) for at in places[n]] for n in self.nodes}
        return {n: (both[BEFORE], both[AFTER]) for n, both in found.items()}

    @cached_property
    def moved(self) -> frozenset[str]:
        """The exogenous nodes whose values are not the same in both states."""
        few = [{n: v[:2] for n, v in f.parameters.items()} for f in self.sides]
        plain = [n for n in self.nodes if n in self.model.exogenous]
        return frozenset(n for n in plain if not np.array_equal(*(self.observed(n, side, few[side]) for side in SIDES)))


class Mixture:
    """The values of the target in mixed states, over one chunk of draws.

    Parameters
    ----------
    states
        The two states.
    parameters
        Draws of the parameters before and after.
    uniforms
        Node -> (draws, rows of the likelihood) for what a discrete node's value leaves open about its noise.
    sources
        Node -> the names of what varies there.
    players
        Names of what varies, first those of the target: the bit of each in a coalition is its position.
    """

    def __init__(
        self,
        states: States,
        parameters: tuple[Parameters, Parameters],
        uniforms: Mapping[str, Array],
        sources: Mapping[str, OwnSources],
        players: tuple[str, ...],
    ) -> None:
        self.states, self.parameters, self.sources = states, parameters, sources
        self.bit = {name: 1 << i for i, name in enumerate(players)}
        self.reads: dict[str, int] = {}
        self.kept: dict[str, OrderedDict[int, Array]] = {}
        for n in states.nodes:
            parents = (self.reads[p] for p in states.model.computation.parents[n])
            own = (self.bit[name] for name in sources[n].names)
            self.reads[n] = int(np.bitwise_or.reduce([0, *parents, *own]))
        self.given = {n: self._given(n) for n in states.nodes if n not in states.model.identity}
        self.noise = {n: self._noise(n, uniforms) for n in states.nodes if n in states.model.equation}

    def _given(self, node: str) -> tuple[Array, Array]:
        before, after = (self.states.observed(node, side, self.parameters[side]) for side in SIDES)
        return before, after

    def _noise(self, node: str, uniforms: Mapping[str, Array]) -> tuple[Array, Array]:
        """Return the noise (draws, rows) that a node's rows had in each state, as it is added where it is added."""
        if self.parameters[BEFORE] is self.parameters[AFTER]:
            one = self._abducted(node, BEFORE, uniforms)
            both = (one, one)
        else:
            both = (self._abducted(node, BEFORE, uniforms), self._abducted(node, AFTER, uniforms))
        at = self.states.explained[node]
        return both[BEFORE][..., at[BEFORE]], both[AFTER][..., at[AFTER]]

    def _abducted(self, node: str, side: int, uniforms: Mapping[str, Array]) -> Array:
        forward, parameters = self.states.forwards[side], self.parameters[side]
        reads = (node, *self.states.model.computation.parents[node])
        facts = {n: forward.observed(n, parameters) for n in reads}
        law = forward.conditional(node, facts, parameters)
        return law.abduct(facts[node], uniforms.get(node, np.array(0.5))) * _size_of_noise(law)

    def value(self, coalition: int) -> Array:
        """Return the target (..., rows) with the sources of a coalition as they were after."""
        with short_rows(), np.errstate(divide="ignore", invalid="ignore"):
            values: dict[str, Array] = {}
            for node in self.states.nodes:
                values[node] = self._kept(node, coalition & self.reads[node]) if self._has(node, coalition) else None
                if values[node] is None:
                    values[node] = self._keep(node, coalition & self.reads[node], self._value(node, coalition, values))
            return values[self.states.nodes[-1]]

    def _has(self, key: str, coalition: int) -> bool:
        return (coalition & self.reads[key]) in self.kept.get(key, ())

    def _kept(self, key: str, mask: int) -> Array:
        self.kept[key].move_to_end(mask)
        return self.kept[key][mask]

    def _keep(self, key: str, mask: int, value: Array) -> Array:
        own = self.kept.setdefault(key, OrderedDict())
        own[mask] = value
        if len(own) > KEPT:
            own.popitem(last=False)
        return value

    def _side(self, coalition: int, name: str | None) -> int:
        """Return the state that a source is in; one that does not vary is in either."""
        return AFTER if name is not None and coalition & self.bit[name] else BEFORE

    def _value(self, node: str, coalition: int, values: Mapping[str, Array]) -> Array:
        model, own = self.states.model, self.sources[node]
        if node in model.identity:
            grid = self.states.grid
            parents = model.identity[node].parents
            now = {p: values[p][..., grid.past(node, p, 0)] for p in parents}
            return np.nan_to_num(model.identity[node].value(now))
        if node not in model.equation:
            return self.given[node][self._side(coalition, own.values)]
        made = self._responded(node, coalition, values)
        # Where either window reaches back to rows that no equation explains, a past value is held as it was observed
        # and goes with the node's own noise.
        before, after = self.states.explained[node]
        explained = (before >= 0) & (after >= 0)
        if explained.all():
            return made
        return np.where(explained, made, self.given[node][self._side(coalition, own.noise)])

    def _responded(self, node: str, coalition: int, values: Mapping[str, Array]) -> Array:
        own = self.sources[node]
        mechanism, time = self._side(coalition, own.mechanism), self._side(coalition, own.time)
        parameters, spec = self.parameters[mechanism], self.states.forwards[mechanism].nodes[node]
        rows = self.states.rows(node, time, mechanism)
        view = Gathered(np, rows, values, self.states.grid, node)
        eta = intercept(spec, parameters, rows)
        for term in spec.terms:
            eta = eta + self._piece(spec, term, view, coalition, parameters)
        trials = self.states.model.trials(node)
        beside = {} if trials is None else {trials: values[trials][..., self.states.grid.past(node, trials, 0)]}
        law = Conditional.of(self.states.model, spec, View(np, rows, beside), eta, parameters)
        noise = self.noise[node][self._side(coalition, own.noise)]
        return law.respond(noise / _size_of_noise(law))

    def _piece(
        self, spec: NodeParameters, term: TermParameters, view: Gathered, coalition: int, parameters: Parameters
    ) -> Array:
        own, key = self.sources[spec.node], f"{spec.node}/{term.prefix}"
        if key not in self.reads:
            parts = [self.reads[p] for p in term.term.parents]
            names = [own.mechanism, *([] if parts else [own.time])]
            self.reads[key] = int(np.bitwise_or.reduce([0, *parts, *(self.bit[n] for n in names if n is not None)]))
        if self._has(key, coalition):
            return self._kept(key, coalition & self.reads[key])
        curve = term.curve(view, parameters)
        return self._keep(key, coalition & self.reads[key], piece(np, term, curve, parameters, view.design))


def _size_of_noise(law: Conditional) -> Array:
    """Return sigma where noise is added on the scale of the linear predictor, else one.

    A row's noise is held as it is added, so that another sigma does not change it.
    """
    return law.parameters.get("sigma", 1.0) if law.family.link_noise is not None else 1.0
