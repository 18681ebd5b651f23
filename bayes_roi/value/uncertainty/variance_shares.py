"""How much of a quantity's variance over the draws each parameter, and each independent block of them, makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled

Ask = Callable[[Fit], np.ndarray]
"""From a fit to the quantity asked for, by draw (draws,)."""

MOST_BINS, DRAWS_A_BIN = 10, 100
FEW = 8
"""Draws that tell which parameters a quantity reads at all."""
ROUNDING = 1e-7
REPEATS = 2


@dataclass(frozen=True)
class Share:
    """Share of the variance that one source makes alone, and its Monte-Carlo standard error."""

    name: str
    share: float
    error: float


def redrawn(fit: Fit, parameters: Mapping[str, np.ndarray]) -> Fit:
    """Return the fit with other draws of its parameters, one chain, on the same rows."""
    known = fit.groups["posterior"]
    other = replace(fit, groups={"posterior": {n: Labelled(x[None], known[n].dims) for n, x in parameters.items()}})
    vars(other)["design"] = fit.design
    return other


def read_by(fit: Fit, ask: Ask) -> list[str]:
    """Return the parameters that a quantity reads: those whose draws, swapped, change it beyond rounding."""
    few = {n: x[:: max(len(x) // FEW, 1)][:FEW] for n, x in fit.parameters.items()}
    before = ask(redrawn(fit, few))
    moved = [n for n, x in few.items() if np.ptp(x, axis=0).any()]
    after = (ask(redrawn(fit, few | {n: np.roll(few[n], 1, axis=0)})) for n in moved)
    return [n for n, q in zip(moved, after, strict=True) if np.abs(q - before).max() > ROUNDING * np.ptp(before)]


def first_order(name: str, parameter: np.ndarray, quantity: np.ndarray, effective: float) -> Share | None:
    r"""Return $\operatorname{Var}(E[q \mid \theta]) / \operatorname{Var}(q)$ from the draws alone.

    The conditional mean is a straight line in each of up to ten bins of the sorted parameter (of a vector, linear in
    its components); the share is the adjusted $R^2$ of that fit, which takes off what noise explains (Plischke,
    Borgonovo and Smith 2013: sensitivity from given data). What is not told from nothing, below two of its standard
    errors under no dependence, is 0. None where a vector is too long for the draws.

    Parameters
    ----------
    name, parameter, quantity
        Draws (draws,) or (draws, size) of the parameter, (draws,) of the quantity.
    effective
        Effective number of draws.
    """
    if parameter.ndim == 1:
        bins = int(min(max(effective // DRAWS_A_BIN, 1), MOST_BINS))
        parts = np.array_split(np.argsort(parameter, kind="stable"), bins)
        left = sum(_left(parameter[at, None], quantity[at]) for at in parts)
        used = 2 * bins
    else:
        left, used = _left(parameter, quantity), parameter.shape[1] + 1
    if used > effective / 10:
        return None
    ratio = left / float(((quantity - quantity.mean()) ** 2).sum())
    share = 1 - ratio * (effective - 1) / (effective - used)
    by_chance = np.sqrt(2 * (used - 1)) / effective
    share = float(np.clip(share, 0, 1)) if share > 2 * by_chance else 0.0
    return Share(name, share, float(np.hypot(by_chance, 2 * np.sqrt(share) * (1 - share) / np.sqrt(effective))))


def _left(x: np.ndarray, q: np.ndarray) -> float:
    """Return the sum of squares that a linear fit leaves."""
    x, q = x - x.mean(axis=0), q - q.mean()
    size = np.sqrt((x**2).sum(axis=0))
    x = x / np.where(size > 0, size, 1.0)
    found = np.linalg.lstsq(x, q, rcond=None)[0]
    return float(((q - x @ found) ** 2).sum())


def block_shares(
    fit: Fit, ask: Ask, blocks: Mapping[str, Sequence[str]], quantity: np.ndarray, rng: np.random.Generator
) -> list[Share]:
    r"""Return the first-order share of each block of parameters, and what is left as "together".

    Blocks are independent a posteriori, so that the draws of one may be joined with those of the others at random:
    $S_b = \operatorname{Cov}(q(\theta), q(\theta_b, \theta'_{\sim b})) / \operatorname{Var}(q)$ (pick-freeze, Sobol
    1993; the estimator is that of Janon et al. 2014). What the shares lack of one is made by blocks together.

    Parameters
    ----------
    blocks
        Name -> the parameters of a block, for all blocks that the quantity reads.
    quantity
        Draws (draws,) of it.
    """
    if len(blocks) == 1:
        return [Share(next(iter(blocks)), 1.0, 0.0)]
    shares = []
    orders = [rng.permutation(len(quantity)) for _ in range(REPEATS)]
    for name, own in blocks.items():
        mixed = (
            ask(redrawn(fit, {n: x if n in own else x[order] for n, x in fit.parameters.items()})) for order in orders
        )
        found = [_alike(quantity, other) for other in mixed]
        share = float(np.mean([s for s, _ in found]))
        # Both repeats freeze the same draws, so that their errors hang together: no smaller than that of one.
        error = float(np.mean([e for _, e in found]))
        shares.append(Share(name, share if share > 2 * error else 0.0, error))
    rest = 1 - sum(s.share for s in shares)
    error = float(np.sqrt(sum(s.error**2 for s in shares)))
    return [*shares, Share("together", rest if rest > 2 * error else 0.0, error)]


def _alike(q: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Return the share of variance that two evaluations have in common, and its standard error."""
    middle = float((q.mean() + other.mean()) / 2)
    product, square = (q - middle) * (other - middle), ((q - middle) ** 2 + (other - middle) ** 2) / 2
    share = float(product.mean() / square.mean())
    return share, float((product - share * square).std() / square.mean() / np.sqrt(len(q)))
