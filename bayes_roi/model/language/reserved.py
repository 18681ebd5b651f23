"""Names that the grammar keeps for itself."""

from __future__ import annotations

import keyword

import numpy as np

from bayes_roi.mechanisms import TERMS
from bayes_roi.mechanisms.adstock import KINDS
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.mechanisms.noise import NodeNoise
from bayes_roi.mechanisms.pooling import BY_PERIOD
from bayes_roi.mechanisms.saturation import SATURATIONS
from bayes_roi.mechanisms.scale import Scale

LATER = {"holidays", "spline", "gp"}
ROLES = frozenset(
    {"intercept", "effect", "spread", "by_unit", BY_PERIOD}
    | {role for family in FAMILIES.values() for role in family.priors(1.0)}
    | {role for kind in KINDS.values() for role in kind.priors(1)}
    | {role for curve in SATURATIONS.values() for role in curve.own_priors(Scale.of(np.ones(1)))}
    | set(NodeNoise(autoregressive=True).priors)
)
"""What the last part of a parameter's name can be."""
RESERVED = ROLES | {*TERMS, *FAMILIES, *LATER, "ar", "by"}
"""Names of terms, families and roles: a column of that name needs `columns:`."""


def objection_to_name(name: str) -> str | None:
    """Return why a name cannot be a node's, or None."""
    remedy = "give the node another name and map it in columns:"
    if keyword.iskeyword(name):
        return f"{name!r} is a Python keyword; {remedy}"
    if name in TERMS or name in LATER:
        return f"{name!r} is a term and needs brackets, as in {name}(...), or if it is a node, {remedy}"
    if name in RESERVED:
        return f"{name!r} is the name of a family or a role; {remedy}"
    return None
