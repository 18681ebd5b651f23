"""The labelled arrays that draws keep, how a reader sees them, and how two of them are paired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np

from bayes_roi.draws.intervals import DEFAULT_PROB, SAMPLE, Kind, ends
from bayes_roi.errors import QueryError
from bayes_roi.labelled import Labelled


class Arrays(NamedTuple):
    """What a `Draws` keeps, as numpy has it, and what its verbs return, as they have it under the same names."""

    values: Labelled
    evidence: Labelled
    support: Labelled | None

    def interval(self, prob: float = DEFAULT_PROB, *, kind: Kind = "eti") -> tuple[Labelled, Labelled]:
        """Return the lower and the upper end of the credible interval."""
        return ends(self.values, prob, kind)

    def probability(self, *, above: float | None = None, below: float | None = None) -> Labelled:
        """Return the share of the draws above and below; NaN where the value is undefined.

        Raises
        ------
        QueryError
            When neither bound is given.
        """
        if above is None and below is None:
            raise QueryError("probability needs a bound: probability(above=0) or probability(below=1)")
        inside = np.ones(self.values.array.shape, bool)
        inside = inside & (self.values.array > above) if above is not None else inside
        inside = inside & (self.values.array < below) if below is not None else inside
        return self.values.filled(np.where(np.isnan(self.values.array), np.nan, inside)).reduced(np.mean, *SAMPLE)

    def mean(self) -> Labelled:
        """Return the mean over draws; it is not checked that there is one."""
        return self.values.reduced(np.mean, *SAMPLE)

    def median(self) -> Labelled:
        """Return the median over draws."""
        return self.values.reduced(np.median, *SAMPLE)


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
