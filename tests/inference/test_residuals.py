"""Residuals: what breaks the claims about noise is found, white noise is left alone, and the remedy is named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.diagnosis import Claim, Diagnosis, Residuals, residuals
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import design
from bayes_roi.panel import Panel

SEEDS = 50
Noise = Callable[[np.random.Generator, int], np.ndarray]


def white(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.standard_normal(rows)


def slow(rng: np.random.Generator, rows: int, retention: float = 0.6) -> np.ndarray:
    """AR(1) noise of variance one, stationary from the first row."""
    noise, shocks = np.empty(rows), rng.standard_normal(rows)
    noise[0] = shocks[0]
    for t in range(1, rows):
        noise[t] = retention * noise[t - 1] + np.sqrt(1 - retention**2) * shocks[t]
    return noise


def heavy(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.standard_t(3, rows)


def world(noise: Noise, *, rows: int = 156, seed: int = 0, time: bool = True) -> tuple[Model, Panel]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(rows)
    columns = {"x": x, "y": 100 + 4 * x + 5 * noise(rng, rows)}
    model = Model(name="world", equations="y ~ x", outcome="y", time="week" if time else None)
    return model, Panel(columns, np.arange(rows) if time else None, model.time, "week" if time else None, "simulated")


def found(noise: Noise, rows: int = 156) -> list[Diagnosis]:
    """Return what is said of the residuals of one fit a seed."""
    fits = (br.fit(*world(noise, rows=rows, seed=seed), draws=50, chains=2) for seed in range(SEEDS))
    return [Diagnosis((), fit.diagnosis.residuals) for fit in fits]


@pytest.mark.parametrize("rows", [52, 156])
def test_white_noise_is_hardly_ever_a_problem(rows: int) -> None:
    assert np.mean([bool(d.problems) for d in found(white, rows=rows)]) < 0.05


def test_slow_noise_is_nearly_always_a_problem() -> None:
    assert np.mean([bool(d.problems) for d in found(slow)]) > 0.95


def test_heavy_tails_are_noted_and_normal_ones_hardly_ever() -> None:
    def noted(noise: Noise) -> float:
        return float(np.mean([any("student_t" in w for w in d.warnings) for d in found(noise, rows=300)]))

    assert noted(heavy) > 0.9
    assert noted(white) < 0.05


def test_the_problem_says_how_much_too_narrow_and_what_to_add() -> None:
    diagnosis = br.fit(*world(slow), draws=200).diagnosis
    rho, told = diagnosis.residuals[0].autocorrelation, diagnosis.problems[-1]
    assert rho == pytest.approx(0.6, abs=4 * np.sqrt((1 - 0.6**2) / 156) + 2 / 156)
    factor = np.sqrt((1 + rho) / (1 - rho))  # of the standard error of a mean of AR(1) noise
    assert told == (
        f"y: its residuals are autocorrelated ({rho:.2f} at lag one), so intervals can be up to "
        f"{factor:.1f} times too narrow: add what moves slowly (trend, season, a demand column), "
        "or give it noise: {y: ar(1)}"
    )


def test_the_fit_is_falsy_for_slow_noise_and_truthy_for_white_noise() -> None:
    assert not br.fit(*world(slow)).diagnosis
    assert br.fit(*world(white)).diagnosis


def test_exchangeable_rows_have_no_order_to_be_autocorrelated_in() -> None:
    (r,) = br.fit(*world(slow, time=False), draws=200).diagnosis.residuals
    assert np.isnan(r.autocorrelation)
    assert {t.kind for t in r.claims} == {"dispersion", "variance"}
    assert not Diagnosis((), (r,)).problems


def test_autocorrelation_and_kurtosis_are_those_of_the_noise_at_the_truth() -> None:
    model, data = world(heavy, rows=200)
    truth = {"y.intercept": 100 + 4 * data.columns["x"].mean(), "y.x.effect": 4.0, "y.sigma": 5.0}
    parameters = {name: np.array([value]) for name, value in truth.items()}
    r = residuals(model, design(model, data), parameters, "y")
    noise = data.columns["y"] - 100 - 4 * data.columns["x"]
    z = (noise - noise.mean()) / noise.std()
    assert r.autocorrelation == pytest.approx((z[1:] * z[:-1]).mean())
    assert r.excess_kurtosis == pytest.approx((z**4).mean() - 3)


def test_a_family_with_heavy_tails_is_not_told_to_have_them() -> None:
    known = {"intercept": 100.0, "x.effect": 4.0, "sigma": 5.0}
    plain, data = world(heavy, rows=1000)
    robust = Model(name="robust", equations="y ~ x", outcome="y", time="week", families={"y": "student_t"})
    notes = []
    for model, more in ((plain, {}), (robust, {"nu": 3.0})):
        parameters = {f"y.{role}": np.array([value]) for role, value in (known | more).items()}
        notes.append(Diagnosis((), (residuals(model, design(model, data), parameters, "y"),)).warnings)
    assert "heavy tails" in " ".join(notes[0])
    assert notes[1] == ()


def test_a_budget_with_slow_noise_is_a_note_and_no_problem() -> None:
    rng = np.random.default_rng(1)
    demand = rng.standard_normal(156)
    tv = np.maximum(100 + 10 * demand + 15 * slow(rng, 156), 0)
    y = 500 + 2 * tv + 30 * demand + 10 * rng.standard_normal(156)
    model = Model(
        name="budget", equations="tv ~ demand\ny ~ demand + tv", outcome="y", time="week", channels={"tv": "tv"}
    )
    panel = Panel({"demand": demand, "tv": tv, "y": y}, np.arange(156), "week", "week", "simulated")
    diagnosis = br.fit(model, panel).diagnosis
    assert diagnosis
    (note,) = diagnosis.warnings
    assert note.startswith("tv: the residuals of this budget are autocorrelated (0.")
    assert note.endswith("questions that let it respond can have intervals too narrow")


@pytest.mark.parametrize(
    ("chance", "narrow", "level", "what"),
    [
        (1e-6, 1.0, 1.4, "problem"),  # the level's interval, which totals hang on
        (1e-6, 1.2, 1.0, "problem"),  # the interval of an effect
        (1e-6, 1.1, 1.3, "note"),
        (1e-6, 1.0, 0.5, "note"),
        (0.009, 1.2, 1.4, "nothing"),  # nine tests more share the level of 0.01
    ],
)
def test_a_problem_is_what_chance_does_not_show_and_intervals_feel(
    chance: float, narrow: float, level: float, what: str
) -> None:
    others = tuple(Claim("variance", 0.0, 0.5, by="x") for _ in range(9))
    t = Claim("autocorrelation", 0.4, chance, narrow=narrow, narrow_level=level, lag=1)
    said = Diagnosis((), (Residuals("y", 0.4, 0.0, 156, (t, *others)),))
    assert bool(said.problems) == (what == "problem")
    assert bool(said.warnings) == (what == "note")
    assert bool(said) == (what != "problem")
