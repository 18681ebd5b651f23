"""Rows left out one by one, without another fit: Pareto-smoothed importance sampling, by ArviZ."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.prediction.comparison.pointwise import Pointwise


@dataclass(frozen=True, eq=False)
class Loo:
    """What rows are expected to be worth to a fit that does not know them.

    Parameters
    ----------
    elpd
        (rows,) expected log predictive density of each row left out.
    pareto_k
        (rows,) tail index of the weights that stand for the fit without the row.
    good_k
        Above it a row's number cannot be trusted: min(1 - 1 / log10(draws), .7).
    parameters
        Effective number of parameters; far above the true number the model is wrong, or rows are told by few.
    """

    elpd: np.ndarray
    pareto_k: np.ndarray
    good_k: float
    parameters: float


def loo(fit: Fit, rows: Pointwise, seen: np.ndarray) -> Loo:
    """Return it over the rows that are `seen` (Vehtari, Gelman and Gabry 2017; Vehtari et al. 2024).

    Parameters
    ----------
    fit
        Where the draws are from: they tell how many independent ones they are worth.
    rows
        Densities of what is predicted, and of all that is left out with it: weights are by the second.
    seen
        (rows,) which rows have an outcome.
    """
    import xarray as xr
    from arviz_stats import loo as arviz_loo

    def table(x: np.ndarray) -> xr.DataArray:
        return xr.DataArray(x[:, seen].reshape(fit.chains, fit.draws, -1), dims=("chain", "draw", "row_"))

    tree = xr.DataTree.from_dict({"log_likelihood": xr.Dataset({"outcome": table(rows.outcome)})})
    relative_size = _relative_size(table(rows.left_out), fit.chains * fit.draws)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large Pareto k: they are counted and told
        weights, k = table(rows.left_out).azstats.psislw(r_eff=relative_size, dim=["chain", "draw"])
        found = arviz_loo(tree, pointwise=True, reff=relative_size, log_weights=weights, pareto_k=k)
    return Loo(np.asarray(found.elpd_i), np.asarray(found.pareto_k), float(found.good_k), float(found.p))


def _relative_size(left_out: object, count: int) -> float:
    """Return how many independent draws a draw is worth: the effective size of the densities over their number."""
    sizes = np.asarray(left_out.azstats.ess(method="mean"))  # type: ignore[attr-defined]
    return float(np.clip(np.nanmean(sizes) / count, 1 / count, 1.0))
