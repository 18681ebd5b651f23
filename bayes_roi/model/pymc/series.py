"""Nodes whose noise is autoregressive, and nodes that are not observed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_roi.mechanisms.noise import coloured, whitened
from bayes_roi.model.law.conditional import Conditional


def series(name: str, law: Conditional, observed: Any, dim: str) -> Any:
    """Add a node whose noise is autoregressive, on the scale of its linear predictor or its log."""
    logs, starts = law.family.link_name == "log", law.starts

    def logp(value: Any, eta: Any, sigma: Any, rho: Any) -> Any:
        y = pt.log(value) if logs else value
        return _series_logp(y, eta, sigma, rho, starts) - (y.sum() if logs else 0.0)

    def random(eta: Any, sigma: Any, rho: Any, rng: Any = None, size: Any = None) -> Any:
        y = _series_draw(eta, sigma, rho, starts, rng, size)
        return np.exp(y) if logs else y

    return pm.CustomDist(
        name, law.eta, law.parameters["sigma"], law.rho, logp=logp, random=random, observed=observed, dims=dim,
        signature="(t),(s),(r)->(t)",
    )  # fmt: skip


def latent(name: str, law: Conditional, dim: str) -> Any:
    """Add a node that is not observed: a latent for each row, a series where its noise is autoregressive."""
    eta = law.eta + pt.zeros(len(law.starts))
    if law.rho is None:
        return pm.Normal(name, eta, np.float64(1.0), dims=dim)
    starts, one = law.starts, np.float64(1.0)
    return pm.CustomDist(
        name, eta, law.rho,
        logp=lambda x, eta, rho: _series_logp(x, eta, one, rho, starts),
        random=lambda eta, rho, rng=None, size=None: _series_draw(eta, one, rho, starts, rng, size),
        signature="(t),(r)->(t)", dims=dim,
    )  # fmt: skip


def _series_logp(y: Any, eta: Any, sigma: Any, rho: Any, starts: np.ndarray) -> Any:
    """Return the log density of series with normal autoregressive noise: that of its innovations."""
    z = whitened(pt, (y - eta) / sigma, rho, starts)
    density = -0.5 * z**2 - pt.log(sigma) - 0.5 * np.log(2 * np.pi)
    return density.sum() + 0.5 * starts.sum() * pt.log1p(-(rho[0] ** 2))


def _series_draw(eta: Any, sigma: Any, rho: Any, starts: np.ndarray, rng: Any, size: Any) -> Any:
    shape = np.broadcast_shapes(eta.shape, np.shape(sigma)) if size is None else (*size, eta.shape[-1])
    return eta + sigma * coloured(rng.standard_normal(shape), rho, starts)
