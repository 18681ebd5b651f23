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
from bayes_roi.model.design import Design, View
from bayes_roi.model.model import Model
from bayes_roi.model.parameters import NodeParameters, TermParameters, node_parameters

Parameters = Mapping[str, Array]
"""Name -> draws (..., ) or (..., size); the leading axes are the draws."""
Noise = Callable[[str, NodeParameters, Parameters], Array]
"""Gives a node's standardised noise (..., time)."""
NoiseKind = Literal["mean", "predictive"]
"""What a question asks for: the expectation, or what a new period would show."""


Pieces = dict[tuple[str, str], Array]
"""(Node, label of a term) -> what the term adds to the linear predictor (..., time)."""


def piece(xp: Namespace, term: TermParameters, curve: Array, parameters: Parameters) -> Array:
    """Return what a term adds to the linear predictor (..., time): its effect times its curve."""
    if term.effect is None:
        return term.term.fixed_effect * curve
    if term.term.size is None:
        return parameters[term.effect_name][..., None] * curve
    return xp.matmul(parameters[term.effect_name], curve)


def linear_predictor(xp: Namespace, node: NodeParameters, view: View, parameters: Parameters) -> Array:
    """Return the linear predictor (..., time) of a node: intercept plus what its terms add."""
    pieces = (piece(xp, t, t.curve(view, parameters), parameters) for t in node.terms)
    return sum(pieces, intercept(node, parameters))


def intercept(node: NodeParameters, parameters: Parameters) -> Array:
    """Return a node's intercept with a trailing axis, zero where it has none."""
    return parameters[f"{node.node}.intercept"][..., None] if node.intercept else 0.0


def family_parameters(node: NodeParameters, parameters: Parameters) -> dict[str, Array]:
    """Return role -> values with a trailing axis, of the parameters of a node's family."""
    return {role: parameters[name][..., None] for role, name in node.family_names.items()}


@dataclass(frozen=True, eq=False)
class Pass:
    """What a forward pass computed: node -> values (..., time), and what another pass with its parameters can use.

    That is, of a pass that began from nothing, term by term, the pieces of the linear predictors and their sums up to
    that term; and the parameters inside the curves, prepared.
    """

    values: dict[str, Array]
    pieces: Pieces = field(default_factory=dict)
    sums: Pieces = field(default_factory=dict)
    shapes: dict[str, Parameters] = field(default_factory=dict)


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
        """Return a node's observed rows (time,), or (..., time) where the model fills missing cells."""
        return self.design.observed(self.xp, node, parameters.get(missing_name(node)))

    def predictor(self, node: str, values: Mapping[str, Array], parameters: Parameters) -> Array:
        """Return a node's linear predictor (..., time) given the values of its parents."""
        return linear_predictor(self.xp, self.nodes[node], View(self.xp, self.design, values), parameters)

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
        graph = self.model.graph
        wanted = frozenset(self.model.nodes) if targets is None else graph.ancestors(targets)
        done = Pass({})
        moved: set[str] = set()
        for node in (n for n in self.model.nodes if n in wanted):
            if start and self._stays(node, held, start, moved):
                done.values[node] = start.values[node]
                continue
            moved.add(node)
            if node in held:
                done.values[node] = held[node]
            elif node not in self.nodes:
                done.values[node] = self.observed(node, parameters)
            else:
                eta = self._predictor(node, done, parameters, moved, start)
                done.values[node] = self.respond(node, eta, parameters, noise)
        return done

    def _stays(self, node: str, held: Mapping[str, Array], start: Pass, moved: set[str]) -> bool:
        """Whether a node keeps the value of an earlier pass: nothing above it moved and it is held no differently."""
        if node not in start.values or moved.intersection(self.model.graph.parents[node]):
            return False
        return node not in held or held[node] is start.values[node]

    def _predictor(self, node: str, done: Pass, parameters: Parameters, moved: set[str], start: Pass | None) -> Array:
        """Return the linear predictor; of an earlier pass it takes what hangs on parents that have not moved.

        The order of the sum is always the equation's, so that rows that nothing moves keep their bits. A pass that goes
        on from another keeps no pieces: their memory is used again while the processor's cache still holds it.
        """
        own, view = self.nodes[node], View(self.xp, self.design, done.values)
        known = start or Pass({})
        total, mine = intercept(own, parameters), False
        for t in own.terms:
            key = node, t.prefix
            same = key in known.pieces and not moved.intersection(t.term.parents)
            if same and not mine:
                total = known.sums[key]
                continue
            part = known.pieces[key] if same else self._piece(t, view, parameters, (start or done).shapes)
            total = plus(total, part) if mine else total + part
            mine = start is not None
            if start is None:
                done.pieces[key], done.sums[key] = part, total
        return total

    def _piece(
        self, term: TermParameters, view: View, parameters: Parameters, prepared: dict[str, Parameters]
    ) -> Array:
        """Return what a term adds to the linear predictor; `prepared` keeps its shape for the passes to come."""
        if term.prefix not in prepared:
            shape = {role: parameters[name][..., None] for role, name in term.shape_names.items()}
            prepared[term.prefix] = term.term.prepared(self.xp, shape)
        return piece(self.xp, term, term.term.curve(self.xp, view, prepared[term.prefix]), parameters)

    def respond(self, node: str, eta: Array, parameters: Parameters, noise: Noise | None) -> Array:
        """Return a node's value from its linear predictor: its mean, or its value with the noise supplied."""
        family, own = self.model.family(node), family_parameters(self.nodes[node], parameters)
        if noise is None:
            return family.mean(self.xp, eta, own)
        return family.respond(self.xp, eta, noise(node, self.nodes[node], parameters), own)


def missing_name(node: str) -> str:
    """Return the name of the latent cells of a node with missing values (PyMC's own)."""
    return f"{node}_unobserved"


def mean_is_exact(model: Model, held: frozenset[str], targets: frozenset[str]) -> bool:
    """Whether conditional means alone give E[targets | do(held)].

    They do when every target, after the intervention, is affine in the noise of every node: by the law of iterated
    expectation the mean then passes through each link. A curve or a log link fed by a node that still varies breaks it.
    """
    graph = model.graph.without_causes_of(held)
    random = frozenset(model.equation) - held
    for node in graph.ancestors(targets) & random:
        varying = random.intersection(graph.parents[node])
        if varying and not model.family(node).identity_link:
            return False
        for term in model.terms(node):
            if any(not term.affine_in(p, varying) for p in term.parents if p in varying):
                return False
    return True
