"""Worlds that are hard on an engine: its draws are right there, or the diagnosis says that they cannot be trusted.

Right is what long runs of NUTS say (adversity.json; `python -m tests.calibration.adversity` draws it again), and for
linear equations with hundreds of coefficients the posterior written by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines import Settings
from bayes_roi.inference.engines.collapsed import Collapsed
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import design
from bayes_roi.panel import Panel
from tests.calibration.adversity import CASES, FILE, checksum
from tests.calibration.compare import components, weighted_size, width, width_error

STORED = json.loads(FILE.read_text())
MEAN, WIDTH = 0.1, 0.1
"""In sd, and as a share, beyond the error of both sides."""
ERRORS = 3.0


@pytest.fixture(scope="module", params=CASES)
def hard(request: pytest.FixtureRequest) -> tuple[str, Fit]:
    model, panel = CASES[request.param]()
    known = STORED[request.param]["data"]
    assert checksum(panel) == pytest.approx(known), "numpy draws other data: make adversity.json anew"
    return request.param, br.fit(model, panel, seed=1, progress=False)


def test_the_reference_can_be_trusted() -> None:
    """NUTS drew enough and hardly diverged, and populations annealed on the collapsed density say the same."""
    assert STORED.keys() == CASES.keys()
    for name, case in STORED.items():
        assert case["divergences"] < 1e-3 * case["draws"], name
        for parameter, known in case["parameters"].items():
            assert known["size"] > 4_000, (name, parameter)
            annealed, (low, high) = known["annealed"], known["ends"]
            error = np.hypot(annealed["mean_error"] / known["sd"], 1 / np.sqrt(known["size"]))
            assert error < 0.05, (name, parameter)
            assert abs(annealed["mean"] - known["mean"]) < MEAN * known["sd"], (name, parameter)
            assert abs(annealed["width"] / (high - low) - 1) < WIDTH, (name, parameter)


def test_draws_are_those_of_nuts_or_are_said_not_to_be_trusted(hard: tuple[str, Fit]) -> None:
    name, fit = hard
    (block,) = fit.diagnosis.blocks
    size = weighted_size(np.full(fit.chains, block.ess_bulk / fit.chains), fit.draws)
    shape = (fit.chains, fit.draws)
    draws = components({n: v.reshape(*shape, *v.shape[1:]) for n, v in fit.parameters.items()})
    stored = STORED[name]["parameters"]
    assert draws.keys() == stored.keys()
    wrong = []
    for parameter, known in stored.items():
        d, both = draws[parameter], 1 / (1 / size + 1 / known["size"])
        off = abs(d.mean() - known["mean"]) / known["sd"]
        low, high = known["ends"]
        ratio = width(d) / (high - low)
        error = width_error(d, both) / (high - low)
        if off > MEAN + ERRORS / np.sqrt(both) or abs(ratio - 1) > WIDTH + ERRORS * error:
            wrong.append(f"{parameter}: mean off by {off:.2f} sd, width {ratio:.2f} of NUTS")
    assert not wrong or not fit.diagnosis, wrong


def test_heavy_tails_under_a_normal_family_are_told() -> None:
    model, panel = CASES["heavy_tails"]()
    fit = br.fit(model, panel, seed=1, progress=False)
    assert any("student_t" in w for w in fit.diagnosis.warnings)


@dataclass(frozen=True)
class Lines:
    """y = columns' b + sigma z, with the prior of each b and of sigma, as the model has them by default."""

    model: Model
    panel: Panel
    names: list[str]
    columns: np.ndarray
    prior_sd: np.ndarray

    def posterior(self) -> tuple[np.ndarray, np.ndarray, float, float]:
        """Return mean and sd of b, and of sigma, by quadrature over sigma and the covariance of the rows.

        Given sigma, y is normal with covariance C = sigma^2 I + X S^2 X', and E[b] = S^2 X' C^-1 y.
        """
        y = self.panel.columns["y"][-self.columns.shape[1] :]
        centred = y - y.mean()  # the prior mean of the level, the first coefficient
        x = self.columns * self.prior_sd[:, None]
        # With more columns than rows the likelihood is finite at sigma = 0: the grid of log sigma begins far below.
        grid = np.linspace(np.log(1e-9 * y.std()), np.log(10 * y.std()), 4_000)
        values, vectors = np.linalg.eigh(x.T @ x)
        values, along = np.maximum(values, 0), vectors.T @ centred
        across = (vectors.T @ x.T).T
        log_mass, means, seconds = [], [], []
        for s in np.exp(grid):
            variance = values + s**2
            log_mass.append(
                -0.5 * np.log(variance).sum() - 0.5 * (along**2 / variance).sum() - 0.5 * (s / y.std()) ** 2 + np.log(s)
            )
            mean = self.prior_sd * (across @ (along / variance))
            spread = self.prior_sd**2 * (1 - (across**2 / variance).sum(axis=1))
            means.append(mean)
            seconds.append(spread + mean**2)
        mass = np.exp(np.array(log_mass) - max(log_mass))
        mass /= mass.sum()
        assert max(mass[0], mass[-1]) < 1e-8
        mean, sigma = mass @ np.array(means), np.exp(grid)
        sd = np.sqrt(mass @ np.array(seconds) - mean**2)
        mean[0] += y.mean()
        return mean, sd, float(mass @ sigma), float(np.sqrt(mass @ sigma**2 - (mass @ sigma) ** 2))


def four_hundred_covariates(rows: int = 500) -> Lines:
    """Four hundred covariates that have a common cause."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, rows)) + 0.5 * rng.standard_normal(rows)
    y = 100 + 0.3 * (rng.standard_normal(400) @ x) + 5 * rng.standard_normal(rows)
    names = [f"x{i}" for i in range(400)]
    model = Model(name="wide", equations=f"y ~ {' + '.join(names)}", outcome="y")
    columns = dict(zip(names, x, strict=True)) | {"y": y}
    panel = Panel({n: columns[n] for n in model.nodes}, None, None, None, "made")
    centred = x - x.mean(axis=1, keepdims=True)
    sd = np.concatenate([[10 * y.std()], 2.5 * y.std() / x.std(axis=1)])
    return Lines(model, panel, ["intercept", *(f"{n}.effect" for n in names)], np.vstack([np.ones(rows), centred]), sd)


def more_covariates_than_rows() -> Lines:
    """Four hundred covariates over three hundred rows, which they can fit without any noise."""
    return four_hundred_covariates(300)


def season_and_lags() -> Lines:
    """A season of order 26, whose weeks are hardly fewer than its waves, and a covariate with twenty lags."""
    rng = np.random.default_rng(1)
    x, rows, most = rng.standard_normal(220), np.arange(20, 220), 20
    lags = np.array([np.roll(x, k)[20:] for k in range(most + 1)])
    angle = 2 * np.pi / 52.18 * np.arange(1, 27)[:, None] * rows
    waves = np.vstack([np.sin(angle), np.cos(angle)])
    y = 100 + 0.8 ** np.arange(most + 1) @ lags + 3 * waves[0] + waves[30] + 2 * rng.standard_normal(200)
    terms = ["x", *(f'lag(x, {k}, label="lag{k}")' for k in range(1, most + 1)), "season(period=52.18, order=26)"]
    model = Model(name="season", equations=f"y ~ {' + '.join(terms)}", outcome="y", time="week")
    columns = {"x": x, "y": np.concatenate([np.full(20, y.mean()), y])}
    panel = Panel({n: columns[n] for n in model.nodes}, np.arange(220), "week", "week", "made")
    x_sd, x_mean = x[20:].std(), x[20:].mean()
    design = np.vstack([np.ones(200), lags - x_mean, waves - waves.mean(axis=1, keepdims=True)])
    sd = y.std() * np.concatenate([[10.0], np.full(most + 1, 2.5 / x_sd), np.full(52, 2.5 / np.sqrt(0.5))])
    names = ["intercept", "x.effect", *(f"lag{k}.effect" for k in range(1, most + 1))]
    return Lines(model, panel, [*names, *(f"season.effect[{i}]" for i in range(52))], design, sd)


@pytest.mark.parametrize(
    "made",
    [
        four_hundred_covariates,
        season_and_lags,
        more_covariates_than_rows,
    ],
)
def test_hundreds_of_coefficients_are_drawn_as_written_by_hand(made) -> None:
    lines = made()
    fit = br.fit(lines.model, lines.panel, seed=1, progress=False)
    (block,) = fit.diagnosis.blocks
    assert block.engine == "exact"
    mean, sd, sigma, sigma_sd = lines.posterior()
    count = fit.chains * fit.draws
    shape = (fit.chains, fit.draws)
    draws = components({n: v.reshape(*shape, *v.shape[1:]) for n, v in fit.parameters.items()})
    found = np.array([draws[f"y.{name}"].ravel() for name in lines.names])
    # The largest of 400 standard normals passes five once in 4,000 times; the error of an sd is sd / sqrt(2 n).
    assert np.abs((found.mean(axis=1) - mean) / sd).max() < 5 / np.sqrt(count)
    assert np.abs(found.std(axis=1) / sd - 1).max() < 5 / np.sqrt(2 * count)
    assert fit.parameters["y.sigma"].mean() == pytest.approx(sigma, abs=5 * sigma_sd / np.sqrt(count))
    assert fit.parameters["y.sigma"].std() == pytest.approx(sigma_sd, rel=10 / np.sqrt(2 * count))


def test_an_outcome_with_a_negative_mean_is_not_refused() -> None:
    """Growth or profit: the cap does not apply, and NUTS is not needed."""
    model, panel = CASES["half_far_below"]()
    low = replace(panel, columns=panel.columns | {"y": panel.columns["y"] - 100.0})
    rows, rng = design(model, low), np.random.default_rng(0)
    draws, _ = Collapsed().sample(model, rows, Block(("y",)), Settings(), rng, lambda share: None)
    assert draws
