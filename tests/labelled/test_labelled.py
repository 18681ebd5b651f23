"""Labelled arrays: every method has xarray's answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bayes_roi.labelled import Labelled, along, stretched

NAMES = ("chain", "draw", "channel", "time")
CELLS = st.floats(-1e3, 1e3, width=32) | st.just(np.nan)


def labels_of(dim: str, size: int) -> np.ndarray:
    """Numbers along `draw`, nothing along `chain`, names elsewhere."""
    return np.arange(size) * 10 if dim == "draw" else np.array([f"{dim} {i}" for i in range(size)])


@st.composite
def labelled(draw: st.DrawFn, dims: tuple[str, ...] = NAMES) -> Labelled:
    """Return an array with labels along most dims, other labels along its last one, and one label of none."""
    chosen = tuple(draw(st.permutations([d for d in dims if draw(st.booleans())])))
    sizes = {dim: 2 + NAMES.index(dim) for dim in chosen}
    coords = along(**{dim: labels_of(dim, size) for dim, size in sizes.items() if dim != "chain"})
    if chosen:
        coords["spend"] = Labelled(np.linspace(0.5, 9, sizes[chosen[-1]]), chosen[-1:])
    coords["source"] = Labelled(np.array("a fit"))
    return Labelled(draw(arrays.arrays(float, tuple(sizes.values()), elements=CELLS)), chosen, coords)


def same(ours: Labelled, theirs: xr.DataArray) -> None:
    """Compare what was computed with xarray's, not an xarray array that was kept."""
    fresh = Labelled(ours.array, ours.dims, ours.coords).xarray
    xr.testing.assert_identical(fresh, theirs)
    assert list(fresh.dims) == list(theirs.dims)
    assert {name: c.dtype for name, c in fresh.coords.items()} == {name: c.dtype for name, c in theirs.coords.items()}


@given(labelled())
def test_an_array_goes_to_xarray_and_back(x: Labelled) -> None:
    back = Labelled.of(xr.DataArray(x.xarray))
    same(back, x.xarray)
    assert {name: c.dims for name, c in back.coords.items()} == {name: c.dims for name, c in x.coords.items()}


def test_xarray_shows_the_same_cells_and_is_kept() -> None:
    x = Labelled(np.zeros((2, 3)), ("chain", "draw"))
    assert x.xarray is x.xarray
    assert np.shares_memory(x.xarray.values, x.array)
    given = xr.DataArray([1.0], dims="channel", name="theta", attrs={"unit": "USD"})
    assert Labelled.of(given).xarray is given
    assert Labelled.of(x) is x


REDUCTIONS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "mean": (np.mean, {"skipna": False}),
    "median": (np.median, {"skipna": False}),
    "std": (np.std, {"skipna": False}),
    "sum": (np.sum, {"skipna": False}),
    "min": (np.fmin.reduce, {}),
}


@pytest.mark.parametrize("name", REDUCTIONS)
@given(x=labelled(), data=st.data())
def test_reductions_are_those_of_xarray(name: str, x: Labelled, data: st.DataObject) -> None:
    by, options = REDUCTIONS[name]
    dims = data.draw(st.lists(st.sampled_from(x.dims), min_size=1, unique=True) if x.dims else st.just([]))
    if dims:
        same(x.reduced(by, *dims), getattr(x.xarray, name)(dims, **options))


@given(labelled(), st.data())
def test_cells_are_taken_by_position_as_by_xarray(x: Labelled, data: st.DataObject) -> None:
    place = st.sampled_from([0, 1, slice(None, None, 2), slice(1, None)])
    at = {dim: data.draw(place) for dim in x.dims if data.draw(st.booleans())}
    same(x.isel(**at), x.xarray.isel(at))


@given(labelled(), st.data())
def test_cells_are_taken_by_label_as_by_xarray(x: Labelled, data: st.DataObject) -> None:
    wanted: dict[str, Any] = {}
    for dim in x.dims:
        known = x.labels(dim).tolist()
        whole = slice(known[0], known[1]) if dim in x.coords else slice(0, 2)
        label = data.draw(st.sampled_from([*known, known[:1], whole, None]))
        wanted |= {} if label is None else {dim: label}
    same(x.sel(**wanted), x.xarray.sel(wanted))


def test_labels_that_stand_twice_or_nowhere_are_answered_as_by_xarray() -> None:
    x = Labelled(np.arange(3.0), ("row",), along(row=[7, 7, 8]))
    same(x.sel(row=7), x.xarray.sel(row=7))
    with pytest.raises(KeyError):
        x.sel(row=9)


@given(labelled(), st.data())
def test_dims_come_first_as_by_transpose(x: Labelled, data: st.DataObject) -> None:
    dims = data.draw(st.lists(st.sampled_from(x.dims), unique=True) if x.dims else st.just([]))
    same(x.first(*dims), x.xarray.transpose(*dims, ...))


@given(labelled(), labelled())
def test_two_arrays_are_stretched_as_by_broadcast(a: Labelled, b: Labelled) -> None:
    for ours, theirs in zip(stretched(a, b), xr.broadcast(a.xarray, b.xarray), strict=True):
        same(ours, theirs)


def test_arrays_with_other_labels_are_not_stretched() -> None:
    one, other = (Labelled(np.zeros(2), ("channel",), along(channel=names)) for names in (["tv", "web"], ["web", "tv"]))
    with pytest.raises(ValueError, match="the labels of 'channel' differ"):
        stretched(one, other)


def test_dims_and_labels_must_fit_the_array() -> None:
    with pytest.raises(ValueError, match="dims must name the 2 axes"):
        Labelled(np.zeros((2, 3)), ("chain",))
    with pytest.raises(ValueError, match="the labels 'draw'"):
        Labelled(np.zeros((2, 3)), ("chain", "draw"), along(draw=[1, 2]))
