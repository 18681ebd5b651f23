"""posterior.nc: the draws, compressed, one netCDF group for each group of the tree."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import xarray as xr

ENCODING = {"zlib": True, "shuffle": True, "complevel": 4}


def write_posterior(posterior: xr.DataTree, file: Path) -> None:
    """Write a posterior as netCDF4, which ArviZ and xarray open."""
    encoding = {f"/{name}": dict.fromkeys(group.data_vars, ENCODING) for name, group in posterior.children.items()}
    posterior.to_netcdf(file, engine="h5netcdf", encoding=encoding)


def read_posterior(file: Path, *, order: Iterable[str]) -> xr.DataTree:
    """Return the posterior that `write_posterior` wrote, with its parameters in the order given.

    netCDF keeps variables in the order of the alphabet, a model those of its equations.
    """
    with xr.open_datatree(file, engine="h5netcdf") as tree:
        groups = {name: group.to_dataset().load() for name, group in tree.children.items()}
    groups["posterior"] = groups["posterior"][list(order)]
    return xr.DataTree.from_dict(groups)
