"""The HMC engine: its draws against the collapsed engine's, what it refuses, and what it hands back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.diagnosis import report_block
from bayes_roi.inference.diagnosis.convergence import most_rhat
from bayes_roi.inference.engines import BlockFit, Settings
from bayes_roi.inference.engines.collapsed import Collapsed
from bayes_roi.inference.engines.hmc import Hmc
from bayes_roi.inference.engines.hmc.climb import climb, curvature
from bayes_roi.inference.engines.hmc.density import Density
from bayes_roi.inference.engines.hmc.engine import Trouble, ended
from bayes_roi.inference.engines.hmc.gate import Figures, figures
from bayes_roi.inference.engines.hmc.regression import Regression
from bayes_roi.inference.engines.hmc.sampler import Places, Sampler, Step
from bayes_roi.mechanisms.prior import Normal
from tests.inference import panel_worlds
from tests.inference.test_collapsed import world

TWO = "y ~ demand + hill(adstock(tv, max_lag=2)) + hill(adstock(radio, max_lag=2))"
SMALL = Settings(draws=100, chains=4)


def drawn(model, rows, seed=1, settings=SMALL, engine=None):
    ticks = []
    draws, stats = (engine or Hmc()).sample(
        model, rows, Block(("y",)), settings, np.random.default_rng(seed), ticks.append
    )
    return draws, stats, ticks


@pytest.fixture(scope="module")
def two():
    model, rows = world(TWO, spends=("tv", "radio"), rows=60)
    return model, rows, *drawn(model, rows, settings=Settings())


def agree(model, rows, ours):
    """Hold means to .1 sd of the collapsed engine's and widths to a tenth, beyond what both effective sizes allow."""
    theirs, stats, _ = drawn(model, rows, engine=Collapsed(), settings=Settings())
    size = float(np.minimum(stats["kish"], 1000).sum())
    error = np.sqrt(1 / 1000 + 1 / size)
    assert ours.keys() == theirs.keys()
    for name, wanted in theirs.items():
        a, b = ours[name].reshape(4000, -1), wanted.reshape(4000, -1)
        shift = np.abs(a.mean(0) - b.mean(0)) / b.std(0)
        widths = [np.subtract(*np.quantile(x, [0.95, 0.05], axis=0)) for x in (a, b)]
        assert (shift < 0.1 + 2 * error).all(), (name, shift)
        assert (np.abs(widths[0] / widths[1] - 1) < 0.1 + 2 * error).all(), (name, widths)


@pytest.mark.slow
def test_it_agrees_with_the_collapsed_engine(two):
    model, rows, ours, *_ = two
    agree(model, rows, ours)


@pytest.mark.slow
def test_it_agrees_with_the_collapsed_engine_on_a_panel():
    options = {"effect_spread": 10.0, "level_spread": 20.0}
    model, rows = panel_worlds.world("y ~ demand + (hill(tv) | geo)", units=4, rows=40, **options)
    agree(model, rows, drawn(model, rows, settings=Settings())[0])


def test_it_refuses_more_units_than_its_steps_can_learn():
    model, rows = panel_worlds.world("y ~ demand + hill(tv)", units=130, rows=3)
    assert Hmc().refuses(model, rows, Block(("y",))) is None  # their intercepts are integrated out
    model, rows = panel_worlds.world("y ~ demand + hill(tv)", units=130, rows=3, says="by(geo)")
    assert "260 parameters of its geos" in (Hmc().refuses(model, rows, Block(("y",))) or "")


@pytest.mark.slow
def test_what_it_hands_back_is_judged_by_its_own_chains(two):
    _, _, draws, stats, ticks = two
    assert {x.shape[:2] for x in draws.values()} == {(4, 1000)} == {stats["walk"].shape}
    report = report_block(BlockFit(Block(("y",)), "hmc", "", draws, 1.0, stats))
    assert report.chains == 16
    assert not report.problems
    assert report.rhat < report.most_rhat == most_rhat(16)
    assert ticks[0] > 0
    assert ticks == sorted(ticks)
    moved = {**draws, "y.sigma": draws["y.sigma"] + 3 * draws["y.sigma"].std() * (stats["walk"] == 5)}
    assert "disagree" in report_block(BlockFit(Block(("y",)), "hmc", "", moved, 1.0, stats)).problems[0]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_draws():
    model, rows = world("y ~ demand + hill(adstock(tv, max_lag=2))", spends=("tv",), rows=30)
    first, second, other = (drawn(model, rows, seed)[0] for seed in (3, 3, 4))
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name])
        assert (values != other[name]).any()


REFUSALS = {
    "shares its parameters": {
        "equation": "y ~ hill(tv, share='s') + hill(radio, share='s')",
        "spends": ("tv", "radio"),
    },
    "the prior of y.tv.effect is Beta": {"priors": {"y.tv.effect": "Beta(alpha=2, beta=2)"}},
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_it_refuses_at_once_and_says_why(reason):
    model, rows = world(**REFUSALS[reason])
    assert reason in (Hmc().refuses(model, rows, Block(("y",))) or "")


def test_it_refuses_missing_cells_that_another_equation_reads_and_what_has_no_spend():
    model, rows = world(TWO, spends=("tv", "radio"))
    for node, block in (("demand", ("demand", "y")), ("tv", ("tv", "y")), ("y", ("y",))):
        gap = {**rows.rows, node: np.where(np.arange(rows.length) == 3, np.nan, rows.rows[node])}
        assert Hmc().refuses(model, replace(rows, rows=gap), Block(block)) is None
    chained, rows = world(f"demand ~ tv\n{TWO}", spends=("tv", "radio"))
    gap = {**rows.rows, "demand": np.where(np.arange(rows.length) == 3, np.nan, rows.rows["demand"])}
    reason = Hmc().refuses(chained, replace(rows, rows=gap), Block(("demand", "y")))
    assert reason == "demand has an equation and missing cells that are left to the model"
    model, rows = world(TWO, spends=("tv", "radio"))
    dark = replace(
        rows,
        rows={**rows.rows, "tv": np.zeros(rows.length)},
        carry={**rows.carry, "tv": np.zeros_like(rows.carry["tv"])},
    )
    assert "zero in every row" in (Hmc().refuses(model, dark, Block(("y",))) or "")


def normal(scales):
    """Return the log density of independent normals."""
    return lambda q: (-0.5 * ((q / scales) ** 2).sum(1), -q / scales**2)


def test_the_climb_finds_the_top_and_the_curvature_there():
    scales = np.array([1.0, 0.1, 0.01])
    q = climb(normal(scales), np.ones((4, 3)), 400, lambda share: None)
    assert np.abs(q / scales).max() < 1
    np.testing.assert_allclose(np.diag(curvature(normal(scales), q[0], 8)), scales**2, rtol=1e-6)


@pytest.mark.slow
def test_it_draws_from_a_normal_of_very_unequal_directions():
    """Of some 4,000 nearly independent draws the sd is known to 1 / sqrt(8000), the mean to 1 / sqrt(4000)."""
    scales = np.array([3.0, 1.0, 0.01])
    sampler = Sampler(normal(scales), np.random.default_rng(0))
    sampler.warm(np.random.default_rng(1).standard_normal((16, 3)), lambda share: None)
    steps = [step for step, _ in zip(sampler.draw(), range(250), strict=False)]
    q = np.stack([s.places.q for s in steps], 1) / scales
    told = figures(q, np.stack([s.energy for s in steps], 1), np.stack([s.diverging for s in steps], 1))
    assert told.objection is None
    assert np.abs(q.mean((0, 1))).max() < 5 / np.sqrt(told.bulk)
    assert np.abs(q.std((0, 1)) - 1).max() < 5 / np.sqrt(2 * told.tail)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({}, None),
        ({"rhat": 1.2}, "disagree"),
        ({"rhat": np.nan}, "disagree"),
        ({"tail": 300.0}, "effective size"),
        ({"divergences": 2}, None),
        ({"divergences": 5}, "5 of its 8000 paths diverged"),
        ({"ebfmi": 0.1}, "E-BFMI"),
    ],
)
def test_the_gate_says_what_speaks_against_draws(what, said):
    good = {"rhat": 1.0, "bulk": 2000.0, "tail": 1500.0, "divergences": 0, "ebfmi": 0.9, "chains": 16, "draws": 8000}
    objection = Figures(**{**good, **what}).objection
    assert objection is None if said is None else said in objection


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ({}, False),
        ({"tail": 500.0, "rhat": 1.01}, True),
        ({"tail": 120.0, "rhat": 1.03}, False),
        ({"tail": 90.0}, True),
        ({"rhat": 1.2}, True),
        ({"tail": 120.0, "draws": 4000}, False),
        ({"tail": 120.0, "draws": 32_000}, True),
    ],
)
def test_it_draws_on_while_more_draws_would_do(what, wanted):
    """After 8,000: what is believed will do, and 90 effective ones would not be 400 among 32,000."""
    told = {"rhat": 1.02, "bulk": 1500.0, "tail": 300.0, "divergences": 0, "ebfmi": 0.9, "chains": 16, "draws": 8000}
    assert ended(Figures(**{**told, **what})) is wanted


def test_it_draws_on_where_a_few_paths_of_its_first_draws_diverged():
    told = {"rhat": 1.0, "bulk": 2000.0, "tail": 1500.0, "ebfmi": 0.9, "chains": 16}
    assert not Figures(divergences=3, draws=4000, **told).enough
    assert Figures(divergences=3, draws=8000, **told).enough


@pytest.mark.parametrize(("moves", "wanted"), [((1,) * 400, False), ((1, 1, 0, 1) * 100, False), ((0,) * 12, True)])
def test_chains_that_stay_where_they_are_want_smaller_steps(moves, wanted):
    trouble, where = Trouble(8), Places(np.zeros((8, 1)), np.zeros(8), np.zeros((8, 1)))
    for moved in moves:
        trouble.see(Step(where, np.ones(8), np.full(8, bool(moved)), np.zeros(8), np.zeros(8, bool)))
    assert trouble.too_much is wanted


def test_the_limit_of_rhat_is_the_usual_one_for_four_chains():
    assert most_rhat(4) == 1.01
    assert most_rhat(16) > most_rhat(8) > 1.01


@pytest.mark.parametrize("rows", [6, 40])
def test_a_regression_is_the_normal_law_that_it_integrates(rows):
    """Its density is that of y, its draws have the mean and covariance of Gelman et al. 2013, section 14.8."""
    rng = np.random.default_rng(1)
    columns, added, sigma = rng.standard_normal((8, rows)), rng.standard_normal(rows), 0.7
    y, prior = rng.standard_normal(rows), [Normal(0.3 * j, 1 + j / 4) for j in range(8)]
    mean, cov = np.array([p.mu for p in prior]), np.diag([p.sigma**2 for p in prior])
    regression = Regression(y, columns, prior)

    def told(s):
        law = stats.multivariate_normal(mean @ columns + added, columns.T @ cov @ columns + s**2 * np.eye(rows))
        return law.logpdf(y) - regression.log_density(np, added[None], np.array([s]))[0]

    np.testing.assert_allclose(told(0.7), told(2.0), rtol=1e-10)
    precision = np.linalg.inv(cov) + columns @ columns.T / sigma**2
    middle = np.linalg.solve(precision, np.linalg.solve(cov, mean) + columns @ (y - added) / sigma**2)
    count = 40_000
    drawn = regression.draw(np.tile(added, (count, 1)), np.full(count, sigma), rng=np.random.default_rng(2))
    white = (drawn - middle) @ np.linalg.cholesky(precision)
    np.testing.assert_allclose(white.mean(0), 0, atol=5 / np.sqrt(count))
    np.testing.assert_allclose(np.cov(white.T), np.eye(8), atol=5 * np.sqrt(2 / count))


def test_a_covariate_of_units_that_never_moves_leaves_the_density_finite():
    model, rows = panel_worlds.world("y ~ (demand | geo) + hill(tv)", units=3, rows=20)
    flat = replace(rows, rows={**rows.rows, "demand": np.zeros(rows.length)})
    density = Density(model, flat, ("y",))
    height, slope = density(density.start(3, np.random.default_rng(0)))
    assert np.isfinite(height).all()
    assert np.isfinite(slope).all()
