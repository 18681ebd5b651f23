r"""What knowledge is worth to a choice between plans, from draws of what each plan earns.

Profits are $\pi_d(\theta)$ of plans d; without knowing more the best plan is $d^* = \arg\max_d E[\pi_d]$. Every answer
is a mean over draws of what is gained on $d^*$, so that it comes with its own Monte-Carlo error; none is negative or
above the value of knowing everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.decisions.information.smooth import cross_fitted

BATCHES = 50
"""Batches of draws whose means tell the Monte-Carlo error: draws of one batch may hang together."""
SIMULATIONS = 2000
"""Outcomes of a test that are simulated."""
ENOUGH = 50.0
"""The fewest effective draws that a simulated outcome may leave, in the median, for reweighting to be trusted."""
EXACT = 1e-8
"""Variance of noise that is taken for none, as a share of that of the datum."""
CHUNK = 2**21
"""Weights that are computed at once."""


@dataclass(frozen=True)
class ExpectedValue:
    """What some knowledge is worth.

    Parameters
    ----------
    value
        In units of the profit.
    error
        Its Monte-Carlo standard error.
    effective
        Median number of effective draws that a simulated outcome leaves; None where none is simulated.
    how
        "mean", "regression" or "reweighting".
    """

    value: float
    error: float
    effective: float | None = None
    how: str = "mean"


def evpi(profit: np.ndarray) -> ExpectedValue:
    r"""Return the expected value of perfect information, $E[\max_d \pi_d(\theta)] - \max_d E[\pi_d(\theta)]$.

    Parameters
    ----------
    profit
        (draws, plans).

    Examples
    --------
    >>> evpi(np.array([[1.0, 0.0], [-1.0, 0.0]] * 50)).value
    0.5
    """
    return _expected(over_best(profit).max(axis=1))


def evppi(profit: np.ndarray, parameters: np.ndarray, *, seed: int = 0) -> ExpectedValue:
    r"""Return the expected value of knowing some parameters, $E_\phi[\max_d E[\pi_d \mid \phi]] - \max_d E[\pi_d]$.

    The inner expectation is a regression over the draws (Strong, Oakley & Brennan 2014). The maximum over fitted values
    would count their errors as gains; here each draw's plan is chosen by a regression that has not seen it, and earns
    what that draw says. So the answer is that of a rule that can be carried out: too low by what it misses, never too
    high but for Monte-Carlo error.

    Parameters
    ----------
    profit
        (draws, plans).
    parameters
        (draws, parameters): what would be known.
    seed
        Of folds and features.
    """
    gain = over_best(profit)
    if not gain.any() or not np.ptp(parameters, axis=0).any():
        return ExpectedValue(0.0, 0.0, how="regression")
    chosen = cross_fitted(parameters, gain, seed=seed).argmax(axis=1)
    return _expected(gain[np.arange(len(gain)), chosen], how="regression")


def evsi(
    profit: np.ndarray, signal: np.ndarray, noise: np.ndarray, *, seed: int = 0, simulations: int = SIMULATIONS
) -> ExpectedValue:
    r"""Return the expected value of data still to come, $E_y[\max_d E[\pi_d \mid y]] - \max_d E[\pi_d]$.

    Data $y_s \sim N(m(\theta_s), \Sigma)$ are simulated from some of the draws; given $y_s$ every other draw i has the
    weight $w_i \propto p(y_s \mid \theta_i)$, and $E[\pi_d \mid y_s] = \sum_i w_i \pi_d(\theta_i)$. Where an outcome
    leaves too few effective draws, the profits are regressed on simulated data instead (Strong et al. 2015).

    Parameters
    ----------
    profit
        (draws, plans).
    signal
        (draws, data) the mean m of each datum given the draw.
    noise
        (data, data) the covariance of the data's noise.
    seed
        Of the simulated data. The same seed simulates the same draws and noise, whatever the test: differences
        between tests are paired.
    simulations
        Number of simulated outcomes, at most the number of draws.
    """
    gain, seen = over_best(profit), whitened(signal, noise)
    if not gain.any() or not np.ptp(seen, axis=0).any():
        return ExpectedValue(0.0, 0.0, float(len(seen)), "reweighting")
    rng = np.random.default_rng([seed, 43])
    drawn = rng.permutation(len(gain))
    z = np.random.default_rng([seed, 44]).standard_normal((seen.shape[1], len(gain))).T
    some = drawn[:simulations]
    best, effective = _reweighted(gain, seen, some, z[some])
    middle = float(np.median(effective))
    if middle < ENOUGH:
        found = evppi(profit, seen + z, seed=seed)
        return ExpectedValue(found.value, found.error, middle, "regression")
    most = evpi(profit).value
    found = _expected(best)
    return ExpectedValue(min(found.value, most), found.error, middle, "reweighting")


def over_best(profit: np.ndarray) -> np.ndarray:
    """Return what each plan earns more (draws, plans) than the plan that is best on average."""
    return profit - profit[:, [best_plan(profit)]]


def best_plan(profit: np.ndarray) -> int:
    """Return the position of the plan with the highest mean of profits (draws, plans)."""
    return int(profit.mean(axis=0).argmax())


def whitened(signal: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return signals (draws, data) in units of independent noise of variance one, less their mean.

    The first k of them depend on the first k data alone. Noise that leaves some combination of the data exact (a sum
    beside its parts) is taken as leaving it nearly so.
    """
    from scipy.linalg import solve_triangular

    centred = signal - signal.mean(axis=0)
    size = np.sqrt(np.maximum(np.diag(noise), EXACT * centred.var(axis=0)))
    size = np.where(size > 0, size, 1.0)
    scaled = noise / np.outer(size, size) + EXACT * np.eye(len(size))
    flat: np.ndarray = solve_triangular(np.linalg.cholesky(scaled), (centred / size).T, lower=True).T
    return flat


def _reweighted(gain: np.ndarray, seen: np.ndarray, some: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gain of the best plan after each simulated outcome, and its effective number of draws."""
    best, effective = np.empty(len(some)), np.empty(len(some))
    penalty = 0.5 * (seen**2).sum(axis=1)
    size = max(CHUNK // len(gain), 1)
    for start in range(0, len(some), size):
        part = slice(start, start + size)
        log_weight = (seen[some[part]] + z[part]) @ seen.T - penalty
        log_weight[np.arange(len(log_weight)), some[part]] = -np.inf  # the draw that made the data knows its own noise
        weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        best[part] = (weight @ gain).max(axis=1)
        effective[part] = 1 / (weight**2).sum(axis=1)
    return best, effective


def _expected(gains: np.ndarray, how: str = "mean") -> ExpectedValue:
    """Return the mean of gains (draws,) over the best plan, never negative, and its error by batch means."""
    count = min(BATCHES, len(gains))
    means = np.array([batch.mean() for batch in np.array_split(gains, count)])
    error = float(means.std(ddof=1) / np.sqrt(count)) if count > 1 else 0.0
    return ExpectedValue(max(float(gains.mean()), 0.0), error, how=how)
