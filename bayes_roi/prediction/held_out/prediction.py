"""What rows that a fit does not know would show, given their spends and what has no equation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.mechanisms.uniforms import uniforms
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import Design, design
from bayes_roi.model.rows.layout import layout
from bayes_roi.panel import Panel
from bayes_roi.queries.expect import Scene, expect


def predicted(fit: Fit, asked: Panel, seed: int) -> tuple[Design, np.ndarray]:
    """Return the rows of a table and draws (draws, rows) of their outcome, noise and all.

    What is between spend and outcome follows its equations. Units that the fit does not know are drawn from the
    population of those that it knows, once a draw.
    """
    model, rows = fit.model, rows_of(fit, asked)
    if rows.units and not set(rows.units) <= set(fit.design.units):
        fit = _with_units(fit, rows.units, seed)
    held = {n: rows.observed(np, n) for n in model.measured if n in {*model.exogenous, *model.spends} - {model.outcome}}

    def outcome(values: list[dict[str, Array]]) -> Array:
        return values[0][model.outcome]

    scene, targets = Scene(fit, rows), frozenset({model.outcome})
    return rows, expect(scene, [held], outcome, targets, noise="predictive", seed=seed)


def rows_of(fit: Fit, asked: Panel) -> Design:
    """Return the rows of a table as the equations of a fit see them: scales and sizes are those of the fit."""
    model = fit.model
    rows = design(model, asked, fitted=fit.design)
    if rows.size is None:
        return rows
    ratio = _usual_weight(model, asked) / _usual_weight(model, fit.data)
    carry = {n: x / ratio if n in rows.amounts else x for n, x in rows.carry.items()}
    return replace(rows, size=rows.size * ratio, carry=carry)


def _usual_weight(model: Model, panel: Panel) -> float:
    """Return the mean weight of the explained rows, which sizes are in units of."""
    assert model.weights is not None
    return float(panel.columns[model.weights][layout(model, panel).rows].mean())


def _with_units(fit: Fit, units: tuple[str, ...], seed: int) -> Fit:
    """Return a fit whose units are new ones of the same population."""
    rng, posterior = np.random.default_rng([seed, 97]), dict(fit.groups["posterior"])
    for node in fit.forward.nodes.values():
        for pooled in node.pooled:
            common, spread = (posterior[name].array for name in (pooled.name, pooled.spread_name))
            old = posterior[pooled.units_name]
            new = pooled.of_units(uniforms(rng, (*common.shape, len(units))), common, spread)
            chain, draw, unit = old.dims
            coords = along(**{chain: np.arange(len(new)), draw: np.arange(new.shape[1]), unit: np.asarray(units)})
            posterior[pooled.units_name] = Labelled(new, old.dims, coords)
    return replace(fit, groups={**fit.groups, "posterior": posterior})
