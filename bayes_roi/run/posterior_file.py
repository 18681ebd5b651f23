"""posterior.nc: the draws, compressed, one netCDF group for each group of a fit.

A netCDF-4 file is an HDF5 file whose dims are dimension scales, in the order of their creation. h5py writes and reads
that as it stands; going by xarray costs seconds of imports, and 15 ms a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import h5py
import numpy as np

from bayes_roi.inference.fit import Groups
from bayes_roi.labelled import Labelled

COMPRESSED = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
TRUTH = ("dtype", "bool")
"""The attribute by which xarray knows whole numbers of one byte that are truth values, which netCDF has not."""


def write_posterior(groups: Groups, file: Path) -> None:
    """Write draws as netCDF-4, which ArviZ and xarray open; the same draws give the same bytes."""
    with h5py.File(file, "w", track_order=True) as whole:
        for name, named in groups.items():
            _write_group(whole.create_group(name, track_order=True), named)


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
    """Return the draws that `write_posterior` wrote, the parameters in the order given."""
    with h5py.File(file) as whole:
        groups = {name: _read_group(group) for name, group in whole.items()}
    return groups | {"posterior": {name: groups["posterior"][name] for name in order}}


def _read_group(group: h5py.Group) -> dict[str, Labelled]:
    scales = {dim: Labelled(_labels(cells), (dim,)) for dim, cells in group.items() if cells.is_scale}
    return {name: _read(cells, scales) for name, cells in group.items() if name not in scales}


def _labels(cells: h5py.Dataset) -> np.ndarray:
    texts = h5py.check_string_dtype(cells.dtype) is not None
    return np.array(cells.asstr()[...].tolist()) if texts else cells[...]


def _read(cells: h5py.Dataset, scales: dict[str, Labelled]) -> Labelled:
    dims = tuple(axis[0].name.rpartition("/")[2] for axis in cells.dims)
    array = cells[...].astype(bool) if cells.attrs.get(TRUTH[0]) == TRUTH[1] else cells[...]
    return Labelled(array, dims, {dim: scales[dim] for dim in dims})
