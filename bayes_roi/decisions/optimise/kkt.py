"""Whether a plan is a maximum: the conditions of Karush, Kuhn and Tucker, and what each limit costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.decisions.optimise.budget_question import BudgetQuestion
from bayes_roi.decisions.optimise.flighting import Flighting
from bayes_roi.decisions.optimise.limits import NOT_NEGATIVE, Limit
from bayes_roi.decisions.optimise.search import ALMOST_NOTHING, climb, unit_of
from bayes_roi.numbers import number

NEAR = 1e-6
"""A limit is reached where a plan is within this share of the budget of it."""
LITTLE, ALIKE = 1e3 * ALMOST_NOTHING, 0.01
"""A second share that stands for none; and how much more the slope may be at the first where it is defined at zero."""
UNDEFINED = "not defined at zero spend"
BUDGET = "budget"


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
        Limit -> what loosening it by one unit of money would add to the objective, "budget" among them; those that bind
        (`loosened` says it in words). NaN where nothing is spent and the first unit has no slope: a curve may be
        infinitely steep at zero.
    binding
        What is reached, in words.
    slopes
        Channel -> what one more unit of money would add, spread as the plan has it; NaN likewise.
    """

    residual: float
    multipliers: Mapping[str, float]
    binding: tuple[str, ...]
    slopes: Mapping[str, float]

    def __bool__(self) -> bool:
        """Whether the plan is a maximum as far as its slopes tell, to one part in a thousand."""
        return self.residual < 1e-3

    def __repr__(self) -> str:
        lines = [f"{name}{loosened(name, value)}" for name, value in self.multipliers.items()]
        return f"<KKT: residual {number(self.residual)}\n" + "\n".join(lines or ["no limit reached"]) + ">"


def kkt(question: BudgetQuestion, shares: np.ndarray, limits: Sequence[Limit]) -> Kkt:
    """Return the conditions of a maximum at a plan (variables,), found under limits."""
    flighting = question.flighting
    slope, spend = _slope(question, shares), flighting.spend(shares)
    totals = spend.sum(axis=1)
    steep = _endless(question, shares, totals)
    names, rows = _binding(question, totals, limits)
    free = [name == "budget" and question.spend_all for name in names]
    loose = _edges(question, shares) if flighting.free else np.zeros((0, flighting.size))
    found, left = _multipliers(
        slope, np.array([*rows, *loose]).reshape(-1, flighting.size), np.array([*free, *[False] * len(loose)], bool)
    )
    by_channel = slope.reshape(len(totals), -1)
    mix = spend / np.where(totals > 0, totals, 1.0)[:, None] + (totals == 0)[:, None] / spend.shape[1]
    each = (by_channel * mix).sum(axis=1) if flighting.free else slope
    zeros, tops = (loose < 0).any(axis=1).sum(), (loose > 0).any(axis=1).sum()
    counted = ((zeros, "periods without spend"), (tops, "at their most"))
    edges = [f"{n} of {flighting.size} {what}" for n, what in counted if n]
    each = np.where(steep, np.nan, each)
    left = left.reshape(len(totals), -1)[~steep]
    without = [bool(steep[np.flatnonzero(row)].all()) for row in _of_channels(rows, flighting)]
    return Kkt(
        residual=float(np.abs(left).max(initial=0.0) / max(np.abs(by_channel[~steep]).max(initial=0.0), 1e-300)),
        multipliers=dict(zip(names, np.where(without, np.nan, found[: len(names)]).tolist(), strict=True)),
        binding=(*(n for n in names if n != "budget"), *edges),
        slopes=dict(zip(question.outlook.channels, each.tolist(), strict=True)),
    )


def per_unit(multiplier: float) -> str:
    """Return a multiplier as text."""
    return UNDEFINED if np.isnan(multiplier) else f"{number(multiplier)}"


def loosened(limit: str, multiplier: float) -> str:
    """Return what a limit costs, in words: the rest of the plan moves with it, within the same budget.

    That spend is not negative is no limit that could be loosened: its multiplier says what one unit would lose.
    """
    if np.isnan(multiplier):
        return f"; what it costs is {UNDEFINED}"
    if limit == BUDGET:
        return f"; one more unit adds {per_unit(multiplier)}"
    if limit.endswith(NOT_NEGATIVE):
        return f"; one unit on it instead of elsewhere loses {per_unit(multiplier)}"
    return f"; loosened by one unit it adds {per_unit(multiplier)}, at the same budget"


def _slope(question: BudgetQuestion, shares: np.ndarray) -> np.ndarray:
    """Return the slope of the objective (variables,) at a plan, per unit of money."""
    _, slopes = climb(question, question.response)(shares[None], np.zeros(1, int))
    return np.asarray(slopes[0]) * (unit_of(question) / question.flighting.scale)


def _endless(question: BudgetQuestion, shares: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Return the channels (channels,) without spend whose slope is not defined there: it grows on the way to zero."""
    dark = totals <= LITTLE * question.flighting.scale
    if not dark.any():
        return dark
    of_dark = np.repeat(dark, len(shares) // len(totals))
    near, far = (
        _slope(question, np.where(of_dark, share, shares)).reshape(len(totals), -1).sum(axis=1)
        for share in (ALMOST_NOTHING, LITTLE)
    )
    return np.asarray(dark & (near - far > ALIKE * np.abs(far)))


def _of_channels(rows: list[np.ndarray], flighting: Flighting) -> list[np.ndarray]:
    """Return the normals of limits by channel (channels,)."""
    return [row.reshape(len(flighting.pattern), -1)[:, 0] for row in rows]


def _binding(
    question: BudgetQuestion, totals: np.ndarray, limits: Sequence[Limit]
) -> tuple[list[str], list[np.ndarray]]:
    """Return the names and outward normals of the limits on totals that bind."""
    near, flighting = NEAR * question.flighting.scale, question.flighting
    names, rows = [], []
    everything = np.ones(len(totals))
    if question.budget is not None and totals.sum() >= question.budget - near:
        names.append(BUDGET)
        rows.append(flighting.totals(everything))
    implied = question.observed_limits if flighting.free else ()
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


def _edges(question: BudgetQuestion, shares: np.ndarray) -> np.ndarray:
    """Return the outward normals (bounds, variables) of periods without spend and of those at their most."""
    one = np.eye(question.flighting.size)
    near = NEAR / len(shares)
    return np.concatenate([-one[shares <= near], one[shares >= question.high - near]])


def _multipliers(slope: np.ndarray, rows: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the multipliers (limits,) of limits reached, and what of the slope they leave; `free`: of any sign.

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
