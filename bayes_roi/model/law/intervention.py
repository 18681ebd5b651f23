"""Interventions: what is done to a node, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import is_number
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.during import During, say
from bayes_roi.numbers import amount, plain


@dataclass(frozen=True)
class Intervention:
    """do(node := ...) during a window; outside it the node keeps its observed values.

    Parameters
    ----------
    node
        What is intervened on: any node.
    how, amount
        "set" to a level, "scale" the observed values by a factor, or "shift" them by an amount.
    during
        The window: a label or its beginning ("2025-03"), a pair (first, last); None for all rows.
    """

    node: str
    how: Literal["set", "scale", "shift"]
    amount: float
    during: During = None

    def __post_init__(self) -> None:
        if not is_number(self.amount):
            raise QueryError(f"what is done to {self.node!r} must be a finite number, got {self.amount!r}")

    def apply(self, values: Array, inside: np.ndarray) -> Array:
        """Return `values` (..., time) with the intervention made where `inside` (time,)."""
        changed = {"set": self.amount + 0 * values, "scale": self.amount * values, "shift": values + self.amount}[
            self.how
        ]
        return np.where(inside, changed, values)

    def __str__(self) -> str:
        form = {
            "set": plain(self.amount),
            "scale": f"{plain(self.amount)} {self.node}",
            "shift": f"{self.node} {'-' if self.amount < 0 else '+'}{plain(abs(self.amount))}",
        }
        when = "" if self.during is None else f" during {say(self.during)}"
        return f"{self.node} = {form[self.how]}{when}"


def set_to(node: str, value: float, *, during: During = None) -> Intervention:
    """Return do(node = value), in the node's units.

    >>> print(set_to("tv_spend", 0, during="2025-03"))
    tv_spend = 0 during 2025-03
    """
    return Intervention(node, "set", value, during)


def scale_by(node: str, factor: float, *, during: During = None) -> Intervention:
    """Return do(node = factor x observed)."""
    return Intervention(node, "scale", factor, during)


def shift_by(node: str, amount: float, *, during: During = None) -> Intervention:
    """Return do(node = observed + amount), in the node's units."""
    return Intervention(node, "shift", amount, during)


def turn_off(node: str, *, during: During = None) -> Intervention:
    """Return do(node = 0)."""
    return Intervention(node, "set", 0.0, during)


def check_intervention(model: Model, rows: Design, intervention: Intervention) -> None:
    """Raise unless the intervention can be made on these rows.

    Raises
    ------
    QueryError
        When the node is not in the model, the window holds no row, or spend would become negative.
    """
    check_node(model, intervention.node)
    inside = rows.window(intervention.during)
    if intervention.node in model.spends:
        check_spend(intervention, intervention.apply(rows.rows[intervention.node], inside))


def check_node(model: Model, node: str) -> None:
    """Raise unless `node` is in the model."""
    if node not in model.nodes:
        hint = nearest(node, (*model.nodes, *model.channels))
        if node in model.channels:
            hint = f"; the channel {node!r} is the spend {model.channels[node]!r}"
        raise QueryError(f"{node!r} is not a node of the model{hint}; nodes are {', '.join(model.nodes)}")


def with_interventions(
    values: dict[str, Array], rows: Design, interventions: Iterable[Intervention]
) -> dict[str, Array]:
    """Return `values` with the interventions made, in turn."""
    changed = dict(values)
    for i in interventions:
        changed[i.node] = i.apply(changed[i.node], rows.window(i.during))
    return changed


def check_spend(intervention: Intervention, values: Array) -> None:
    """Raise a QueryError where an intervention makes a spend negative."""
    lowest = float(np.nanmin(values))
    if lowest < 0:
        raise QueryError(f"{intervention}: spend would be {amount(lowest)} in some period; spend cannot be negative")
