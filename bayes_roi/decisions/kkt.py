"""Whether a plan is a maximum: the conditions of Karush, Kuhn and Tucker, and what each limit costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.decisions.limits import Limit
from bayes_roi.decisions.problem import Problem

NEAR = 1e-6
"""A limit binds where a plan is within this share of the budget of it."""


@dataclass(frozen=True)
class Kkt:
    r"""The conditions of a maximum at a plan.

    $\nabla f = \lambda \mathbf{1} + \sum_j \mu_j a_j$ with $\mu_j \ge 0$, 0 where limit j does not bind (Nocedal and
    Wright 2006, theorem 12.1).

    Parameters
    ----------
    residual
        What is left of the gradient, at most over the variables, as a share of its largest entry.
    multipliers
        Limit -> what one more unit of money there would add to the objective, "budget" among them; those that bind.
    binding
        What binds, in words.
    slopes
        (channels,) what one more unit of money in each channel would add, spread as the plan has it.
    """

    residual: float
    multipliers: Mapping[str, float]
    binding: tuple[str, ...]
    slopes: Mapping[str, float]

    def __bool__(self) -> bool:
        """Whether the plan is a maximum as far as its slopes tell, to one part in a thousand."""
        return self.residual < 1e-3

    def __repr__(self) -> str:
        told = ", ".join(f"{name} {value:.3g}" for name, value in self.multipliers.items())
        return f"<KKT: residual {self.residual:.1e}; worth of one more unit: {told or 'nothing binds'}>"


def kkt(problem: Problem, shares: np.ndarray, limits: Sequence[Limit]) -> Kkt:
    """Return the conditions of a maximum at a plan (variables,), found under limits."""
    flighting = problem.flighting
    _, slopes = problem.climb(problem.response)(shares[None], np.zeros(1, int))
    slope, spend = slopes[0], flighting.spend(shares)
    totals = spend.sum(axis=1)
    names, rows = _binding(problem, totals, limits)
    free = [name == "budget" and problem.spend_all for name in names]
    loose = _edges(problem, shares) if flighting.free else np.zeros((0, flighting.size))
    found, left = _multipliers(
        slope, np.array([*rows, *loose]).reshape(-1, flighting.size), np.array([*free, *[False] * len(loose)], bool)
    )
    by_channel = slope.reshape(len(totals), -1)
    mix = spend / np.where(totals > 0, totals, 1.0)[:, None] + (totals == 0)[:, None] / spend.shape[1]
    each = (by_channel * mix).sum(axis=1) if flighting.free else slope
    zeros, tops = (loose < 0).any(axis=1).sum(), (loose > 0).any(axis=1).sum()
    edges = [f"{n} of {flighting.size} {what}" for n, what in ((zeros, "periods dark"), (tops, "at their most")) if n]
    return Kkt(
        residual=float(np.abs(left).max() / max(np.abs(slope).max(), 1e-300)),
        multipliers=dict(zip(names, found.tolist(), strict=False)),
        binding=(*(n for n in names if n != "budget"), *edges),
        slopes=dict(zip(problem.outlook.channels, each.tolist(), strict=True)),
    )


def _binding(problem: Problem, totals: np.ndarray, limits: Sequence[Limit]) -> tuple[list[str], list[np.ndarray]]:
    """Return the names and outward normals of the limits on totals that bind."""
    near, flighting = NEAR * problem.flighting.scale, problem.flighting
    names, rows = [], []
    everything = np.ones(len(totals))
    if problem.budget is not None and totals.sum() >= problem.budget - near:
        names.append("budget")
        rows.append(flighting.totals(everything))
    implied = problem.reach if flighting.free else ()
    for limit in (k for k in limits if k not in implied):
        for weights, most in limit.sides:
            zero = np.all(weights <= 0) and most == 0
            if (
                weights.any()
                and weights @ totals >= most - near * np.abs(weights).max()
                and not (zero and flighting.free)
            ):
                names.append(limit.text)
                rows.append(flighting.totals(weights))
    return names, rows


def _edges(problem: Problem, shares: np.ndarray) -> np.ndarray:
    """Return the outward normals (bounds, variables) of periods without spend and of those at their most."""
    one = np.eye(problem.flighting.size)
    near = NEAR / len(shares)
    return np.concatenate([-one[shares <= near], one[shares >= problem.high - near]])


def _multipliers(slope: np.ndarray, rows: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the multipliers (limits,) of what binds and what of the slope (variables,) they leave; `free`: any sign.

    `rows` (limits, variables) are outward normals.
    """
    from scipy.optimize import nnls

    if not len(rows):
        return np.zeros(0), slope
    both = np.concatenate([rows, -rows[free]]).T
    found, _ = nnls(both, slope)
    signed = found[: len(rows)].copy()
    signed[free] -= found[len(rows) :]
    return signed, slope - rows.T @ signed
