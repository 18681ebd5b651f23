"""Tests of the claims about noise: chances that are what they say, and factors that are those of theory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bayes_roi.inference.diagnosis.autocorrelation import autocorrelation
from bayes_roi.inference.diagnosis.claim import Claim
from bayes_roi.inference.diagnosis.dispersion import dispersion
from bayes_roi.inference.diagnosis.driven import driven
from bayes_roi.inference.diagnosis.innovations import Innovations
from bayes_roi.inference.diagnosis.shocks import shocks
from bayes_roi.inference.diagnosis.variance import variance

UNITS, PERIODS, WORLDS = 8, 60, 1500
PERIOD, UNIT = np.tile(np.arange(PERIODS), UNITS), np.repeat(np.arange(UNITS), PERIODS)
NATIONAL = np.random.default_rng(0).gamma(2.0, 1.0, PERIODS)[PERIOD]


def left(z: np.ndarray, x: np.ndarray = NATIONAL, g: np.ndarray | None = None) -> Innovations:
    """Return noise (rows,) as a fit would leave it, with weights g of the rows in the estimate of an effect.

    A few draws around it whose moves are along g have pulls that are g, up to a factor.
    """
    g = x - x.mean() if g is None else g
    moves = np.array([1.0, -1.0, 0.5, -0.5]) * 1e-9
    return Innovations(
        z=z + moves[:, None] * g, asked={"x": moves}, position=PERIOD, covariates={"x": x}, period=PERIOD, unit=UNIT
    )


def all_tests(noise: Innovations) -> list[Claim]:
    return [*dispersion(noise), *autocorrelation(noise, (12,)), *shocks(noise), *variance(noise)]


def test_of_noise_that_is_as_claimed_one_in_twenty_tests_has_a_chance_below_one_in_twenty() -> None:
    """At the truth, where the noise is exactly standard normal; the error of a rate is sqrt(0.05 x 0.95 / 1500)."""
    rng = np.random.default_rng(1)
    chances = np.array([[t.chance for t in all_tests(left(rng.standard_normal(len(UNIT))))] for _ in range(WORLDS)])
    for level in (0.05, 0.01):
        error = np.sqrt(level * (1 - level) / WORLDS)
        assert (np.abs((chances < level).mean(axis=0) - level) < 4 * error).all()


def shock(rng: np.random.Generator) -> np.ndarray:
    return (rng.standard_normal(len(UNIT)) + rng.standard_normal(PERIODS)[PERIOD]) / np.sqrt(2)


def grows(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(len(UNIT)) * np.sqrt(NATIONAL / NATIONAL.mean())


def wide(rng: np.random.Generator) -> np.ndarray:
    return 1.3 * rng.standard_normal(len(UNIT))


def slow(rng: np.random.Generator) -> np.ndarray:
    z = rng.standard_normal((UNITS, PERIODS + 50))
    for t in range(1, z.shape[1]):
        z[:, t] = 0.5 * z[:, t - 1] + np.sqrt(0.75) * z[:, t]
    return z[:, 50:].ravel()


def of_units(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(len(UNIT)) * np.linspace(0.5, 1.5, UNITS)[UNIT]


@pytest.mark.parametrize(
    ("noise", "kind", "by"),
    [
        (shock, "shocks", ""),
        (grows, "variance", "x"),
        (of_units, "variance", "the unit"),
        (wide, "dispersion", ""),
        (slow, "autocorrelation", ""),
    ],
)
def test_what_breaks_a_claim_is_found_and_its_factor_is_that_of_the_estimates(
    noise: Callable[[np.random.Generator], np.ndarray], kind: str, by: str
) -> None:
    """The factor is held to the sd of the estimate sum g z over worlds, over that under the claims."""
    rng = np.random.default_rng(2)
    g = NATIONAL - NATIONAL.mean()
    estimates, factors = [], []
    for _ in range(200):
        z = noise(rng)
        estimates.append(g @ z)
        (t,) = (t for t in all_tests(left(z)) if t.kind == kind and t.by == by and t.lag in (0, 1))
        assert t.chance < 1e-3
        factors.append(t.narrow)
    sd = np.std(estimates) / np.sqrt(g @ g)
    if kind in {"shocks", "dispersion"}:
        assert np.mean(factors) == pytest.approx(sd, rel=0.15)
    else:  # autocorrelated weights and a line for the variance are close, and no more is claimed
        assert np.mean(factors) == pytest.approx(sd, rel=0.25)


def test_shocks_do_not_ring_for_autocorrelation() -> None:
    rng = np.random.default_rng(3)
    chances = [t.chance for _ in range(300) for t in autocorrelation(left(shock(rng)), ()) if t.lag == 1]
    assert abs(np.mean(np.array(chances) < 0.05) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 300)


def test_noise_of_exchangeable_rows_and_of_single_series_has_fewer_claims() -> None:
    rng = np.random.default_rng(4)
    z = rng.standard_normal((1, 100))
    alone = Innovations(z=z, asked={}, position=np.arange(100), covariates={}, ordered=False)
    assert [t.kind for t in all_tests(alone)] == ["dispersion"]
    series = Innovations(z=z, asked={}, position=np.arange(100), covariates={"still": np.ones(100)})
    assert {t.kind for t in all_tests(series)} == {"dispersion", "autocorrelation"}
    assert [t.lag for t in autocorrelation(series, (12,))] == [*range(1, 9), 12]


def periods_fit(rng: np.random.Generator, drives: float, spread: float) -> Innovations:
    """Return what a fit of `y ~ x + (1 | period)` leaves, slope and effects drawn from their posterior.

    The shock is as large as the noise; a share `drives` of the sd of spend follows it. The fit takes `spread` for the
    sd of the effects of periods, and all draws are by the closed form of two variances known.
    """
    draws, shock = 200, rng.standard_normal(PERIODS)
    own = rng.standard_normal(len(UNIT))
    x = drives * shock[PERIOD] + np.sqrt(1 - drives**2) * (rng.standard_normal(PERIODS)[PERIOD] + own) / np.sqrt(2)
    y = 0.5 * x + shock[PERIOD] + rng.standard_normal(len(UNIT))
    kept = 1 - 1 / np.sqrt(1 + UNITS * spread**2)
    a, b = (v - kept * (np.bincount(PERIOD, v) / UNITS)[PERIOD] for v in (x, y))
    slope = (a @ b + rng.standard_normal(draws) * np.sqrt(a @ a)) / (a @ a)
    rest = y - slope[:, None] * x
    precision = UNITS + 1 / spread**2
    middle = np.stack([np.bincount(PERIOD, r) for r in rest]) / precision
    shared = middle + rng.standard_normal(middle.shape) / np.sqrt(precision)
    return Innovations(
        z=rest - shared[:, PERIOD],
        asked={"x": slope},
        position=PERIOD,
        covariates={"x": x},
        period=PERIOD,
        unit=UNIT,
        shared=shared,
        spends={"x": x},
    )


def test_effects_of_periods_are_held_against_spend_within_periods_too() -> None:
    """At its nominal level where the shock is independent of spend, however the spread of the effects was estimated."""
    rng, worlds = np.random.default_rng(7), 300
    chances = np.array([next(driven(periods_fit(rng, 0.0, 1.0))).chance for _ in range(worlds)])
    for level in (0.2, 0.05):
        assert (chances < level).mean() < level + 3 * np.sqrt(level * (1 - level) / worlds)
    gone = [next(driven(periods_fit(rng, 0.6, 0.02))) for _ in range(20)]  # the slope took the shocks over
    assert all(claim.chance < 1e-3 and claim.material and claim.size > 0 for claim in gone)
