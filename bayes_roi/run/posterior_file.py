"""posterior.nc: the draws, compressed, one netCDF group for each group of a fit.

A netCDF-4 file is an HDF5 file whose dims are dimension scales, in the order of their creation. h5py writes and reads
that as it stands; going by xarray costs seconds of imports, and 15 ms a parameter.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from bayes_roi.inference.fit import Groups
from bayes_roi.labelled import Labelled
from bayes_roi.plain_text import shown

COMPRESSED = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
GROUPS = frozenset({"posterior", "sample_stats"})
MOST_PACKED = 2000
"""Bytes of draws that a byte of the file can stand for: deflate packs 1,032 into one."""
TRUTH = ("dtype", "bool")
"""The attribute by which xarray knows whole numbers of one byte that are truth values, which netCDF has not."""


def posterior_bytes(groups: Groups) -> bytes:
    """Return draws as a netCDF-4 file, which ArviZ and xarray open; the same draws give the same bytes.

    It is built in memory: on a full disk HDF5 raises errors of its own, also at the exit of Python, and crashes it.
    """
    with io.BytesIO() as content:
        with h5py.File(content, "w", track_order=True) as whole:
            for name, named in groups.items():
                _write_group(whole.create_group(name, track_order=True), named)
        return content.getvalue()


def _write_group(group: h5py.Group, named: Mapping[str, Labelled]) -> None:
    for dim, labels in {dim: c.array for x in named.values() for dim, c in x.coords.items()}.items():
        texts = labels.dtype.kind == "U"
        kind = {"dtype": h5py.string_dtype()} if texts else {}
        group.create_dataset(dim, data=labels.astype(object) if texts else labels, **kind).make_scale(dim)
    for name, x in named.items():
        truth = x.array.dtype == bool
        written = group.create_dataset(name, data=x.array.astype(np.int8) if truth else x.array, **COMPRESSED)
        for axis, dim in enumerate(x.dims):
            written.dims[axis].attach_scale(group[dim])
        if truth:
            written.attrs.create(*TRUTH)


def read_posterior(file: Path, *, order: Iterable[str]) -> Groups:
    """Return the draws of `posterior_bytes`, the parameters in the order given.

    Raises
    ------
    ValueError
        When the file points outside itself, holds more than its size can, or anything else than draws.
    """
    with h5py.File(file) as whole:
        most = MOST_PACKED * file.stat().st_size
        groups = {name: _read_group(_inside(whole, name, h5py.Group), most) for name in whole}
    if set(groups) - GROUPS or "posterior" not in groups:
        raise ValueError(
            f"its groups are {', '.join(map(shown, groups)) or 'none'}, not {' and '.join(sorted(GROUPS))}"
        )
    order = list(order)
    if len(set(order)) != len(order) or set(order) != set(groups["posterior"]):
        raise ValueError("its parameters are not those of the manifest")
    return groups | {"posterior": {name: groups["posterior"][name] for name in order}}


def _inside(group: h5py.Group, name: str, kind: type) -> Any:
    """Return what a group holds under a name, unless it stands elsewhere: then HDF5 would open another file."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{shown(name)} is a link")
    there = group[name]
    if not isinstance(there, kind):
        raise ValueError(f"{shown(name)} is a {type(there).__name__.lower()}")
    return there


def _own_cells(group: h5py.Group, name: str, most: int) -> h5py.Dataset:
    cells = _inside(group, name, h5py.Dataset)
    if cells.external or cells.is_virtual:
        raise ValueError(f"the cells of {shown(name)} stand in another file")
    if cells.dtype.kind not in "fiuO" or (cells.dtype.kind == "O" and h5py.check_string_dtype(cells.dtype) is None):
        raise ValueError(f"the cells of {shown(name)} are of type {cells.dtype}")
    if cells.size is None or cells.nbytes > most:
        raise ValueError(f"{shown(name)} claims more cells than the file can hold")
    return cells


def _read_group(group: h5py.Group, most: int) -> dict[str, Labelled]:
    found = {name: _own_cells(group, name, most) for name in group}
    scales = {dim: Labelled(_labels(cells), (dim,)) for dim, cells in found.items() if cells.is_scale}
    return {name: _read(cells, scales) for name, cells in found.items() if name not in scales}


def _labels(cells: h5py.Dataset) -> np.ndarray:
    texts = h5py.check_string_dtype(cells.dtype) is not None
    return np.array(cells.asstr()[...].tolist()) if texts else cells[...]


def _read(cells: h5py.Dataset, scales: dict[str, Labelled]) -> Labelled:
    dims = tuple(axis[0].name.rpartition("/")[2] for axis in cells.dims)
    array = cells[...].astype(bool) if cells.attrs.get(TRUTH[0]) == TRUTH[1] else cells[...]
    return Labelled(array, dims, {dim: scales[dim] for dim in dims})
