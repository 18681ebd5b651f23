"""The least whole number at which a distribution reaches a quantile, for many distributions at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Tail = Callable[..., np.ndarray]
"""(k, upper, *law) -> P(value > k) where upper, else P(value <= k)."""
HALVE_EVERY = 4
WHOLE = 2.0**53
"""From here on floats do not hold every whole number, and the guess is returned."""


def least_reaching(
    tail: np.ndarray,
    upper: np.ndarray,
    guess: np.ndarray,
    tail_of: Tail,
    law: Sequence[np.ndarray],
    highest: np.ndarray | float = np.inf,
) -> np.ndarray:
    r"""Return the least whole k >= 0 with $P(X > k) \le t$ where `upper`, else with $P(X \le k) \ge t$.

    From a guess, by Newton steps on the logarithm of the tail, which is concave for log-concave laws, inside a bracket
    that is halved every few steps. What is returned was checked against k - 1: it is as exact as `tail_of` is, and most
    good guesses cost two evaluations.

    Parameters
    ----------
    tail
        The tails t in (0, 1), any shape.
    upper
        Which tail each is.
    guess
        Whole numbers to begin from; where it is not finite there is no quantile to look for, and it is returned.
    tail_of
        The tails of the distribution; k = -1 must be known to it.
    law
        Arguments of `tail_of`, of the shape of `tail`.
    highest
        The highest value that there can be.
    """
    found = np.ravel(guess).copy()
    cells = np.flatnonzero(np.isfinite(found))
    most = np.broadcast_to(highest, np.shape(tail))
    t, side, k, high, *args = (np.ravel(a)[cells] for a in (tail, upper, guess, most, *law))
    low, high = np.zeros(t.size), np.minimum(high, WHOLE)
    k = np.clip(k, low, high)
    step = 0
    while True:
        here, before = tail_of(k, side, *args), tail_of(k - 1, side, *args)
        late = np.where(side, before > t, before < t)
        reached = np.where(side, here <= t, here >= t)
        done = late & reached
        found[cells[done]] = k[done]
        go = ~(done | (~reached & (k >= high)))
        if not go.any():
            return found.reshape(np.shape(tail))
        t, side, k, cells, here, before, reached, low, high = (
            a[go] for a in (t, side, k, cells, here, before, reached, low, high)
        )
        args = [a[go] for a in args]
        low, high = np.where(reached, low, k + 1), np.where(reached, k - 1, high)
        step += 1
        k = _next(k, t, here, before, reached, low, high, halve=step % HALVE_EVERY == 0)


def _next(
    k: np.ndarray,
    t: np.ndarray,
    here: np.ndarray,
    before: np.ndarray,
    reached: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    *,
    halve: bool,
) -> np.ndarray:
    """Return where to look next: a Newton step inside the bracket, or the middle of it."""
    middle = np.where(high < WHOLE, np.floor(0.5 * (low + high)), np.minimum(2 * low, high))
    if halve:
        return middle
    base = np.where(reached, before, here)
    with np.errstate(all="ignore"):
        jump = np.abs(np.log(t / base)) * base / np.abs(here - before)
    newton = np.where(reached, k - 1 - np.floor(jump), k + np.ceil(jump))
    return np.where(np.isfinite(newton), np.clip(newton, low, high), middle)
