"""Predictive check: how many rows lie where the model expects them, and how far its predictions are off."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, check_prob, tails
from bayes_roi.inference.diagnosis.innovations import innovations
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.predictive import Given, posterior_predictive
from bayes_roi.model.rows.by_row import by_row


@dataclass(frozen=True)
class PredictiveCheck:
    r"""How a node's rows lie to what is predicted of them.

    Parameters
    ----------
    node, given, rows, prob
        The node, what the predictions were given, the number of observed rows, and the probability inside the band.
    inside
        Share of the rows inside the predictive band.
    counted
        The same as it is tested: given the parents, the mean over draws of the share inside the band at the draw,
        which what the fit took from the rows does not make too large; given the spends, `inside`.
    chance
        Probability of a share `counted` so far off or farther, on both sides, were the model right.
    r2
        $1 - \sum (y - m)^2 / \sum (y - \bar y)^2$ with m the mean prediction: below zero where the mean of all rows
        predicts better.
    mape
        Mean of $|y - m| / |y|$ over the rows that are not zero; NaN without any.
    """

    node: str
    given: Given
    rows: int
    prob: float
    inside: float
    counted: float
    chance: float
    r2: float
    mape: float


def predictive_check(
    fit: Fit, node: str, *, given: Given = "parents", prob: float = DEFAULT_PROB, draws: Draws | None = None
) -> PredictiveCheck:
    r"""Return how a node's rows lie to what is predicted of them.

    Given the parents, rows are counted by their noise at draws of the posterior, where the number inside is binomial if
    the model is right, however many parameters were fitted (Johnson 2007): the tail is exact. Given the spends alone
    rows hang together, and the share is compared with that of data sets that the model makes, with bands that neither
    has a part in (Gelman, Meng and Stern 1996).

    Parameters
    ----------
    fit, node
        A fit, and a node with an equation.
    given
        What the predictions are given.
    prob
        Posterior probability inside the band, in (0, 1).
    draws
        `posterior_predictive(fit, node, given=given)`; computed when None.

    Raises
    ------
    QueryError
        When the node has no equation, or `prob` is not in (0, 1).
    """
    check_prob(prob)
    predicted = posterior_predictive(fit, node, given=given) if draws is None else draws
    new = predicted.arrays.values.array[0]
    new = new.reshape(len(new), -1)
    y = by_row(fit.design.rows[node], (), fit.model, fit.design).array.ravel()
    seen = np.isfinite(y)
    y, new = y[seen], new[:, seen]
    lower, upper = np.quantile(new, tails(prob), axis=0)
    inside = float(((y >= lower) & (y <= upper)).mean())
    if given == "parents":
        count, rows = _count_inside(fit, node, prob)
        counted, chance = count / rows, _binomial_tail(count, rows, prob)
    else:
        counted, chance = inside, _tail_among(y, new, prob)
    off, some = y - new.mean(axis=0), y != 0
    around = float(((y - y.mean()) ** 2).sum())
    return PredictiveCheck(
        node=node,
        given=given,
        rows=len(y),
        prob=prob,
        inside=inside,
        counted=counted,
        chance=chance,
        r2=1 - float((off**2).sum()) / around if around > 0 else float("nan"),
        mape=float(np.abs(off[some] / y[some]).mean()) if some.any() else float("nan"),
    )


def _tail_among(y: np.ndarray, new: np.ndarray, prob: float) -> float:
    """Return how unusual the share of rows inside is among new data (draws, rows): the normal tail of its distance.

    Bands are those of every other draw, the data sets to compare with are the rest.
    """
    lower, upper = np.quantile(new[::2], tails(prob), axis=0)
    shares = ((new[1::2] >= lower) & (new[1::2] <= upper)).mean(axis=1)
    off = abs(float(((y >= lower) & (y <= upper)).mean()) - float(shares.mean()))
    return math.erfc(off / max(float(shares.std()), 1e-12) / math.sqrt(2)) if off > 0 else 1.0


def _count_inside(fit: Fit, node: str, prob: float) -> tuple[int, int]:
    """Return how many observed rows have noise inside its own band, the mean over draws, and how many there are."""
    from scipy.special import ndtri

    left = innovations(fit.model, fit.design, fit.parameters, node)
    seen = np.isfinite(fit.design.rows[node])
    inside = (np.abs(left.z[:, seen]) <= ndtri((1 + prob) / 2)).sum(axis=1)
    return round(float(inside.mean())), int(seen.sum())


def _binomial_tail(count: int, rows: int, prob: float) -> float:
    """Return the probability of a count so far off or farther: twice the smaller tail, at most one."""
    from scipy.special import bdtr

    below = float(bdtr(count, rows, prob))
    above = 1.0 if count == 0 else 1 - float(bdtr(count - 1, rows, prob))
    return min(1.0, 2 * min(below, above))
