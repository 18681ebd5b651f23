r"""Credit of rules over journeys drawn anew (the Bayesian bootstrap, Rubin 1981): the sampling error of a rule.

Journeys that convert have weights Dirichlet(1, ..., 1); those of a path type that was walked n times have together
Gamma(n) before they are normalised. A share is linear in these weights, so that its variance is known:
$(\sum_p w_p a_p^2 - m^2) / (n + 1)$ with the shares $w_p$ of path types and their credit $a_p$ (docs/journeys.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes

HEAVIEST = 20_000
"""Path types that are drawn one by one; all others together are normal, with their own mean and covariance."""
AT_ONCE = 2_000_000
"""Weights that are held at once."""


def by_channel(paths: PathTypes, weights: np.ndarray) -> np.ndarray:
    """Return the credit of each channel (paths, channels) by the weights of touches (touches,)."""
    k = len(paths.channels)
    cells = paths.owner * k + paths.codes.astype(np.int64)
    return np.bincount(cells, weights, len(paths) * k).reshape(len(paths), k)


def shares(
    paths: PathTypes, weights: Sequence[np.ndarray], *, in_value: bool, draws: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return the shares (draws, channels) of each rule, all of them over the same journeys drawn anew.

    Parameters
    ----------
    paths
        Path types that converted.
    weights
        Of touches (touches,), one a rule.
    in_value
        Shares of the value of conversions, and not of their number.
    draws, rng
        How many, and by what chance.
    """
    k, order = len(paths.channels), np.argsort(-paths.conversions, kind="stable")
    total = np.zeros((draws, k * len(weights)))
    step = max(1, AT_ONCE // draws)
    tables = [by_channel(paths, w) for w in weights]
    for start in range(0, min(len(order), HEAVIEST), step):
        some = order[start : min(start + step, HEAVIEST)]
        total += _amounts(paths, some, in_value, draws, rng) @ np.hstack([t[some] for t in tables])
    if len(order) > HEAVIEST:
        total += _together(paths, order[HEAVIEST:], tables, in_value, draws, rng)
    by_rule = total.reshape(draws, len(weights), k)
    return [by_rule[:, i] / by_rule[:, i].sum(axis=-1, keepdims=True) for i in range(len(weights))]


def _amounts(paths: PathTypes, some: np.ndarray, in_value: bool, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return what path types bring (draws, paths): conversions drawn anew, or their value, by its first two moments."""
    often = paths.conversions[some]
    drawn = rng.standard_gamma(often, size=(draws, len(some)))
    if not in_value:
        return drawn
    mean = paths.value[some] / often
    spread = np.sqrt(np.maximum(paths.squares[some] - paths.value[some] * mean, 0.0))
    return drawn * mean + rng.normal(size=drawn.shape) * spread


def _together(
    paths: PathTypes,
    rest: np.ndarray,
    tables: list[np.ndarray],
    in_value: bool,
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the credit of the many rare path types (draws, rules x channels)."""
    once, twice = (paths.value, paths.squares) if in_value else (paths.conversions, paths.conversions)
    mean, covariance = 0.0, 0.0
    for some in np.array_split(rest, -(-len(rest) // 50_000)):
        credit = np.hstack([t[some] for t in tables])
        mean = mean + once[some] @ credit
        covariance = covariance + credit.T @ (twice[some][:, None] * credit)
    values, vectors = np.linalg.eigh(np.asarray(covariance))
    return mean + rng.normal(size=(draws, len(values))) * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
