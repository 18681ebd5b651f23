"""The PyMC structural causal model: the definition of the posterior.

Every node is a named variable with named dims: exogenous nodes are `pm.Data`, the others observed random variables, so
that `pm.do`, `pm.observe`, `pm.sample` and ArviZ work on the model as on any other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import linear_predictor, missing_name
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.pymc.declare import register
from bayes_roi.model.pymc.equation import PymcEquation
from bayes_roi.model.pymc.marginal import Marginal, mirrored
from bayes_roi.model.rows.by_row import calendar
from bayes_roi.model.rows.design import Design, design, time_dim
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel


def to_pymc(model: Model, data: Panel) -> pm.Model:
    """Return the structural causal model as a plain `pm.Model`.

    Parameters
    ----------
    model
        The equations.
    data
        The panel they are fitted to.

    Returns
    -------
    pm.Model
        Dim `time` (`row` for exchangeable rows and panels) over the rows of the likelihood; variables named as the
        nodes and as the parameters.

    Notes
    -----
    Missing cells of a node are a variable of their own, `clicks_unobserved`. After `pm.do` on a cause of theirs PyMC
    keeps their posterior draws unless asked to draw them anew: `sample_posterior_predictive(...,
    sample_vars=["clicks_unobserved"])`.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> scm = br.to_pymc(model, br.read_data(br.shipped("data/acquisition.csv"), model))
    >>> sorted(v.name for v in scm.observed_RVs)
    ['organic_clicks', 'revenue', 'social_clicks']
    """
    return build(model, design(model, data))


def build(
    model: Model,
    rows: Design,
    nodes: Collection[str] | None = None,
    *,
    integrated: Collection[str] = (),
    beside: Callable[[Namespace, Mapping[str, Array]], Array] | None = None,
) -> pm.Model:
    """Return the PyMC model of `nodes` given the observed values of all others (all nodes when None).

    Of the hidden nodes in `integrated` (`model/pymc/marginal.py` says which can be) the density is integrated out: they
    and the nodes they act on are no variables, and the marginal density of the latter is a potential. The sign of their
    effects is left open where the mirror image is as likely (`mirrored`). What is known of the parameters `beside` the
    rows, a log likelihood, is a potential too.
    """
    order = model.computation.order
    inside = _closed(model, order if nodes is None else nodes)
    reads = inside | {p for n in inside for p in model.computation.parents[n]}
    with pm.Model(coords=_coords(model, rows, inside)) as pymc_model:
        values: dict[str, Any] = {}
        parameters: dict[str, Any] = {}
        open_signs = frozenset(names[0] for names in mirrored(model, rows, integrated).values())
        for node in (n for n in order if n in reads):
            if node not in inside:
                values[node] = rows.rows[node]
            elif node in model.identity:
                computed = model.identity[node].value(values)  # of a block that needs no name: nobody asks it
                values[node] = pm.Deterministic(node, computed, dims=time_dim(rows)) if nodes is None else computed
            elif node not in model.equation:
                values[node] = _exogenous(rows, node)
            else:
                own = PymcEquation(model, rows, node_parameters(model, rows, node), parameters, open_signs)
                if node in integrated:
                    own.declare_parameters()
                    values[node] = np.zeros(rows.length)
                elif set(model.computation.parents[node]) & set(integrated):
                    own.declare_parameters()
                    values[node] = rows.rows[node]
                else:
                    values[node] = own.add(values)
        if integrated:
            view, marginal = View(pt, rows, values), Marginal(model, rows, tuple(integrated))
            owns = {n: node_parameters(model, rows, n) for n in (*marginal.hidden, *marginal.children)}
            means = {n: linear_predictor(pt, own, view, parameters) for n, own in owns.items()}
            pm.Potential("marginal", marginal.log_density(pt, means, parameters))
        if beside is not None:
            pm.Potential("beside the rows", beside(pt, parameters))
    return pymc_model


def _closed(model: Model, nodes: Collection[str]) -> frozenset[str]:
    """Return nodes with the identities that are computed of any of them: those are no numbers while these are none."""
    inside = set(nodes)
    for node in (n for n in model.computation.order if n in model.identity):
        inside |= {node} if inside.intersection(model.identity[node].parents) else set()
    return frozenset(inside)


def _coords(model: Model, rows: Design, inside: Collection[str]) -> dict[str, Any]:
    dim = time_dim(rows)
    coords: dict[str, Any] = {dim: rows.periods if dim == "time" else np.arange(rows.length)}
    if model.panel is not None:
        coords[model.panel] = list(rows.units)
    if any(model.shares_periods(n) for n in inside):
        coords[str(model.time)] = calendar(rows)[0]
    for node in (n for n in model.equation if n in inside):
        terms = node_parameters(model, rows, node).terms
        coords |= {t.basis_dim: t.labels or np.arange(t.width) for t in terms if t.width}
    return coords


def _exogenous(rows: Design, node: str) -> Any:
    """Add a node without an equation: data, or a latent for its missing cells with the column's own mean and sd."""
    if node not in rows.missing:
        return pm.Data(node, rows.rows[node], dims=time_dim(rows))
    scale, shape = rows.scales[node], len(rows.missing[node])
    law = pm.TruncatedNormal.dist if node in rows.spends else pm.Normal.dist
    bounds = {"lower": 0.0} if node in rows.spends else {}
    cells = register(missing_name(node), law(scale.mean, scale.sd, shape=shape, **bounds))
    return pm.Deterministic(node, rows.observed(pt, node, cells), dims=time_dim(rows))
