"""The mean of a node, written once for every array namespace, and one pass through the graph over all draws.

What `do`, `counterfactual`, predictive checks and `simulate` compute stands here: nodes in causal order, each from its
parents' values, unless an intervention holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.model.design import Design, View
from bayes_roi.model.model import Model
from bayes_roi.model.parameters import NodeParameters, node_parameters

Parameters = Mapping[str, Array]
"""Name -> draws (..., ) or (..., size); the leading axes are the draws."""
Noise = Callable[[str, NodeParameters, Parameters], Array]
"""Gives a node's standardised noise (..., time)."""


def linear_predictor(xp: Namespace, node: NodeParameters, view: View, parameters: Parameters) -> Array:
    """Return the linear predictor (..., time) of a node: intercept plus effects times curves."""
    eta: Array = parameters[f"{node.node}.intercept"][..., None] if node.intercept else 0.0
    for t in node.terms:
        curve = t.curve(view, parameters)
        if t.effect is None:
            eta = eta + t.term.fixed_effect * curve
        elif t.term.size is None:
            eta = eta + parameters[t.effect_name][..., None] * curve
        else:
            eta = eta + xp.matmul(parameters[t.effect_name], curve)
    return eta


def family_parameters(node: NodeParameters, parameters: Parameters) -> dict[str, Array]:
    """Return role -> values with a trailing axis, of the parameters of a node's family."""
    return {role: parameters[name][..., None] for role, name in node.family_names.items()}


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
        start: Mapping[str, Array] | None = None,
        targets: frozenset[str] | None = None,
    ) -> dict[str, Array]:
        """Return node -> values (..., time) with the nodes in `held` set to what it says.

        Parameters
        ----------
        parameters
            Draws of the parameters.
        held
            Node -> (time,) or (..., time): the intervention.
        noise
            Where the standardised noise of each node comes from; None for conditional means.
        start
            Values of an earlier pass with the same parameters and noise: only what lies downstream of a node held
            differently is computed again.
        targets
            Only these nodes and what they need are computed; None for all.
        """
        model = self.model
        wanted = frozenset(model.nodes) if targets is None else model.graph.ancestors(targets)
        values: dict[str, Array] = {}
        moved: set[str] = set()
        for node in model.nodes:
            if node not in wanted:
                continue
            if start is not None and node in start and not moved.intersection(model.graph.parents[node]):
                if node not in held or held[node] is start[node]:
                    values[node] = start[node]
                    continue
            moved.add(node)
            if node in held:
                values[node] = held[node]
            elif node not in self.nodes:
                values[node] = self.observed(node, parameters)
            else:
                values[node] = self.respond(node, self.predictor(node, values, parameters), parameters, noise)
        return values

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


NoiseKind = Literal["mean", "predictive"]
