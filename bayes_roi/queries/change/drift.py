"""The same equations fitted on two windows of time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_roi.errors import FitError, QueryError
from bayes_roi.inference.fit import Fit, fitted
from bayes_roi.mechanisms.media import Joint
from bayes_roi.mechanisms.prior import Prior
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.panel import Panel

SPARE_ROWS = 5
"""Rows that a window must have beyond the parameters of an equation, for each panel unit's share of them."""


def window_fit(fit: Fit, clock: np.ndarray, window: str, seed: int) -> Fit:
    """Return the fit's model fitted on the periods `clock` alone, with the rows before them as history.

    Raises
    ------
    QueryError
        When a window has too few rows, or the model is one whose windows cannot be compared.
    """
    _check(fit, clock, window)
    model, data = _cut(fit, clock)
    try:
        found, _ = fitted(model, data, replace(fit.settings, draws=fit.draws, chains=fit.chains), seed=seed)
    except FitError as error:
        raise QueryError(f"the window {window} cannot be fitted alone ({error}); ask with mechanisms=False") from error
    assert np.array_equal(np.unique(found.design.index), clock)
    return found


def _check(fit: Fit, clock: np.ndarray, window: str) -> None:
    model, ask = fit.model, "ask with mechanisms=False"
    if model.hidden:
        what = ", ".join(model.hidden)
        raise QueryError(f"{what}: two fits need not mean the same by what is not observed; {ask}")
    if model.weights is not None:
        raise QueryError(f"weights: each window has a unit of size of its own, so mechanisms do not compare; {ask}")
    if fit.design.missing:
        raise QueryError(f"{', '.join(fit.design.missing)}: missing cells are left to the model; {ask}")
    if shared := [n for n in model.modelled if model.shares_periods(n)]:
        raise QueryError(f"{shared[0]}: a window knows what units share in its own {model.time}s alone; {ask}")
    inside = int(np.isin(fit.design.index, clock).sum())
    for node in model.modelled:
        spec = node_parameters(model, fit.design, node)
        count = len(spec.names) + sum((t.width or 1) - 1 for t in spec.terms)
        count += sum(len(fit.design.units) - 1 for _ in spec.pooled)
        if inside < count + SPARE_ROWS:
            raise QueryError(
                f"the window {window} has {inside} rows, too few to fit the {count} parameters of {node} alone (at "
                f"least {count + SPARE_ROWS}); give longer windows, or {ask}"
            )


def priors_of(fit: Fit) -> dict[str, Prior]:
    """Return the priors of all parameters but the intercepts as the fit had them.

    A default prior is set by the scale of the data. Set anew by a window in which a channel spent nothing, it would
    allow effects of any size there. Effects under the joint prior of media have none of their own: the window's model
    gives them theirs by the same rule.
    """
    found: dict[str, Prior] = {}
    for node in fit.model.modelled:
        spec = node_parameters(fit.model, fit.design, node)
        for term in spec.terms:
            found |= {name: term.shape[role] for role, name in term.shape_names.items()}
            if term.effect is not None and not isinstance(term.effect, Joint):
                found[term.effect_name] = term.effect
        found |= {name: spec.family[role] for role, name in spec.family_names.items()}
        found |= {name: spec.noise[role] for role, name in spec.noise_names.items()}
        found |= {p.spread_name: p.spread for p in spec.pooled}
    return found


def unmoved(fit: Fit) -> tuple[str, ...]:
    """Return what does not move in the rows of a fit, so that its effects there are what their priors say."""
    read = {p for node in fit.model.modelled for p in fit.model.computation.parents[node]}
    cells = {n: np.append(fit.design.rows[n], fit.design.carry.get(n, ())) for n in read if n in fit.design.rows}
    return tuple(n for n in fit.model.nodes if n in cells and np.ptp(cells[n]) == 0)


def _cut(fit: Fit, clock: np.ndarray) -> tuple[Model, Panel]:
    """Return the rows of a window and those that it looks back to."""
    data, model = fit.data, replace(fit.model, priors=priors_of(fit))
    assert data.clock is not None
    first, last = int(clock[0]), int(clock[-1])
    begin = first - model.max_lag
    if model.carry_in == "zero":
        if begin >= 0:
            model = replace(model, carry_in="rows")
        elif first > 0:
            raise QueryError(
                f"the window begins {first} periods after the data, less than the {model.max_lag} that spend carries "
                f"over: begin it with the first row, or {model.max_lag - first} periods later"
            )
    return model, data.kept((data.clock >= begin) & (data.clock <= last))
