"""The mean of a node, written once for every array namespace, and one pass through the graph over all draws.

What `do`, `counterfactual`, predictive checks and `simulate` compute stands here: nodes in causal order, each from its
parents' values, unless an intervention holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
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


def piece(xp: Namespace, term: TermParameters, view: View, parameters: Parameters) -> Array:
    """Return what a term adds to the linear predictor (..., time): its effect times its curve."""
    curve = term.curve(view, parameters)
    if term.effect is None:
        return term.term.fixed_effect * curve
    if term.term.size is None:
        return parameters[term.effect_name][..., None] * curve
    return xp.matmul(parameters[term.effect_name], curve)


def linear_predictor(
    xp: Namespace, node: NodeParameters, view: View, parameters: Parameters, pieces: Iterable[Array] | None = None
) -> Array:
    """Return the linear predictor (..., time) of a node: intercept plus what its terms add, where that is not known."""
    start: Array = parameters[f"{node.node}.intercept"][..., None] if node.intercept else 0.0
    return sum((piece(xp, t, view, parameters) for t in node.terms) if pieces is None else pieces, start)


def family_parameters(node: NodeParameters, parameters: Parameters) -> dict[str, Array]:
    """Return role -> values with a trailing axis, of the parameters of a node's family."""
    return {role: parameters[name][..., None] for role, name in node.family_names.items()}


@dataclass(frozen=True, eq=False)
class Pass:
    """What a forward pass computed: node -> values (..., time), and the pieces of the linear predictors."""

    values: dict[str, Array]
    pieces: Pieces


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
        graph = self.model.graph
        wanted = frozenset(self.model.nodes) if targets is None else graph.ancestors(targets)
        done = Pass({}, {})
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
                eta = self._predictor(node, done, parameters, moved, start.pieces if start else {})
                done.values[node] = self.respond(node, eta, parameters, noise)
        return done

    def _stays(self, node: str, held: Mapping[str, Array], start: Pass, moved: set[str]) -> bool:
        """Whether a node keeps the value of an earlier pass: nothing above it moved and it is held no differently."""
        if node not in start.values or moved.intersection(self.model.graph.parents[node]):
            return False
        return node not in held or held[node] is start.values[node]

    def _predictor(self, node: str, done: Pass, parameters: Parameters, moved: set[str], known: Pieces) -> Array:
        """Return the linear predictor, with the pieces of an earlier pass where none of a term's parents has moved."""
        own, view = self.nodes[node], View(self.xp, self.design, done.values)
        keys = [(node, t.prefix) for t in own.terms]
        for key, t in zip(keys, own.terms, strict=True):
            same = key in known and not moved.intersection(t.term.parents)
            done.pieces[key] = known[key] if same else piece(self.xp, t, view, parameters)
        return linear_predictor(self.xp, own, view, parameters, (done.pieces[key] for key in keys))

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
