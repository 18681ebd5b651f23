"""Posterior predictive draws: would the model have made data like these?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_array
from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array, spaced
from bayes_roi.mechanisms.uniforms import uniforms
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.rows.by_row import by_row

Given = Literal["parents", "spend"]
"""What is taken as it was observed: the causes of the node, or spends and what has no equation alone."""
GIVEN: dict[Given, str] = {"parents": "its observed parents", "spend": "the spends"}


def posterior_predictive(
    fit: Fit, node: str, *, draws: int = 200, seed: int | None = None, given: Given = "parents"
) -> Draws:
    r"""Return new data of a node, $p(\tilde y_t \mid \text{data})$.

    Given its observed parents; with `given="spend"` everything between spend and the node is drawn anew as well, as a
    new market with the same spends would show it.

    Dims chain (one), draw (at most `draws`, evenly thinned), and `time` (in a panel its unit and `time`, NaN where
    there is no row) or `row`; in the node's units.

    Raises
    ------
    QueryError
        When the node has no equation, or `given` is neither "parents" nor "spend".

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), draws=200, chains=2)
    >>> br.posterior_predictive(fit, "revenue", given="spend").estimand
    'posterior predictive of revenue given the spends'
    """
    if node not in fit.model.modelled:
        known = ", ".join(fit.model.modelled)
        raise QueryError(f"{node!r} has no equation{nearest(node, fit.model.modelled)}; those with one are {known}")
    if given not in GIVEN:
        raise QueryError(f"given must be 'parents' or 'spend', got {given!r}")
    total = fit.chains * fit.draws
    some = spaced(total, draws)
    few = {name: values[some] for name, values in fit.parameters.items()}
    seed = fit.seed if seed is None else seed
    new = _given_parents(fit, node, few, seed) if given == "parents" else _given_spend(fit, node, few, seed)
    return Draws(
        values=by_row(new[None], ("chain", "draw"), fit.model, fit.design),
        unit=node,
        estimand=f"posterior predictive of {node} given {GIVEN[given]}",
        evidence=evidence_array(Evidence.DESCRIPTIVE),
    )


def drawn_between(model: Model, node: str) -> list[str]:
    """Return the parents of a node that its prediction given the spends alone draws anew."""
    anew = set(model.equation) - set(model.spends) | set(model.identity)
    return [p for p in model.computation.parents[node] if p in anew]


def _given_parents(fit: Fit, node: str, few: Mapping[str, np.ndarray], seed: int) -> np.ndarray:
    forward = fit.forward
    values = {p: forward.observed(p, few) for p in fit.model.computation.parents[node]}
    law = forward.conditional(node, values, few)
    return law.respond(law.noise(_uniforms(fit, node, few, seed)))


def _given_spend(fit: Fit, node: str, few: Mapping[str, np.ndarray], seed: int) -> np.ndarray:
    def noise(of: str, law: Conditional) -> Array:
        return law.noise(_uniforms(fit, of, few, seed))

    held = {n: fit.forward.observed(n, few) for n in fit.model.spends if n != node}
    return fit.forward.run(few, held, noise=noise, targets=frozenset({node})).values[node]


def _uniforms(fit: Fit, node: str, few: Mapping[str, np.ndarray], seed: int) -> np.ndarray:
    """Return uniforms (draws, rows): the same of a node whatever is drawn besides."""
    nodes = [*fit.model.nodes, *(n for n in fit.model.computation.order if n not in fit.model.nodes)]
    rng = np.random.default_rng([seed, nodes.index(node)])
    return uniforms(rng, (len(next(iter(few.values()))), fit.design.length))
