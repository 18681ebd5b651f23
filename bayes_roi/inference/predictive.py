"""Posterior predictive draws: would the model have made data like these?"""

from __future__ import annotations

import numpy as np

from bayes_roi.draws import Draws, Evidence
from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.forward import family_parameters


def posterior_predictive(fit: Fit, node: str, *, draws: int = 200, seed: int | None = None) -> Draws:
    r"""Return new data of a node given its observed parents, $p(\tilde y_t \mid \text{data})$.

    Dims chain (one), draw (at most `draws`, evenly thinned), and `time` or `row`; in the node's units.

    Raises
    ------
    QueryError
        When the node has no equation.
    """
    if node not in fit.model.equation:
        known = ", ".join(fit.model.equation)
        raise QueryError(f"{node!r} has no equation{nearest(node, fit.model.equation)}; those with one are {known}")
    total = fit.chains * fit.draws
    some = np.unique(np.linspace(0, total - 1, min(draws, total)).astype(int))
    few = {name: values[some] for name, values in fit.parameters.items()}
    forward, rows = fit.forward, fit.design
    values = {p: forward.observed(p, few) for p in fit.model.graph.parents[node]}
    eta = np.broadcast_to(forward.predictor(node, values, few), (len(some), rows.length))
    own, family = family_parameters(forward.nodes[node], few), fit.model.family(node)
    u = np.random.default_rng([fit.seed if seed is None else seed, fit.model.nodes.index(node)]).random(eta.shape)
    new = family.respond(np, eta, family.noise(np.clip(u, 1e-16, 1 - 1e-16), own), own)
    dim, labels = ("row", rows.index) if rows.periods is None else ("time", rows.periods)
    return Draws(
        values=Labelled(new[None], ("chain", "draw", dim), along(**{dim: labels})),
        unit=node,
        estimand=f"posterior predictive of {node} given its observed parents",
        evidence=Labelled(np.array(int(Evidence.DESCRIPTIVE))),
    )
