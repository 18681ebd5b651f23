"""Posterior predictive draws: would the model have made data like these?"""

from __future__ import annotations

import numpy as np

from bayes_roi.draws import Draws, Evidence
from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled
from bayes_roi.model.by_row import by_row


def posterior_predictive(fit: Fit, node: str, *, draws: int = 200, seed: int | None = None) -> Draws:
    r"""Return new data of a node given its observed parents, $p(\tilde y_t \mid \text{data})$.

    Dims chain (one), draw (at most `draws`, evenly thinned), and `time` (in a panel its unit and `time`, NaN where
    there is no row) or `row`; in the node's units.

    Raises
    ------
    QueryError
        When the node has no equation.
    """
    if node not in fit.model.modelled:
        known = ", ".join(fit.model.modelled)
        raise QueryError(f"{node!r} has no equation{nearest(node, fit.model.modelled)}; those with one are {known}")
    total = fit.chains * fit.draws
    some = np.unique(np.linspace(0, total - 1, min(draws, total)).astype(int))
    few = {name: values[some] for name, values in fit.parameters.items()}
    forward, rows = fit.forward, fit.design
    values = {p: forward.observed(p, few) for p in fit.model.computation.parents[node]}
    law = forward.conditional(node, values, few)
    rng = np.random.default_rng([fit.seed if seed is None else seed, fit.model.nodes.index(node)])
    new = law.respond(law.noise(np.clip(rng.random((len(some), rows.length)), 1e-16, 1 - 1e-16)))
    return Draws(
        values=by_row(new[None], ("chain", "draw"), fit.model, rows),
        unit=node,
        estimand=f"posterior predictive of {node} given its observed parents",
        evidence=Labelled(np.array(int(Evidence.DESCRIPTIVE))),
    )
