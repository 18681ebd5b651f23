"""What the parameters of a model are called: `node.role`, `node.label.role`, or `share.role` where terms share them."""

from __future__ import annotations

import math

from bayes_roi.mechanisms import OfPeriod, Varying
from bayes_roi.mechanisms.pooling import BY_PERIOD, OfPeriods, Pooled, default_spread
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.language.media_rule import roas_names
from bayes_roi.model.language.structure import Structure

ANYWHERE = (-math.inf, math.inf)
POSITIVE = (0.0, math.inf)
BY_UNIT = ".by_unit"
GIVEN_BY_OTHERS = (BY_UNIT, f".{BY_PERIOD}")
"""Endings of parameters whose law is given by other parameters, so that they have no prior of their own."""


def parameter_names(model: Structure) -> tuple[str, ...]:
    """Return the names of all parameters, in the order of the equations."""
    return tuple(parameter_ranges(model))


def structural_names(model: Structure) -> tuple[str, ...]:
    """Return the same of a world: without the parameters of joint priors, and effects of periods, which it draws."""
    hyper = {name for node in model.equation for name in roas_names(model, node)}
    drawn = f".{BY_PERIOD}"
    return tuple(name for name in parameter_names(model) if name not in hyper and not name.endswith(drawn))


def parameter_ranges(model: Structure) -> dict[str, tuple[float, float]]:
    """Return name -> the range in which a parameter has a meaning: a retention in (0, 1), an effect anywhere."""
    found: dict[str, tuple[float, float]] = {}
    for node, equation in model.equation.items():
        if equation.intercept != "none" and node not in model.hidden:
            found[f"{node}.intercept"] = ANYWHERE
            if model.pools_intercept(node):
                found |= _pooled(f"{node}.intercept")
        for term in model.terms(node):
            start = term.prefix(node)
            found |= {f"{start}.{role}": prior.support for role, prior in term.shape_priors(_UnitScales()).items()}
            if term.fixed_effect is None:
                found[f"{start}.effect"] = ANYWHERE
            if isinstance(term, Varying):
                found |= _pooled(f"{start}.effect")
            if isinstance(term, OfPeriod):
                periods = OfPeriods(start, default_spread(1.0, "normal"))
                found |= {periods.spread_name: POSITIVE, periods.periods_name: ANYWHERE}
        found |= dict.fromkeys(roas_names(model, node), POSITIVE)
        family, noise = model.family(node), model.noise_of(node)
        found |= {f"{node}.{role}": p.support for role, p in (family.priors(1.0) | noise.priors).items()}
        if noise.unit is not None:
            found |= _pooled(f"{node}.sigma")
    return found


def _pooled(name: str) -> dict[str, tuple[float, float]]:
    pooled = Pooled(name, default_spread(1.0, "normal"), "normal")
    return {pooled.spread_name: POSITIVE, pooled.units_name: ANYWHERE}


class _UnitScales(dict[str, Scale]):
    """Every column has scale one: enough to ask for the roles of priors before there are data."""

    def __missing__(self, key: str) -> Scale:
        return Scale(1.0, 1.0, 1.0, 0.0, 1.0)
