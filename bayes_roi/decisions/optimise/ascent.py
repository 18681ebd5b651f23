"""Climbing to the best of many plans at once: spectral projected gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayes_roi.decisions.optimise.region import Region

Climb = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From plans (some, variables) and which of all they are to their values (some,) and gradients (some, variables)."""
MEMORY = 5
"""Values a step may fall back behind: a search that may go down a little goes faster along curved ridges."""
PATIENCE = 20
"""Steps without a gain above rounding after which a search ends."""
FORCE = 10.0
"""Of the augmented Lagrangians: the first penalty, per unit of the objective and share."""
NEAR_ZERO = 0.02
"""Share of a mean share below which distances are no longer relative."""


def ascend(
    climb: Climb,
    start: np.ndarray,
    region: Region,
    *,
    tolerance: float = 1e-7,
    steps: int = 500,
    rounds: int = 30,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return local maxima (plans, variables) and their values (plans,) within bounds, total and limits.

    The limits A enter by augmented Lagrangians (Nocedal and Wright 2006, algorithm 17.4): what is climbed is less
    $\rho / 2 \sum_j (a_j x - b_j + \mu_j / \rho)_+^2$, with multipliers that are moved until no plan is beyond a limit.
    Arguments as `climbed`.
    """
    if not len(region.most):
        return climbed(climb, start, region, tolerance=tolerance, steps=steps)
    length = np.abs(region.rows).max(axis=1)
    rows, most = region.rows / length[:, None], region.most / length
    x, force, mu = start, FORCE, np.zeros((len(start), len(most)))
    worst, close = np.inf, max(tolerance, 1e-3)
    for _ in range(rounds):

        def held(
            x: np.ndarray, which: np.ndarray, force: float = force, mu: np.ndarray = mu
        ) -> tuple[np.ndarray, np.ndarray]:
            value, slope = climb(x, which)
            over = np.maximum(x @ rows.T - most + mu[which] / force, 0.0)
            return value - 0.5 * force * (over**2).sum(axis=1), slope - force * over @ rows

        x, _ = climbed(held, x, region, tolerance=close, steps=steps)
        moved = np.maximum(mu + force * (x @ rows.T - most), 0.0)
        gap = np.abs(moved - mu).max() / force
        mu, force = moved, force if gap < 0.25 * worst else 4 * force
        if gap <= tolerance and close <= tolerance:
            break
        worst, close = min(gap, worst), max(0.1 * close, tolerance)
    return x, climb(x, np.arange(len(x)))[0]


def climbed(
    climb: Climb, start: np.ndarray, region: Region, *, tolerance: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return local maxima (plans, variables) within bounds and total, and their values, none below its start.

    Spectral projected gradients (Birgin, Martínez and Raydan 2000), for all plans at once: each has its own step, and
    those that have arrived are left alone. Distances are measured relative to the shares themselves: many curves are
    infinitely steep at zero, and straight there in the logarithm.

    Parameters
    ----------
    climb
        What is to become large.
    start
        (plans, variables) where to begin.
    region
        What is allowed.
    tolerance
        A plan has arrived where a step of length one along its gradient, projected, moves no share by more.
    steps
        At most so many.
    """
    x = region.project(start)
    every = np.arange(len(x))
    value, slope = climb(x, every)
    best, top = x.copy(), value.copy()
    history = np.full((MEMORY, len(x)), np.inf)
    history[0] = value
    near_zero = NEAR_ZERO / x.shape[1]
    metric = np.abs(x) + near_zero
    steepest = max(float(np.abs(slope).max()), 1e-300)  # what slopes of this question are like
    unit = 1 / np.maximum(np.abs(slope).max(axis=1), steepest)
    pace, since = unit.copy(), np.zeros(len(x), int)
    going = np.ones(len(x), bool)
    for count in range(1, steps + 1):
        at = np.flatnonzero(going)
        if not len(at):
            break
        way, still = _ways(region, x[at], slope[at], metric[at], pace[at], unit[at], tolerance)
        going[at[~still]] = False
        at, way = at[still], way[still]
        if not len(at):
            break
        new, new_value, new_slope, moved = _search(climb, x[at], way, slope[at], history[:, at].min(axis=0), at)
        going[at[~moved]] = False
        at, new, new_value, new_slope = at[moved], new[moved], new_value[moved], new_slope[moved]
        step, change = new - x[at], slope[at] - new_slope
        bend = (step * change).sum(axis=1)
        metric[at] = np.abs(new) + near_zero
        usual = (step**2 / metric[at]).sum(axis=1) / np.where(bend > 0, bend, 1.0)
        unit[at] = 1 / np.maximum(np.abs(new_slope).max(axis=1), steepest)
        pace[at] = np.clip(np.where(bend > 0, usual, 10 * pace[at]), 1e-6 * unit[at], 1e6 * unit[at])
        x[at], value[at], slope[at] = new, new_value, new_slope
        history[count % MEMORY, at] = new_value
        better = new_value > top[at]
        since[at] = np.where(new_value > top[at] + 1e-13 * np.abs(top[at]), 0, since[at] + 1)
        going[at[since[at] > PATIENCE]] = False
        best[at[better]], top[at[better]] = new[better], new_value[better]
    return best, top


def _ways(
    region: Region,
    x: np.ndarray,
    slope: np.ndarray,
    metric: np.ndarray,
    pace: np.ndarray,
    unit: np.ndarray,
    tolerance: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return where to go from each plan, and whether it has still to go."""
    way = region.project(x + pace[:, None] * metric * slope, metric) - x
    small = np.flatnonzero(np.abs(way).max(axis=1) <= tolerance)
    if small.size:  # there is nowhere to go, or only the pace is short
        far = x[small] + unit[small, None] * metric[small] * slope[small]
        way[small] = region.project(far, metric[small]) - x[small]
    still = np.ones(len(x), bool)
    still[small] = np.abs(way[small]).max(axis=1) > tolerance
    return way, still


def _search(
    climb: Climb, x: np.ndarray, way: np.ndarray, slope: np.ndarray, least: np.ndarray, which: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the first of ever shorter steps that does not fall behind `least`, and which plans found one."""
    gain = (way * slope).sum(axis=1)
    new, value, steep = x.copy(), np.full(len(x), -np.inf), slope.copy()
    length, open_ = np.ones(len(x)), np.arange(len(x))
    for _ in range(30):
        tried = x[open_] + length[open_, None] * way[open_]
        v, g = climb(tried, which[open_])
        good = v >= least[open_] + 1e-4 * length[open_] * gain[open_]
        done = open_[good]
        new[done], value[done], steep[done] = tried[good], v[good], g[good]
        open_ = open_[~good]
        length[open_] *= 0.4
        if not len(open_):
            break
    moved = np.ones(len(x), bool)
    moved[open_] = False
    return new, value, steep, moved
