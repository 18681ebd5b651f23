"""The labelled arrays that draws keep, how a reader sees them, and how two of them are paired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np

from bayes_roi.labelled import Labelled


class Arrays(NamedTuple):
    """What a `Draws` keeps, as numpy has it."""

    values: Labelled
    evidence: Labelled
    support: Labelled | None


class AsXarray[Read, Given]:
    """A field that keeps a `Labelled` and reads as an `xarray.DataArray`, which is built when it is first read."""

    def __init__(self, *default: Given) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, draws: object | None, owner: type | None = None) -> Read:
        if draws is None:  # `dataclass` asks for the default
            if self.default:
                return cast(Read, self.default[0])
            raise AttributeError(self.name)
        kept = vars(draws)[self.name]
        return cast(Read, None if kept is None else kept.xarray)

    def __set__(self, draws: object, given: Given) -> None:
        vars(draws)[self.name] = None if given is None else Labelled.of(cast(Labelled, given))


def paired(a: Arrays, b: Arrays, op: Callable[[Any, Any], Any]) -> Arrays:
    """Return two quantities combined, with the weaker evidence and support; xarray pairs their labels."""
    import xarray as xr

    with xr.set_options(keep_attrs=False):
        values = op(*xr.align(a.values.xarray, b.values.xarray, join="exact"))
        support = a.support if b.support is None else b.support
        if a.support is not None and b.support is not None:
            support = _lesser(a.support, b.support)
        return Arrays(Labelled.of(values), _lesser(a.evidence, b.evidence), support)


def least_along(values: Labelled, dim: str) -> Labelled:
    """Return the least along a dim, where there is such a dim."""
    return values.reduced(np.fmin.reduce, dim) if dim in values.dims else values


def _lesser(a: Labelled, b: Labelled) -> Labelled:
    import xarray as xr

    x, y = xr.broadcast(a.xarray, b.xarray)
    return Labelled.of(xr.where(x < y, x, y))
