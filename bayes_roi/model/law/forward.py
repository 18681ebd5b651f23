"""The mean of a node, written once for every array namespace, and one pass through the graph over all draws.

What `do`, `counterfactual`, predictive checks and `simulate` compute stands here: nodes in causal order, each from its
parents' values, unless an intervention holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace, plus, short_rows
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.parameters import NodeParameters, TermParameters, node_parameters
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View

Parameters = Mapping[str, Array]
"""Name -> draws (..., ) or (..., size); the leading axes are the draws."""
Noise = Callable[[str, Conditional], Array | None]
"""Gives a node's standardised noise (..., time); None where the node is to take its conditional mean."""
Drawn = Callable[[str, tuple[int, ...]], np.ndarray]
"""Gives standard normals of a shape, for a node."""
NoiseKind = Literal["mean", "predictive"]
"""What a question asks for: the expectation, or what a new period would show."""


Pieces = dict[tuple[str, str], Array]
"""(Node, label of a term) -> what the term adds to the linear predictor (..., time)."""
Variant = tuple[str, str, tuple[int, ...]]
"""(Node, label of a term, identities of the arrays that its parents hold)."""


def piece(xp: Namespace, term: TermParameters, curve: Array, parameters: Parameters, rows: Design) -> Array:
    """Return what a term adds to the linear predictor (..., time): its effect times its curve."""
    if term.effect is None:
        return term.term.fixed_effect * curve
    if term.pooled is not None:
        return rows.of_units(parameters[term.pooled.units_name]) * curve
    if term.width is None:
        return parameters[term.effect_name][..., None] * curve
    effect = parameters[term.effect_name]
    return xp.matmul(effect[..., None, :], curve)[..., 0, :] if curve.ndim > 2 else xp.matmul(effect, curve)


def linear_predictor(xp: Namespace, node: NodeParameters, view: View, parameters: Parameters) -> Array:
    """Return the linear predictor (..., time) of a node: intercept plus what its terms add."""
    pieces = (piece(xp, t, t.curve(view, parameters), parameters, view.design) for t in node.terms)
    return sum(pieces, intercept(node, parameters, view.design))


def intercept(node: NodeParameters, parameters: Parameters, rows: Design) -> Array:
    """Return a node's intercept (..., time), zero where it has none."""
    if not node.intercept:
        return np.zeros(rows.length)
    if node.pooled_intercept is not None:
        return rows.of_units(parameters[node.pooled_intercept.units_name])
    return parameters[f"{node.node}.intercept"][..., None]


@dataclass(frozen=True, eq=False)
class Pass:
    """What a forward pass computed: node -> values (..., time), and what another pass with its parameters can use.

    That is, of a pass that began from nothing, term by term, the pieces of the linear predictors and their sums up to
    that term; and the parameters inside the curves, prepared. `variants`, where it is not None, gathers the pieces of
    terms all of whose nodes passes that start here hold, by the very arrays they hold: those who ask for many
    combinations of few arrays have each curve computed once. `held` are the nodes that it held.
    """

    values: dict[str, Array]
    pieces: Pieces = field(default_factory=dict)
    sums: Pieces = field(default_factory=dict)
    shapes: dict[str, Parameters] = field(default_factory=dict)
    variants: dict[Variant, Array] | None = None
    held: frozenset[str] = frozenset()


class Forward:
    """One pass through a model's graph, over whatever leading axes the parameters have.

    Parameters
    ----------
    model, design
        The equations and their rows.
    xp
        Array namespace of the parameters.

    Notes
    -----
    Where a node has no noise supplied its value is its conditional mean given its parents.
    """

    def __init__(self, model: Model, design: Design, xp: Namespace = np) -> None:
        self.model, self.design, self.xp = model, design, xp
        self.nodes = {n: node_parameters(model, design, n) for n in model.equation}

    def observed(self, node: str, parameters: Parameters) -> Array:
        """Return a node's observed rows (time,), or (..., time) where the model draws them or fills missing cells."""
        if node in self.model.hidden:
            return parameters[node]
        if node in self.model.identity:
            identity = self.model.identity[node]
            return identity.value({p: self.observed(p, parameters) for p in identity.parents})
        return self.design.observed(self.xp, node, parameters.get(missing_name(node)))

    def conditional(self, node: str, values: Mapping[str, Array], parameters: Parameters) -> Conditional:
        """Return a node's distribution in each row given the values of its parents."""
        eta = self.predictor(node, values, parameters)
        view = View(self.xp, self.design, values)
        return Conditional.of(self.model, self.nodes[node], view, eta, parameters)

    def predictor(self, node: str, values: Mapping[str, Array], parameters: Parameters) -> Array:
        """Return a node's linear predictor (..., time) given the values of its parents."""
        return linear_predictor(self.xp, self.nodes[node], View(self.xp, self.design, values), parameters)

    def with_later_periods(self, parameters: Parameters, drawn: Drawn) -> Parameters:
        """Return parameters with what units share in periods that are none of the fit, from standard normals."""
        later, found = len(self.design.later), dict(parameters)
        for node, periods in ((n, own.periods) for n, own in self.nodes.items()):
            if later and periods is not None:
                spread = np.asarray(parameters[periods.spread_name])[..., None]
                new = spread * drawn(node, (*spread.shape[:-1], later))
                found[periods.periods_name] = np.concatenate([parameters[periods.periods_name], new], axis=-1)
        return found

    def run(
        self,
        parameters: Parameters,
        held: Mapping[str, Array],
        *,
        noise: Noise | None = None,
        start: Pass | None = None,
        targets: frozenset[str] | None = None,
    ) -> Pass:
        """Return the values of all nodes with those in `held` set to what it says.

        Parameters
        ----------
        parameters
            Draws of the parameters.
        held
            Node -> (time,) or (..., time): the intervention.
        noise
            Where the standardised noise of each node comes from; None for conditional means.
        start
            An earlier pass with the same parameters and noise: only what lies downstream of a node held differently is
            computed again, term by term.
        targets
            Only these nodes and what they need are computed; None for all.
        """
        with short_rows():
            return self._run(parameters, held, noise, start, targets)

    def _run(
        self,
        parameters: Parameters,
        held: Mapping[str, Array],
        noise: Noise | None,
        start: Pass | None,
        targets: frozenset[str] | None,
    ) -> Pass:
        graph = self.model.computation
        wanted = frozenset(graph.order) if targets is None else graph.ancestors(targets)
        done = Pass({}, held=frozenset(held))
        moved: set[str] = set()
        for node in (n for n in graph.order if n in wanted):
            if start and self._stays(node, held, start, moved):
                done.values[node] = start.values[node]
                continue
            moved.add(node)
            if node in held:
                done.values[node] = held[node]
            elif node in self.model.identity:
                done.values[node] = self.model.identity[node].value(done.values)
            elif node not in self.nodes:
                done.values[node] = self.observed(node, parameters)
            else:
                done.values[node] = self._response(node, done, parameters, moved, noise, start, held)
        return done

    def response(
        self, node: str, moved: Mapping[str, Array], parameters: Parameters, start: Pass, *, noise: Noise | None = None
    ) -> Array:
        """Return the value (..., time) of a node where some of its parents, and nothing else, are moved.

        Parameters
        ----------
        node
            A node with an equation or an identity.
        moved
            Parent -> (time,) or (..., time): what it is in this equation alone.
        parameters, noise
            Those of `start`.
        start
            A pass that began from nothing.
        """
        done = Pass({**start.values, **moved})
        if node in self.model.identity:
            return self.model.identity[node].value(done.values)
        with short_rows():
            return self._response(node, done, parameters, set(moved), noise, start, {})

    def _response(
        self,
        node: str,
        done: Pass,
        parameters: Parameters,
        moved: set[str],
        noise: Noise | None,
        start: Pass | None,
        held: Mapping[str, Array],
    ) -> Array:
        eta = self._predictor(node, done, parameters, moved, start, held)
        own = Conditional.of(self.model, self.nodes[node], View(self.xp, self.design, done.values), eta, parameters)
        z = None if noise is None else noise(node, own)
        return own.mean() if z is None else own.respond(z)

    def _stays(self, node: str, held: Mapping[str, Array], start: Pass, moved: set[str]) -> bool:
        """Whether a node keeps the value of an earlier pass: nothing above it moved and it is held no differently."""
        if node not in start.values or moved.intersection(self.model.computation.parents[node]):
            return False
        return held[node] is start.values[node] if node in held else node not in start.held

    def _predictor(
        self,
        node: str,
        done: Pass,
        parameters: Parameters,
        moved: set[str],
        start: Pass | None,
        held: Mapping[str, Array],
    ) -> Array:
        """Return the linear predictor; of an earlier pass it takes what hangs on parents that have not moved.

        The order of the sum is always the equation's, so that rows that nothing moves keep their bits. A pass that goes
        on from another keeps no pieces: their memory is used again while the processor's cache still holds it.
        """
        own, view = self.nodes[node], View(self.xp, self.design, done.values)
        known = start or Pass({})
        total, mine = intercept(own, parameters, self.design), False
        for t in own.terms:
            key = node, t.prefix
            same = key in known.pieces and not moved.intersection(t.term.parents)
            if same and not mine:
                total = known.sums[key]
                continue
            part = known.pieces[key] if same else self._variant(key, t, view, parameters, start or done, held)
            total = plus(total, part) if mine else total + part
            mine = start is not None
            if start is None:
                done.pieces[key], done.sums[key] = part, total
        return total

    def _variant(
        self,
        key: tuple[str, str],
        term: TermParameters,
        view: View,
        parameters: Parameters,
        start: Pass,
        held: Mapping[str, Array],
    ) -> Array:
        """Return what a term adds to the linear predictor, from the pass it starts from where that has this variant."""
        parents = term.term.parents
        if start.variants is None or not all(p in held for p in parents):
            return self._piece(term, view, parameters, start.shapes)
        variant = (*key, tuple(id(held[p]) for p in parents))
        if variant not in start.variants:
            start.variants[variant] = self._piece(term, view, parameters, start.shapes)
        return start.variants[variant]

    def _piece(
        self, term: TermParameters, view: View, parameters: Parameters, prepared: dict[str, Parameters]
    ) -> Array:
        """Return what a term adds to the linear predictor; `prepared` keeps its shape for the passes to come."""
        if term.prefix not in prepared:
            prepared[term.prefix] = term.term.prepared(self.xp, term.inside(parameters))
        return piece(self.xp, term, term.term.curve(self.xp, view, prepared[term.prefix]), parameters, self.design)


def missing_name(node: str) -> str:
    """Return the name of the latent cells of a node with missing values (PyMC's own)."""
    return f"{node}_unobserved"
