"""An array with named dims and labels along them: what draws and fits keep, and xarray shows.

Importing xarray imports pandas, and the two take longer than most questions. So numbers are computed by numpy, and an
`xarray.DataArray` is built when a reader asks for one. Only what our own questions need stands here; for more there is
xarray. The tests hold every method to xarray's answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Labelled:
    """An array with named dims and labels along them.

    Parameters
    ----------
    array
        One axis a dim.
    dims
        Names of the axes.
    coords
        Name -> labels, which lie along dims of the array, or along none where they tell what it was selected at. Those
        with the name of a dim are the labels of that dim.

    Raises
    ------
    ValueError
        When dims or labels do not fit the array.

    Examples
    --------
    >>> spend = Labelled(np.array([[1.0, 2.0], [3.0, 4.0]]), ("week", "channel"), along(channel=["tv", "search"]))
    >>> spend.sel(channel="tv").array
    array([1., 3.])
    >>> spend.reduced(np.mean, "week").array
    array([2., 3.])
    """

    array: np.ndarray
    dims: tuple[str, ...] = ()
    coords: Mapping[str, Labelled] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.array.ndim != len(self.dims):
            raise ValueError(f"dims must name the {self.array.ndim} axes of the array, got {self.dims}")
        for name, labels in self.coords.items():
            if any(self.sizes.get(dim) != size for dim, size in labels.sizes.items()):
                raise ValueError(f"the labels {name!r} of sizes {labels.sizes} do not fit an array of {self.sizes}")

    @staticmethod
    def of(values: xr.DataArray | Labelled) -> Labelled:
        """Return an xarray array as a labelled one, which shows itself as that same array again."""
        if isinstance(values, Labelled):
            return values
        coords = {str(name): Labelled(c.values, tuple(map(str, c.dims))) for name, c in values.coords.items()}
        found = Labelled(values.values, tuple(map(str, values.dims)), coords)
        vars(found)["xarray"] = values
        return found

    @cached_property
    def xarray(self) -> xr.DataArray:
        """The same as xarray has it, on the same cells."""
        import xarray as xr

        return xr.DataArray(self.array, dims=self.dims, coords={n: (c.dims, c.array) for n, c in self.coords.items()})

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Dim -> its length."""
        return dict(zip(self.dims, self.array.shape, strict=True))

    def labels(self, name: str) -> np.ndarray:
        """Return the labels of a name, the positions along a dim that has none."""
        return self.coords[name].array if name in self.coords else np.arange(self.sizes[name])

    def filled(self, array: np.ndarray, dims: Iterable[str] | None = None) -> Labelled:
        """Return other cells with these labels, along all dims or some."""
        kept = self.dims if dims is None else tuple(dims)
        return Labelled(array, kept, {n: c for n, c in self.coords.items() if set(c.dims) <= set(kept)})

    def isel(self, **positions: int | slice) -> Labelled:
        """Return the cells at positions of dims; a dim of which one position is taken goes, and its label stays."""
        at = tuple(positions.get(dim, slice(None)) for dim in self.dims)
        dims = tuple(dim for dim, place in zip(self.dims, at, strict=True) if isinstance(place, slice))
        coords = {n: c.isel(**{d: p for d, p in positions.items() if d in c.dims}) for n, c in self.coords.items()}
        return Labelled(self.array[*at, ...], dims, coords)

    def sel(self, **labels: Any) -> Labelled:
        """Return the cells at labels of dims; anything but the one position of a single label is left to xarray."""
        found = self
        for dim, label in labels.items():
            at = _position(found.labels(dim), label)
            found = Labelled.of(found.xarray.sel({dim: label})) if at is None else found.isel(**{dim: at})
        return found

    def reduced(self, by: Callable[..., Any], *dims: str) -> Labelled:
        """Return `by(array, axis=...)` over dims, which go, and their labels with them."""
        over = tuple(self.dims.index(dim) for dim in dims)
        return self.filled(np.asarray(by(self.array, axis=over)), (dim for dim in self.dims if dim not in dims))

    def first(self, *dims: str) -> Labelled:
        """Return the same cells with some dims as the first axes, in that order."""
        order = (*dims, *(dim for dim in self.dims if dim not in dims))
        return Labelled(self.array.transpose([self.dims.index(dim) for dim in order]), order, self.coords)

    def over(self, sizes: Mapping[str, int]) -> np.ndarray:
        """Return the cells stretched over dims, all of its own among them: one axis for each of `sizes`."""
        own = self.first(*(dim for dim in sizes if dim in self.dims)).array
        lengths = [n if dim in self.dims else 1 for dim, n in sizes.items()]
        return np.broadcast_to(own.reshape(lengths), tuple(sizes.values()))


def _position(labels: np.ndarray, label: Any) -> int | None:
    """Return where a label stands; None where it is several, or stands nowhere or more than once."""
    if isinstance(label, slice) or np.ndim(label):
        return None
    there = np.flatnonzero(labels == label)
    return int(there[0]) if len(there) == 1 else None


def along(**labels: npt.ArrayLike) -> dict[str, Labelled]:
    """Return coordinates that label dims: dim -> labels.

    >>> along(channel=["tv", "search"])["channel"].dims
    ('channel',)
    """
    return {dim: Labelled(np.asarray(values), (dim,)) for dim, values in labels.items()}


def stretched(a: Labelled, b: Labelled) -> tuple[Labelled, Labelled]:
    """Return two arrays over the dims of both, those of the first before the others.

    Raises
    ------
    ValueError
        When a dim that both have does not have the same labels in both.
    """
    for dim in set(a.dims) & set(b.dims):
        if not np.array_equal(a.labels(dim), b.labels(dim)):
            raise ValueError(f"the labels of {dim!r} differ: {a.labels(dim).tolist()} and {b.labels(dim).tolist()}")
    sizes = {**a.sizes, **{dim: n for dim, n in b.sizes.items() if dim not in a.dims}}
    shared = {dim: x.coords[dim] for x in (b, a) for dim in x.dims if dim in x.coords}
    both = (Labelled(x.over(sizes), tuple(sizes), {**x.coords, **shared}) for x in (a, b))
    return next(both), next(both)
