"""A question about money: whose spend is changed, in which rows, and what is let go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import NoiseKind
from bayes_roi.model.law.intervention import Intervention
from bayes_roi.model.rows.during import During
from bayes_roi.queries.expect import Held, Scene
from bayes_roi.queries.paths.responding import responding
from bayes_roi.value.money.parted import By, Parted, parted
from bayes_roi.value.money.window import Window, window

Change = tuple[Intervention, ...]
"""What is done at once: to one spend, or to all."""


@dataclass(frozen=True, eq=False)
class MoneyQuestion:
    """A question about money but for the interventions; fields are those of `Money`."""

    fit: Fit
    during: During = None
    horizon: int | None = None
    by: By = None
    seed: int | None = None
    noise: NoiseKind = "mean"
    hold_spend: bool = True
    together: bool = False

    @cached_property
    def parted(self) -> Parted:
        """What numbers are wanted by."""
        return parted(self.fit, self.by)

    @cached_property
    def window(self) -> Window:
        """The rows asked; their mean where the model is linear and no more is needed."""
        whole = self.during is None and not isinstance(self.fit.model.value, str) and self.noise == "mean"
        return window(self.fit, self.during, self.horizon, split=self.parted.split, means_only=whole)

    @cached_property
    def axes(self) -> dict[str, tuple[str, ...]]:
        """Name -> labels of each axis of `by`."""
        return self.parted.axes(self.fit, self.window)

    def responding(self, change: Change) -> tuple[str, ...]:
        """Return the spends that are let go: those that respond and are not changed themselves."""
        moved = [s for i in change for s in responding(self.fit.model, i.node)]
        changed = {i.node for i in change}
        return () if self.hold_spend else tuple(s for s in dict.fromkeys(moved) if s not in changed)


def channels_of(model: Model) -> Mapping[str, str]:
    """Return the channels, name -> spend; raise where there are none."""
    if not model.channels:
        raise QueryError("the model has no channels:, so there is no money to ask about; ate and do need none")
    return model.channels


def held_but(stage: Scene, free: tuple[str, ...]) -> Held:
    """Return the actual spends, but for those that are let go."""
    return {n: x for n, x in stage.held([], hold_spend=True).items() if n not in free}


def changed(stage: Scene, change: Change, own: Window) -> Held:
    """Return the spends changed in windows."""
    inside = own.inside.any(axis=0)
    return {i.node: i.apply(stage.observed[i.node], inside) for i in change}


def mean_of(values: Array) -> np.ndarray:
    """Return the posterior mean of a series (time,) that may have draws where its cells are missing."""
    return values if values.ndim == 1 else values.mean(axis=0)
