"""What a fit keeps as arrays is the DataTree that xarray and ArviZ know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled
from bayes_roi.report.findings import thinned

BASIS = {"revenue.season.effect": "revenue.season.basis"}


def tree_of(fit: Fit) -> xr.DataTree:
    """Return the posterior made of the parameters by xarray alone."""
    draws = {name: x.reshape(fit.chains, fit.draws, *x.shape[1:]) for name, x in fit.parameters.items()}
    data = xr.Dataset({n: (("chain", "draw", *([BASIS[n]] if x.ndim == 3 else [])), x) for n, x in draws.items()})
    data = data.assign_coords({dim: np.arange(size) for dim, size in data.sizes.items()})
    return xr.DataTree.from_dict({"posterior": data})


def test_the_posterior_is_what_xarray_makes_of_the_parameters(funnel_fit: Fit) -> None:
    ours, theirs = funnel_fit.posterior, tree_of(funnel_fit)
    assert ours.identical(theirs)
    assert list(ours.children) == list(theirs.children)
    assert list(ours["posterior"].variables) == list(theirs["posterior"].variables)
    assert list(ours["posterior"].coords) == list(theirs["posterior"].coords)
    assert dict(ours["posterior"].sizes) == dict(theirs["posterior"].sizes)
    assert {n: x.dims for n, x in ours["posterior"].items()} == {n: x.dims for n, x in theirs["posterior"].items()}
    assert ours is funnel_fit.posterior


def test_sampler_statistics_are_a_group_of_their_own(funnel_fit: Fit) -> None:
    diverging = np.zeros((funnel_fit.chains, funnel_fit.draws), bool)
    told = {"diverging": Labelled(diverging, ("chain", "draw"))}
    fit = replace(funnel_fit, groups={**funnel_fit.groups, "sample_stats": told})
    assert list(fit.posterior.children) == ["posterior", "sample_stats"]
    assert fit.posterior["sample_stats"]["diverging"].dtype == bool
    assert fit.parameters.keys() == funnel_fit.parameters.keys()


def test_arviz_reads_the_posterior(funnel_fit: Fit) -> None:
    arviz_stats = pytest.importorskip("arviz_stats")
    summary = arviz_stats.summary(funnel_fit.posterior, var_names=["revenue.sigma"], round_to="none")
    assert summary["mean"].item() == pytest.approx(funnel_fit.parameters["revenue.sigma"].mean())


def test_a_thinned_fit_keeps_every_so_manieth_draw_of_each_chain(funnel_fit: Fit) -> None:
    few = thinned(funnel_fit, 400)
    assert (few.chains, few.draws) == (4, 100)
    every = funnel_fit.posterior["posterior"].to_dataset().isel(draw=slice(None, None, 10))
    xr.testing.assert_identical(few.posterior["posterior"].to_dataset(), every)
