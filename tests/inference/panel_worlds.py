"""Small panels and series to hold the collapsed engine to, and its density by brute force."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import scipy.stats

from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.mechanisms.noise import coloured
from bayes_roi.mechanisms.prior import parse_prior
from bayes_roi.model.design import Design, View, design
from bayes_roi.model.model import Model
from bayes_roi.panel import Panel


def world(
    equation: str,
    *,
    units: int = 1,
    rows: int = 60,
    noise: float = 8.0,
    rho: float = 0.0,
    effect: float = 30.0,
    effect_spread: float = 0.0,
    slope: float = 5.0,
    level_spread: float = 0.0,
    autoregressive: bool = False,
    spends: tuple[str, ...] = ("tv",),
    family: str = "normal",
    priors: Mapping[str, str] | None = None,
    seed: int = 0,
) -> tuple[Model, Design]:
    """Return a model of node y and its rows: `units` series of a Hill curve of tv and a slow covariate.

    Effects and levels of the units lie around `effect` and 60 with the given spreads.
    """
    rng = np.random.default_rng(seed)
    tv = rng.gamma(1.2, 50.0, (units, rows)) * (rng.random((units, rows)) < 0.8)
    starts = np.zeros(rows, bool)
    starts[0] = True
    demand = coloured(rng.standard_normal((units, rows)), np.full((units, 1), 0.8), starts) * 0.6
    tops = np.maximum(effect + effect_spread * rng.standard_normal((units, 1)), 0.0)
    levels = 60 + level_spread * rng.standard_normal((units, 1))
    error = coloured(rng.standard_normal((units, rows)), np.full((units, 1), rho), starts)
    y = levels + tops * tv / (tv + 60.0) + slope * demand + noise * error
    columns = {"tv": tv.ravel(), "demand": demand.ravel(), "y": y.ravel()}
    panel = "geo" if units > 1 else None
    model = Model(
        name="world",
        equations=equation,
        outcome="y",
        time="week",
        panel=panel,
        channels={s: s for s in spends},
        priors={name: parse_prior(text) for name, text in (priors or {}).items()},
        families={"y": family},
        noise={"y": "ar(1)"} if autoregressive else {},
    )
    clock = np.tile(np.arange(rows), units)
    data = Panel(
        columns={n: columns[n] for n in model.nodes},
        periods=clock,
        time="week",
        frequency="period",
        source="simulated",
        unit=panel,
        units=np.repeat([f"g{i}" for i in range(units)], rows) if panel else None,
        clock=clock,
    )
    return model, design(model, data)


def brute_log_density(target: CollapsedNode, rows: Design, point: np.ndarray) -> float:
    """Return the log density at a point, the coefficients integrated out by the dense normal of the outcome.

    Every coefficient, common or of a unit, has a column over all rows; those of the units are written by their own
    values, the common one being their mean, and nothing is eliminated. Positive coefficients are not for this.
    """
    node, parameters = target.node, {n: v[0] for n, v in target.natural(point[None]).items()}
    sigma, view = np.exp(point[-1]) * node.scale.sd, View(np, rows, rows.rows)
    mean, covariance = np.zeros(rows.length), np.zeros((rows.length, rows.length))
    on_level = node.intercept and node.user_intercept is None

    def add(column: np.ndarray, prior: object, common: np.ndarray, spread: float | None) -> None:
        nonlocal mean, covariance
        if spread is None:
            mean, covariance = mean + prior.mu * common, covariance + prior.sigma**2 * np.outer(common, common)
            return
        units = (np.asarray(rows.codes)[:, None] == np.arange(len(rows.units))) * column[:, None]
        design_matrix = np.column_stack([units, common - column])  # units' own values, and what is left of their mean
        count = len(rows.units)
        joint = np.zeros((count + 1, count + 1))
        joint[:] = prior.sigma**2  # Cov(beta_u, beta_v) = s^2, and tau^2 more for the unit itself
        joint[np.arange(count), np.arange(count)] += spread**2
        mean = mean + design_matrix @ np.full(count + 1, prior.mu)
        covariance = covariance + design_matrix @ joint @ design_matrix.T

    if node.intercept:
        ones, pooled = np.ones(rows.length), node.pooled_intercept
        spread = None if pooled is None else parameters[pooled.spread_name]
        add(ones, node.user_intercept or node.level, ones, spread)
    for t in node.terms:
        curve = t.curve(view, {n: np.asarray(parameters[n]) for n in t.shape_names.values()})
        centred = curve - curve.mean() if t.media and on_level else curve
        add(curve, t.effect, centred, None if t.pooled is None else parameters[t.pooled.spread_name])
    rho = parameters.get("y.autocorrelation", 0.0)
    at = np.arange(rows.length)
    series = np.cumsum(rows.starts)
    same = series[:, None] == series
    correlation = np.where(same, rho ** np.abs(at[:, None] - at), 0.0) / (1 - rho**2)
    y = target.linked
    likelihood = scipy.stats.multivariate_normal.logpdf(y, mean, covariance + sigma**2 * correlation)
    prior = sum(c.log_density(point[None, i])[0] for i, c in enumerate(target.coordinates))
    return float(likelihood + prior + node.family["sigma"].logpdf(sigma) + point[-1])
