"""Small panels and series to hold the collapsed engine to, and its density by brute force."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import scipy.stats

from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.mechanisms.noise import coloured, whitened
from bayes_roi.mechanisms.prior import parse_prior
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import Design, design, linked_rows
from bayes_roi.model.rows.view import View
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
    level: float = 60.0,
    level_spread: float = 0.0,
    autoregressive: bool = False,
    says: str | None = None,
    family: str = "normal",
    priors: Mapping[str, str] | None = None,
    seed: int = 0,
) -> tuple[Model, Design]:
    """Return a model of node y and its rows: `units` series of a Hill curve of tv and a slow covariate.

    Effects and levels of the units lie around `effect` and `level` with the given spreads; `says` is what the
    model says of the noise.
    """
    rng, says = np.random.default_rng(seed), says or ("ar(1)" if autoregressive else None)
    tv = rng.gamma(1.2, 50.0, (units, rows)) * (rng.random((units, rows)) < 0.8)
    starts = np.zeros(rows, bool)
    starts[0] = True
    demand = coloured(rng.standard_normal((units, rows)), np.full((units, 1), 0.8), starts) * 0.6
    tops = np.maximum(effect + effect_spread * rng.standard_normal((units, 1)), 0.0)
    levels = level + level_spread * rng.standard_normal((units, 1))
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
        channels={"tv": "tv"} if "tv" in equation else {},
        priors={name: parse_prior(text) for name, text in (priors or {}).items()},
        families={"y": family},
        noise={"y": says} if says else {},
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


def typical(target: CollapsedNode, count: int) -> np.ndarray:
    """Return points of the start, none of their coordinates among its extremes: there a dense normal has no digits."""
    points = target.start().draw(200, np.random.default_rng(0))
    return np.clip(points, *np.quantile(points, [0.2, 0.8], axis=0))[:count]


def brute_log_density(target: CollapsedNode, rows: Design, point: np.ndarray) -> float:
    """Return the log density at a point, the coefficients integrated out by the dense normal of the outcome.

    Each coefficient adds to its mean and covariance, those of the units by their own values, which are correlated
    through the common one; nothing is eliminated. Coefficients with a sign are not for this.
    """
    node, moments = target.node, target.moments(point[None])
    parameters = {n: v[0] for n, v in target.natural(point[None]).items()}
    spreads = {p.name: s for (_, p), s in zip(target.regression.varying, moments.spreads[0], strict=True)}
    sigma, view, length = np.exp(point[-1]) * node.scale.sd, View(np, rows, rows.rows), rows.length
    mean, covariance = np.zeros(length), np.zeros((length, length))
    on_level = node.intercept and node.user_intercept is None
    columns = [(np.ones(length), np.ones(length), node.user_intercept or node.level, node.pooled_intercept)]
    for t in node.terms:
        curve = t.curve(view, {n: np.asarray(parameters[n]) for n in t.shape_names.values()})
        columns.append((curve, curve - curve.mean() if t.media and on_level else curve, t.effect, t.pooled))
    for column, common, prior, pooled in columns[not node.intercept :]:
        mean, covariance = mean + prior.mu * common, covariance + prior.sigma**2 * np.outer(common, common)
        if pooled is not None:
            same_unit = np.asarray(rows.codes)[:, None] == rows.codes
            covariance = covariance + spreads[pooled.name] ** 2 * np.outer(column, column) * same_unit
    rho = parameters.get("y.autocorrelation", 0.0)
    series, at = np.cumsum(rows.starts), np.arange(length)
    correlation = (series[:, None] == series) * rho ** np.abs(at[:, None] - at) / (1 - rho**2)
    density = scipy.stats.multivariate_normal.logpdf(target.linked, mean, covariance + sigma**2 * correlation)
    density += sum(c.log_density(point[None, i])[0] for i, c in enumerate(target.coordinates))
    for row, (_, pooled) in enumerate(target.regression.varying):
        step = 1e-4 * np.eye(len(point))[len(target.coordinates) + row]
        ends = [target.moments((point + sign * step)[None]).spreads[0, row] for sign in (1, -1)]
        density += pooled.spread.logpdf(spreads[pooled.name]) + np.log((ends[0] - ends[1]) / 2e-4)
    return float(density + node.family["sigma"].logpdf(sigma) + point[-1])


def brute_force(model: Model, rows: Design, count: int = 400_000) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return draws of the prior (draw, size), and the likelihood's weights: another way to the same posterior."""
    node, y = node_parameters(model, rows, "y"), linked_rows(model, rows, "y")
    found, log_likelihood = [], []
    for seed in range(count // 40_000):
        draws = prior_draws(model, rows, 40_000, seed)
        errors = (y - linear_predictor(np, node, View(np, rows, rows.rows), draws)) / draws["y.sigma"][:, None]
        rho = draws.get("y.autocorrelation", np.zeros(40_000))
        z = whitened(np, errors, rho[:, None], rows.starts)
        scale = 0.5 * rows.starts.sum() * np.log1p(-(rho**2)) - rows.length * np.log(draws["y.sigma"])
        log_likelihood.append(scale - 0.5 * (z**2).sum(axis=1))
        found.append(draws)
    weights = np.exp((joined := np.concatenate(log_likelihood)) - joined.max())
    draws = {n: np.concatenate([d[n].reshape(40_000, -1) for d in found]) for n in found[0]}
    return draws, weights / weights.sum()
