"""Terms of an equation in groups that are computed at once: those with effects alone, stacks of curves of one kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bayes_roi.inference.engines.hmc.effects import FLAT, log_swing
from bayes_roi.inference.engines.hmc.terms import Lines, Part, Stack, StackedView, form, gaps
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Normal
from bayes_roi.model.law.parameters import NodeParameters, TermParameters
from bayes_roi.model.rows.view import View

RESIDUAL = 0.1
"""Share of a variance that an unobserved cause and all else are taken to leave, where its coordinate is scaled."""


def drawn(part: Lines) -> bool:
    """Whether effects can be integrated out under normal noise."""
    return type(part.terms[0].effect) is Normal and not part.pooled


def offset(terms: Sequence[TermParameters], view: View) -> np.ndarray:
    """Return what terms with fixed effects add (time,)."""
    plain = (t for t in terms if t.term.fixed_effect is not None and t.periods is None)
    fixed = [(t.term.fixed_effect or 0.0) * t.curve(view, {}) for t in plain]
    return sum(fixed, np.zeros(view.design.length))


def lines(terms: Sequence[TermParameters], view: View, node: NodeParameters) -> tuple[Lines, ...]:
    """Return the terms with effects alone, in groups."""
    groups: dict[Any, list[TermParameters]] = {}
    for t in terms:
        if t.effect is not None and not t.shape and not gaps(t, view):
            groups.setdefault((type(t.effect), t.effect_name in node.jointly, t.media, law(t)), []).append(t)
    return tuple(
        Lines(tuple(found), np.concatenate([np.atleast_2d(t.curve(view, {})) for t in found]))
        for found in groups.values()
    )


def swings(xp: Namespace, part: Part, curves: Mapping[Part, Array], means: Mapping[Part, Array]) -> Array:
    """Return the sd over time of a part's curves (chains, terms)."""
    if isinstance(part, Lines):
        return np.sqrt(part.curves.var(1) + FLAT)[None]
    return xp.exp(log_swing(xp, curves[part], means[part]))


def law(term: TermParameters) -> str:
    """Return how a term's effect varies by panel unit, if it does."""
    return "" if term.pooled is None else term.pooled.law


def stacks(terms: Sequence[TermParameters], view: View, node: NodeParameters) -> tuple[Stack, ...]:
    """Return the terms with curves, those of one kind in one stack."""
    groups: dict[Any, list[TermParameters]] = {}
    for t in (t for t in terms if t.effect is not None):
        if gaps(t, view):
            groups[t.effect_name] = [t]
        elif t.shape:
            priors = tuple((role, type(p)) for role, p in t.shape.items())
            key = (form(t.term, view.spends), priors, type(t.effect), t.effect_name in node.jointly, t.media, law(t))
            groups.setdefault(key, []).append(t)
    return tuple(
        Stack(tuple(found), StackedView(view, [t.term for t in found]), gaps(found[0], view))
        for found in groups.values()
    )
